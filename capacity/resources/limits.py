"""What the world sees of limits and cooling loops."""

from __future__ import annotations

from collections.abc import Sequence

from capacity.models import CoolingLoop, PlaceLimit, RackLimit
from core.fields import Ref
from core.filters import Filters, reference_filters
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from core.special_fields import Count
from facilities import filters as shared
from facilities.models import Location


@register
class PlaceLimitResource(Resource):
    """What sites and locations can take: floor and cooling."""

    model = PlaceLimit
    path = "capacity/place-limits"
    fields = [
        *HEAD,
        "site",
        "location",
        "area_m2",
        "floor_load_kg_m2",
        "point_load_kg",
        "air_cooling_kw",
        "liquid_cooling_kw",
        "description",
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "site", "location", "description"]
    nested = ["id", "url", "display"]
    filter_key = "pk"
    unfiltered = ["comments"]
    search = {"site__name": 10, "location__name": 10, "description": 50}
    display_columns = ("site__name", "location__name")
    ordering = ["site__name_natural", "location__name_natural"]
    history_of = ["site", "location"]
    crumbs = ["site", "location"]
    table = [
        *("site", "location", "area_m2", "floor_load_kg_m2", "point_load_kg", "air_cooling_kw"),
        "liquid_cooling_kw",
    ]
    form = {
        "Place": ["site", "location", "description"],
        "Floor": ["area_m2", "floor_load_kg_m2", "point_load_kg"],
        "Cooling": ["air_cooling_kw", "liquid_cooling_kw"],
        "More": ["tags", "comments"],
    }
    constraint_fields = {"capacity_placelimit_one_place": "location"}
    checked_with = ()
    menu = "Capacity"
    icon = "ruler"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch of locations."""
        return [reference_filters("location", "location", Location, tree=True)]


@register
class RackLimitResource(Resource):
    """What racks may draw, and how much heat they get rid of."""

    model = RackLimit
    path = "capacity/rack-limits"
    fields = [
        *HEAD,
        Ref("rack", key="name"),
        "power_w",
        "air_cooling_w",
        "liquid_cooling_w",
        "cooling_loop",
        "description",
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "rack", "description"]
    nested = ["id", "url", "display"]
    filter_key = "pk"
    unfiltered = ["comments"]
    search = {"rack__name": 10, "description": 50}
    display_columns = ("rack__name",)
    ordering = ["rack__name_natural"]
    history_of = ["rack"]
    crumbs = ["rack"]
    table = ["rack", "power_w", "air_cooling_w", "liquid_cooling_w", "cooling_loop", "description"]
    form = {
        "Limits": ["rack", "power_w", "air_cooling_w", "liquid_cooling_w", "cooling_loop"],
        "More": ["description", "tags", "comments"],
    }
    constraint_fields = {"capacity_racklimit_loop_site": "cooling_loop"}
    checked_with = ()
    menu = "Capacity"
    icon = "gauge"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By where the rack stands."""
        return [shared.place_filters("rack__site", "rack__location")]


@register
class CoolingLoopResource(Resource):
    """Liquid cooling loops."""

    model = CoolingLoop
    path = "capacity/cooling-loops"
    fields = [
        *HEAD,
        "name",
        "site",
        "capacity_kw",
        "supply_temperature",
        "description",
        "comments",
        *TAIL,
        Count("rack_count", "rack_limits"),
    ]
    brief = ["id", "url", "display", "name", "description"]
    filter_key = "name"
    unfiltered = ["comments"]
    ordering = ["site__name_natural", "name_natural"]
    crumbs = ["site"]
    table = ["name", "site", "capacity_kw", "supply_temperature", "rack_count", "description"]
    form = {
        "Cooling loop": ["site", "name", "capacity_kw", "supply_temperature", "description"],
        "More": ["tags", "comments"],
    }
    constraint_fields = {
        "capacity_coolingloop_site_name": "name",
        "capacity_coolingloop_racks_site": "site",
    }
    menu = "Capacity"
    icon = "thermometer"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By region."""
        return [shared.region_filters("site")]
