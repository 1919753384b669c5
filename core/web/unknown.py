"""What a list's address asks for and the list cannot give: told, and never quietly passed over.

A filter that does nothing shows all rows as if they matched, and the next click may change them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpRequest

from core.preferences import SIZES
from core.resource import Resource
from core.saved_filters import BY_ID, BY_SLUG

SHOWN = 60  # characters of what was asked for


def notes(
    request: HttpRequest,
    resource: Resource,
    columns: Iterable[str],
    number: int,
    own: Sequence[str],
) -> list[str]:
    """Sentences on what is left aside. `number` is that of the page shown, `own` the page's own
    parameters, `columns` the names of all columns the list may show.
    """
    known = {*own, *resource.filters_in_force, BY_SLUG, BY_ID}
    found = [
        f"There is no filter “{_short(name)}” here: it leaves nothing out."
        for name, values in request.GET.lists()
        if name not in known and any(values)
    ]
    sort = request.GET.get("sort", "").removeprefix("-")
    if sort and not (resource.has_field(sort) or sort in resource.derived):
        found.append(f"There is no column “{_short(sort)}” to sort by: the usual order is shown.")
    page = request.GET.get("page", "")
    if page and page != str(number):
        found.append(f"There is no page “{_short(page)}”: this is page {number}.")
    size = request.GET.get("size", "")
    if size and "size" in known and size not in map(str, SIZES):
        choices = ", ".join(map(str, SIZES))
        found.append(f"A page cannot have “{_short(size)}” rows, only {choices}.")
    asked = filter(None, request.GET.get("columns", "").split(","))
    if "columns" in known and (missing := set(asked).difference(columns)):
        names = ", ".join(f"“{_short(name)}”" for name in sorted(missing)[:3])
        found.append(f"There is no column {names} to show.")
    return found


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
