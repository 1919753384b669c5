"""What power adds to the pages."""

from __future__ import annotations

from core.web.columns import PageColumn, add_column, add_row_actions
from core.web.panels import add_panel, add_rows_tab
from dcim.models import Device
from dcim.web import ports, traces
from power.models import (
    OutletBank,
    PowerEquipment,
    PowerFeed,
    PowerLink,
    PowerPanel,
    RedundancyGroup,
)
from racks.models import Rack

add_rows_tab(PowerPanel, PowerFeed, "power_panel_id")
add_rows_tab(PowerPanel, PowerLink, "downstream_panel_id")
add_rows_tab(PowerEquipment, PowerLink, "upstream_id")
add_rows_tab(RedundancyGroup, PowerEquipment, "redundancy_group_id")
add_rows_tab(Device, OutletBank, "device_id")
add_rows_tab(Rack, PowerFeed, "rack_id")
add_row_actions(PowerFeed, ports.actions(PowerFeed))
add_column(PowerFeed, PageColumn("cable", "Cable", ports.cables(PowerFeed)))
add_panel(PowerFeed, -10, traces.port_panel(PowerFeed))
