"""Where power equipment stands on floor plans."""

from __future__ import annotations

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models

from core.models import DescribedRecord
from core.models.rules import refusal
from dcim.models.rules import after, before
from facilities.models import FloorPlan, Location
from facilities.models.floor_plans import (
    SIZE_MAX,
    coordinate,
    length_check,
    millimetres,
    place_checks,
    turn,
    turn_check,
)
from power.models.equipment import PowerEquipment

TABLE = "power_equipmentplacement"
ELSEWHERE = "The equipment is not in the site, hall or room of this plan."
PLAN_FITS = "Power equipment on this plan stands elsewhere: take it off first."

# Whether equipment e may stand on plan f. Of equipment without a location only the site is known.
FITS = """(e.site_id = f.site_id AND (f.location_id IS NULL OR e.location_id IS NULL OR EXISTS (
        SELECT 1 FROM facilities_location l
        WHERE l.id = e.location_id AND f.location_id = ANY (l.path))))"""

# The share locks make a change of the equipment's place wait, or wait for it.
_STAND = f"""
    IF TG_OP = 'UPDATE' THEN
        IF NEW.equipment_id = OLD.equipment_id AND NEW.plan_id = OLD.plan_id THEN
            RETURN NEW;
        END IF;
    END IF;
    PERFORM 1 FROM power_powerequipment e WHERE e.id = NEW.equipment_id FOR SHARE;
    PERFORM 1 FROM facilities_floorplan f WHERE f.id = NEW.plan_id FOR SHARE;
    PERFORM 1 FROM facilities_location l JOIN power_powerequipment e ON e.location_id = l.id
        WHERE e.id = NEW.equipment_id FOR SHARE OF l;
    IF EXISTS (SELECT 1 FROM power_powerequipment e, facilities_floorplan f
               WHERE e.id = NEW.equipment_id AND f.id = NEW.plan_id AND NOT {FITS}) THEN
        {refusal(f"{TABLE}_place", ELSEWHERE)}
    END IF;
    RETURN NEW;
"""  # noqa: S608

_CLEAR = f"""
    DELETE FROM {TABLE} p USING power_powerequipment e, facilities_floorplan f
        WHERE {{which}} AND e.id = p.equipment_id AND f.id = p.plan_id AND NOT {FITS};
    RETURN NULL;
"""  # noqa: S608


class EquipmentPlacement(DescribedRecord):
    """The place of power equipment on a floor plan, and its footprint.

    Equipment that moves out of the plan's site or location is taken off the plan.
    """

    equipment = models.OneToOneField(
        PowerEquipment, on_delete=models.CASCADE, related_name="placement"
    )
    plan = models.ForeignKey(
        FloorPlan, on_delete=models.CASCADE, related_name="equipment_placements"
    )
    x = coordinate("x (mm)", "of the centre, mm from the left")
    y = coordinate("y (mm)", "of the centre, mm from the top")
    width = millimetres("width (mm)", 1, SIZE_MAX, 1_200, "mm, before it is turned")
    depth = millimetres("depth (mm)", 1, SIZE_MAX, 900, "mm, before it is turned")
    rotation = turn()

    class Meta:
        ordering = ["equipment__name_natural", "pk"]
        constraints = [
            *place_checks(TABLE),
            length_check(TABLE, "width", 1, SIZE_MAX),
            length_check(TABLE, "depth", 1, SIZE_MAX),
            turn_check(TABLE),
        ]
        triggers = [before("stand", _STAND)]

    def __str__(self) -> str:
        return f"{self.equipment}"

    def clean(self) -> None:
        """Raise ValidationError for equipment that stands elsewhere."""
        super().clean()
        place, hall = self.equipment.location, self.plan.location_id
        if self.equipment.site_id != self.plan.site_id or (
            hall is not None and place is not None and hall not in place.path
        ):
            raise ValidationError({"equipment": ELSEWHERE})


class EquipmentOfPlacement(PowerEquipment):
    """Equipment as its placement sees it: what moves away is taken off the plan."""

    class Meta:
        proxy = True
        triggers = [
            after(
                "placement_place",
                _CLEAR.format(which="p.equipment_id = NEW.id"),
                pgtrigger.UpdateOf("site_id", "location_id"),
                condition=pgtrigger.AnyChange("site", "location"),
                timing=pgtrigger.Deferred,
            )
        ]


class LocationOfEquipmentPlacements(Location):
    """A location as placements see it: one that leaves a hall takes its equipment off the plan."""

    class Meta:
        proxy = True
        triggers = [
            after(
                "equipment_placements_place",
                _CLEAR.format(which="e.location_id = NEW.id"),
                pgtrigger.Update,
                condition=pgtrigger.AnyChange("path"),
                timing=pgtrigger.Deferred,
            )
        ]


class PlanOfEquipment(FloorPlan):
    """A plan as equipment sees it: it stays the plan of where it stands."""

    class Meta:
        proxy = True
        triggers = [
            after(
                "equipment_fit",
                f"""
    IF EXISTS (SELECT 1 FROM {TABLE} p JOIN power_powerequipment e ON e.id = p.equipment_id
               JOIN facilities_floorplan f ON f.id = p.plan_id
               WHERE f.id = NEW.id AND NOT {FITS}) THEN
        {refusal("facilities_floorplan_equipment_fit", PLAN_FITS)}
    END IF;
    RETURN NULL;
""",  # noqa: S608
                pgtrigger.UpdateOf("site_id", "location_id"),
                condition=pgtrigger.AnyChange("site", "location"),
                timing=pgtrigger.Deferred,
            )
        ]
