"""The alerts inbox: what is open, the worst first, and what people do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from alerts import services
from alerts.models import Alert, Rule, Severity, Silence
from core import access, registry
from core.gather import Lookup, Steps
from core.models import User
from core.web import cells, header, navigation
from core.web.page import actor, address, back_to, may, page, reading, require, root
from core.web.urls import add_page
from facilities.models import Site

ROUTE = "alerts/inbox/"
SHOWN = 200
FIELDS = (
    *("id", "rule", "severity", "object", "object_type", "object_id", "object_repr"),
    *("site", "location", "value", "threshold", "unit", "message", "started"),
    *("acknowledged", "acknowledged_by", "note", "assignee", "resolved"),
)
STATES = {
    "open": ("Open", Q(resolved__isnull=True)),
    "new": ("Not acknowledged", Q(resolved__isnull=True, acknowledged__isnull=True)),
    "mine": ("Mine", Q(resolved__isnull=True)),
    "resolved": ("Resolved", Q(resolved__isnull=False)),
}
GROUPS = {"": "Not grouped", "site": "By site", "location": "By location", "rule": "By rule"}
BADNESS = Case(
    When(severity=Severity.CRITICAL, then=Value(0)),
    When(severity=Severity.WARNING, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
HOUR = 60


def open_alerts(user: access.Actor) -> QuerySet[Alert]:
    """The open alerts that the user may see."""
    return access.visible(Alert, user).filter(resolved__isnull=True)


# How many of them there are of each severity.
COUNTS = Lookup(
    lambda _, user: (
        open_alerts(user).values("severity").annotate(n=Count("pk")).values_list("severity", "n")
    )
)


def _counts(request: HttpRequest) -> dict[str, int]:
    return dict(reading(request).run(COUNTS.template(actor(request))))


@require_safe
@page
def show(request: HttpRequest) -> HttpResponse:
    """The inbox; only its list with `live`, which the page asks for every few seconds."""
    require(request, access.VIEW, registry.of_model(Alert))
    context = _context(request)
    return render(request, "alerts/_inbox.html" if "live" in request.GET else _PAGE, context)


_PAGE = "alerts/inbox.html"


def _context(request: HttpRequest) -> dict[str, Any]:
    given = request.GET
    state = given.get("state", "open")
    state = state if state in STATES else "open"
    chosen = access.visible(Alert, actor(request)).filter(STATES[state][1])
    if state == "mine":
        chosen = chosen.filter(assignee=request.user.pk)
    if (severity := given.get("severity", "")) in Severity.values:
        chosen = chosen.filter(severity=severity)
    if (site := given.get("site", "")) and site.isascii() and site.isdecimal() and len(site) < 19:
        chosen = chosen.filter(site=int(site))
    if text := given.get("q", "").replace("\0", "").strip():
        chosen = chosen.filter(registry.of_model(Alert).search_condition(text))
    group = given.get("group", "")
    total = chosen.count()
    looked_after = F("acknowledged").asc(nulls_first=True)
    first: list[Any] = ["-resolved"] if state == "resolved" else [looked_after, BADNESS, "-started"]
    ids = list(chosen.order_by(*first, "pk").values_list("pk", flat=True)[:SHOWN])
    lines = lines_of(request, ids)
    counts = _counts(request)
    query = urlencode([(k, v) for k, v in given.items() if k != "live" and v])
    return {
        "state": state,
        "states": [(key, label) for key, (label, _) in STATES.items()],
        "severity": severity,
        "severities": [(s.value, s.label, counts.get(s.value, 0)) for s in reversed(Severity)],
        "open_count": sum(counts.values()),
        "sites": access.visible(Site, actor(request)).order_by("name").values_list("pk", "name"),
        "site": site,
        "q": text,
        "group": group if group in GROUPS else "",
        "groups": GROUPS.items(),
        "blocks": blocks(lines, group),
        "shown": len(lines),
        "total": total,
        "may_change": may_handle(request),
        "may_silence": may(request, registry.of_model(Silence), "add"),
        "query": query,
        "here": f"{root()}/{ROUTE}" + (f"?{query}" if query else ""),
        "empty_estate": not lines and state == "open" and not text and not severity and not site,
    }


def may_handle(request: HttpRequest) -> bool:
    """Whether the user may acknowledge and assign some alerts."""
    return access.may(actor(request), access.CHANGE, Alert)


def lines_of(request: HttpRequest, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Alerts as the inbox shows them, in the order of their ids."""
    found: list[dict[str, Any]] = reading(request).run(line_steps(request, ids))
    return found


