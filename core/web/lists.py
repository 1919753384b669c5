"""The list of a resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from core import access
from core.preferences import SIZES
from core.resource import Resource
from core.web import saved, table
from core.web.filter_panel import Panel
from core.web.page import address, may, page, require
from core.web.panels import list_actions

FORMATS = (("csv", "CSV"), ("xlsx", "Spreadsheet"), ("json", "JSON"), ("yaml", "YAML"))


@require_safe
@page
def show(request: HttpRequest, resource: Resource) -> HttpResponse:
    """The list, or only its changing part when htmx asks for it."""
    require(request, access.VIEW, resource)
    kept = saved.load(request, resource)
    if not _wants_part(request) and (url := saved.default_url(request, resource, kept)):
        return HttpResponseRedirect(url)
    template = "core/_list.html" if _wants_part(request) else "core/list.html"
    context = list_context(request, resource) | saved.menu(request, resource, kept)
    context["actions"] = list_actions(request, resource)
    return _respond(request, template, context)


def show_rows(
    request: HttpRequest,
    context: dict[str, Any],
    target: Resource,
    within: Mapping[str, str],
    given: Mapping[str, str],
) -> HttpResponse:
    """A tab of a record's page: the list of the `target` rows that belong to the record.

    `within` holds the filters that say so, `given` what a new row starts with.
    """
    require(request, access.VIEW, target)
    shown = list_context(request, target, within)
    # What rows of the list lie in and the record does too, such as the site of a rack.
    row = context["row"]
    shared = {n: row[n]["id"] for n in target.crumbs if isinstance(row.get(n), dict)}
    given, back = {**shared, **given}, {"return": request.path}
    shown |= {"add_query": f"?{urlencode({**given, **back})}", "row_query": f"?{urlencode(back)}"}
    if _wants_part(request):
        return _respond(request, "core/_list.html", shown)
    # A string, as the record's template has other values under the same names.
    html = render_to_string("core/_list.html", shown, request)
    return _respond(request, "core/record_rows.html", {**context, "list_html": html})


def _wants_part(request: HttpRequest) -> bool:
    htmx = getattr(request, "htmx", None)
    return bool(htmx and htmx.target == "list" and not htmx.history_restore_request)


def _respond(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def list_context(
    request: HttpRequest, resource: Resource, within: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What `core/_list.html` needs; `within` holds filters that cannot be taken away."""
    names = table.chosen_columns(request, resource, within or ())
    query = request.GET.copy()
    for name in ("page", "size", "columns"):
        query.pop(name, None)
    own = query.urlencode()
    for name, value in (within or {}).items():
        query[name] = value
    bulk = query.urlencode()
    # What nobody writes is a log: nothing to stick a label on.
    labelled = "detail" not in resource.detail_only and resource.methods != ["get"]
    query["columns"] = ",".join(filter(resource.has_field, names))
    exported = query.urlencode()
    return {
        "resource": resource,
        "table": table.build(request, resource, within),
        "panel": Panel(request, resource, within or ()),
        "within": bool(within),
        "sizes": SIZES,
        "search_here": request.GET.get("q", ""),
        "column_choices": column_choices(resource, names),
        "exports": [
            (label, f"{address(resource)}export/?{exported}&format={key}") for key, label in FORMATS
        ],
        "own_query": own,
        "shown_columns": query["columns"],
        "bulk_query": f"?{bulk}" if bulk else "",
        "may_add": may(request, resource, "add"),
        "may_change": may(request, resource, "change"),
        "may_delete": may(request, resource, "delete"),
        "may_label": labelled,
        "may_select": labelled
        or may(request, resource, "change")
        or may(request, resource, "delete"),
        "may_rename": resource.has_field("name") and resource.field("name").writable,
    }


def column_choices(resource: Resource, names: list[str]) -> list[tuple[str, str, bool]]:
    """Name, label and whether it is shown, of every column: the shown ones first, in order."""
    labels = table.column_labels(resource)
    rest = sorted((name for name in labels if name not in names), key=labels.__getitem__)
    return [(name, labels[name], name in names) for name in (*names, *rest)]


@require_POST
@page
def choose_columns(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Keep the columns this person wants of this list; none means the declared ones."""
    require(request, access.VIEW, resource)
    known = table.column_labels(resource)
    wanted = [name for name in request.POST.getlist("column") if name in known]
    kept = dict(request.session.get(table.SESSION_COLUMNS, {}))
    kept.pop(resource.path, None)
    if wanted and "reset" not in request.POST:
        kept[resource.path] = wanted
    request.session[table.SESSION_COLUMNS] = kept
    back = request.POST.get("return", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = address(resource)
    # The columns in an address, such as a view's, would win over those chosen.
    path, _, asked = back.partition("?")
    query = QueryDict(asked, mutable=True)
    query.pop("columns", None)
    return HttpResponseRedirect(f"{path}?{query.urlencode()}" if query else path)
