"""What the world sees of where power equipment stands."""

from __future__ import annotations

from collections.abc import Sequence

from core.fields import Ref
from core.filters import Filters
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from facilities import filters as shared
from facilities.floor.sources import add_source
from power.floor import EquipmentSource
from power.models import EquipmentPlacement


@register
class EquipmentPlacementResource(Resource):
    """Where power equipment stands on floor plans."""

    model = EquipmentPlacement
    path = "power/equipment-placements"
    fields = [
        *HEAD,
        Ref("equipment", key="name"),
        Ref("plan", key="name"),
        "x",
        "y",
        "width",
        "depth",
        "rotation",
        "description",
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "equipment", "plan", "description"]
    nested = ["id", "url", "display"]
    filter_key = "pk"
    unfiltered = ["comments"]
    search = {"equipment__name": 10, "description": 50}
    display_columns = ("equipment__name",)
    ordering = ["equipment__name_natural"]
    history_of = ["equipment"]
    crumbs = ["plan", "equipment"]
    table = ["equipment", "plan", "x", "y", "width", "depth", "rotation"]
    form = {
        "Place": ["equipment", "plan", "x", "y", "width", "depth", "rotation"],
        "More": ["description", "tags", "comments"],
    }
    constraint_fields = {"power_equipmentplacement_place": "equipment"}
    menu = "Power"
    icon = "move"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By where the equipment stands."""
        return [shared.place_filters("equipment__site", "equipment__location")]


add_source(EquipmentSource())
