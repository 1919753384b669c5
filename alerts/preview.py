"""At which objects a rule would fire, and would have fired of late, before it is saved."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from django.utils import timezone

from alerts import figures, places, watch
from alerts.engine.past import replay
from alerts.figures import Figure, Ints, Reading
from alerts.models import Rule
from core import access, registry
from core.read import ReadContext

SHOWN = 50
PAST_DAYS = 90


def fires(rule: Rule, context: ReadContext, now: dt.datetime) -> dict[str, Any]:
    """How many objects are looked at, of how many the figure is unknown, where it would fire.

    Only what the reader may see counts. The hold time is left out. `past` tells what it would have
    done over the last daily figures, None where none are kept of the figure. Raises ValidationError
    by field.
    """
    from alerts.resources.rules import check

    check(rule)
    figure = figures.figure(rule.metric)
    assert figure is not None
    values = figure.values(Reading(now))
    member = np.ones(len(values.ids), dtype=bool)
    rows = places.narrowed(rule, figure.model)
    if rows is not None:
        found = np.fromiter(rows.values_list("pk", flat=True), dtype=np.int64)
        member &= np.isin(values.ids, found)
    if not access.may_all(context.user, access.VIEW, figure.model):
        seen = access.visible(figure.model, context.user).values_list("pk", flat=True)
        member &= np.isin(values.ids, np.fromiter(seen, dtype=np.int64))
    with np.errstate(invalid="ignore"):
        beyond = np.flatnonzero(watch.limit_of(rule).breaches(values.values) & member)
    worst = values.values[beyond]
    order = np.argsort(-worst if watch.limit_of(rule).rising else worst, kind="stable")
    first = beyond[order[:SHOWN]]
    resource = registry.of_model(figure.model)
    shown = resource.reader(tuple(resource.nested)).by_id(
        [int(values.ids[at]) for at in first], context
    )
    return {
        "past": _past(rule, figure, values.ids[member], now),
        "looked_at": int(member.sum()),
        "unknown": int((np.isnan(values.values) & member).sum()),
        "count": len(beyond),
        "objects": [
            {
                "object_type": resource.object_type,
                "object": shown.get(int(values.ids[at])),
                "value": round(float(values.values[at]), 3),
                "unit": figure.unit,
            }
            for at in first
        ],
    }


def _past(rule: Rule, figure: Figure, ids: Ints, now: dt.datetime) -> dict[str, Any] | None:
    """How often a rule would have fired at these objects over the last days, and when most."""
    if figure.past is None:
        return None
    today = timezone.localtime(now).date()
    kept = figure.past(today - dt.timedelta(days=PAST_DAYS))
    here = np.isin(kept["object"], ids)
    found = replay(
        watch.limit_of(rule), kept["object"][here], kept["day"][here], kept["value"][here]
    )
    most = int(found.open.argmax()) if len(found.open) else 0
    dates = [dt.date.fromordinal(int(day)).isoformat() for day in found.days]
    return {
        "days": len(dates),
        "began": found.began,
        "objects": found.objects,
        "most": int(found.open[most]) if dates else 0,
        "most_on": dates[most] if dates and found.open[most] else None,
        "open": [{"day": day, "count": int(n)} for day, n in zip(dates, found.open, strict=True)],
    }
