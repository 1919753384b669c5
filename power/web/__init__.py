"""What power adds to the pages."""

from __future__ import annotations

from core.web import navigation
from core.web.columns import PageColumn, add_column, add_row_actions
from core.web.panels import add_panel, add_rows_tab
from core.web.urls import add_page
from dcim.models import Device
from dcim.web import ports, traces
from facilities.models import Location, Site
from power.models import (
    OutletBank,
    PowerEquipment,
    PowerFeed,
    PowerLink,
    PowerPanel,
    RedundancyGroup,
)
from power.web import findings_page, node_panels, one_line, supply_path
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

for kind, model in node_panels.KINDS.items():
    add_panel(model, -5, node_panels.panel(kind))
add_panel(Device, -5, node_panels.pdu_panel)
add_panel(Device, -5, supply_path.panel)
add_panel(Rack, -3, node_panels.panel("rack"))
add_panel(Site, 30, node_panels.diagram_panel("site"))
add_panel(Location, 30, node_panels.diagram_panel("location"))
add_page("power/load/<str:kind>/<int:pk>/", node_panels.load)
add_page("power/path/<int:pk>/", supply_path.show)
add_page("power/one-line/", one_line.show)
add_page("power/one-line/consequences/", one_line.consequences)
add_page("power/findings/", findings_page.show)
navigation.add_page("Power", "One-line diagram", "/power/one-line/", "waypoints", PowerEquipment)
navigation.add_page("Power", "Findings", "/power/findings/", "triangle-alert", PowerEquipment)
