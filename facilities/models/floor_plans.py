"""Floor plans: sheets on which what stands in a hall has its place, in millimetres."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from core.models import DescribedRecord, natural_key
from core.models.rules import between, refusal
from facilities.choices import FloorItemKind
from facilities.engine.outline import POINTS_MAX, POINTS_MIN, is_outline
from facilities.models.places import Location, Site

SHEET_MIN, SHEET_MAX = 1_000, 500_000
TILE_MIN, TILE_MAX = 100, 5_000
CLEARANCE_MAX = 10_000
SIZE_MAX = 100_000
DEGREES_MAX = 359

LOCATION_SITE = "The location is in another site than the plan."
OUTLINE = (
    "Give the corners of the room as [x, y] in whole mm such as [[0, 0], [9000, 0], [9000, 6000]]:"
    f" {POINTS_MIN} to {POINTS_MAX}, all on the sheet, and no edge crosses another."
)
TABLE = "facilities_floorplan"


def millimetres(
    label: str, low: int, high: int, default: int | None = None, help_text: str = ""
) -> models.IntegerField:
    """A length in whole mm from `low` to `high`; without a default it may be empty."""
    given: dict[str, Any] = (
        {"null": True, "blank": True} if default is None else {"default": default}
    )
    return models.IntegerField(
        label,
        validators=[MinValueValidator(low), MaxValueValidator(high)],
        help_text=help_text or "mm",
        **given,
    )


def coordinate(name: str, help_text: str) -> models.IntegerField:
    """The place of a centre on a sheet."""
    return models.IntegerField(
        name,
        validators=[MinValueValidator(0), MaxValueValidator(SHEET_MAX)],
        help_text=help_text,
    )


def length_check(table: str, field: str, low: int, high: int) -> models.CheckConstraint:
    """The database's check of a length."""
    return between(f"{table}_{field}", field, low, high, f"This must be {low:,} to {high:,} mm.")


def place_checks(table: str) -> list[models.BaseConstraint]:
    """The database's checks of `x` and `y`."""
    return [length_check(table, name, 0, SHEET_MAX) for name in ("x", "y")]


def turn_check(table: str) -> models.CheckConstraint:
    """The database's check of `rotation` by whole degrees."""
    message = f"The rotation must be from 0 to {DEGREES_MAX} degrees."
    return between(f"{table}_rotation", "rotation", 0, DEGREES_MAX, message)


def turn() -> models.PositiveSmallIntegerField:
    """A rotation by whole degrees."""
    return models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(DEGREES_MAX)],
        help_text="degrees, clockwise",
    )


# The same as `is_outline` says, so that bulk SQL keeps to it too.
_OUTLINE = f"""
    wrong := jsonb_typeof(NEW.outline) <> 'array';
    total := CASE WHEN wrong THEN 0 ELSE jsonb_array_length(NEW.outline) END;
    wrong := wrong OR (total > 0 AND total NOT BETWEEN {POINTS_MIN} AND {POINTS_MAX});
    FOR corner IN SELECT jsonb_array_elements(CASE WHEN wrong THEN '[]'::jsonb
                                              ELSE NEW.outline END) LOOP
        IF jsonb_typeof(corner) <> 'array' OR jsonb_typeof(corner -> 0) IS DISTINCT FROM 'number'
           OR jsonb_typeof(corner -> 1) IS DISTINCT FROM 'number'
           OR jsonb_array_length(corner) <> 2 THEN
            wrong := true;
            EXIT;
        END IF;
        IF (corner ->> 0)::numeric % 1 <> 0 OR (corner ->> 1)::numeric % 1 <> 0
           OR (corner ->> 0)::numeric NOT BETWEEN 0 AND NEW.width
           OR (corner ->> 1)::numeric NOT BETWEEN 0 AND NEW.depth THEN
            wrong := true;
            EXIT;
        END IF;
        corners := corners || point((corner ->> 0)::float, (corner ->> 1)::float);
    END LOOP;
    wrong := wrong OR EXISTS (
        SELECT 1 FROM generate_series(1, total) i, generate_series(1, total) j,
            LATERAL (SELECT corners[i] a, corners[i % total + 1] b,
                            corners[j] c, corners[j % total + 1] d) edge
        WHERE j = i % total + 1 AND (a ~= b OR (
                (b[0] - a[0]) * (d[1] - c[1]) = (b[1] - a[1]) * (d[0] - c[0])
                AND (b[0] - a[0]) * (d[0] - c[0]) + (b[1] - a[1]) * (d[1] - c[1]) < 0))
            OR j > i + 1 AND j % total + 1 <> i AND lseg(a, b) ?# lseg(c, d));
    IF wrong THEN
        {refusal(f"{TABLE}_outline", OUTLINE)}
    END IF;
    RETURN NEW;
"""  # noqa: S608

_LOCATION_SITE = f"""
    SELECT site_id INTO place FROM facilities_location WHERE id = NEW.location_id FOR SHARE;
    IF place <> NEW.site_id THEN
        {refusal(f"{TABLE}_location_site", LOCATION_SITE)}
    END IF;
    RETURN NULL;
"""  # noqa: S608

_LENGTHS = {
    "width": (SHEET_MIN, SHEET_MAX),
    "depth": (SHEET_MIN, SHEET_MAX),
    "tile_width": (TILE_MIN, TILE_MAX),
    "tile_depth": (TILE_MIN, TILE_MAX),
    "front_clearance": (0, CLEARANCE_MAX),
    "rear_clearance": (0, CLEARANCE_MAX),
    "drawing_x": (-SHEET_MAX, SHEET_MAX),
    "drawing_y": (-SHEET_MAX, SHEET_MAX),
    "drawing_width": (1, SHEET_MAX),
}


