"""What stands in the racks, and what connects it."""

from dcim.models.audits import RackAudit, RackAuditLine
from dcim.models.cables import COMPATIBLE, Cable, CableBundle, CableTermination
from dcim.models.components import ConsolePort, ConsoleServerPort, PowerOutlet, PowerPort
from dcim.models.contexts import ConfigContext
from dcim.models.devices import Device
from dcim.models.interfaces import Interface, MACAddress
from dcim.models.modules import DeviceBay, InventoryItem, Module, ModuleBay
from dcim.models.placement import LocationOfDevices, RackOfDevices
from dcim.models.ports import FrontPort, PortMapping, RearPort
from dcim.models.roles import DeviceRole, InventoryItemRole, Platform
from dcim.models.templates import (
    ConsolePortTemplate,
    ConsoleServerPortTemplate,
    DeviceBayTemplate,
    FrontPortTemplate,
    InterfaceTemplate,
    InventoryItemTemplate,
    ModuleBayTemplate,
    PortTemplateMapping,
    PowerOutletTemplate,
    PowerPortTemplate,
    RearPortTemplate,
)
from dcim.models.types import DeviceType, ModuleType, ModuleTypeProfile
from dcim.models.virtual import VirtualChassis, VirtualDeviceContext

__all__ = [
    "COMPATIBLE",
    "Cable",
    "CableBundle",
    "CableTermination",
    "ConfigContext",
    "ConsolePort",
    "ConsolePortTemplate",
    "ConsoleServerPort",
    "ConsoleServerPortTemplate",
    "Device",
    "DeviceBay",
    "DeviceBayTemplate",
    "DeviceRole",
    "DeviceType",
    "FrontPort",
    "FrontPortTemplate",
    "Interface",
    "InterfaceTemplate",
    "InventoryItem",
    "InventoryItemRole",
    "InventoryItemTemplate",
    "LocationOfDevices",
    "MACAddress",
    "Module",
    "ModuleBay",
    "ModuleBayTemplate",
    "ModuleType",
    "ModuleTypeProfile",
    "Platform",
    "PortMapping",
    "PortTemplateMapping",
    "PowerOutlet",
    "PowerOutletTemplate",
    "PowerPort",
    "PowerPortTemplate",
    "RackAudit",
    "RackAuditLine",
    "RackOfDevices",
    "RearPort",
    "RearPortTemplate",
    "VirtualChassis",
    "VirtualDeviceContext",
]
