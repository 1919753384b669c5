"""What must hold for where equipment stands."""

from core.integrity import rule
from power.models import EquipmentPlacement
from power.models.placements import FITS

rule(
    EquipmentPlacement,
    "power_equipmentplacement_place",
    "The equipment is not in the site, hall or room of the plan.",
    "SELECT t.id, 'plan ' || f.id FROM power_equipmentplacement t"  # noqa: S608
    " JOIN power_powerequipment e ON e.id = t.equipment_id"
    f" JOIN facilities_floorplan f ON f.id = t.plan_id WHERE NOT {FITS}",
)
