"""Where racks stand on floor plans."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Deferrable, F, Func, Value, When
from django.db.models.functions import Cast

from core.models import DescribedRecord
from core.models.rules import refusal
from facilities.models import FloorPlan, Location
from facilities.models.floor_plans import (
    CLEARANCE_MAX,
    coordinate,
    length_check,
    millimetres,
    place_checks,
)
from racks.choices import LengthUnit
from racks.models.racks import Rack

TABLE = "racks_rackplacement"
# Footprint of a rack whose outer size is not recorded: the usual cabinet.
WIDTH_MM, DEPTH_MM = 600, 1200
MM_PER_INCH = 25.4
QUARTER_TURNS = (0, 90, 180, 270)

OVERLAP = "Another rack stands there."
ELSEWHERE = "The rack is not in the site, hall or room of this plan."
NO_ROOM = "With this size a rack would reach into another on its floor plan."
TURNED = "A rack is turned by 0, 90, 180 or 270 degrees."
PLAN_FITS = "Racks on this plan stand elsewhere: take them off first."

# Whether rack r may stand on plan f.
FITS = """(r.site_id = f.site_id AND (f.location_id IS NULL OR EXISTS (
        SELECT 1 FROM facilities_location l
        WHERE l.id = r.location_id AND f.location_id = ANY (l.path))))"""


def quarter_turn(degrees: int) -> None:
    """Raise ValidationError unless racks can be turned so."""
    if degrees not in QUARTER_TURNS:
        raise ValidationError(TURNED)


def length_sql(column: str, default: int) -> str:
    """SQL for a side of rack r in whole mm."""
    return (
        f"coalesce(nullif(round(r.{column} * CASE r.outer_unit WHEN '{LengthUnit.INCHES}'"
        f" THEN {MM_PER_INCH} ELSE 1 END)::integer, 0), {default})"
    )


def footprint(rack: Rack) -> tuple[int, int]:
    """Width and depth of a rack in whole mm; the usual cabinet's where they are not recorded."""
    return size_mm(rack.outer_width, rack.outer_depth, rack.outer_unit)


def size_mm(width: int | None, depth: int | None, unit: str | None) -> tuple[int, int]:
    """Outer width and depth in whole mm; the usual cabinet's where they are not recorded."""
    factor = MM_PER_INCH if unit == LengthUnit.INCHES else 1

    def side(length: int | None, default: int) -> int:
        # Halves go up, as PostgreSQL rounds them.
        return int((length or 0) * factor + 0.5) or default

    return side(width, WIDTH_MM), side(depth, DEPTH_MM)


# The share locks make a change of the rack's size or place wait, or wait for it.
_STAND = f"""
    SELECT {length_sql("outer_width", WIDTH_MM)}, {length_sql("outer_depth", DEPTH_MM)}
        INTO NEW.width, NEW.depth FROM racks_rack r WHERE r.id = NEW.rack_id FOR SHARE;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.rack_id = OLD.rack_id AND NEW.plan_id = OLD.plan_id THEN
            RETURN NEW;
        END IF;
    END IF;
    PERFORM 1 FROM facilities_floorplan f WHERE f.id = NEW.plan_id FOR SHARE;
    PERFORM 1 FROM facilities_location l JOIN racks_rack r ON r.location_id = l.id
        WHERE r.id = NEW.rack_id FOR SHARE OF l;
    IF EXISTS (SELECT 1 FROM racks_rack r, facilities_floorplan f
               WHERE r.id = NEW.rack_id AND f.id = NEW.plan_id AND NOT {FITS}) THEN
        {refusal(f"{TABLE}_place", ELSEWHERE)}
    END IF;
    RETURN NEW;
"""  # noqa: S608

_CLEAR = f"""
    DELETE FROM {TABLE} p USING racks_rack r, facilities_floorplan f
        WHERE {{which}} AND r.id = p.rack_id AND f.id = p.plan_id AND NOT {FITS};
    RETURN NULL;
"""  # noqa: S608


def _span(centre: str, size: models.Expression | F) -> Func:
    """What a rack takes along an axis, in half millimetres, so that an odd size has no fraction."""
    middle = Cast(F(centre) * 2, models.BigIntegerField())
    return Func(
        middle - size, middle + size, function="int8range", output_field=BigIntegerRangeField()
    )


def _along(straight: str, turned: str) -> Case:
    return Case(
        When(rotation__in=[90, 270], then=F(turned)),
        default=F(straight),
        output_field=models.IntegerField(),
    )


