"""What the world sees of links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.fields import Ref
from core.filters import Filters, choice_filters, reference_filters
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from facilities import filters as shared
from power.choices import EquipmentKind
from power.models import PowerEquipment, PowerLink, PowerPanel, RedundancyGroup
from power.models.fit import KIND, PHASE, POLES, SITE, VOLTAGE


@register
class PowerLinkResource(Resource):
    """Circuits from equipment to other equipment or to panels."""

    model = PowerLink
    path = "power/links"
    fields = [
        *HEAD,
        Ref("upstream", key="name"),
        Ref("downstream_equipment", key="name"),
        Ref("downstream_panel", key="name"),
        "name",
        "status",
        "breaker_amperage",
        "poles",
        "voltage",
        "max_utilization",
        "preference",
        "normally_open",
        "panel_position",
        "description",
        "comments",
        *TAIL,
    ]
    brief = [
        "id",
        "url",
        "display",
        "upstream",
        "downstream_equipment",
        "downstream_panel",
        "name",
        "description",
    ]
    nested = ["id", "url", "display", "name"]
    filter_key = "name"
    unfiltered = ["comments"]
    search = {
        "name": 10,
        "upstream__name": 20,
        "downstream_equipment__name": 30,
        "downstream_panel__name": 30,
        "description": 50,
    }
    display_columns = (
        "upstream__name",
        "downstream_equipment__name",
        "downstream_panel__name",
        "name",
    )
    ordering = ["upstream__name_natural", "upstream", "panel_position", "name_natural"]
    history_of = ["upstream"]
    crumbs = ["upstream"]
    table = [
        "upstream",
        "downstream_equipment",
        "downstream_panel",
        "name",
        "status",
        "breaker_amperage",
        "poles",
        "voltage",
        "panel_position",
        "preference",
        "normally_open",
    ]
    form = {
        "Power link": [
            "upstream",
            "downstream_equipment",
            "downstream_panel",
            "name",
            "status",
            "description",
        ],
        "Breaker": ["breaker_amperage", "poles", "voltage", "max_utilization", "panel_position"],
        "Switching": ["preference", "normally_open"],
        "More": ["tags", "comments"],
    }
    constraint_fields = {
        "power_powerlink_downstream": "downstream_equipment",
        "power_powerlink_itself": "downstream_equipment",
        "power_powerlink_no_ring": "downstream_equipment",
        "power_powerlink_no_overlap": "panel_position",
        "power_powerlink_position_poles": "poles",
        SITE: "upstream",
        KIND: "upstream",
        VOLTAGE: "voltage",
        PHASE: "upstream",
        POLES: "poles",
    }
    discreet = dict.fromkeys(
        (KIND, VOLTAGE, PHASE, POLES),
        "Its ends do not fit: their kinds, voltages, phases or poles.",
    )
    discreet_of = (PowerEquipment, PowerPanel)
    deferrable = ["power_powerlink_no_overlap"]
    checked_with = ()
    menu = "Power"
    icon = "git-branch"

    def display(self, *values: Any) -> str:
        """`UPS-A1 → PDU-A1 (12)`: both ends and the breaker's label."""
        upstream, equipment, panel, name = values
        label = f" ({name})" if name else ""
        return f"{upstream} → {equipment or panel}{label}"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By the place and kind of the upstream end."""
        return [
            shared.place_filters("upstream__site", "upstream__location"),
            choice_filters("upstream_kind", "upstream__kind", EquipmentKind.choices),
            choice_filters("downstream_kind", "downstream_equipment__kind", EquipmentKind.choices),
            reference_filters(
                "redundancy_group", "upstream__redundancy_group", RedundancyGroup, key="name"
            ),
        ]
