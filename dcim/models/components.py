"""What devices have: the bases of components, and those that carry power, consoles and data."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.contenttypes.fields import GenericRelation
from django.core.validators import MinValueValidator
from django.db import models

from core.models import TaggedRecord, natural_key
from core.models.rules import between
from core.validators import COLOR
from dcim.choices import (
    ConsolePortSpeed,
    ConsolePortType,
    FeedLeg,
    PowerOutletStatus,
    power_outlet_types,
    power_port_types,
)
from dcim.models.devices import Device
from dcim.models.rules import after_all, before, refuse

INTEGER_MAX = 2147483647

COMPONENT_TRIGGERS = [
    # Everything that is said of two parts of one device relies on this.
    before(
        "device_fixed",
        refuse("dcim_component_device_fixed", "A component cannot move to another device."),
        pgtrigger.Update,
        condition=pgtrigger.AnyChange("device"),
    ),
]
MODULAR_TRIGGERS = [
    *COMPONENT_TRIGGERS,
    before(
        "module_device",
        f"""
    IF NEW.device_id <> (SELECT device_id FROM dcim_module WHERE id = NEW.module_id) THEN
        {refuse("dcim_component_module_device", "The module is installed in another device.")}
    END IF;
    RETURN NEW;
""",  # noqa: S608
        pgtrigger.Insert | pgtrigger.UpdateOf("module_id"),
        condition=pgtrigger.Q(new__module__isnull=False),
    ),
]


def cable_triggers(app: str) -> list[pgtrigger.Trigger]:
    """The triggers of a table of `app` whose rows take a cable end.

    A port is not marked as connected while a cable is in it, and its cable ends go with it.
    """
    kind = f"""(SELECT id FROM django_content_type
             WHERE app_label = '{app}' AND model = substr(TG_TABLE_NAME, {len(app) + 2}))"""  # noqa: S608
    cabled = f"""EXISTS (SELECT 1 FROM dcim_cabletermination WHERE termination_id = NEW.id AND termination_type_id =
            {kind})"""  # noqa: E501, S608
    return [
        before(
            "mark_connected",
            f"""
    IF {cabled} THEN
        {refuse("dcim_port_mark_connected", "A cable is plugged in, so the port cannot be marked as connected without one.")}
    END IF;
    RETURN NEW;
""",  # noqa: E501
            pgtrigger.Update,
            condition=pgtrigger.Condition("NEW.mark_connected AND NOT OLD.mark_connected"),
        ),
        after_all(
            "unplug",
            f"""
    DELETE FROM dcim_cabletermination
        WHERE termination_type_id = {kind} AND termination_id IN (SELECT id FROM gone);
    RETURN NULL;
""",  # noqa: S608
            pgtrigger.Delete,
            old="gone",
        ),
    ]


CABLED_TRIGGERS = [*MODULAR_TRIGGERS, *cable_triggers("dcim")]


def seldom(table: str, field: str) -> models.Index:
    """An index of a reference that few rows have; the others cost it nothing."""
    return models.Index(
        fields=[field], condition=models.Q((f"{field}__isnull", False)), name=f"{table}_{field}"
    )


def component_meta(table: str, *fields: str, modular: bool = True) -> dict[str, Any]:
    """The `constraints` and `indexes` of a component's table; `fields` widen its unique name."""
    order = models.Index(fields=["device", "name_natural"], name=f"{table}_order")
    return {
        "constraints": [
            models.UniqueConstraint(
                fields=["device", *fields, "name"],
                name=f"{table}_name",
                violation_error_message="The device already has one of this name.",
            )
        ],
        "indexes": [order, *([seldom(table, "module")] if modular else [])],
    }


class Component(TaggedRecord):
    """A part of a device, known by its name there. It cannot move to another device."""

    # Its indexes are the unique name and the order, which begin with the device.
    device = models.ForeignKey(
        Device, on_delete=models.CASCADE, related_name="%(class)ss", db_index=False
    )
    name = models.CharField(max_length=64)
    name_natural = natural_key("name")
    label = models.CharField(max_length=64, blank=True, help_text="What is printed on it")
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True
        ordering = ["device", "name_natural", "pk"]
        triggers = COMPONENT_TRIGGERS

    def __str__(self) -> str:
        return f"{self.name} ({self.label})" if self.label else self.name


