"""Cables and what they are plugged into."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Cast

from core.models import DescribedRecord, Record, natural_key
from core.models.rules import between
from core.validators import COLOR
from dcim.choices import (
    VIRTUAL_INTERFACE_TYPES,
    WIRELESS_INTERFACE_TYPES,
    CableEnd,
    CableStatus,
    LengthUnit,
    cable_profiles,
    cable_types,
)
from dcim.models.rules import POSITIONS_MAX, after_all, not_negative, refuse, unit_needed
from facilities.models import Tenant

# International mile, foot and inch, exact by definition.
METERS_PER_UNIT = {
    LengthUnit.KILOMETER: Decimal(1000),
    LengthUnit.METER: Decimal(1),
    LengthUnit.CENTIMETER: Decimal("0.01"),
    LengthUnit.MILE: Decimal("1609.344"),
    LengthUnit.FOOT: Decimal("0.3048"),
    LengthUnit.INCH: Decimal("0.0254"),
}

_PANEL = {"consoleport", "consoleserverport", "interface", "frontport", "rearport"}
# By kind of port, the kinds that may be at the other end of its cable.
COMPATIBLE: dict[str, set[str]] = {
    "consoleport": {"consoleserverport", "frontport", "rearport"},
    "consoleserverport": {"consoleport", "frontport", "rearport"},
    "interface": {"interface", "frontport", "rearport"},
    "frontport": _PANEL,
    "rearport": _PANEL,
    "powerport": {"poweroutlet", "powerfeed"},
    "poweroutlet": {"powerport"},
    "powerfeed": {"powerport"},
}

_PAIRS = ", ".join(
    f"('{near}', '{far}')" for near in sorted(COMPATIBLE) for far in sorted(COMPATIBLE[near])
)
_KINDS = ", ".join(f"'{kind}'" for kind in sorted(COMPATIBLE))
_NOT_CABLED = ", ".join(f"'{name}'" for name in VIRTUAL_INTERFACE_TYPES + WIRELESS_INTERFACE_TYPES)


def _look(kind: str) -> str:
    """PL/pgSQL that finds the first port of a kind that takes no cable.

    It locks the ports in order. Its plan is kept, and looks up each port by its key however many
    there are.
    """
    closed = f"type IN ({_NOT_CABLED})" if kind == "interface" else "false"
    table = f"power_{kind}" if kind == "powerfeed" else f"dcim_{kind}"
    return f"""
        WHEN '{kind}' THEN
            SELECT p.port, held.id IS NULL AS missing, held.mark_connected INTO bad
            FROM (SELECT id, termination_id AS port FROM plugged
                  WHERE termination_type_id = kind.id ORDER BY termination_id) p
            LEFT JOIN LATERAL (SELECT id, mark_connected, {closed} AS closed FROM {table}
                               WHERE id = p.port FOR SHARE) held ON true
            WHERE held.id IS NULL OR held.mark_connected OR held.closed
            ORDER BY p.id LIMIT 1;"""  # noqa: S608


_LOOKS = "".join(_look(kind) for kind in sorted(COMPATIBLE))

# One run for all the rows of a statement, so that a thousand cables cost a few look-ups. The locks
# on the cables put the terminations of one cable in a row; those on the ports keep them from being
# deleted or changed meanwhile. It runs after the write, so it sees the whole statement.
_FIT = f"""
    PERFORM 1 FROM dcim_cable WHERE id IN (SELECT cable_id FROM plugged)
        ORDER BY id FOR NO KEY UPDATE;
    FOR kind IN
        SELECT id, app_label, model FROM django_content_type
        WHERE id IN (SELECT termination_type_id FROM plugged) ORDER BY id
    LOOP
        IF kind.app_label NOT IN ('dcim', 'power') OR kind.model NOT IN ({_KINDS}) THEN
            {refuse("dcim_cabletermination_kind", "A cable cannot be plugged into a %s.", "kind.model")}
        END IF;
        CASE kind.model {_LOOKS}
        END CASE;
        IF bad.missing THEN
            {refuse("dcim_cabletermination_exists", "There is no %s with id %s.", "kind.model", "bad.port")}
        ELSIF bad.mark_connected THEN
            {refuse("dcim_cabletermination_marked", "The port is marked as connected without a cable.")}
        ELSIF bad.port IS NOT NULL THEN
            {refuse("dcim_cabletermination_interface", "A cable cannot be plugged into an interface of this type.")}
        END IF;
    END LOOP;
    SELECT n.cable_end = o.cable_end AS same_end, near.model AS near, far.model AS far INTO bad
        FROM plugged n
        JOIN dcim_cabletermination o ON o.cable_id = n.cable_id AND o.id <> n.id
        JOIN django_content_type near ON near.id = n.termination_type_id
        JOIN django_content_type far ON far.id = o.termination_type_id
        WHERE CASE WHEN n.cable_end = o.cable_end THEN near.id <> far.id
              ELSE (near.model, far.model) NOT IN ({_PAIRS}) END
        ORDER BY n.id, o.id LIMIT 1;
    IF bad.same_end THEN
        {refuse("dcim_cabletermination_same_kind", "All ports at one end of a cable must be of one kind.")}
    ELSIF bad.near IS NOT NULL THEN
        {refuse("dcim_cabletermination_compatible", "A %s cannot be connected to a %s.", "bad.near", "bad.far")}
    END IF;
    IF EXISTS (
        SELECT 1 FROM plugged n
        JOIN django_content_type near ON near.id = n.termination_type_id
            AND near.model IN ('frontport', 'rearport')
        JOIN dcim_cabletermination o ON o.cable_id = n.cable_id AND o.cable_end <> n.cable_end
        JOIN django_content_type far ON far.id = o.termination_type_id
            AND far.model IN ('frontport', 'rearport') AND far.id <> near.id
        JOIN dcim_portmapping m
            ON m.front_port_id =
                CASE near.model WHEN 'frontport' THEN n.termination_id ELSE o.termination_id END
            AND m.rear_port_id =
                CASE near.model WHEN 'rearport' THEN n.termination_id ELSE o.termination_id END)
    THEN
        {refuse("dcim_cabletermination_loop", "A front port cannot be connected to the rear port behind it.")}
    END IF;
    RETURN NULL;
