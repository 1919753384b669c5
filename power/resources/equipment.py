"""What the world sees of equipment and redundancy groups."""

from __future__ import annotations

from collections.abc import Sequence

from core.fields import Ref
from core.filters import Filters, reference_filters
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from core.special_fields import Count
from dcim.models import Device
from facilities import filters as shared
from facilities.models import Location
from power.models import PowerEquipment, PowerPanel, RedundancyGroup
from power.models.fit import KIND, PHASE, POLES, SITE, VOLTAGE

_LINKED = "With these values a link to or from it would not fit its other end."


@register
class PowerEquipmentResource(Resource):
    """What generates, converts, stores and distributes power above the panels."""

    model = PowerEquipment
    path = "power/equipment"
    fields = [
        *HEAD,
        "site",
        "location",
        "name",
        "kind",
        "status",
        Ref("device", key="name"),
        "manufacturer",
        "model",
        "redundancy_group",
        "tenant",
        "rated_kva",
        "rated_kw",
        "derating",
        "power_factor",
        "supply",
        "input_voltage",
        "input_phase",
        "output_voltage",
        "output_phase",
        "efficiency",
        "efficiency_curve",
        "usable_kwh",
        "max_discharge_kw",
        "max_charge_kw",
        "start_delay",
        "description",
        "comments",
        Count("upstream_count", "upstream_links"),
        Count("downstream_count", "downstream_links"),
        *TAIL,
    ]
    brief = ["id", "url", "display", "site", "name", "kind", "status", "description"]
    nested = ["id", "url", "display", "name", "kind"]
    filter_key = "name"
    unfiltered = ["comments", "location", "efficiency_curve"]
    search = {"name": 10, "model": 40, "description": 50}
    ordering = ["site__name_natural", "name_natural"]
    crumbs = ["site", "location"]
    table = [
        "name",
        "site",
        "location",
        "kind",
        "status",
        "redundancy_group",
        "rated_kva",
        "rated_kw",
        "output_voltage",
        "tenant",
    ]
    form = {
        "Power equipment": [
            "site",
            "location",
            "name",
            "kind",
            "status",
            "redundancy_group",
            "tenant",
            "description",
        ],
        "Make": ["manufacturer", "model", "device"],
        "Rating": ["rated_kva", "rated_kw", "derating", "power_factor"],
        "Input and output": [
            "supply",
            "input_voltage",
            "input_phase",
            "output_voltage",
            "output_phase",
        ],
        "Losses": ["efficiency", "efficiency_curve"],
        "Storage and start": ["usable_kwh", "max_discharge_kw", "max_charge_kw", "start_delay"],
        "More": ["tags", "comments"],
    }
    constraint_fields = {
        "power_powerequipment_site_name": "name",
        "power_powerequipment_kw_kva": "rated_kw",
        "power_powerequipment_location_site": "location",
        "power_powerequipment_redundancy_group_site": "redundancy_group",
        "power_powerequipment_device_site": "device",
        SITE: "site",
        KIND: "kind",
    }
    discreet = dict.fromkeys((KIND, VOLTAGE, PHASE, POLES), _LINKED)
    discreet_of = (PowerEquipment, PowerPanel)
    menu = "Power"
    icon = "power"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By region, branch of locations, contact and the tenant's group."""
        return [
            shared.region_filters("site"),
            reference_filters("location", "location", Location, tree=True),
            reference_filters("device", "device", Device, by_key=False),
            shared.tenant_filters(),
            shared.contact_filters(PowerEquipment),
        ]


@register
class RedundancyGroupResource(Resource):
    """Equipment that stands in for one another."""

    model = RedundancyGroup
    path = "power/redundancy-groups"
    fields = [
        *HEAD,
        "site",
        "name",
        "scheme",
        "description",
        "comments",
        Count("equipment_count", "equipment"),
        *TAIL,
    ]
    brief = ["id", "url", "display", "site", "name", "scheme", "description"]
    nested = ["id", "url", "display", "name", "scheme"]
    filter_key = "name"
    unfiltered = ["comments"]
    search = {"name": 10, "description": 50}
    ordering = ["site__name_natural", "name_natural"]
    crumbs = ["site"]
    table = ["name", "site", "scheme", "equipment_count", "description"]
    form = {"Redundancy group": ["site", "name", "scheme", "description", "tags", "comments"]}
    constraint_fields = {
        "power_redundancygroup_site_name": "name",
        "power_redundancygroup_members_site": "site",
    }
    menu = "Power"
    icon = "layers"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By region."""
        return [shared.region_filters("site")]
