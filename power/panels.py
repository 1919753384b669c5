"""What feeds add to a rack's page."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Q, Sum

from core import access
from core.access import Actor
from dcim.panels import Figure, watts
from power.choices import FeedStatus, FeedType
from power.models import PowerFeed


def feed_figures(rack: int, user: Actor) -> Sequence[Figure]:
    """What the active feeds of a rack may carry continuously, each side apart. One statement.

    The sides of a redundant pair are not added up: when one fails, the other carries everything.
    """
    active = Q(status=FeedStatus.ACTIVE)
    sides = access.restrict(PowerFeed.objects.filter(rack=rack), user).aggregate(
        feeds=Count("pk"),
        active=Count("pk", filter=active),
        **{
            side.value: Sum("available_power", filter=active & Q(type=side.value))
            for side in FeedType
        },
    )
    if not sides["feeds"]:
        return []
    words = [
        f"{watts(sides[side.value], 'VA')} {side.label.lower()}"
        for side in FeedType
        if sides[side.value] is not None
    ]
    idle = sides["feeds"] - sides["active"]
    notes = [f"{sides['active']} feed{'s' if sides['active'] != 1 else ''} active"]
    if idle:
        notes.append(f"{idle} not active")
    return [Figure("Feeds", ", ".join(words) or "none active", notes=[", ".join(notes)])]