"""  # noqa: E501, S608
_FIT_DECLARES = [("kind", "record"), ("bad", "record")]


def _meters() -> models.GeneratedField:
    factor = models.Case(
        *(
            models.When(length_unit=unit.value, then=models.Value(each))
            for unit, each in METERS_PER_UNIT.items()
        ),
        output_field=models.DecimalField(),
    )
    number = models.DecimalField(max_digits=13, decimal_places=4)
    product = models.ExpressionWrapper(models.F("length") * factor, output_field=number)
    return models.GeneratedField(
        expression=Cast(product, number), output_field=number, db_persist=True
    )


class CableBundle(DescribedRecord):
    """Cables that run together."""

    name = models.CharField(max_length=100, unique=True)
    name_natural = natural_key("name")

    class Meta:
        ordering = ["name_natural", "pk"]


class Cable(DescribedRecord):
    """A cable. Its ends are its terminations; `length_m` is its length in meters."""

    type = models.CharField(max_length=50, choices=cable_types, null=True, blank=True)
    status = models.CharField(max_length=50, choices=CableStatus, default=CableStatus.CONNECTED)
    profile = models.CharField(max_length=50, choices=cable_profiles, null=True, blank=True)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="cables"
    )
    bundle = models.ForeignKey(
        CableBundle, on_delete=models.SET_NULL, null=True, blank=True, related_name="cables"
    )
    label = models.CharField(max_length=100, blank=True)
    color = models.CharField(max_length=6, blank=True, validators=[COLOR])
    length = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    length_unit = models.CharField(max_length=50, choices=LengthUnit, null=True, blank=True)
    length_m = _meters()

    class Meta:
        ordering = ["pk"]
        constraints = [
            not_negative("dcim_cable", "length"),
            unit_needed("dcim_cable", "length"),
        ]

    def __str__(self) -> str:
        return self.label or f"#{self.pk}"


class CableTermination(Record):
    """One end of a cable in one port. A port takes one."""

    cable = models.ForeignKey(Cable, on_delete=models.CASCADE, related_name="terminations")
    cable_end = models.CharField(max_length=1, choices=CableEnd)
    termination_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    termination_id = models.PositiveBigIntegerField()
    termination = GenericForeignKey("termination_type", "termination_id")
    connector = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    positions = ArrayField(models.PositiveSmallIntegerField(), null=True, blank=True)

    class Meta:
        ordering = ["cable", "cable_end", "connector", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["termination_type", "termination_id"],
                name="dcim_cabletermination_port_once",
                violation_error_message="A cable is already plugged into this port.",
            ),
            models.UniqueConstraint(
                fields=["cable", "cable_end", "connector"],
                name="dcim_cabletermination_connector_once",
                violation_error_message="This connector of the cable is already used.",
            ),
            models.CheckConstraint(
                name="dcim_cabletermination_end",
                condition=models.Q(cable_end__in=["A", "B"]),
                violation_error_message="A cable has the ends A and B.",
            ),
            between(
                "dcim_cabletermination_connector",
                "connector",
                1,
                POSITIONS_MAX,
                "The connector must be from 1 to 1024.",
            ),
        ]
        triggers = [
            after_all("fit_new", _FIT, pgtrigger.Insert, declare=_FIT_DECLARES, new="plugged"),
            after_all("fit_changed", _FIT, pgtrigger.Update, declare=_FIT_DECLARES, new="plugged"),
        ]

    def __str__(self) -> str:
        return f"Cable {self.cable_id} end {self.cable_end}"
