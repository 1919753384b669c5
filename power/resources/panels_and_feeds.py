"""What the world sees of panels and feeds."""

from __future__ import annotations

from collections.abc import Sequence

from core.fields import Absent, Field
from core.filters import Filters, absent_filters, number_filters, reference_filters
from core.registry import of_model, register
from core.resource import HEAD, TAIL, Resource
from core.special_fields import Count
from dcim.cabling.api import TRACE
from dcim.cabling.fields import cable_field, cable_filters
from dcim.cabling.places import add_places
from dcim.panels import add_figures
from facilities import filters as shared
from facilities.models import Location
from power.models import PowerFeed, PowerPanel
from power.models.fit import SITE
from power.panels import feed_figures
from racks.models import Rack


@register
class PowerPanelResource(Resource):
    """Distribution boards that feeds leave from."""

    model = PowerPanel
    path = "dcim/power-panels"
    fields = [
        *HEAD,
        "site",
        "location",
        "name",
        "description",
        Absent("owner"),
        "comments",
        "tags",
        "custom_fields",
        Count("powerfeed_count", "power_feeds"),
        "created",
        "last_updated",
    ]
    brief = ["id", "url", "display", "name", "description", "powerfeed_count"]
    filter_key = "name"
    unfiltered = ["comments", "location"]
    search = {"name": 10, "description": 50}
    ordering = ["site__name_natural", "name_natural"]
    crumbs = ["site", "location"]
    table = ["name", "site", "location", "powerfeed_count", "description"]
    form = {"Power panel": ["site", "location", "name", "description", "tags", "comments"]}
    constraint_fields = {
        "power_powerpanel_site_name": "name",
        "power_powerpanel_feeds_site": "site",
        SITE: "site",
    }
    menu = "Power"
    icon = "panel-top"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By region and contact."""
        return [
            shared.region_filters("site"),
            reference_filters("location", "location", Location, tree=True, by_key=False),
            shared.contact_filters(PowerPanel),
            absent_filters("owner_group"),
        ]


def _connection(*names: str) -> list[Field]:
    return [cable_field(name) for name in names]


@register
class PowerFeedResource(Resource):
    """Circuits from a panel, cabled to a rack's power distribution."""

    model = PowerFeed
    path = "dcim/power-feeds"
    fields = [
        *HEAD,
        "power_panel",
        "rack",
        "name",
        "status",
        "type",
        "supply",
        "phase",
        "voltage",
        "amperage",
        "max_utilization",
        "mark_connected",
        *_connection("cable", "cable_end", "link_peers", "link_peers_type"),
        *_connection(
            "connected_endpoints",
            "connected_endpoints_type",
            "connected_endpoints_reachable",
        ),
        "description",
        "tenant",
        Absent("owner"),
        "comments",
        *TAIL,
        cable_field("_occupied"),
    ]
    brief = ["id", "url", "display", "name", "description", "cable", "_occupied"]
    filter_key = "name"
    unfiltered = ["comments", "power_panel", "rack"]
    search = {"name": 10, "power_panel__name": 30, "description": 50}
    ordering = ["power_panel__name_natural", "name_natural"]
    crumbs = ["power_panel"]
    table = [
        "name",
        "power_panel",
        "rack",
        "status",
        "type",
        "phase",
        "voltage",
        "amperage",
        "max_utilization",
        "connected_endpoints",
    ]
    form = {
        "Power feed": ["power_panel", "rack", "name", "status", "type", "tenant", "description"],
        "Circuit": ["supply", "phase", "voltage", "amperage", "max_utilization"],
        "More": ["mark_connected", "tags", "comments"],
    }
    constraint_fields = {
        "power_powerfeed_panel_name": "name",
        "power_powerfeed_ac_voltage": "voltage",
        "dcim_port_mark_connected": "mark_connected",
    }
    actions = [TRACE]
    menu = "Power"
    icon = "zap"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By place, connection, tenants and what it may carry."""
        return [
            shared.place_filters("power_panel__site"),
            reference_filters("power_panel", "power_panel", PowerPanel, by_key=False),
            reference_filters("rack", "rack", Rack, by_key=False),
            shared.tenant_filters(),
            cable_filters(PowerFeed),
            number_filters("available_power", "available_power", schema={"type": "integer"}),
            absent_filters("owner_group"),
        ]


of_model(Rack).fill(Count("powerfeed_count", "power_feeds"))
add_places(
    "powerfeed",
    rack="rack",
    location="power_panel__location",
    site="power_panel__site",
    owner="power_panel",
)
add_figures(feed_figures)
