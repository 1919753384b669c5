"""What racks and places can take beyond what their own records say."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.models import DescribedRecord, natural_key
from core.models.rules import between, refusal
from facilities.models import Location, Site
from racks.models import Rack

WATTS_MAX = 10_000_000
KW_MAX = Decimal(1_000_000)
AREA_MAX = Decimal(1_000_000)
KILOGRAMS_MAX = Decimal(1_000_000)
LOOP_SITE = "The cooling loop is in another site than the rack."
LOOP_STAYS = "Racks of this site are on the loop."
RACK_STAYS = "The rack is on a cooling loop of its site."
ONE_PLACE = "Limits are of a site or of one location: give one of the two."


def _watts(label: str, help_text: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(
        label,
        null=True,
        blank=True,
        validators=[MaxValueValidator(WATTS_MAX)],
        help_text=help_text,
    )


def _decimal(label: str, top: Decimal, help_text: str, places: int = 3) -> models.DecimalField:
    return models.DecimalField(
        label,
        max_digits=10,
        decimal_places=places,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(top)],
        help_text=help_text,
    )


def _within(table: str, field: str, top: object, unit: str) -> models.CheckConstraint:
    message = f"This must be from 0 to {top:,} {unit}."
    return between(f"{table}_{field}", field, 0, top, message)


_LOOP_MOVED = f"""
    IF EXISTS (SELECT 1 FROM capacity_racklimit l JOIN racks_rack r ON r.id = l.rack_id
               WHERE l.cooling_loop_id = NEW.id AND r.site_id <> NEW.site_id) THEN
        {refusal("capacity_coolingloop_racks_site", LOOP_STAYS)}
    END IF;
    RETURN NULL;
"""  # noqa: S608


class CoolingLoop(DescribedRecord):
    """A liquid cooling loop: a coolant distribution unit with the racks it serves."""

    name = models.CharField(max_length=100)
    name_natural = natural_key("name")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cooling_loops")
    capacity_kw = _decimal(
        "capacity (kW)", KW_MAX, "heat it carries away with one pump or unit failed; empty: unknown"
    )
    supply_temperature = models.DecimalField(
        "supply temperature (°C)",
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-20)), MaxValueValidator(Decimal(90))],
        help_text="of the liquid at the rack; ASHRAE's classes W17 to W45 are in °C",
    )

    class Meta:
        ordering = ["name_natural", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                name="capacity_coolingloop_site_name",
                violation_error_message="This site already has a cooling loop of this name.",
            ),
            _within("capacity_coolingloop", "capacity_kw", KW_MAX, "kW"),
            between(
                "capacity_coolingloop_supply_temperature",
                "supply_temperature",
                Decimal(-20),
                Decimal(90),
                "The temperature must be from -20 to 90 °C.",
            ),
        ]
        indexes = [models.Index(fields=["name_natural", "id"], name="capacity_coolingloop_order")]
        triggers = [
            pgtrigger.Trigger(
                name="racks_site",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("site_id"),
                func=_LOOP_MOVED,
            )
        ]


class RackLimit(DescribedRecord):
    """What one rack may draw, and how much heat it gets rid of."""

    rack = models.OneToOneField(Rack, on_delete=models.CASCADE, related_name="limit")
    power_w = _watts("power (W)", "contracted or allotted; empty: what its feeds can carry")
    air_cooling_w = _watts("air cooling (W)", "heat that air carries away; empty: unknown")
    liquid_cooling_w = _watts(
        "liquid cooling (W)", "heat that its manifold or rear door carries away; empty: unknown"
    )
    cooling_loop = models.ForeignKey(
        CoolingLoop, on_delete=models.PROTECT, null=True, blank=True, related_name="rack_limits"
    )

    class Meta:
        ordering = ["rack__name_natural", "pk"]
        constraints = [
            _within("capacity_racklimit", name, WATTS_MAX, "W")
            for name in ("power_w", "air_cooling_w", "liquid_cooling_w")
        ]
        triggers = [
            pgtrigger.Trigger(
                name="loop_site",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("rack_id", "cooling_loop_id"),
                declare=[("rack_site", "bigint"), ("loop_site", "bigint")],
                func=f"""
    SELECT site_id INTO rack_site FROM racks_rack WHERE id = NEW.rack_id FOR SHARE;
    SELECT site_id INTO loop_site FROM capacity_coolingloop
        WHERE id = NEW.cooling_loop_id FOR SHARE;
    IF rack_site <> loop_site THEN
        {refusal("capacity_racklimit_loop_site", LOOP_SITE)}
    END IF;
    RETURN NULL;
""",  # noqa: S608
            )
        ]

    def __str__(self) -> str:
        return str(self.rack)

    def clean(self) -> None:
        """Raise ValidationError when the loop is in another site than the rack."""
        super().clean()
        if self.cooling_loop is None or self.rack_id is None:
            return
        if self.cooling_loop.site_id != self.rack.site_id:
            raise ValidationError({"cooling_loop": LOOP_SITE})


class RackOfLoops(Rack):
    """A rack as cooling loops see it: it stays in the site of the loop it is on."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="loop_site",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("site_id"),
                func=f"""
    IF EXISTS (SELECT 1 FROM capacity_racklimit l
               JOIN capacity_coolingloop c ON c.id = l.cooling_loop_id
               WHERE l.rack_id = NEW.id AND c.site_id <> NEW.site_id) THEN
        {refusal("capacity_rack_loop_site", RACK_STAYS)}
    END IF;
    RETURN NULL;
""",  # noqa: S608
            )
        ]


class PlaceLimit(DescribedRecord):
    """What a whole site or one location can take: floor and cooling."""

    site = models.OneToOneField(
        Site, on_delete=models.CASCADE, null=True, blank=True, related_name="limit"
    )
    location = models.OneToOneField(
        Location, on_delete=models.CASCADE, null=True, blank=True, related_name="limit"
    )
    area_m2 = _decimal("area (m²)", AREA_MAX, "floor that carries racks", 2)
    floor_load_kg_m2 = _decimal(
        "floor load (kg/m²)", KILOGRAMS_MAX, "most the floor carries, averaged over its area", 2
    )
    point_load_kg = _decimal(
        "point load (kg)", KILOGRAMS_MAX, "most under one foot of a rack, which has four", 2
    )
    air_cooling_kw = _decimal(
        "air cooling (kW)", KW_MAX, "with one cooling unit failed; empty: what its racks have"
    )
    liquid_cooling_kw = _decimal(
        "liquid cooling (kW)", KW_MAX, "with one unit failed; empty: what its racks have"
    )

    class Meta:
        ordering = ["site__name_natural", "location__name_natural", "pk"]
        constraints = [
            models.CheckConstraint(
                name="capacity_placelimit_one_place",
                condition=Q(site__isnull=True, location__isnull=False)
                | Q(site__isnull=False, location__isnull=True),
                violation_error_message=ONE_PLACE,
            ),
            _within("capacity_placelimit", "area_m2", AREA_MAX, "m²"),
            _within("capacity_placelimit", "floor_load_kg_m2", KILOGRAMS_MAX, "kg/m²"),
            _within("capacity_placelimit", "point_load_kg", KILOGRAMS_MAX, "kg"),
            _within("capacity_placelimit", "air_cooling_kw", KW_MAX, "kW"),
            _within("capacity_placelimit", "liquid_cooling_kw", KW_MAX, "kW"),
        ]

    def __str__(self) -> str:
        return str(self.site or self.location)
