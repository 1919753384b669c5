"""What racks add to the pages beyond their resources."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from core import access
from core.gather import Lookup, Steps
from core.web.page import actor
from core.web.panels import RecordAction, add_record_actions
from facilities.floor.links import ICON, plan_url
from facilities.models import FloorPlan
from racks.models import Rack, RackPlacement

_PLANS = Lookup(
    lambda given, user: (
        access.visible(RackPlacement, user)
        .filter(given("rack_id"), plan__in=access.visible(FloorPlan, user).values("pk"))
        .order_by("pk")
        .values_list("plan_id")[:1]
    )
)


def on_plan(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
    """Where a rack stands, for those who may see its place and the plan."""
    plans = yield _PLANS.fetch([pk], actor(request))
    return [
        RecordAction("On the floor plan", ICON, plan_url(plan, f"rack:{pk}"), folded=True)
        for (plan,) in plans
    ]


add_record_actions(Rack, on_plan)
