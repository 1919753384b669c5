"""What the overview says of alerts: how many are open, and the worst."""

from __future__ import annotations

from django.db.models import F
from django.http import HttpRequest
from django.template.loader import render_to_string

from alerts.models import Alert, Severity
from alerts.web.inbox import BADNESS, COUNTS, ROUTE, line_steps, open_alerts
from core import access
from core.gather import Lookup, Steps
from core.web import cells, overview
from core.web.page import actor, root

SHOWN = 8
_ORDER = (F("acknowledged").asc(nulls_first=True), BADNESS, "-started", "pk")

_WORST = Lookup(lambda _, user: open_alerts(user).order_by(*_ORDER).values_list("pk")[:SHOWN])


def block(request: HttpRequest) -> Steps:
    """Counts by severity, and what nobody looks after first, the worst on top."""
    user = actor(request)
    if not access.may(user, access.VIEW, Alert):
        return None
    found, worst = yield [COUNTS.template(user), _WORST.template(user)]
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
