"""What generates, converts, stores and distributes power above the panels."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.models import DescribedRecord, natural_key
from core.models.rules import between, refusal
from dcim.models import Device
from dcim.models.rules import after, before
from facilities.models import Location, Site, Tenant, contacts_relation
from power.choices import EquipmentKind, EquipmentStatus, Phase, Scheme, Supply
from power.models import fit
from racks.models import Manufacturer

VOLTAGE_MAX = 1_000_000
SECONDS_MAX = 86_400
LOAD_FRACTION_MAX = 1.5

LOCATION_SITE = "The location is in another site than the equipment."
GROUP_SITE = "The redundancy group is in another site than the equipment."
DEVICE_SITE = "The device record is in another site than the equipment."
CURVE = (
    "Give points of load fraction and efficiency such as [[0.25, 0.94], [0.5, 0.96], [1, 0.95]]:"
    " the fractions rising, from 0 to 1.5, the efficiencies above 0 and at most 1."
)

TABLE = "power_powerequipment"
_SMALLEST = Decimal("0.001")


def curve_is_right(curve: Any) -> bool:
    """Whether a value is a curve of [load fraction, efficiency] points, fractions rising."""
    if not isinstance(curve, list) or not curve:
        return False
    last = -1.0
    for point in curve:
        if not isinstance(point, list) or len(point) != 2:
            return False
        if any(isinstance(number, bool) or not isinstance(number, int | float) for number in point):
            return False
        fraction, efficiency = point
        if not (last < fraction and 0 <= fraction <= LOAD_FRACTION_MAX and 0 < efficiency <= 1):
            return False
        last = fraction
    return True


_CURVE = f"""
    IF NEW.efficiency_curve IS NOT NULL THEN
        wrong := jsonb_typeof(NEW.efficiency_curve) <> 'array'
            OR NEW.efficiency_curve = '[]'::jsonb;
        last := -1;
        FOR point IN SELECT jsonb_array_elements(CASE WHEN wrong THEN '[]'::jsonb
                                                 ELSE NEW.efficiency_curve END) LOOP
            IF jsonb_typeof(point) <> 'array' OR jsonb_typeof(point -> 0) IS DISTINCT FROM 'number'
               OR jsonb_typeof(point -> 1) IS DISTINCT FROM 'number'
               OR jsonb_array_length(point) <> 2 THEN
                wrong := true;
                EXIT;
            END IF;
            IF (point ->> 0)::numeric <= last OR (point ->> 0)::numeric < 0
               OR (point ->> 0)::numeric > {LOAD_FRACTION_MAX}
               OR (point ->> 1)::numeric <= 0 OR (point ->> 1)::numeric > 1 THEN
                wrong := true;
                EXIT;
            END IF;
            last := (point ->> 0)::numeric;
        END LOOP;
        IF wrong THEN
            {refusal(f"{TABLE}_efficiency_curve", CURVE)}
        END IF;
    END IF;
    RETURN NEW;
"""  # noqa: S608

# What is around equipment may move in the same transaction, a location with everything in it, or
# both ends of a link in one request; so what must agree is checked at its end. The share locks make
# a change of the other row wait, or wait for it.
_PLACE = f"""
    SELECT site_id INTO home FROM {TABLE} WHERE id = NEW.id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT site_id INTO other FROM facilities_location WHERE id = NEW.location_id FOR SHARE;
    IF other <> home THEN
        {refusal(f"{TABLE}_location_site", LOCATION_SITE)}
    END IF;
    SELECT site_id INTO other FROM power_redundancygroup
        WHERE id = NEW.redundancy_group_id FOR SHARE;
    IF other <> home THEN
        {refusal(f"{TABLE}_redundancy_group_site", GROUP_SITE)}
    END IF;
    SELECT site_id INTO other FROM dcim_device WHERE id = NEW.device_id FOR SHARE;
    IF other <> home THEN
        {refusal(f"{TABLE}_device_site", DEVICE_SITE)}
    END IF;
    RETURN NULL;
