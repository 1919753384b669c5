"""What feeds add to a rack's page."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from core import access
from core.access import Actor
from core.gather import Lookup, Steps
from dcim.panels import Figure, watts
from power.choices import FeedStatus, FeedType
from power.models import PowerFeed


def _summed(given: Any, user: Actor) -> QuerySet[Any, Any]:
    active = Q(status=FeedStatus.ACTIVE)
    sides = {
        f"_{side}": Sum("available_power", filter=active & Q(type=side.value)) for side in FeedType
    }
    return (
        access.restrict(PowerFeed.objects.filter(given("rack_id")), user)
        .order_by()
        .values("rack")
        .annotate(_feeds=Count("pk"), _active=Count("pk", filter=active), **sides)
        .values_list("_feeds", "_active", *sides)
    )


_SUMS = Lookup(_summed)


def feed_figures(rack: int, user: Actor) -> Steps:
    """What the active feeds of a rack may carry continuously, each side apart.

    The sides of a redundant pair are not added up: when one fails, the other carries everything.
    """
    rows = yield _SUMS.fetch([rack], user)
    if not rows:
        return []
    feeds, active, *sides = rows[0]
    words = [
        f"{watts(carried, 'VA')} {side.label.lower()}"
        for side, carried in zip(FeedType, sides, strict=True)
        if carried is not None
    ]
    idle = feeds - active
    notes = [f"{active} feed{'s' if active != 1 else ''} active"]
    if idle:
        notes.append(f"{idle} not active")
    return [Figure("Feeds", ", ".join(words) or "none active", notes=[", ".join(notes)])]