NO_OVERLAP = ExclusionConstraint(
    name=f"{TABLE}_no_overlap",
    expressions=[
        (
            Func(
                F("plan"),
                F("plan"),
                Value("[]"),
                function="int8range",
                output_field=BigIntegerRangeField(),
            ),
            RangeOperators.EQUAL,
        ),
        (_span("x", _along("width", "depth")), RangeOperators.OVERLAPS),
        (_span("y", _along("depth", "width")), RangeOperators.OVERLAPS),
    ],
    deferrable=Deferrable.IMMEDIATE,
    violation_error_message=OVERLAP,
)


class RackPlacement(DescribedRecord):
    """The place of a rack on a floor plan. Racks of a plan do not overlap.

    Its size is the rack's, whatever it is given. A rack that moves out of the plan's site or
    location is taken off the plan.
    """

    rack = models.OneToOneField(Rack, on_delete=models.CASCADE, related_name="placement")
    plan = models.ForeignKey(FloorPlan, on_delete=models.CASCADE, related_name="rack_placements")
    x = coordinate("x (mm)", "of the centre, mm from the left")
    y = coordinate("y (mm)", "of the centre, mm from the top")
    rotation = models.PositiveSmallIntegerField(
        default=0,
        validators=[quarter_turn],
        help_text="0, 90, 180 or 270 degrees, clockwise; at 0 the face looks down the sheet",
    )
    front_clearance = millimetres(
        "front clearance (mm)", 0, CLEARANCE_MAX, help_text="mm wanted; empty: as the plan has it"
    )
    rear_clearance = millimetres(
        "rear clearance (mm)", 0, CLEARANCE_MAX, help_text="mm wanted; empty: as the plan has it"
    )
    width = models.IntegerField("width (mm)", default=WIDTH_MM, editable=False)
    depth = models.IntegerField("depth (mm)", default=DEPTH_MM, editable=False)

    class Meta:
        ordering = ["rack__name_natural", "pk"]
        constraints = [
            NO_OVERLAP,
            *place_checks(TABLE),
            length_check(TABLE, "front_clearance", 0, CLEARANCE_MAX),
            length_check(TABLE, "rear_clearance", 0, CLEARANCE_MAX),
            models.CheckConstraint(
                name=f"{TABLE}_rotation",
                condition=models.Q(rotation__in=QUARTER_TURNS),
                violation_error_message=TURNED,
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="stand",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_STAND,
            )
        ]

    def __str__(self) -> str:
        return f"{self.rack}"

    def clean(self) -> None:
        """Take over the rack's size; raise ValidationError for a rack that stands elsewhere."""
        super().clean()
        self.width, self.depth = footprint(self.rack)
        place, hall = self.rack.location, self.plan.location_id
        if self.rack.site_id != self.plan.site_id or (
            hall is not None and (place is None or hall not in place.path)
        ):
            raise ValidationError({"rack": ELSEWHERE})


class RackOfPlacement(Rack):
    """A rack as its placement sees it: the size follows, and what moves away is taken off."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="placement_size",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("outer_width", "outer_depth", "outer_unit"),
                func=f"""
    BEGIN
        UPDATE {TABLE} SET last_updated = NEW.last_updated WHERE rack_id = NEW.id;
    EXCEPTION WHEN exclusion_violation THEN
        {refusal("racks_rack_placement_room", NO_ROOM)}
    END;
    RETURN NULL;
""",  # noqa: S608
            ),
            pgtrigger.Trigger(
                name="placement_place",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("site_id", "location_id"),
                condition=pgtrigger.AnyChange("site", "location"),
                timing=pgtrigger.Deferred,
                func=_CLEAR.format(which="p.rack_id = NEW.id"),
            ),
        ]


class LocationOfPlacements(Location):
    """A location as placements see it: one that leaves a hall takes its racks off the plan."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="rack_placements_place",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("path"),
                timing=pgtrigger.Deferred,
                func=_CLEAR.format(which="r.location_id = NEW.id"),
            )
        ]


class PlanOfRacks(FloorPlan):
    """A plan as racks see it: it stays the plan of where they stand."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="racks_fit",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("site_id", "location_id"),
                condition=pgtrigger.AnyChange("site", "location"),
                timing=pgtrigger.Deferred,
                func=f"""
    IF EXISTS (SELECT 1 FROM {TABLE} p JOIN racks_rack r ON r.id = p.rack_id
               JOIN facilities_floorplan f ON f.id = p.plan_id
               WHERE f.id = NEW.id AND NOT {FITS}) THEN
        {refusal("facilities_floorplan_racks_fit", PLAN_FITS)}
    END IF;
    RETURN NULL;
""",  # noqa: S608
            )
        ]