"""  # noqa: S608

_LINKS_FIT = (
    fit.refuse_misfits("(l.upstream_id = NEW.id OR l.downstream_equipment_id = NEW.id)")
    + "    RETURN NULL;\n"
)


def _stays(column: str, table: str, constraint: str, message: str) -> pgtrigger.Trigger:
    """Refuses that a row moves to another site than the equipment that refers to it."""
    return after(
        "equipment_site",
        f"""
    IF EXISTS (SELECT 1 FROM {table} t JOIN {TABLE} e ON e.{column} = t.id
               WHERE t.id = NEW.id AND e.site_id <> t.site_id) THEN
        {refusal(constraint, message)}
    END IF;
    RETURN NULL;
""",  # noqa: S608
        pgtrigger.UpdateOf("site_id"),
        condition=pgtrigger.Condition("OLD.site_id <> NEW.site_id"),
        timing=pgtrigger.Deferred,
    )


class RedundancyGroup(DescribedRecord):
    """Equipment that stands in for one another, and by which scheme."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="redundancy_groups")
    name = models.CharField(max_length=100)
    name_natural = natural_key("name")
    scheme = models.CharField(
        max_length=50,
        choices=Scheme,
        default=Scheme.N_PLUS_1,
        help_text="how many of its members may fail before load is lost",
    )

    class Meta:
        ordering = ["name_natural", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                name="power_redundancygroup_site_name",
                violation_error_message="This site already has a redundancy group of this name.",
            )
        ]
        indexes = [models.Index(fields=["name_natural", "id"], name="power_redundancygroup_order")]
        triggers = [
            _stays(
                "redundancy_group_id",
                "power_redundancygroup",
                "power_redundancygroup_members_site",
                "Its equipment is in another site.",
            )
        ]


def _quantity(note: str, **options: Any) -> models.DecimalField:
    return models.DecimalField(
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(_SMALLEST)],
        **options,
        help_text=note,
    )


def _voltage(label: str, help_text: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(
        label,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(VOLTAGE_MAX)],
        help_text=help_text,
    )


def _positive(field: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"{TABLE}_{field}",
        condition=Q((f"{field}__gt", 0)),
        violation_error_message="This must be more than 0.",
    )


_CONSTRAINTS = [
    models.UniqueConstraint(
        fields=["site", "name"],
        name=f"{TABLE}_site_name",
        violation_error_message="This site already has power equipment of this name.",
    ),
    *map(_positive, ("rated_kva", "rated_kw", "usable_kwh", "max_discharge_kw", "max_charge_kw")),
    models.CheckConstraint(
        name=f"{TABLE}_kw_kva",
        condition=Q(rated_kva__isnull=True)
        | Q(rated_kw__isnull=True)
        | Q(rated_kw__lte=F("rated_kva")),
        violation_error_message="The rating in kW cannot be above the rating in kVA.",
    ),
    models.CheckConstraint(
        name=f"{TABLE}_power_factor",
        condition=Q(power_factor__gt=0, power_factor__lte=1),
        violation_error_message="The power factor must be above 0 and at most 1.",
    ),
    *(
        between(
            f"{TABLE}_{side}_voltage",
            f"{side}_voltage",
            1,
            VOLTAGE_MAX,
            "The voltage must be from 1 to 1,000,000 V.",
        )
        for side in ("input", "output")
    ),
    between(f"{TABLE}_derating", "derating", 1, 100, "The derating must be 1 to 100 percent."),
    models.CheckConstraint(
        name=f"{TABLE}_efficiency",
        condition=Q(efficiency__gt=0, efficiency__lte=100),
        violation_error_message="The efficiency must be above 0 and at most 100 percent.",
    ),
    between(
        f"{TABLE}_start_delay",
        "start_delay",
        0,
        SECONDS_MAX,
        "The start delay must be from 0 to 86,400 seconds.",
    ),
]


