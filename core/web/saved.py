"""Saved filters, views and export templates on a list's page."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe
from rest_framework import exceptions

from core import access, export_templates, registry, write
from core.errors import Invalid
from core.gather import Lookup
from core.models import DefaultView, SavedFilter, TableConfig
from core.resource import Resource
from core.saved_filters import pairs, usable
from core.web import table
from core.web.page import actor, address, page, reading, require

SHOWN = 50
VIEW, TEMPLATE = "view", "template"


@dataclass(frozen=True)
class Choice:
    """An entry of the menu."""

    label: str
    url: str
    current: bool = False
    shared: bool = False


@dataclass(frozen=True)
class Saved:
    """What a person may use of what is kept for a list: rows as `load` asks for them."""

    views: list[Any] = field(default_factory=list)
    filters: list[Any] = field(default_factory=list)
    exports: list[Any] = field(default_factory=list)


# Of a view: its id, name, whose it is, what it shows, and whether this person wants it at first.
_VIEW = ("pk", "name", "user_id", "parameters", "columns", "ordering", "first")


@lru_cache(maxsize=1024)
def _lookups(resource: Resource) -> tuple[Lookup, Lookup, Lookup]:
    """The statements of `load`: they are the same for every reader, whose id they are given."""
    model = resource.model

    def views(given: Any, user: Any) -> Any:
        wanted = DefaultView.objects.filter(
            given("user_id"), view=OuterRef("pk"), object_type=registry.content_type(resource)
        )
        rows = usable(model, Q(given("user_id")), TableConfig)
        return rows.annotate(first=Exists(wanted)).values_list(*_VIEW)

    def filters(given: Any, user: Any) -> Any:
        return usable(model, Q(given("user_id"))).values_list("name", "parameters")

    def exports(given: Any, user: Any) -> Any:
        return export_templates.offered(resource, user).values_list("name")

    return Lookup(views), Lookup(filters), Lookup(exports)


def load(request: HttpRequest, resource: Resource) -> Saved:
    """What is kept for a list; one statement."""
    user = actor(request)
    ids = [int(user.pk or 0) if user is not None else 0]
    needs = [lookup.fetch(ids, user) for lookup in _lookups(resource)]
    return Saved(*reading(request).run(needs))


def view_url(resource: Resource, view: TableConfig) -> str:
    """The list with a view's filters, order and columns, all of it told in the address."""
    return _view_url(resource, view.pk, view.parameters, view.columns, view.ordering)


def _view_url(resource: Resource, pk: int, parameters: Any, columns: Any, ordering: Any) -> str:
    query = [(name, text) for name, texts in pairs(parameters) for text in texts]
    query.append(("columns", ",".join(columns)))
    if ordering:
        query.append(("sort", ordering[0]))
    query.append((VIEW, str(pk)))
    return f"{address(resource)}?{urlencode(query)}"


def menu(request: HttpRequest, resource: Resource, kept: Saved) -> dict[str, Any]:
    """What the list's menus offer."""
    user, given = actor(request), request.GET.get(VIEW, "")
    prefix = f"{request.GET.urlencode()}&" if request.GET else ""
    views = [
        Choice(name, _view_url(resource, pk, *how), str(pk) == given, owner != user.pk)
        for pk, name, owner, *how, _ in kept.views[:SHOWN]
        if user is not None
    ]
    filters = []
    for name, parameters in kept.filters[:SHOWN]:
        query = urlencode([(key, text) for key, texts in pairs(parameters) for text in texts])
        filters.append(Choice(name, f"{address(resource)}?{query}"))
    exported = f"{address(resource, None, 'export-template')}?{prefix}"
    return {
        "saved_views": views,
        "saved_filters": filters,
        "own_exports": [
            (name, f"{exported}{urlencode({TEMPLATE: name})}") for (name,) in kept.exports
        ],
    }


def default_url(request: HttpRequest, resource: Resource, kept: Saved) -> str | None:
    """The person's own view of this list, where the address asks for nothing itself."""
    if request.GET:
        return None
    found = (_view_url(resource, pk, *how) for pk, _, _, *how, first in kept.views if first)
    return next(found, None)


