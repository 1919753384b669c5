"""What racks add to the pages beyond their resources."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from core import access
from core.web.page import actor
from core.web.panels import RecordAction, add_record_actions
from facilities.floor.links import ICON, plan_url
from facilities.models import FloorPlan
from racks.models import Rack, RackPlacement


def on_plan(request: HttpRequest, pk: int, context: dict[str, Any]) -> list[RecordAction]:
    """Where a rack stands, for those who may see its place and the plan."""
    user = actor(request)
    places = access.visible(RackPlacement, user).filter(
        rack=pk, plan__in=access.visible(FloorPlan, user).values("pk")
    )
    plan = places.values_list("plan", flat=True).first()
    if plan is None:
        return []
    return [RecordAction("On the floor plan", ICON, plan_url(plan, f"rack:{pk}"), folded=True)]


add_record_actions(Rack, on_plan)
