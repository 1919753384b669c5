"""The lines of a list as HTML, put together here: a template takes several times as long."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.utils.html import conditional_escape as text
from django.utils.safestring import SafeString, mark_safe

from core.web.parts import icon

if TYPE_CHECKING:
    from core.web.table import Row


def lines(rows: Iterable[Row], context: Any) -> SafeString:
    """The lines with a box to choose them and the links at their end, as far as permitted."""
    may_change, may_add = context.get("may_change"), context.get("may_add")
    select = bool(context.get("may_select"))
    query = text(context.get("row_query", ""))
    links: list[tuple[str, str, str, str]] = []
    if may_change:
        links.append(("edit", "Edit", " data-edit", icon("pencil", "icon-small")))
    if may_add:
        links.append(("clone", "Clone", "", icon("copy", "icon-small")))
    return mark_safe("".join(_line(row, links, query, select=select) for row in rows))  # noqa: S308


def _line(row: Row, links: list[tuple[str, str, str, str]], query: str, *, select: bool) -> str:
    name, url = text(row.display), text(row.url)
    parts = ["<tr>"]
    if select:
        box = f'<input type="checkbox" name="pk" value="{row.pk}" aria-label="Select {name}">'
        parts.append(f'<td class="select-cell">{box}</td>')
    for cell, number in row.cells:
        parts.append(
            f'<td class="number">{text(cell)}</td>' if number else f"<td>{text(cell)}</td>"
        )
    parts.append('<td class="row-actions"><span>')
    for action in row.actions:
        what = text(action.label)
        parts.append(
            f'<a href="{text(action.url)}" aria-label="{what}: {name}" title="{what}">'
            f"{icon(action.icon, 'icon-small')}</a>"
        )
    for where, label, extra, image in links:
        parts.append(
            f'<a href="{url}{where}/{query}"{extra} aria-label="{label} {name}" title="{label}">'
            f"{image}</a>"
        )
    parts.append("</span></td></tr>")
    return "".join(parts)