@require_POST
@page
def save(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Save the list as it is as a view or its filters as a filter; or choose the view at first."""
    require(request, access.VIEW, resource)
    back = request.POST.get("return", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = address(resource)
    query = QueryDict(back.partition("?")[2])
    if "default" in request.POST:
        _make_default(request, resource, query.get(VIEW, ""))
        return HttpResponseRedirect(back)
    name = request.POST.get("name", "").strip()
    try:
        if "filter" in request.POST:
            made = _save_filter(request, resource, name, query)
        else:
            made = _save_view(request, resource, name, query)
            back = view_url(resource, made)
    except Invalid as error:
        texts = [str(text) for texts in error.items[0].values() for text in texts]
        messages.error(request, " ".join(texts))
    except exceptions.ValidationError as error:
        messages.error(request, "Give it a name." if not name else str(error.detail))
    else:
        messages.success(request, f"{made} saved.")
    return HttpResponseRedirect(back)


def _parameters(query: QueryDict) -> dict[str, list[str]]:
    return {
        name: values for name, values in query.lists() if name not in table.RESERVED and any(values)
    }


def _write(
    request: HttpRequest, kind: type[Any], values: dict[str, Any], pk: int | None = None
) -> Any:
    """Make a row, or change the one with an id."""
    target = registry.of_model(kind)
    context: dict[str, Any] = {"user": actor(request), "references": {}}
    serializer = target.serializer_class(data=values, context=context)
    serializer.is_valid(raise_exception=True)
    valid = dict(serializer.validated_data)
    if pk is not None:
        return write.update(target, [(pk, valid)], actor(request))[0]
    return write.create(target, [valid], actor(request))[0]


def _save_filter(request: HttpRequest, resource: Resource, name: str, query: QueryDict) -> Any:
    base = slugify(name)[:90] or "filter"
    taken = set(SavedFilter.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slugs = (base if not n else f"{base}-{n}" for n in range(len(taken) + 1))
    return _write(
        request,
        SavedFilter,
        {
            "name": name,
            "slug": next(slug for slug in slugs if slug not in taken),
            "object_types": [resource.object_type],
            "parameters": _parameters(query),
            "shared": "shared" in request.POST,
        },
    )


def _save_view(request: HttpRequest, resource: Resource, name: str, query: QueryDict) -> Any:
    """A view of the list as it is; in the place of one's own of the same name."""
    columns = [each for each in request.POST.get("columns", "").split(",") if each]
    kind = registry.content_type(resource)
    same = TableConfig.objects.filter(user=request.user.pk, object_type=kind, name=name)
    return _write(
        request,
        TableConfig,
        {
            "name": name,
            "object_type": resource.object_type,
            "table": f"{resource.model.__name__}Table",
            "columns": columns,
            "ordering": [query["sort"]] if query.get("sort") else None,
            "parameters": _parameters(query),
            "shared": "shared" in request.POST,
        },
        same.values_list("pk", flat=True).first(),
    )


def _make_default(request: HttpRequest, resource: Resource, given: str) -> None:
    """Show the list in this view at first; without one, as declared."""
    kind = registry.content_type(resource)
    rows = DefaultView.objects.filter(user=request.user.pk, object_type=kind)
    if not given:
        rows.delete()
        messages.success(request, "The list is shown as at first again.")
        return
    views = usable(resource.model, Q(user=request.user.pk), TableConfig)
    view = get_object_or_404(views, pk=int(given) if given.isdecimal() and len(given) < 19 else 0)
    DefaultView.objects.update_or_create(
        user_id=int(request.user.pk or 0), object_type=kind, defaults={"view": view}
    )
    messages.success(request, f"The list is shown as {view} at first.")


@require_safe
@page
def export(request: HttpRequest, resource: Resource) -> HttpResponse:
    """The list as a template makes it."""
    require(request, access.VIEW, resource)
    try:
        template = export_templates.find(resource, request.GET.get(TEMPLATE, ""), actor(request))
        rows = table.filtered(request, resource)
        return export_templates.respond(template, resource, rows, reading(request))
    except exceptions.APIException as error:
        detail = error.detail
        texts = detail["export"] if isinstance(detail, dict) and "export" in detail else [detail]
        messages.error(request, " ".join(str(text) for text in texts))
    query = request.GET.copy()
    query.pop(TEMPLATE, None)
    return HttpResponseRedirect(f"{address(resource)}?{query.urlencode()}")
