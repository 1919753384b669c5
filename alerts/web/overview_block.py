"""What the overview says of alerts: how many are open, and the worst."""

from __future__ import annotations

from django.db.models import Count, F
from django.http import HttpRequest
from django.template.loader import render_to_string

from alerts.models import Alert, Severity
from alerts.web.inbox import BADNESS, ROUTE, lines_of, open_alerts
from core import access
from core.web import cells, overview
from core.web.page import actor, root

SHOWN = 8


def block(request: HttpRequest) -> str | None:
    """Counts by severity, and what nobody looks after first, the worst on top."""
    if not access.may(actor(request), access.VIEW, Alert):
        return None
    rows = open_alerts(request)
    counts = dict(rows.order_by().values_list("severity").annotate(Count("pk")))
    order = (F("acknowledged").asc(nulls_first=True), BADNESS, "-started", "pk")
    inbox = f"{root()}/{ROUTE}"
    told = {
        "inbox": inbox,
        "severities": [
            (Severity(each).label, cells.tone(each), counts[each], f"{inbox}?severity={each}")
            for each in reversed(Severity.values)
            if counts.get(each)
        ],
        "lines": lines_of(
            request, list(rows.order_by(*order).values_list("pk", flat=True)[:SHOWN])
        ),
    }
    return render_to_string("alerts/overview.html", told, request)


overview.add_block(-20, block)