class FloorPlan(DescribedRecord):
    """The sheet of a hall or of a whole site, with its grid of tiles.

    x runs to the right and y down from the sheet's corner. An empty outline is the whole sheet.
    """

    name = models.CharField(max_length=100)
    name_natural = natural_key("name")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="floor_plans")
    location = models.OneToOneField(
        Location,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="floor_plan",
        help_text="the hall or room; empty: of the whole site",
    )
    width = millimetres("width (mm)", *_LENGTHS["width"], 24_000, "mm across")
    depth = millimetres("depth (mm)", *_LENGTHS["depth"], 18_000, "mm down")
    tile_width = millimetres("tile width (mm)", *_LENGTHS["tile_width"], 600)
    tile_depth = millimetres("tile depth (mm)", *_LENGTHS["tile_depth"], 600)
    first_column = models.CharField(
        max_length=3,
        default="A",
        validators=[RegexValidator("^[A-Z]{1,3}$", "Give one to three capital letters.")],
        help_text="letters of the column of tiles at the left",
    )
    first_row = models.PositiveSmallIntegerField(
        default=1,
        validators=[MaxValueValidator(9_999)],
        help_text="number of the row of tiles at the top",
    )
    outline = models.JSONField(
        default=list,
        blank=True,
        help_text="corners of the room, [x, y] in mm; empty: the whole sheet",
    )
    front_clearance = millimetres(
        "front clearance (mm)", *_LENGTHS["front_clearance"], 1_200, "mm wanted in front of racks"
    )
    rear_clearance = millimetres(
        "rear clearance (mm)", *_LENGTHS["rear_clearance"], 900, "mm wanted behind racks"
    )
    drawing = models.FileField(upload_to="floor-plans", max_length=200, null=True, blank=True)
    drawing_ratio = models.FloatField(null=True, blank=True, editable=False)
    drawing_x = millimetres("drawing from left (mm)", *_LENGTHS["drawing_x"], 0)
    drawing_y = millimetres("drawing from top (mm)", *_LENGTHS["drawing_y"], 0)
    drawing_width = millimetres(
        "drawing width (mm)", *_LENGTHS["drawing_width"], help_text="mm; empty: the sheet's width"
    )
    drawing_opacity = models.PositiveSmallIntegerField(
        default=40,
        validators=[MaxValueValidator(100)],
        help_text="percent",
    )

    class Meta:
        ordering = ["name_natural", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                name=f"{TABLE}_site_name",
                violation_error_message="This site already has a floor plan of this name.",
            ),
            *(length_check(TABLE, name, *bounds) for name, bounds in _LENGTHS.items()),
            models.CheckConstraint(
                name=f"{TABLE}_first_column",
                condition=models.Q(first_column__regex="^[A-Z]{1,3}$"),
                violation_error_message="Give one to three capital letters.",
            ),
            between(
                f"{TABLE}_drawing_opacity", "drawing_opacity", 0, 100, "This must be 0 to 100."
            ),
        ]
        indexes = [models.Index(fields=["name_natural", "id"], name="facilities_floorplan_order")]
        triggers = [
            pgtrigger.Trigger(
                name="outline",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("outline", "width", "depth"),
                declare=[
                    ("wrong", "boolean"),
                    ("total", "integer"),
                    ("corner", "jsonb"),
                    ("corners", "point[]"),
                ],
                func=_OUTLINE,
            ),
            pgtrigger.Trigger(
                name="location_site",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("site_id", "location_id"),
                declare=[("place", "bigint")],
                func=_LOCATION_SITE,
            ),
        ]

    def clean(self) -> None:
        """Raise ValidationError for a location elsewhere and an outline that is none."""
        super().clean()
        faults = {}
        if self.location is not None and self.location.site_id != self.site_id:
            faults["location"] = LOCATION_SITE
        if not is_outline(self.outline, self.width, self.depth):
            faults["outline"] = OUTLINE
        if faults:
            raise ValidationError(faults)


class LocationOfPlans(Location):
    """A location as plans see it: where it moves to another site, its plan goes along."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="plans_follow",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("site_id"),
                condition=pgtrigger.Condition("OLD.site_id <> NEW.site_id"),
                func=f"""
    UPDATE {TABLE} SET site_id = NEW.site_id, last_updated = NEW.last_updated
        WHERE location_id = NEW.id AND site_id <> NEW.site_id;
    RETURN NULL;
""",  # noqa: S608
            )
        ]


class FloorPlanItem(DescribedRecord):
    """Something on a plan that has no record of its own: a column, a door, an aisle."""

    plan = models.ForeignKey(FloorPlan, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=50, choices=FloorItemKind)
    label = models.CharField(max_length=100, blank=True)
    x = coordinate("x (mm)", "of the centre, mm from the left")
    y = coordinate("y (mm)", "of the centre, mm from the top")
    width = millimetres("width (mm)", 1, SHEET_MAX, 600, "mm, before it is turned")
    depth = millimetres("depth (mm)", 1, SHEET_MAX, 600, "mm, before it is turned")
    rotation = turn()

    class Meta:
        ordering = ["plan", "kind", "pk"]
        constraints = [
            *place_checks("facilities_floorplanitem"),
            length_check("facilities_floorplanitem", "width", 1, SHEET_MAX),
            length_check("facilities_floorplanitem", "depth", 1, SHEET_MAX),
            turn_check("facilities_floorplanitem"),
        ]

    def __str__(self) -> str:
        return self.label or str(FloorItemKind(self.kind).label)
