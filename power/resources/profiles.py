"""What the world sees of power profiles and site policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.fields import Ref
from core.filters import Filters, reference_filters
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from dcim.models import DeviceRole, DeviceType
from facilities import filters as shared
from facilities.models import Tenant
from power.models import DevicePowerProfile, DeviceTypePowerProfile, SitePowerPolicy
from racks.models import Manufacturer, Rack


@register
class DeviceTypePowerProfileResource(Resource):
    """How devices of a type draw power."""

    model = DeviceTypePowerProfile
    path = "power/device-type-profiles"
    fields = [
        *HEAD,
        Ref("device_type", key="model"),
        "supplies_required",
        "supply_watts",
        "budget_percent",
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
    table = ["device_type", "supplies_required", "supply_watts", "budget_percent", "description"]
    form = {
        "Power profile": [
            "device_type",
            "supplies_required",
            "supply_watts",
            "budget_percent",
            "description",
            "tags",
            "comments",
        ]
    }
    checked_with = ()
    menu = "Power"
    icon = "book-open"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By maker."""
        return [reference_filters("manufacturer", "device_type__manufacturer", Manufacturer)]


@register
class DevicePowerProfileResource(Resource):
    """How single devices draw power, and what was measured."""

    model = DevicePowerProfile
    path = "power/device-profiles"
    fields = [
        *HEAD,
        Ref("device", key="name"),
        "supplies_required",
        "supply_watts",
        "budget_percent",
        "measured_watts",
        "measured_at",
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
    table = [
        "device",
        "supplies_required",
        "supply_watts",
        "budget_percent",
        "measured_watts",
        "measured_at",
    ]
    form = {
        "Power profile": [
            "device",
            "supplies_required",
            "supply_watts",
            "budget_percent",
            "description",
        ],
        "Measured": ["measured_watts", "measured_at"],
        "More": ["tags", "comments"],
    }
    checked_with = ()
    menu = "Power"
    icon = "gauge"

    def display(self, *values: Any) -> str:
        """The device's name, or the profile's number where it has none."""
        name, pk = values
        return str(name or f"Profile {pk}")

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
class SitePowerPolicyResource(Resource):
    """What a site reckons with where a record does not say it itself."""

    model = SitePowerPolicy
    path = "power/site-policies"
    fields = [
        *HEAD,
        "site",
        "breaker_utilization",
        "imbalance_limit",
        "power_factor",
        "budget_percent",
        "description",
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "site", "description"]
    nested = ["id", "url", "display"]
    filter_key = "pk"
    unfiltered = ["comments"]
    search = {"site__name": 10, "description": 50}
    display_columns = ("site__name",)
    ordering = ["site__name_natural"]
    history_of = ["site"]
    crumbs = ["site"]
    table = ["site", "breaker_utilization", "imbalance_limit", "power_factor", "budget_percent"]
    form = {
        "Power policy": [
            "site",
            "breaker_utilization",
            "imbalance_limit",
            "power_factor",
            "budget_percent",
            "description",
            "tags",
            "comments",
        ]
    }
    checked_with = ()
    menu = "Power"
    icon = "sliders-horizontal"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By region."""
        return [shared.region_filters("site")]
