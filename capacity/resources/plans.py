"""What the world sees of dates, cooling of types, and terms of reservations."""

from __future__ import annotations

from collections.abc import Sequence

from capacity.models import DeviceDates, DeviceTypeCooling, ReservationTerms
from core.fields import Ref
from core.filters import Filters, reference_filters
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from dcim.models import DeviceRole, DeviceType
from facilities import filters as shared
from facilities.models import Tenant
from racks.models import Manufacturer, Rack


@register
class DeviceDatesResource(Resource):
    """When devices come and go, and until when they are under warranty."""

    model = DeviceDates
    path = "capacity/device-dates"
    fields = [
        *HEAD,
        Ref("device", key="name"),
        "install_date",
        "removal_date",
        "warranty_ends",
        "description",
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "device", "description"]
    nested = ["id", "url", "display"]
    filter_key = "pk"
    unfiltered = ["comments"]
    search = {"device__name": 10, "description": 50}
    display_columns = ("device__name", "pk")
    ordering = ["device__name_natural", "device"]
    history_of = ["device"]
    crumbs = ["device"]
    table = ["device", "install_date", "removal_date", "warranty_ends", "description"]
    form = {
        "Dates": ["device", "install_date", "removal_date", "warranty_ends", "description"],
        "More": ["tags", "comments"],
    }
    checked_with = ()
    menu = "Capacity"
    icon = "calendar"

    def display(self, *values: object) -> str:
        """The device's name, or the record's number where it has none."""
        name, pk = values
        return str(name or f"Dates {pk}")

    def get_extra_filters(self) -> Sequence[Filters]:
        """By what and where the device is."""
        return [
            shared.place_filters("device__site", "device__location"),
            reference_filters("rack", "device__rack", Rack, key="name"),
            reference_filters("tenant", "device__tenant", Tenant),
            reference_filters("device_type", "device__device_type", DeviceType, key="model"),
            reference_filters("device_role", "device__role", DeviceRole, tree=True),
        ]


@register
class ReservationTermsResource(Resource):
    """What reserved units are kept for, and until when."""

    model = ReservationTerms
    path = "capacity/reservation-terms"
    fields = [
        *HEAD,
        Ref("reservation", key="pk"),
        "power_w",
        "weight_kg",
        "liquid_percent",
        "starts",
        "ends",
        "description",
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "reservation", "description"]
    nested = ["id", "url", "display"]
    filter_key = "pk"
    unfiltered = ["comments"]
    search = {"reservation__rack__name": 10, "description": 50}
    display_columns = ("reservation__rack__name", "reservation__description")
    ordering = ["ends"]
    history_of = ["reservation"]
    crumbs = ["reservation"]
    table = ["reservation", "power_w", "weight_kg", "liquid_percent", "starts", "ends"]
    form = {
        "Kept for": ["reservation", "power_w", "weight_kg", "liquid_percent", "description"],
        "Until": ["starts", "ends"],
        "More": ["tags", "comments"],
    }
    checked_with = ()
    menu = "Capacity"
    icon = "calendar"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By where the units are and whose they are."""
        return [
            shared.place_filters("reservation__rack__site", "reservation__rack__location"),
            reference_filters("rack", "reservation__rack", Rack, key="name"),
            reference_filters("tenant", "reservation__tenant", Tenant),
        ]


@register
class DeviceTypeCoolingResource(Resource):
    """How much of the heat of types goes into a liquid loop."""

    model = DeviceTypeCooling
    path = "capacity/device-type-cooling"
    fields = [
        *HEAD,
        Ref("device_type", key="model"),
        "liquid_percent",
        "description",
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "device_type", "description"]
    nested = ["id", "url", "display"]
    filter_key = "pk"
    unfiltered = ["comments"]
    search = {"device_type__model": 10, "description": 50}
    display_columns = ("device_type__model",)
    ordering = ["device_type__model"]
    history_of = ["device_type"]
    crumbs = ["device_type"]
    table = ["device_type", "liquid_percent", "description"]
    form = {"Cooling": ["device_type", "liquid_percent", "description", "tags", "comments"]}
    checked_with = ()
    menu = "Capacity"
    icon = "thermometer"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By maker."""
        return [reference_filters("manufacturer", "device_type__manufacturer", Manufacturer)]
