"""What the world sees of racks and what is reserved in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import IntegerField, Q
from django.db.models.functions import Cast, Coalesce
from rest_framework import serializers

from core import filters
from core.fields import Absent, Choice, Ref, Scalar, Slot
from core.filters import Filters, absent_filters, reference_filters
from core.registry import of_model, register
from core.resource import HEAD, TAIL, Resource
from core.resources import USER_FIELDS
from core.special_fields import BranchCount, Computed, Count
from facilities import filters as shared
from facilities.floor.sources import add_source
from facilities.models import Location, Site, Tenant
from racks.floor import RackSource
from racks.models import (
    Manufacturer,
    Rack,
    RackGroup,
    RackPlacement,
    RackReservation,
    RackRole,
    RackType,
    ReservedUnit,
)

DIMENSIONS = (
    "outer_width",
    "outer_height",
    "outer_depth",
    "outer_unit",
)


def choice_without_empty(name: str, resource: Resource) -> Filters:
    """The filters of a choice that always has a value."""
    made = Choice(name).attach(resource).filters()
    return {key: value for key, value in made.items() if not key.endswith("__empty")}


@register
class ManufacturerResource(Resource):
    """Who makes racks, devices and modules."""

    model = Manufacturer
    path = "dcim/manufacturers"
    fields = [
        *HEAD,
        "name",
        "slug",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        Slot("devicetype_count"),
        Slot("moduletype_count"),
        Slot("inventoryitem_count"),
        Slot("platform_count"),
    ]
    brief = ["id", "url", "display", "name", "slug", "description"]
    unfiltered = ["comments"]
    search = {"name": 10, "slug": 20, "description": 50}
    table = ["name", "devicetype_count", "moduletype_count", "description"]
    form = {"Manufacturer": ["name", "slug", "description", "tags"]}
    menu = "Catalogue"
    icon = "factory"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By contact."""
        return [shared.contact_filters(Manufacturer), absent_filters("owner_group")]


@register
class RackRoleResource(Resource):
    """What racks are used for."""

    model = RackRole
    path = "dcim/rack-roles"
    fields = [
        *HEAD,
        "name",
        "slug",
        "color",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        Count("rack_count", "racks"),
    ]
    brief = ["id", "url", "display", "name", "slug", "description", "rack_count"]
    unfiltered = ["comments"]
    search = {"name": 10, "slug": 20, "description": 50}
    table = ["name", "color", "rack_count", "description"]
    form = {"Rack role": ["name", "slug", "color", "description", "tags"]}
    extra_filters = [absent_filters("owner_group")]
    menu = "Racks"
    icon = "palette"


@register
class RackGroupResource(Resource):
    """Racks that belong together, such as a row or a pod."""

    model = RackGroup
    path = "dcim/rack-groups"
    fields = [
        *HEAD,
        "name",
        "slug",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        Count("rack_count", "racks"),
    ]
    brief = ["id", "url", "display", "name", "slug", "description", "rack_count"]
    unfiltered = ["comments"]
    search = {"name": 10, "slug": 20, "description": 50}
    table = ["name", "rack_count", "description"]
    form = {"Rack group": ["name", "slug", "description", "tags"]}
    extra_filters = [absent_filters("owner_group")]
    menu = "Racks"
    icon = "columns"


