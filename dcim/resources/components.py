"""Ports, bays and parts of devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from core.fields import Absent, Choice, Field, Ref, RefId
from core.filters import (
    Filters,
    reference_filters,
)
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from core.special_fields import Computed, GenericObject, ObjectType
from dcim.cabling.api import PATHS, TRACE
from dcim.cabling.fields import cable_field, cable_filters
from dcim.models import (
    ConsolePort,
    ConsoleServerPort,
    Device,
    DeviceBay,
    FrontPort,
    InventoryItem,
    PortMapping,
    PowerOutlet,
    PowerPort,
    RearPort,
)
from dcim.resources.mappings import Mappings, mapping_rules
from dcim.resources.parts import (
    MODULE,
    device_filters,
    module_filters,
    without,
)

DEVICE_RULES = {
    "dcim_component_device_fixed": "device",
    "dcim_component_module_device": "module",
    "dcim_port_mark_connected": "mark_connected",
}
SHORT = ("id", "url", "display")
BRIEF_PORT = [*SHORT, "device", "name", "description", "cable", "_occupied"]
CABLE = ("cable", "cable_end")
PEERS = ("link_peers", "link_peers_type")
ENDPOINTS = (
    "connected_endpoints",
    "connected_endpoints_type",
    "connected_endpoints_reachable",
)


def cabled(*names: str) -> list[Field]:
    """The fields of these names that tell what a port is connected to."""
    return [cable_field(name) for name in names]


class ComponentResource(Resource):
    """Shared by everything that belongs to a device."""

    filter_key = "name"
    brief = BRIEF_PORT
    unfiltered = ["device", "module"]
    search = {"name": 10, "label": 20, "description": 50}
    constraint_fields = DEVICE_RULES
    ordering = ["device__name_natural", "device", "name_natural"]
    crumbs = ["device", "module"]
    history_of = ["device"]
    menu = "Components"
    icon = "plug"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By the device."""
        return device_filters()


class PortResource(ComponentResource):
    """Shared by the ports that take a cable."""

    endpoint: ClassVar[bool] = True
    actions = [TRACE]
    table = ["device", "name", "label", "type", "cable", "connected_endpoints", "description"]

    def get_extra_filters(self) -> Sequence[Filters]:
        """By device, module and connection."""
        return [
            *super().get_extra_filters(),
            module_filters(),
            cable_filters(self.model, endpoint=self.endpoint),
        ]


def _console_fields() -> list[str | Field]:
    return [
        *HEAD,
        "device",
        Ref("module", nested=MODULE),
        "name",
        "label",
        "type",
        Choice("speed"),
        "description",
        "mark_connected",
        *cabled(*CABLE, *PEERS, *ENDPOINTS),
        Absent("owner"),
        *TAIL,
        cable_field("_occupied"),
    ]


class _ConsoleResource(PortResource):
    unfiltered = ["device", "module", "speed"]

    def get_extra_filters(self) -> Sequence[Filters]:
        """By speed."""
        speed = without(Choice("speed").attach(self).filters(), "__empty")
        return [*super().get_extra_filters(), speed]

    form = {"Console port": ["device", "module", "name", "label", "type", "speed", "description"]}


@register
class ConsolePortResource(_ConsoleResource):
    """Ports through which a device is controlled."""

    model = ConsolePort
    path = "dcim/console-ports"
    fields = _console_fields()


@register
class ConsoleServerPortResource(_ConsoleResource):
    """Ports through which other devices are controlled."""

    model = ConsoleServerPort
    path = "dcim/console-server-ports"
    fields = _console_fields()


@register
class PowerPortResource(PortResource):
    """Where a device draws power."""

    model = PowerPort
    path = "dcim/power-ports"
    fields = [
        *HEAD,
        "device",
        Ref("module", nested=MODULE),
        "name",
        "label",
        "type",
        "maximum_draw",
        "allocated_draw",
        "description",
        "mark_connected",
        *cabled(*CABLE, *PEERS, *ENDPOINTS),
        Absent("owner"),
        *TAIL,
        cable_field("_occupied"),
    ]
    table = [
        "device",
        "name",
        "type",
        "maximum_draw",
        "allocated_draw",
        "cable",
        "connected_endpoints",
    ]
    form = {
        "Power port": ["device", "module", "name", "label", "type"],
        "Power": ["maximum_draw", "allocated_draw"],
        "More": ["mark_connected", "description", "tags"],
    }
    icon = "zap"


