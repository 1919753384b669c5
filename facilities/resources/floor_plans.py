"""What the world sees of floor plans and of what is drawn on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.fields import Ref, Scalar
from core.filters import Filters, reference_filters
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from core.special_fields import Count
from facilities import filters as shared
from facilities.drawings.upload import Drawing, DrawingFile
from facilities.floor.api import COLOURS, DOCUMENT
from facilities.models import FloorPlan, FloorPlanItem, Location
from facilities.models.floor_plans import SHEET_MAX


@register
class FloorPlanResource(Resource):
    """Floor plans of halls and sites."""

    model = FloorPlan
    path = "facilities/floor-plans"
    fields = [
        *HEAD,
        "name",
        "site",
        "location",
        "width",
        "depth",
        "tile_width",
        "tile_depth",
        "first_column",
        "first_row",
        "outline",
        "front_clearance",
        "rear_clearance",
        Drawing("drawing"),
        Scalar("drawing_ratio", read_only=True),
        "drawing_x",
        "drawing_y",
        "drawing_width",
        "drawing_opacity",
        "description",
        "comments",
        Count("item_count", "items"),
        *TAIL,
    ]
    brief = ["id", "url", "display", "name", "description"]
    filter_key = "name"
    unfiltered = ["comments", "outline", "location"]
    search = {"name": 10, "description": 50}
    ordering = ["site__name_natural", "name_natural"]
    crumbs = ["site", "location"]
    table = ["name", "site", "location", "width", "depth", "description"]
    form = {
        "Floor plan": ["site", "location", "name", "description"],
        "Sheet": ["width", "depth", "tile_width", "tile_depth", "first_column", "first_row"],
        "Room": ["outline", "front_clearance", "rear_clearance"],
        "Drawing behind it": [
            "drawing",
            "drawing_x",
            "drawing_y",
            "drawing_width",
            "drawing_opacity",
        ],
        "More": ["tags", "comments"],
    }
    constraint_fields = {
        "facilities_floorplan_site_name": "name",
        "facilities_floorplan_location_site": "location",
        "facilities_floorplan_racks_fit": "location",
        "facilities_floorplan_equipment_fit": "location",
    }
    actions = [DOCUMENT, COLOURS]
    menu = "Facilities"
    icon = "grid-3x3"

    def prepare(self, instance: FloorPlan, values: dict[str, Any], *, creating: bool) -> None:
        """Take over the shape of a new drawing, and its width where the file knows it."""
        if not instance.drawing:
            instance.drawing_ratio = None
            return
        new = not getattr(instance.drawing, "_committed", True)
        file = instance.drawing.file if new else None
        if isinstance(file, DrawingFile):
            instance.drawing_ratio = file.ratio
            if file.width_mm and 1 <= file.width_mm <= SHEET_MAX:
                instance.drawing_width = round(file.width_mm)

    def get_extra_filters(self) -> Sequence[Filters]:
        """By region and branch of locations."""
        return [
            shared.region_filters("site"),
            reference_filters("location", "location", Location, tree=True),
        ]


@register
class FloorPlanItemResource(Resource):
    """What is drawn on floor plans beside racks and equipment."""

    model = FloorPlanItem
    path = "facilities/floor-plan-items"
    fields = [
        *HEAD,
        Ref("plan", key="name"),
        "kind",
        "label",
        "x",
        "y",
        "width",
        "depth",
        "rotation",
        "description",
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "kind", "label", "description"]
    filter_key = "pk"
    unfiltered = ["comments"]
    search = {"label": 10, "description": 50}
    display_columns = ("label", "kind")
    ordering = ["plan__name_natural", "kind"]
    history_of = ["plan"]
    crumbs = ["plan"]
    table = ["plan", "kind", "label", "x", "y", "width", "depth", "rotation"]
    form = {
        "Item": ["plan", "kind", "label"],
        "Place": ["x", "y", "width", "depth", "rotation"],
        "More": ["description", "tags", "comments"],
    }
    menu = "Facilities"
    icon = "shapes"

    def display(self, *values: object) -> str:
        """The label, or what it is."""
        label, kind = values
        return str(label or str(kind).replace("-", " "))