@register
class RackTypeResource(Resource):
    """What racks are like."""

    model = RackType
    path = "dcim/rack-types"
    fields = [
        *HEAD,
        "manufacturer",
        "model",
        "slug",
        "description",
        "form_factor",
        "width",
        "u_height",
        "starting_unit",
        "desc_units",
        *DIMENSIONS,
        "weight",
        "max_weight",
        "weight_unit",
        "mounting_depth",
        Absent("owner"),
        "comments",
        *TAIL,
        Count("rack_count", "racks", in_references=True, filterable=True),
    ]
    brief = ["id", "url", "display", "manufacturer", "model", "slug", "description", "rack_count"]
    display_columns = ["manufacturer__name", "model"]
    unfiltered = ["comments", "width"]
    filter_key = "slug"
    search = {"model": 10, "slug": 20, "manufacturer__name": 30, "description": 50}
    ordering = ["manufacturer__name", "model"]
    crumbs = ["manufacturer"]
    table = ["manufacturer", "model", "form_factor", "u_height", "max_weight", "rack_count"]
    form = {
        "Rack type": ["manufacturer", "model", "slug", "form_factor", "description"],
        "Size": ["width", "u_height", "starting_unit", "desc_units", *DIMENSIONS, "mounting_depth"],
        "Weight": ["weight", "max_weight", "weight_unit"],
        "More": ["tags", "comments"],
    }
    constraint_fields = {
        "racks_racktype_manufacturer_model": "model",
        "racks_racktype_manufacturer_slug": "slug",
        "racks_rack_reservations_fit": "u_height",
        "dcim_rack_devices_fit": "u_height",
        "racks_rack_placement_room": "outer_width",
    }
    menu = "Catalogue"
    icon = "rack"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By width."""
        return [choice_without_empty("width", self), absent_filters("owner_group")]


@register
class RackResource(Resource):
    """Racks and cabinets."""

    model = Rack
    path = "dcim/racks"
    fields = [
        *HEAD,
        "name",
        "facility_id",
        "site",
        "location",
        "group",
        "tenant",
        "status",
        "role",
        "serial",
        "asset_tag",
        "rack_type",
        "form_factor",
        "width",
        "u_height",
        "starting_unit",
        "weight",
        "max_weight",
        "weight_unit",
        "desc_units",
        *DIMENSIONS,
        "mounting_depth",
        "airflow",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        Slot("device_count"),
        Slot("powerfeed_count"),
    ]
    brief = ["id", "url", "display", "name", "description", "device_count"]
    nested = ("id", "url", "display", "name", "description")
    filter_key = "name"
    case_insensitive = ["serial"]
    unfiltered = ["comments", "width"]
    display_columns = ["name", "facility_id"]
    search = {"name": 10, "facility_id": 20, "serial": 30, "asset_tag": 30, "description": 50}
    ordering = ["site__name_natural", "location__name_natural", "name_natural"]
    crumbs = ["site", "location"]
    table = [
        "name",
        "site",
        "location",
        "status",
        "role",
        "tenant",
        "rack_type",
        "device_count",
    ]
    form = {
        "Rack": ["site", "location", "name", "facility_id", "status", "role", "group", "tenant"],
        "Size": [
            "rack_type",
            "form_factor",
            "width",
            "u_height",
            "starting_unit",
            "desc_units",
            *DIMENSIONS,
            "mounting_depth",
        ],
        "Weight": ["weight", "max_weight", "weight_unit"],
        "Identity": ["serial", "asset_tag", "airflow", "description", "tags", "comments"],
    }
    constraint_fields = {
        "racks_rack_location_name": "name",
        "racks_rack_location_facility_id": "facility_id",
        "racks_rack_location_site": "location",
        "racks_rack_reservations_fit": "u_height",
        "power_rack_feeds_site": "site",
        "dcim_rack_devices_fit": "u_height",
        "racks_rack_placement_room": "outer_width",
    }
    # What the database says names the device, which not everybody may see.
    discreet = {"dcim_rack_devices_fit": "These units would leave no room for what is mounted."}
    menu = "Racks"
    icon = "rack"

    def display(self, *values: Any) -> str:
        """The name, with the operator's number in brackets."""
        name, number = values
        return f"{name} ({number})" if number else str(name)

    def get_extra_filters(self) -> Sequence[Filters]:
        """By place, maker, tenants, contact and width."""
        return [
            choice_without_empty("width", self),
            shared.region_filters("site"),
            shared.tenant_filters(),
            shared.contact_filters(Rack),
            reference_filters("manufacturer", "rack_type__manufacturer", Manufacturer),
            reference_filters("rack_type", "rack_type", RackType),
            absent_filters("owner_group"),
        ]


class Units(Scalar):
    """The reserved units, as a list of whole numbers."""

    def write_field(self) -> Any:
        return serializers.ListField(
            child=serializers.IntegerField(min_value=0, max_value=32767), allow_empty=False
        )