def line_steps(request: HttpRequest, ids: Sequence[int]) -> Steps:
    """The step of `lines_of`."""
    rows = yield registry.of_model(Alert).reader(FIELDS).among(ids, reading(request))
    now = timezone.now()
    return [_line(rows[pk], now) for pk in ids if pk in rows]


def _line(row: dict[str, Any], now: dt.datetime) -> dict[str, Any]:
    places = [place["display"] for name in ("site", "location") if (place := row[name])]
    found = registry.of_type(row["object_type"]) if row["object_type"] else None
    severity = row["severity"]
    return {
        **row,
        "severity": severity["value"],
        "severity_label": severity["label"],
        "tone": cells.tone(severity["value"]),
        "page": address(registry.of_model(Alert), row["id"]),
        "object_name": row["object"]["display"] if row["object"] else row["object_repr"],
        "object_page": address(found, row["object_id"]) if found and row["object"] else "",
        "what": _what(row),
        "rule_name": row["rule"]["display"] if row["rule"] else "",
        "rule_page": address(registry.of_model(Rule), row["rule"]["id"]) if row["rule"] else "",
        "place": " · ".join(places),
        "site_name": row["site"]["display"] if row["site"] else "",
        "location_name": row["location"]["display"] if row["location"] else "",
        "age": cells.relative(row["started"], now),
        "who": (row["acknowledged_by"] or {}).get("display", ""),
        "assigned": (row["assignee"] or {}).get("display", ""),
    }


def _what(row: dict[str, Any]) -> str:
    """The sentence of an alert without the object, which stands beside it; no % begins a line."""
    text = str(row["message"] or row["object_repr"]).removeprefix(f"{row['object_repr']}: ")
    return navigation.title(text.replace(" %", "\u00a0%"))


def blocks(lines: Sequence[dict[str, Any]], group: str) -> list[dict[str, Any]]:
    """The lines under headings; one block without a heading where they are not grouped."""
    key = {"site": "site_name", "location": "place", "rule": "rule_name"}.get(group)
    if key is None:
        return [{"heading": "", "lines": lines}] if lines else []
    found: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        found.setdefault(line[key] or "Nowhere", []).append(line)
    return [{"heading": name, "lines": those} for name, those in found.items()]


@require_POST
@page
def act(request: HttpRequest) -> HttpResponse:
    """Acknowledge, assign or silence the chosen alerts."""
    user = request.user
    assert isinstance(user, User)
    given = [pk for pk in request.POST.getlist("pk") if pk.isascii() and pk.isdecimal()]
    ids = [int(pk) for pk in given if len(pk) < 19][:SHOWN]
    alerts = list(access.visible(Alert, user, access.CHANGE).filter(pk__in=ids).order_by("pk"))
    what, now = request.POST.get("what", ""), timezone.now()
    if what == "silence" and not access.may(user, access.ADD, Silence):
        raise PermissionDenied
    done = sum(_do(alert, user, what, request.POST.get("note", ""), now) for alert in alerts)
    if what in WORDS:
        word = f"{done} alert{'' if done == 1 else 's'} {WORDS[what]}."
        (messages.success if done else messages.info)(request, word)
    return HttpResponseRedirect(back_to(request, f"{root()}/{ROUTE}"))


WORDS = {
    "acknowledge": "acknowledged",
    "reopen": "to be looked after again",
    "assign": "assigned to you",
    "silence": "silenced for an hour",
}


def _do(alert: Alert, user: User, what: str, note: str, now: dt.datetime) -> bool:
    if what == "acknowledge":
        return services.acknowledge(alert, user, note, now)
    if what == "reopen":
        return services.reopen(alert, user, now)
    if what == "assign":
        return services.assign(alert, user, user, now)
    if what == "silence":
        return bool(services.silence(alert, user, HOUR, note, now))
    return False


@require_safe
@page
def count(request: HttpRequest) -> HttpResponse:
    """The number in the header."""
    require(request, access.VIEW, registry.of_model(Alert))
    found = _counts(request)
    worst = next((s for s in reversed(Severity.values) if found.get(s)), "")
    context = {"total": sum(found.values()), "tone": cells.tone(worst), "worst": worst}
    return render(request, "alerts/_count.html", context)


def bell(request: HttpRequest) -> str | None:
    """The way to the inbox in the header; the number comes after the page."""
    if not access.may(actor(request), access.VIEW, Alert):
        return None
    return render_to_string("alerts/bell.html", {}, request)


add_page(ROUTE, show)
add_page(f"{ROUTE}act/", act)
add_page(f"{ROUTE}count/", count)
navigation.add_page("Watch", "Inbox", f"/{ROUTE}", "inbox", Alert)
header.add_item(bell)