class PowerEquipment(DescribedRecord):
    """A node of the power chain above the panels. What is unknown stays empty, never zero.

    Ratings are those of the output. A source (utility, generator, solar array, battery) has no
    input.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="power_equipment")
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="power_equipment"
    )
    name = models.CharField(max_length=100)
    name_natural = natural_key("name")
    kind = models.CharField(max_length=50, choices=EquipmentKind)
    status = models.CharField(
        max_length=50,
        choices=EquipmentStatus,
        default=EquipmentStatus.ACTIVE,
        help_text="only active equipment carries power",
    )
    device = models.OneToOneField(
        Device,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="power_equipment",
        help_text="the device record of the same thing, where there is one",
    )
    manufacturer = models.ForeignKey(
        Manufacturer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="power_equipment",
    )
    model = models.CharField(max_length=100, blank=True)
    redundancy_group = models.ForeignKey(
        RedundancyGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="equipment",
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="power_equipment"
    )
    rated_kva = _quantity("of the output", verbose_name="rating (kVA)")
    rated_kw = _quantity("of the output", verbose_name="rating (kW)")
    derating = models.PositiveSmallIntegerField(
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="percent of the rating that may be used",
    )
    power_factor = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(_SMALLEST), MaxValueValidator(Decimal(1))],
        help_text="that it presents at its input; empty: that of its load",
    )
    supply = models.CharField(
        max_length=50, choices=Supply, default=Supply.AC, help_text="the current it gives"
    )
    input_voltage = _voltage("input voltage", "volts, line to line")
    input_phase = models.CharField(max_length=50, choices=Phase, null=True, blank=True)
    output_voltage = _voltage("output voltage", "volts, line to line")
    output_phase = models.CharField(max_length=50, choices=Phase, null=True, blank=True)
    efficiency = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(100))],
        help_text="percent; empty: no losses are reckoned",
    )
    efficiency_curve = models.JSONField(
        null=True,
        blank=True,
        help_text="[load fraction, efficiency] points such as [[0.25, 0.94], [1, 0.96]];"
        " comes before the single figure",
    )
    usable_kwh = _quantity("that can be drawn", verbose_name="usable energy (kWh)")
    max_discharge_kw = _quantity("of a battery", verbose_name="maximum discharge (kW)")
    max_charge_kw = _quantity("of a battery", verbose_name="maximum charge (kW)")
    start_delay = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(SECONDS_MAX)],
        help_text="seconds until a generator carries load",
    )

    contacts = contacts_relation()

    class Meta:
        ordering = ["name_natural", "pk"]
        verbose_name_plural = "power equipment"
        constraints = _CONSTRAINTS
        indexes = [models.Index(fields=["name_natural", "id"], name="power_powerequipment_order")]
        triggers = [
            before(
                "curve",
                _CURVE,
                pgtrigger.Insert | pgtrigger.UpdateOf("efficiency_curve"),
                declare=[("wrong", "boolean"), ("last", "numeric"), ("point", "jsonb")],
            ),
            after(
                "place",
                _PLACE,
                pgtrigger.Insert
                | pgtrigger.UpdateOf("site_id", "location_id", "redundancy_group_id", "device_id"),
                declare=[("home", "bigint"), ("other", "bigint")],
                timing=pgtrigger.Deferred,
            ),
            after(
                "links_fit",
                _LINKS_FIT,
                pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "site",
                    "kind",
                    "supply",
                    "input_voltage",
                    "input_phase",
                    "output_voltage",
                    "output_phase",
                ),
                declare=[("bad", "record")],
                timing=pgtrigger.Deferred,
            ),
        ]

    def clean(self) -> None:
        """Raise ValidationError for a curve that is none, or what stands in another site."""
        super().clean()
        faults = {}
        if self.efficiency_curve is not None and not curve_is_right(self.efficiency_curve):
            faults["efficiency_curve"] = CURVE
        for name, sentence in (
            ("location", LOCATION_SITE),
            ("redundancy_group", GROUP_SITE),
            ("device", DEVICE_SITE),
        ):
            other = getattr(self, name)
            if other is not None and other.site_id != self.site_id:
                faults[name] = sentence
        if faults:
            raise ValidationError(faults)


class DeviceOfEquipment(Device):
    """A device as the equipment that it is the record of sees it: both stay in one site."""

    class Meta:
        proxy = True
        triggers = [
            _stays(
                "device_id",
                "dcim_device",
                "power_device_equipment_site",
                "The power equipment that it is the record of is in another site.",
            )
        ]


class LocationOfEquipment(Location):
    """A location as equipment sees it: where it moves to another site, its equipment goes along."""

    class Meta:
        proxy = True
        triggers = [
            after(
                "equipment_follows",
                f"""
    UPDATE {TABLE} SET site_id = NEW.site_id, last_updated = NEW.last_updated
        WHERE location_id = NEW.id AND site_id <> NEW.site_id;
    RETURN NULL;
""",  # noqa: S608
                pgtrigger.UpdateOf("site_id"),
                condition=pgtrigger.Condition("OLD.site_id <> NEW.site_id"),
            )
        ]