@register
class PowerOutletResource(PortResource):
    """Where a device gives power."""

    model = PowerOutlet
    path = "dcim/power-outlets"
    fields = [
        *HEAD,
        "device",
        Ref("module", nested=MODULE),
        "name",
        "label",
        "type",
        "status",
        "color",
        "power_port",
        "feed_leg",
        "description",
        "mark_connected",
        *cabled(*CABLE, *PEERS, *ENDPOINTS),
        Absent("owner"),
        *TAIL,
        cable_field("_occupied"),
    ]
    table = [
        "device",
        "name",
        "type",
        "status",
        "power_port",
        "feed_leg",
        "cable",
        "connected_endpoints",
    ]
    unfiltered = ["device", "module", "power_port"]
    form = {
        "Power outlet": ["device", "module", "name", "label", "type", "status", "color"],
        "Power": ["power_port", "feed_leg"],
        "More": ["mark_connected", "description", "tags"],
    }
    icon = "zap"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By the port that supplies it."""
        port = reference_filters("power_port", "power_port", PowerPort, by_key=False)
        return [*super().get_extra_filters(), port]


class PanelPortResource(PortResource):
    """Shared by front and rear ports."""

    endpoint = False
    actions = [PATHS]
    table = ["device", "name", "label", "type", "positions", "cable", "link_peers"]


def panel_form(mappings: str) -> dict[str, Sequence[str]]:
    """The form of a front or rear port."""
    return {
        "Port": ["device", "module", "name", "label", "type", "color", "positions"],
        "Behind it": [mappings],
        "More": ["mark_connected", "description", "tags"],
    }


def _panel_fields(mappings: Mappings) -> list[str | Field]:
    return [
        *HEAD,
        "device",
        Ref("module", nested=MODULE),
        "name",
        "label",
        "type",
        "color",
        "positions",
        mappings,
        "description",
        "mark_connected",
        *cabled(*CABLE, *PEERS),
        Absent("owner"),
        *TAIL,
        cable_field("_occupied"),
    ]


@register
class FrontPortResource(PanelPortResource):
    """Ports at the front of a panel."""

    model = FrontPort
    path = "dcim/front-ports"
    history_parts = {"mappings": (PortMapping, "front_port")}
    fields = _panel_fields(Mappings("rear_ports", PortMapping, "front_port", "rear_port"))
    form = panel_form("rear_ports")
    constraint_fields = {**DEVICE_RULES, **mapping_rules("portmapping", "front", "rear")}


@register
class RearPortResource(PanelPortResource):
    """Ports at the rear of a panel."""

    model = RearPort
    path = "dcim/rear-ports"
    fields = _panel_fields(Mappings("front_ports", PortMapping, "rear_port", "front_port"))
    form = panel_form("front_ports")
    constraint_fields = {**DEVICE_RULES, **mapping_rules("portmapping", "rear", "front")}


@register
class DeviceBayResource(ComponentResource):
    """Where child devices are installed."""

    model = DeviceBay
    path = "dcim/device-bays"
    fields = [
        *HEAD,
        "device",
        "name",
        "label",
        "enabled",
        "description",
        "installed_device",
        Absent("owner"),
        *TAIL,
        Computed(
            "_occupied",
            columns=["installed_device_id"],
            value=lambda pk: pk is not None,
            schema={"type": "boolean"},
        ),
    ]
    brief = [*SHORT, "device", "name", "enabled", "description", "_occupied"]
    table = ["device", "name", "label", "enabled", "installed_device"]
    unfiltered = ["device", "installed_device", "_occupied"]
    form = {
        "Device bay": ["device", "name", "label", "enabled", "installed_device"],
        "More": ["description", "tags"],
    }
    constraint_fields = {
        **DEVICE_RULES,
        "dcim_devicebay_parent": "device",
        "dcim_devicebay_child": "installed_device",
    }
    icon = "inbox"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By what is installed."""
        installed = reference_filters("installed_device", "installed_device", Device, key="name")
        return [*super().get_extra_filters(), installed]


@register
class InventoryItemResource(ComponentResource):
    """Parts that are kept account of."""

    model = InventoryItem
    path = "dcim/inventory-items"
    fields = [
        *HEAD,
        "device",
        RefId("parent"),
        "name",
        "label",
        "status",
        "role",
        "manufacturer",
        "part_id",
        "serial",
        "asset_tag",
        "discovered",
        "description",
        ObjectType("component_type"),
        "component_id",
        GenericObject("component", "component_type", "component_id"),
        Absent("owner"),
        *TAIL,
        "_depth",
    ]
    brief = [*SHORT, "device", "name", "description", "_depth"]
    unfiltered = ["device", "module", "parent"]
    ordering = ["device__name_natural", "device", "sort_path"]
    table = ["device", "name", "role", "manufacturer", "part_id", "serial", "status"]
    form = {
        "Inventory item": ["device", "parent", "name", "label", "status", "role"],
        "Identity": ["manufacturer", "part_id", "serial", "asset_tag", "discovered"],
        "More": ["description", "tags"],
    }
    icon = "package"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By parent."""
        parent = reference_filters("parent", "parent", InventoryItem, by_key=False)
        return [*super().get_extra_filters(), parent]
