"""What racks are like: makers, types and the columns a type hands down to its racks."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Cast, Round

from core.models import DescribedRecord, OrganizationalRecord
from core.models.rules import between
from facilities.models import contacts_relation
from racks.choices import FormFactor, LengthUnit, RailWidth, WeightUnit

# What a rack takes over from its type.
INHERITED = (
    "form_factor",
    "width",
    "u_height",
    "starting_unit",
    "desc_units",
    "outer_width",
    "outer_height",
    "outer_depth",
    "outer_unit",
    "mounting_depth",
    "weight",
    "max_weight",
    "weight_unit",
)

# International avoirdupois pound and ounce, exact by definition.
GRAMS_PER_UNIT = {
    WeightUnit.KILOGRAM: Decimal(1000),
    WeightUnit.GRAM: Decimal(1),
    WeightUnit.POUND: Decimal("453.59237"),
    WeightUnit.OUNCE: Decimal("28.349523125"),
}


def grams(column: str, unit: str = "weight_unit") -> models.GeneratedField:
    """A stored generated column: `column` in whole grams; NULL without a value or a unit."""
    factor = models.Case(
        *(
            models.When(**{unit: name.value}, then=models.Value(each))
            for name, each in GRAMS_PER_UNIT.items()
        ),
        output_field=models.DecimalField(),
    )
    product = models.ExpressionWrapper(
        models.F(column) * factor, output_field=models.DecimalField()
    )
    return models.GeneratedField(
        expression=Cast(Round(product), models.BigIntegerField()),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )


class RackDimensions(models.Model):
    """The columns a rack and its type share: rack units, outer size, weights."""

    form_factor = models.CharField(max_length=50, choices=FormFactor, null=True, blank=True)
    width = models.PositiveSmallIntegerField(
        choices=RailWidth, default=RailWidth.INCHES_19, help_text="rail to rail"
    )
    u_height = models.PositiveSmallIntegerField(
        "height (U)",
        default=42,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="rack units",
    )
    starting_unit = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="number of the lowest unit"
    )
    desc_units = models.BooleanField(
        "descending units", default=False, help_text="Units are numbered from top to bottom"
    )
    outer_width = models.PositiveSmallIntegerField(null=True, blank=True)
    outer_height = models.PositiveSmallIntegerField(null=True, blank=True)
    outer_depth = models.PositiveSmallIntegerField(null=True, blank=True)
    outer_unit = models.CharField(max_length=50, choices=LengthUnit, null=True, blank=True)
    mounting_depth = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="millimeters from the front rail to the rear rail"
    )
    weight = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="of the empty rack",
    )
    max_weight = models.PositiveIntegerField(
        null=True, blank=True, help_text="that the rack may carry"
    )
    weight_unit = models.CharField(max_length=50, choices=WeightUnit, null=True, blank=True)
    weight_grams = grams("weight")
    max_weight_grams = grams("max_weight")

    class Meta:
        abstract = True


def dimension_constraints(prefix: str) -> list[models.BaseConstraint]:
    """The checks on `RackDimensions`, named after the table."""
    sizes = {f"outer_{side}__isnull": True for side in ("width", "height", "depth")}
    return [
        between(
            f"{prefix}_u_height", "u_height", 1, 100, "The height must be from 1 to 100 rack units."
        ),
        models.CheckConstraint(
            name=f"{prefix}_starting_unit",
            condition=models.Q(starting_unit__gte=1),
            violation_error_message="The lowest unit must have a number of at least 1.",
        ),
        models.CheckConstraint(
            name=f"{prefix}_outer_unit",
            condition=models.Q(outer_unit__isnull=False) | models.Q(**sizes),
            violation_error_message="An outer width, height or depth needs a unit.",
        ),
        models.CheckConstraint(
            name=f"{prefix}_weight_unit",
            condition=models.Q(weight_unit__isnull=False)
            | models.Q(weight__isnull=True, max_weight__isnull=True),
            violation_error_message="A weight or maximum weight needs a unit.",
        ),
        models.CheckConstraint(
            name=f"{prefix}_weight",
            condition=models.Q(weight__gte=0),
            violation_error_message="The weight cannot be negative.",
        ),
    ]


class Manufacturer(OrganizationalRecord):
    """Who makes racks, devices and modules."""

    contacts = contacts_relation()


_OLD = ", ".join(f"OLD.{field}" for field in INHERITED)
_NEW = ", ".join(f"NEW.{field}" for field in INHERITED)
_SET = ", ".join(f"{field} = NEW.{field}" for field in INHERITED)


class RackType(RackDimensions, DescribedRecord):
    """A model of rack. A change of its dimensions changes all its racks."""

    manufacturer = models.ForeignKey(
        Manufacturer, on_delete=models.PROTECT, related_name="rack_types"
    )
    model = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, unique=True)

    class Meta:
        ordering = ["manufacturer", "model", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["manufacturer", "model"],
                name="racks_racktype_manufacturer_model",
                violation_error_message="This manufacturer already has a rack type of this model.",
            ),
            models.UniqueConstraint(
                fields=["manufacturer", "slug"],
                name="racks_racktype_manufacturer_slug",
                violation_error_message="This manufacturer already has a rack type of this slug.",
            ),
            *dimension_constraints("racks_racktype"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="hand_down",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(f"ROW({_OLD}) IS DISTINCT FROM ROW({_NEW})"),
                func=f"""
    UPDATE racks_rack SET {_SET}, last_updated = NEW.last_updated WHERE rack_type_id = NEW.id;
    RETURN NULL;
""",  # noqa: S608
            )
        ]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.model}"
