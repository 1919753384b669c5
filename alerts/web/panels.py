"""Alerts on the pages of what they are about, the timeline of an alert, a rule's preview."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from alerts import channels, figures, preview
from alerts.models import Alert, AlertEvent, Channel, Rule, Silence
from alerts.web.inbox import BADNESS, ROUTE, lines_of, may_handle, open_alerts
from core import access, registry
from core.errors import Invalid
from core.gather import Lookup, Steps
from core.web import cells
from core.web.page import actor, address, may, may_row, page, reading, root
from core.web.panels import add_form_panel, add_panel, add_rows_tab
from core.web.record_form import form_class
from core.web.urls import add_page
from facilities.models import Site

SHOWN = 10
OF_SITE = 4


@cache
def _open(kind: int) -> Lookup:
    """The open alerts of a record of a kind, the worst first."""
    return Lookup(
        lambda given, user: (
            access.visible(Alert, user)
            .filter(given("object_id"), object_type=kind, resolved__isnull=True)
            .order_by(BADNESS, "started")
            .values_list("pk")[: SHOWN + 1]
        )
    )


def of_object(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
    """The open alerts of a record, the worst first."""
    user = actor(request)
    if not access.may(user, access.VIEW, Alert):
        return None
    kind = registry.content_type(context["resource"]).pk
    ids = [alert for [alert] in (yield _open(kind).fetch([pk], user))]
    if not ids:
        return None
    told = {"lines": lines_of(request, ids[:SHOWN]), "more": len(ids) > SHOWN}
    return render_to_string("alerts/of_object.html", {**context, **told}, request)


def of_site(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
    """The worst open alerts of all that stands in a site, and where the others are."""
    if not access.may(actor(request), access.VIEW, Alert):
        return None
    kind = registry.content_type(context["resource"])
    rows = open_alerts(actor(request)).filter(Q(site=pk) | Q(object_type=kind, object_id=pk))
    ids = list(rows.order_by(BADNESS, "started").values_list("pk", flat=True)[:OF_SITE])
    if not ids:
        return None
    told = {
        "lines": lines_of(request, ids),
        "all": rows.count(),
        "inbox": f"{root()}/{ROUTE}?site={pk}",
    }
    return render_to_string("alerts/of_object.html", {**context, **told}, request)


def timeline(request: HttpRequest, pk: int, context: dict[str, Any]) -> str:
    """What happened to an alert, and what can be done about it."""
    [line] = lines_of(request, [pk])
    events = (
        AlertEvent.objects.filter(alert=pk)
        .order_by("time", "pk")
        .values_list("kind", "time", "user__username", "text")
    )
    runbook = Rule.objects.filter(alerts=pk).values_list("runbook", flat=True).first()
    told = {
        "line": line,
        "events": [
            (AlertEvent.Kind(kind).label, cells.moment(time), name or "", text)
            for kind, time, name, text in events
        ],
        "may_change": may_handle(request) and may_row_of_alert(request, pk),
        "may_silence": may(request, registry.of_model(Silence), "add"),
        "here": address(registry.of_model(Alert), pk),
        "runbook": runbook,
    }
    return render_to_string("alerts/timeline.html", {**context, **told}, request)


def may_row_of_alert(request: HttpRequest, pk: int) -> bool:
    """Whether the user may acknowledge this alert."""
    return not access.outside(Alert, [pk], actor(request), access.CHANGE)


def preview_panel(request: HttpRequest) -> str:
    """Where a rule would fire, below the fields of its form."""
    return render_to_string("alerts/preview.html", {}, request)


@require_POST
@page
def show_preview(request: HttpRequest) -> HttpResponse:
    """What the rule of the form would do now; faults as sentences, not as an error."""
    resource = registry.of_model(Rule)
    if not access.may(actor(request), access.VIEW, Rule):
        return HttpResponse(status=403)
    form = form_class(resource)(request.POST, user=actor(request))
    form.is_valid()
    values = {
        name: value
        for name, value in form.cleaned_data.items()
        if resource.has_field(name) and resource.field(name).is_column and name != "custom_fields"
    }
    missing = [name for name in ("metric", "threshold") if values.get(name) in (None, "")]
    found: dict[str, Any] = {}
    if not missing:
        try:
            given = {name: value for name, value in values.items() if value is not None}
            made = Rule(**given)
            found = preview.fires(made, reading(request), timezone.now())
        except (ValidationError, Invalid) as error:
            found = {"faults": getattr(error, "messages", [str(error)])}
    for each in found.get("objects", ()):
        shown = each["object"]
        each["page"] = shown and address(registry.of_type(each["object_type"]), shown["id"])
    context = {"found": found, "missing": missing, "bars": bars(found.get("past"))}
    return render(request, "alerts/_preview.html", context)


def bars(past: dict[str, Any] | None) -> SafeString | str:
    """Of each day how many alerts would have been open, as bars; nothing where never any."""
    if not past or not past["most"]:
        return ""
    height = 24
    every = [
        (place * 4, height - size, size)
        for place, each in enumerate(past["open"])
        if (size := round(height * each["count"] / past["most"], 1))
    ]
    return format_html(
        '<svg class="alerts-past" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        len(past["open"]) * 4,
        height,
        f"Open alerts by day, {past['open'][0]['day']} to {past['open'][-1]['day']}",
        format_html_join("", '<rect x="{}" y="{}" width="3" height="{}"/>', every),
    )


def channel_state(request: HttpRequest, pk: int, context: dict[str, Any]) -> str:
    """Whether a channel works, and a button that sends a test."""
    told = {
        "channel": Channel.objects.get(pk=pk),
        "may_test": may_row(request, context["resource"], "change", pk),
    }
    return render_to_string("alerts/channel.html", {**context, **told}, request)


@require_POST
@page
def test_channel(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a made-up alert, and show what came of it."""
    resource = registry.of_model(Channel)
    row = access.visible(Channel, actor(request)).filter(pk=pk).first()
    if row is None or not may_row(request, resource, "change", pk):
        return HttpResponse(status=404)
    failure = channels.test(row, request.user.get_username(), timezone.now())
    return render(request, "alerts/_tested.html", {"failure": failure})


def watched_models() -> set[type[Model]]:
    """The models whose rows alerts may be about."""
    return {figure.model for figure in figures.figures().values()}


for _model in sorted(watched_models() - {Site}, key=lambda model: model._meta.label):
    add_panel(_model, -30, of_object)
add_panel(Site, -30, of_site)
add_panel(Alert, -10, timeline)
add_panel(Channel, -10, channel_state)
add_form_panel(Rule, preview_panel)
add_rows_tab(Rule, Alert, "rule_id")
add_page("alerts/rules/preview/", show_preview)
add_page("alerts/channels/<int:pk>/test/", test_channel)
