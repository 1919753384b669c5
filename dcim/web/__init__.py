"""What this app adds to the pages beyond its resources."""

from __future__ import annotations

from core import access
from core.web.columns import PageColumn, add_column, add_row_actions
from core.web.commands import add_command
from core.web.panels import (
    RecordAction,
    add_list_action,
    add_panel,
    add_record_actions,
    add_rows_tab,
    add_tab,
)
from core.web.records import tell_elsewhere
from core.web.scan import add_offer, add_way
from core.web.urls import add_page
from dcim import models
from dcim.cabling.fields import CableField
from dcim.panels import rack_space
from dcim.resources.mappings import Mappings
from dcim.web import (
    audits,
    cable_form,
    connect,
    contexts,
    decommission,
    device_actions,
    mapping_form,
    moving,
    places,
    ports,
    scanning,
    traces,
    usage,
)
from facilities.models import Location, Site
from racks.models import Rack, RackReservation

COMPONENTS = (
    models.Interface,
    models.PowerPort,
    models.PowerOutlet,
    models.ConsolePort,
    models.ConsoleServerPort,
    models.FrontPort,
    models.RearPort,
    models.ModuleBay,
    models.Module,
    models.DeviceBay,
    models.InventoryItem,
    models.VirtualDeviceContext,
)
TEMPLATES = (
    models.InterfaceTemplate,
    models.PowerPortTemplate,
    models.PowerOutletTemplate,
    models.ConsolePortTemplate,
    models.ConsoleServerPortTemplate,
    models.FrontPortTemplate,
    models.RearPortTemplate,
    models.ModuleBayTemplate,
    models.DeviceBayTemplate,
    models.InventoryItemTemplate,
)
# What a module has none of.
OF_DEVICE_ALONE = (
    models.Module,
    models.DeviceBay,
    models.InventoryItem,
    models.VirtualDeviceContext,
)
OF_DEVICE_TYPE_ALONE = (models.DeviceBayTemplate, models.InventoryItemTemplate)

for component in COMPONENTS:
    add_rows_tab(models.Device, component, "device_id")
    if component not in OF_DEVICE_ALONE:
        add_rows_tab(models.Module, component, "module_id")
for template in TEMPLATES:
    add_rows_tab(models.DeviceType, template, "device_type_id")
    if template not in OF_DEVICE_TYPE_ALONE:
        add_rows_tab(models.ModuleType, template, "module_type_id")
add_rows_tab(models.VirtualChassis, models.Device, "virtual_chassis_id")
add_rows_tab(Rack, models.Device, "rack_id")
add_rows_tab(Rack, RackReservation, "rack_id")

add_column(Rack, PageColumn("space", "Space", rack_space), after="rack_type")
for port in ports.MODELS:
    add_row_actions(port, ports.actions(port))
    add_column(port, PageColumn("cable", "Cable", ports.cables(port)))
    add_panel(port, -10, traces.port_panel(port))
add_panel(models.Device, 5, usage.device_panel)
add_panel(models.Device, 3, moving.stands)
add_tab(models.Device, "config-context", "Config context", contexts.tab, order=70)
add_panel(Site, 5, places.space_panel("site_id"))
add_panel(Location, 5, places.space_panel("location_id"))
add_panel(models.Cable, -10, traces.cable_panel)

for port, mappings in (
    (models.FrontPort, "rear_ports"),
    (models.RearPort, "front_ports"),
    (models.FrontPortTemplate, "rear_ports"),
    (models.RearPortTemplate, "front_ports"),
):
    add_panel(port, 10, mapping_form.panel(port, mappings))
for told in (Mappings, CableField):
    tell_elsewhere(told)

add_record_actions(models.Device, device_actions.load)
add_record_actions(Rack, device_actions.of_rack)
add_list_action(
    models.Cable, RecordAction("Connect many", "cable", "/dcim/cables/connect/"), access.ADD
)
add_page("dcim/devices/<int:pk>/move/", moving.show)
add_page("dcim/devices/<int:pk>/decommission/", decommission.show)
add_offer(scanning.new_device)
add_way(scanning.AUDIT)
add_rows_tab(Rack, models.RackAudit, "rack_id")
add_panel(Rack, 5, audits.rack_panel)
add_record_actions(Rack, audits.rack_actions)
add_column(Rack, PageColumn("last_audited", "Last audited", audits.last_audited))
add_panel(models.RackAudit, -10, audits.report)
add_rows_tab(models.RackAudit, models.RackAuditLine, "audit_id")
add_page("dcim/racks/<int:pk>/audit/", audits.begin)
add_page("dcim/rack-audits/<int:pk>/walk/", audits.walk)
add_page("dcim/rack-audits/<int:pk>/finish/", audits.finish)
add_page("dcim/cables/ports/", cable_form.ports)
add_page("dcim/cables/connect/", connect.show)
add_command("Connect many ports", "/dcim/cables/connect/", "cable", models.Cable, access.ADD)
