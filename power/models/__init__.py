"""The power chain's records."""

from power.models.banks import BankedOutlet, OutletBank
from power.models.equipment import (
    DeviceOfEquipment,
    LocationOfEquipment,
    PowerEquipment,
    RedundancyGroup,
)
from power.models.feeds import LocationOfPanels, PowerFeed, PowerPanel, RackOfFeeds
from power.models.links import PanelOfLinks, PowerLink
from power.models.placements import (
    EquipmentOfPlacement,
    EquipmentPlacement,
    LocationOfEquipmentPlacements,
    PlanOfEquipment,
)
from power.models.profiles import DevicePowerProfile, DeviceTypePowerProfile, SitePowerPolicy

__all__ = [
    "BankedOutlet",
    "DeviceOfEquipment",
    "DevicePowerProfile",
    "DeviceTypePowerProfile",
    "EquipmentOfPlacement",
    "EquipmentPlacement",
    "LocationOfEquipment",
    "LocationOfEquipmentPlacements",
    "LocationOfPanels",
    "OutletBank",
    "PanelOfLinks",
    "PlanOfEquipment",
    "PowerEquipment",
    "PowerFeed",
    "PowerLink",
    "PowerPanel",
    "RackOfFeeds",
    "RedundancyGroup",
    "SitePowerPolicy",
]
