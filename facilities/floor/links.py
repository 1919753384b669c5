"""Links to floor plans from the pages of what they show."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from core import access
from core.registry import of_model
from core.web.page import actor, address, may
from core.web.panels import RecordAction
from facilities.models import FloorPlan, Location, Site

ICON = "grid-3x3"


def plan_url(plan: int, key: str = "") -> str:
    """The page of a plan; with `key` it shows that thing."""
    url = address(of_model(FloorPlan), plan, "plan")
    return f"{url}?{urlencode({'key': key})}" if key else url


def of_location(request: HttpRequest, pk: int, context: dict[str, Any]) -> list[RecordAction]:
    """The plan of a location, or of the nearest one around it; else the way to draw one."""
    path = Location.objects.filter(pk=pk).values_list("path", "site").first()
    if path is None:
        return []
    plans = access.visible(FloorPlan, actor(request)).filter(location__in=path[0])
    nearest = plans.order_by("-location__path__len").values_list("pk", flat=True).first()
    if nearest is not None:
        return [RecordAction("Floor plan", ICON, plan_url(nearest))]
    if not may(request, of_model(FloorPlan), access.ADD):
        return []
    hidden = access.outside(Site, [path[1]], actor(request), access.VIEW)
    query = urlencode({"location": pk} if hidden else {"site": path[1], "location": pk})
    url = f"{address(of_model(FloorPlan), action='add')}?{query}"
    return [RecordAction("Draw a floor plan", ICON, url, folded=True)]


def of_site(request: HttpRequest, pk: int, context: dict[str, Any]) -> list[RecordAction]:
    """The plan of a whole site, else the list of those of its halls."""
    plans = access.visible(FloorPlan, actor(request)).filter(site=pk)
    found = list(plans.order_by("location", "pk").values_list("pk", "location")[:2])
    whole = next((plan for plan, location in found if location is None), None)
    if whole is not None or len(found) == 1:
        return [RecordAction("Floor plan", ICON, plan_url(whole or found[0][0]))]
    url = f"{address(of_model(FloorPlan))}?{urlencode({'site_id': pk})}"
    return [RecordAction("Floor plans", ICON, url)] if found else []
