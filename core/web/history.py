"""Pages of the change history: a record's, one change's, and the latest on the overview."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from core import access, registry
from core.history.differences import Change, Difference, describe
from core.models import ObjectChange
from core.resource import Resource
from core.web import cells, navigation, overview, panels, undo
from core.web.columns import PageColumn, add_column
from core.web.page import actor, address, page, reading
from core.web.urls import add_page

SIZE = 30
LATEST = 8
BRIEF = 3  # fields of a change that its line in the list tells
TOGETHER = 50  # other changes of a request that are listed with one


def changes() -> Resource:
    """The resource of the history."""
    return registry.of_model(ObjectChange)


def add_to_pages() -> None:
    """Give every recorded resource's pages a History tab; called once all are registered."""
    for resource in registry.resources():
        if resource.history:
            panels.add_tab(resource.model, "history", "History", show_tab, order=90)
    add_page(f"{changes().path}/<int:pk>/", show_change)
    told = PageColumn("differences", "What changed", _briefly)
    add_column(ObjectChange, told, after="object_repr")
    overview.add_block(90, latest)


def shown(found: list[Change]) -> list[dict[str, Any]]:
    """The changes as the templates want them."""
    return [_entry(change) for change in found]


def _entry(change: Change) -> dict[str, Any]:
    record, resource = change.record, change.resource
    kind = resource.name if resource else ""
    name = cells.reference(change.object) if change.object else record.object_repr
    return {
        "record": record,
        "kind": kind[:1].upper() + kind[1:],
        "tone": {"create": "good", "update": "plan", "delete": "bad"}[record.action],
        "name": name,
        "gone": change.object is None and record.action != ObjectChange.Action.DELETE,
        "time": cells.moment(record.time),
        "who": record.user_name or "System",
        "url": address(changes(), record.pk),
        "hidden": change.hidden,
        "differences": [
            {
                "label": each.label,
                "before": cells.plain(each.before),
                "after": cells.plain(each.after),
                "lines": each.lines,
            }
            for each in change.differences
        ],
    }


def _briefly(request: HttpRequest, ids: Sequence[int]) -> dict[int, SafeString]:
    """The first fields that each change changed, for the list."""
    rows = list(visible(request).filter(pk__in=ids))
    found = {}
    for change in describe(rows, reading(request)):
        if change.record.action != ObjectChange.Action.UPDATE:
            continue
        lines = [_one(each) for each in change.differences[:BRIEF]]
        more = len(change.differences) - BRIEF
        if more > 0:
            lines.append(format_html('<span class="quiet">+{}</span>', more))
        if change.hidden:
            lines = [format_html('<span class="quiet">{}</span>', "a value that is not shown")]
        found[change.record.pk] = format_html_join(", ", "{}", ((line,) for line in lines))
    return found


def _one(each: Difference) -> SafeString:
    label = format_html('<span class="quiet">{}</span>', each.label)
    if each.lines:
        return label
    before, after = (cells.plain(value) or "—" for value in (each.before, each.after))
    return format_html("{} {} → {}", label, before, after)


def visible(request: HttpRequest) -> Any:
    """The changes the reader may see, newest first."""
    return access.restrict(ObjectChange.objects.all(), actor(request)).order_by("-time", "-pk")


@require_safe
def show_tab(
    request: HttpRequest, resource: Resource, pk: int, context: dict[str, Any]
) -> HttpResponse:
    """A record's changes and those of its parts."""
    kind = registry.content_type(resource)
    rows = visible(request).filter(
        Q(changed_object_type=kind, changed_object_id=pk)
        | Q(related_object_type=kind, related_object_id=pk)
    )
    part = Paginator(rows, SIZE).get_page(request.GET.get("page"))
    entries = shown(describe(list(part.object_list), reading(request)))
    for entry in entries:
        record = entry["record"]
        entry["own"] = (record.changed_object_type_id, record.changed_object_id) == (kind.pk, pk)
    may_see = access.may(actor(request), access.VIEW, ObjectChange)
    return render(
        request,
        "core/history.html",
        {**context, "entries": entries, "page": part, "may_see": may_see},
    )


@require_safe
@page
def show_change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change with everything it did, and what else the same request changed."""
    record = visible(request).filter(pk=pk).first()
    if record is None:
        raise Http404(f"There is no change {pk}.")
    together = visible(request).filter(request_id=record.request_id).exclude(pk=pk)
    others = list(together[: TOGETHER + 1]) if record.request_id else []
    found = describe([record, *others[:TOGETHER]], reading(request))
    resource = found[0].resource
    entry, *rest = shown(found)
    listed = address(changes())
    return render(
        request,
        "core/change.html",
        {
            "entry": entry,
            "others": rest,
            "more": len(others) > TOGETHER,
            "list_url": listed,
            "request_url": f"{listed}?request_id={record.request_id}",
            "object_url": (
                f"{listed}?changed_object_type={resource.object_type}"
                f"&changed_object_id={record.changed_object_id}"
                if resource
                else ""
            ),
            "title": navigation.title(changes().plural),
            "undo": undo.of_change(request, resource, record),
        },
    )


def latest(request: HttpRequest) -> str | None:
    """The latest changes, for the overview."""
    if not access.may(actor(request), access.VIEW, ObjectChange):
        return None
    rows = list(visible(request)[:LATEST])
    if not rows:
        return None
    context = {
        "entries": shown(describe(rows, reading(request))),
        "list_url": address(changes()),
    }
    return render_to_string("core/_latest_changes.html", context, request=request)
