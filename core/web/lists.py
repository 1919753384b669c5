"""The list of a resource."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from core import access
from core.resource import Resource
from core.web import cells, table
from core.web.filter_panel import Panel
from core.web.page import address, may, page, require

FORMATS = (("csv", "CSV"), ("json", "JSON"), ("yaml", "YAML"))


@require_safe
@page
def show(request: HttpRequest, resource: Resource) -> HttpResponse:
    """The list, or only its changing part when htmx asks for it."""
    require(request, access.VIEW, resource)
    shown = table.build(request, resource)
    names = table.chosen_columns(request, resource)
    query = request.GET.copy()
    for name in ("page", "size", "columns"):
        query.pop(name, None)
    bulk = query.urlencode()
    query["columns"] = ",".join(names)
    exported = query.urlencode()
    context = {
        "resource": resource,
        "table": shown,
        "panel": Panel(request, resource),
        "sizes": table.SIZES,
        "search_here": request.GET.get("q", ""),
        "column_choices": column_choices(resource, names),
        "exports": [
            (label, f"{address(resource)}export/?{exported}&format={key}") for key, label in FORMATS
        ],
        "bulk_query": f"?{bulk}" if bulk else "",
        "may_add": may(request, resource, "add"),
        "may_change": may(request, resource, "change"),
        "may_delete": may(request, resource, "delete"),
        "may_rename": resource.has_field("name") and resource.field("name").writable,
    }
    htmx = getattr(request, "htmx", None)
    partial = htmx and htmx.target == "list" and not htmx.history_restore_request
    response = render(request, "core/_list.html" if partial else "core/list.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def column_choices(resource: Resource, names: list[str]) -> list[tuple[str, str, bool]]:
    """Name, label and whether it is shown, of every column: the shown ones first, in order."""
    fields = {field.name: field for field in table.choosable(resource)}
    rest = sorted((n for n in fields if n not in names), key=lambda name: fields[name].label)
    return [(name, cells.label(fields[name]), name in names) for name in (*names, *rest)]


@require_POST
@page
def choose_columns(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Keep the columns this person wants of this list; none means the declared ones."""
    require(request, access.VIEW, resource)
    known = {field.name for field in table.choosable(resource)}
    wanted = [name for name in request.POST.getlist("column") if name in known]
    kept = dict(request.session.get(table.SESSION_COLUMNS, {}))
    kept.pop(resource.path, None)
    if wanted and "reset" not in request.POST:
        kept[resource.path] = wanted
    request.session[table.SESSION_COLUMNS] = kept
    back = request.POST.get("return", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = address(resource)
    return HttpResponseRedirect(back)