@register
class RackReservationResource(Resource):
    """Units of racks that are kept for somebody."""

    model = RackReservation
    path = "dcim/rack-reservations"
    fields = [
        *HEAD,
        "rack",
        Units("units"),
        Computed(
            "unit_count",
            columns=["units"],
            value=len,
            schema={"type": "integer"},
            order=("units__len",),
        ),
        "status",
        "created",
        "last_updated",
        Ref("user", nested=USER_FIELDS, key="username"),
        "tenant",
        "description",
        Absent("owner"),
        "comments",
        "tags",
        "custom_fields",
    ]
    brief = ["id", "url", "display", "status", "user", "description", "units"]
    display_columns = ["rack__name", "units"]
    unfiltered = ["comments", "rack", "units"]
    search = {"rack__name": 10, "description": 20, "user__username": 30}
    ordering = ["created"]
    crumbs = ["rack"]
    history_of = ["rack"]
    table = ["rack", "units", "unit_count", "status", "tenant", "user", "description"]
    form = {
        "Reservation": ["rack", "units", "status", "user", "tenant", "description"],
        "More": ["tags", "comments"],
    }
    constraint_fields = {
        "racks_rackreservation_no_overlap": "units",
        "racks_reservedunit_once": "units",
    }
    menu = "Racks"
    icon = "lock"

    def display(self, *values: Any) -> str:
        """The rack and how the units run."""
        rack, units = values
        return f"Reservation for rack {rack} (U{unit_ranges(units)})"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By place, unit, number of units, tenants and rack group."""
        length = {"_count": Coalesce(Cast("units__len", IntegerField()), 0)}
        return [
            shared.place_filters("rack__site", "rack__location"),
            shared.tenant_filters(),
            reference_filters("rack", "rack", Rack, by_key=False),
            reference_filters("group", "rack__group", RackGroup),
            unit_filters(),
            {
                "unit_count_min": filters.ParameterFilter(
                    lambda n: Q(_count__gte=n),
                    filters.parse_number,
                    schema={"type": "integer"},
                    needs=length,
                ),
                "unit_count_max": filters.ParameterFilter(
                    lambda n: Q(_count__lte=n),
                    filters.parse_number,
                    schema={"type": "integer"},
                    needs=length,
                ),
            },
            absent_filters("owner_group"),
        ]


@register
class RackPlacementResource(Resource):
    """Where racks stand on floor plans."""

    model = RackPlacement
    path = "facilities/rack-placements"
    fields = [
        *HEAD,
        Ref("rack", key="name"),
        Ref("plan", key="name"),
        "x",
        "y",
        "rotation",
        "width",
        "depth",
        "front_clearance",
        "rear_clearance",
        "description",
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "rack", "plan", "description"]
    nested = ["id", "url", "display"]
    filter_key = "pk"
    unfiltered = ["comments"]
    search = {"rack__name": 10, "description": 50}
    display_columns = ("rack__name",)
    ordering = ["rack__name_natural"]
    history_of = ["rack"]
    crumbs = ["plan", "rack"]
    table = ["rack", "plan", "x", "y", "rotation", "width", "depth"]
    form = {
        "Place": ["rack", "plan", "x", "y", "rotation"],
        "Clearance": ["front_clearance", "rear_clearance"],
        "More": ["description", "tags", "comments"],
    }
    constraint_fields = {
        "racks_rackplacement_no_overlap": "rack",
        "racks_rackplacement_place": "rack",
    }
    deferrable = ("racks_rackplacement_no_overlap",)
    menu = "Racks"
    icon = "move"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By where the rack stands."""
        return [shared.place_filters("rack__site", "rack__location")]


def unit_filters() -> Filters:
    """`unit`: reservations that hold a unit, or one below or above a number."""
    made = filters.number_filters("unit", "unit", schema={"type": "integer"})
    return filters.related_filter(lambda: ReservedUnit.objects.all(), "reservation", made)


def unit_ranges(units: Sequence[int]) -> str:
    """Unit numbers as ranges: `[1, 2, 3, 7]` becomes `1-3, 7`."""
    found: list[list[int]] = []
    for unit in sorted(units):
        if found and unit == found[-1][-1] + 1:
            found[-1][-1:] = [found[-1][-1], unit] if len(found[-1]) == 1 else [unit]
        else:
            found.append([unit])
    return ", ".join("-".join(str(end) for end in dict.fromkeys(run)) for run in found)


of_model(Site).fill(Count("rack_count", "racks"))
of_model(Tenant).fill(Count("rack_count", "racks"))
of_model(Location).fill(BranchCount("rack_count", "racks"))
add_source(RackSource())
