"""What the world sees of outlet banks."""

from __future__ import annotations

from collections.abc import Sequence

from core.fields import Refs
from core.filters import Filters, reference_filters
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from dcim.models import Device, PowerOutlet, PowerPort
from facilities import filters as shared
from facilities.models import Tenant
from power.models import OutletBank
from racks.models import Rack


@register
class OutletBankResource(Resource):
    """Outlets of a PDU behind one breaker."""

    model = OutletBank
    path = "power/outlet-banks"
    fields = [
        *HEAD,
        "device",
        "name",
        "label",
        "power_port",
        "breaker_amperage",
        "poles",
        "voltage",
        "max_utilization",
        Refs("outlets", nested=["id", "url", "display", "name"]),
        "description",
        *TAIL,
    ]
    brief = ["id", "url", "display", "device", "name", "description"]
    nested = ["id", "url", "display", "name"]
    filter_key = "name"
    unfiltered = ["device", "power_port", "outlets"]
    search = {"name": 10, "label": 20, "description": 50}
    ordering = ["device__name_natural", "device", "name_natural"]
    history_of = ["device"]
    crumbs = ["device"]
    table = ["device", "name", "power_port", "breaker_amperage", "poles", "voltage", "outlets"]
    form = {
        "Outlet bank": ["device", "name", "label", "power_port", "outlets"],
        "Breaker": ["breaker_amperage", "poles", "voltage", "max_utilization"],
        "More": ["description", "tags"],
    }
    constraint_fields = {
        "dcim_component_device_fixed": "device",
        "power_outletbank_name": "name",
        "power_outletbank_power_port": "power_port",
        "power_bankedoutlet_device": "outlets",
        "power_bankedoutlet_outlet_id_key": "outlets",
    }
    checked_with = ()
    menu = "Power"
    icon = "rows-3"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By the device, where it is, and by inlet and outlet."""
        return [
            shared.place_filters("device__site", "device__location"),
            reference_filters("rack", "device__rack", Rack, key="name"),
            reference_filters("tenant", "device__tenant", Tenant),
            reference_filters("device", "device", Device, key="name"),
            reference_filters("power_port", "power_port", PowerPort, by_key=False),
            reference_filters("outlet", "outlets", PowerOutlet, by_key=False),
        ]
