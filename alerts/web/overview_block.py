"""What the overview says of alerts: how many are open, and the worst."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F
from django.http import HttpRequest
from django.template.loader import render_to_string

from alerts.models import Alert, Severity
from alerts.web.inbox import BADNESS, ROUTE, line_steps
from core import access
from core.gather import Around, Steps
from core.web import cells, overview
from core.web.page import actor, root

SHOWN = 8
_ORDER = (F("acknowledged").asc(nulls_first=True), BADNESS, "-started", "pk")


def _open(user: access.Actor) -> Any:
    return access.visible(Alert, user).filter(resolved__isnull=True)


_COUNTS = Around(
    lambda _, user: (
        _open(user).values("severity").annotate(n=Count("pk")).values_list("severity", "n")
    )
)
_WORST = Around(lambda _, user: _open(user).order_by(*_ORDER).values_list("pk")[:SHOWN])


def block(request: HttpRequest) -> Steps:
    """Counts by severity, and what nobody looks after first, the worst on top."""
    if not access.may(actor(request), access.VIEW, Alert):
        return None
    user = actor(request)
    found, worst = yield [_COUNTS.fetch(0, user), _WORST.fetch(0, user)]
    lines = yield line_steps(request, [pk for (pk,) in worst])
    counts = dict(found)
    inbox = f"{root()}/{ROUTE}"
    told = {
        "inbox": inbox,
        "severities": [
            (Severity(each).label, cells.tone(each), counts[each], f"{inbox}?severity={each}")
            for each in reversed(Severity.values)
            if counts.get(each)
        ],
        "lines": lines,
    }
    return render_to_string("alerts/overview.html", told, request)


overview.add_block(-20, block)
