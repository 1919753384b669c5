"""What power adds to the pages."""

from __future__ import annotations

from core.web.columns import PageColumn, add_column, add_row_actions
from core.web.navigation import add_page as add_menu_page
from core.web.panels import add_panel, add_rows_tab
from core.web.urls import add_page
from dcim.models import Device
from dcim.web import ports, traces
from power.findings_page import show as show_findings
from power.load_pages import load_panel, rack_panel
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
add_panel(PowerEquipment, -5, load_panel("equipment", lambda row: row.site_id, relatives=True))
add_panel(PowerLink, -5, load_panel("link", lambda row: row.upstream.site_id, relatives=True))
add_panel(PowerPanel, -5, load_panel("panel", lambda row: row.site_id, relatives=True))
add_panel(PowerFeed, -5, load_panel("feed", lambda row: row.power_panel.site_id, relatives=True))
add_panel(Rack, -4, rack_panel)
add_page("power/findings/", show_findings)
add_menu_page("Power", "Findings", "/power/findings/", "triangle-alert", PowerPanel)