class ModularComponent(Component):
    """A component that may belong to a module of its device."""

    module = models.ForeignKey(
        "dcim.Module",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="%(class)ss",
        db_index=False,
    )

    class Meta(Component.Meta):
        abstract = True
        triggers = MODULAR_TRIGGERS


class CabledComponent(ModularComponent):
    """A component that takes one cable end. Which cable is read from the cable's terminations."""

    mark_connected = models.BooleanField(
        default=False, help_text="Count as connected though no cable is recorded"
    )
    cable_terminations = GenericRelation(
        "dcim.CableTermination",
        content_type_field="termination_type",
        object_id_field="termination_id",
        related_query_name="+",
    )

    class Meta(ModularComponent.Meta):
        abstract = True
        triggers = CABLED_TRIGGERS


class _Console(CabledComponent):
    type = models.CharField(max_length=50, choices=ConsolePortType, null=True, blank=True)
    speed = models.PositiveIntegerField(choices=ConsolePortSpeed, null=True, blank=True)

    class Meta(CabledComponent.Meta):
        abstract = True


class ConsolePort(_Console):
    """A port through which a device is managed."""

    class Meta(CabledComponent.Meta):
        constraints = component_meta("dcim_consoleport")["constraints"]
        indexes = component_meta("dcim_consoleport")["indexes"]


class ConsoleServerPort(_Console):
    """A port of a console server, which gives access to other devices."""

    class Meta(CabledComponent.Meta):
        constraints = component_meta("dcim_consoleserverport")["constraints"]
        indexes = component_meta("dcim_consoleserverport")["indexes"]


class Draw(models.Model):
    """What a power port draws, in watts."""

    maximum_draw = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="watts, nameplate"
    )
    allocated_draw = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="watts, budgeted"
    )

    class Meta:
        abstract = True


def draw_checks(table: str) -> list[models.CheckConstraint]:
    """The checks on `Draw`."""
    return [
        between(
            f"{table}_maximum_draw",
            "maximum_draw",
            1,
            INTEGER_MAX,
            "The draw must be at least 1 W.",
        ),
        between(
            f"{table}_allocated_draw",
            "allocated_draw",
            1,
            INTEGER_MAX,
            "The draw must be at least 1 W.",
        ),
    ]


class PowerPort(Draw, CabledComponent):
    """An inlet through which a device draws power."""

    type = models.CharField(max_length=50, choices=power_port_types, null=True, blank=True)

    class Meta(CabledComponent.Meta):
        constraints = [
            *component_meta("dcim_powerport")["constraints"],
            *draw_checks("dcim_powerport"),
        ]
        indexes = component_meta("dcim_powerport")["indexes"]


class PowerOutlet(CabledComponent):
    """A socket through which a device gives power on."""

    type = models.CharField(max_length=50, choices=power_outlet_types, null=True, blank=True)
    status = models.CharField(
        max_length=50, choices=PowerOutletStatus, default=PowerOutletStatus.ENABLED
    )
    color = models.CharField(max_length=6, blank=True, validators=[COLOR])
    power_port = models.ForeignKey(
        PowerPort, on_delete=models.SET_NULL, null=True, blank=True, related_name="poweroutlets"
    )
    feed_leg = models.CharField(max_length=50, choices=FeedLeg, null=True, blank=True)

    class Meta(CabledComponent.Meta):
        constraints = component_meta("dcim_poweroutlet")["constraints"]
        indexes = component_meta("dcim_poweroutlet")["indexes"]
        triggers = [
            *CABLED_TRIGGERS,
            before(
                "power_port_device",
                f"""
    IF NEW.device_id <> (SELECT device_id FROM dcim_powerport WHERE id = NEW.power_port_id) THEN
        {refuse("dcim_poweroutlet_power_port", "The power port belongs to another device.")}
    END IF;
    RETURN NEW;
""",  # noqa: S608
                pgtrigger.Insert | pgtrigger.UpdateOf("power_port_id"),
                condition=pgtrigger.Q(new__power_port__isnull=False),
            ),
        ]
