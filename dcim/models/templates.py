"""What the devices of a type and the modules of a type are made with."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from core.models import Record, natural_key, tree_lock
from core.validators import COLOR
from dcim.choices import (
    ConsolePortType,
    FeedLeg,
    PoEMode,
    PoEType,
    WirelessRole,
    interface_types,
    power_outlet_types,
    power_port_types,
)
from dcim.models.components import Draw, draw_checks
from dcim.models.ports import PanelPort, Positions, mapping_constraints
from dcim.models.roles import InventoryItemRole
from dcim.models.rules import (
    before,
    not_self,
    port_map_trigger,
    positions_check,
    positions_kept_trigger,
    refuse,
)
from dcim.models.types import DeviceType, ModuleType
from racks.models import Manufacturer

_OWNERS = ("device_type_id", "module_type_id")


def _same_type(table: str, column: str, message: str) -> Any:
    """The trigger that keeps a reference between templates within one type."""
    return before(
        f"{column}_type",
        f"""
    IF NOT EXISTS (SELECT 1 FROM {table} WHERE id = NEW.{column}_id
        AND device_type_id IS NOT DISTINCT FROM NEW.device_type_id
        AND module_type_id IS NOT DISTINCT FROM NEW.module_type_id) THEN
        {refuse(f"dcim_template_{column}_type", message)}
    END IF;
    RETURN NEW;
""",  # noqa: S608
        condition=pgtrigger.Condition(f"NEW.{column}_id IS NOT NULL"),
    )


_FIXED = before(
    "type_fixed",
    refuse("dcim_template_type_fixed", "A component template cannot move to another type."),
    pgtrigger.Update,
    condition=pgtrigger.AnyChange("device_type", "module_type"),
)


class Template(Record):
    """A component that each device of a type gets."""

    device_type = models.ForeignKey(DeviceType, on_delete=models.CASCADE, related_name="%(class)ss")
    name = models.CharField(max_length=64)
    name_natural = natural_key("name")
    label = models.CharField(max_length=64, blank=True, help_text="What is printed on it")
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True
        ordering = ["device_type", "name_natural", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.label})" if self.label else self.name


class ModularTemplate(Template):
    """A component that each device of a type, or each module of a type, gets.

    In a module's names `{module}` stands for the position of its bay.
    """

    device_type = models.ForeignKey(  # type: ignore[assignment]
        DeviceType, on_delete=models.CASCADE, null=True, blank=True, related_name="%(class)ss"
    )
    module_type = models.ForeignKey(
        ModuleType, on_delete=models.CASCADE, null=True, blank=True, related_name="%(class)ss"
    )

    class Meta:
        abstract = True
        ordering = ["device_type", "module_type", "name_natural", "pk"]
        triggers = [_FIXED]
        constraints = [
            models.UniqueConstraint(
                fields=["device_type", "name"],
                name="%(app_label)s_%(class)s_device_type",
                violation_error_message="The device type already has one of this name.",
            ),
            models.UniqueConstraint(
                fields=["module_type", "name"],
                name="%(app_label)s_%(class)s_module_type",
                violation_error_message="The module type already has one of this name.",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_one_type",
                condition=Q(device_type__isnull=True, module_type__isnull=False)
                | Q(device_type__isnull=False, module_type__isnull=True),
                violation_error_message="Give either a device type or a module type.",
            ),
        ]


class ConsolePortTemplate(ModularTemplate):
    """A console port to be."""

    type = models.CharField(max_length=50, choices=ConsolePortType, null=True, blank=True)


class ConsoleServerPortTemplate(ModularTemplate):
    """A console server port to be."""

    type = models.CharField(max_length=50, choices=ConsolePortType, null=True, blank=True)


class PowerPortTemplate(Draw, ModularTemplate):
    """A power port to be."""

    type = models.CharField(max_length=50, choices=power_port_types, null=True, blank=True)

    class Meta(ModularTemplate.Meta):
        constraints = [
            *ModularTemplate.Meta.constraints,
            *draw_checks("dcim_powerporttemplate"),
        ]


class PowerOutletTemplate(ModularTemplate):
    """A power outlet to be."""

    type = models.CharField(max_length=50, choices=power_outlet_types, null=True, blank=True)
    color = models.CharField(max_length=6, blank=True, validators=[COLOR])
    power_port = models.ForeignKey(
        PowerPortTemplate,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="poweroutlettemplates",
    )
    feed_leg = models.CharField(max_length=50, choices=FeedLeg, null=True, blank=True)

    class Meta(ModularTemplate.Meta):
        triggers = [
            _FIXED,
            _same_type(
                "dcim_powerporttemplate", "power_port", "The power port belongs to another type."
            ),
        ]


class InterfaceTemplate(ModularTemplate):
    """An interface to be."""

    type = models.CharField(max_length=50, choices=interface_types)
    enabled = models.BooleanField(default=True)
    mgmt_only = models.BooleanField("management only", default=False)
    bridge = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="bridge_interfaces",
    )
    poe_mode = models.CharField("PoE mode", max_length=50, choices=PoEMode, null=True, blank=True)
    poe_type = models.CharField("PoE type", max_length=50, choices=PoEType, null=True, blank=True)
    rf_role = models.CharField(
        "wireless role", max_length=50, choices=WirelessRole, null=True, blank=True
    )

    class Meta(ModularTemplate.Meta):
        constraints = [
            *ModularTemplate.Meta.constraints,
            not_self(
                "dcim_interfacetemplate", "bridge", "An interface cannot be bridged to itself."
            ),
        ]
        triggers = [
            _FIXED,
            _same_type("dcim_interfacetemplate", "bridge", "The bridge belongs to another type."),
        ]


class FrontPortTemplate(ModularTemplate, PanelPort):
    """A front port to be."""

    class Meta(ModularTemplate.Meta):
        constraints = [
            *ModularTemplate.Meta.constraints,
            positions_check("dcim_frontporttemplate", "positions"),
        ]
        triggers = [
            _FIXED,
            positions_kept_trigger("dcim_frontporttemplate", "front", "dcim_porttemplatemapping"),
        ]


class RearPortTemplate(ModularTemplate, PanelPort):
    """A rear port to be."""

    class Meta(ModularTemplate.Meta):
        constraints = [
            *ModularTemplate.Meta.constraints,
            positions_check("dcim_rearporttemplate", "positions"),
        ]
        triggers = [
            _FIXED,
            positions_kept_trigger("dcim_rearporttemplate", "rear", "dcim_porttemplatemapping"),
        ]


class PortTemplateMapping(Positions):
    """A position of a front port to be and the position of the rear port behind it."""

    front_port = models.ForeignKey(
        FrontPortTemplate, on_delete=models.CASCADE, related_name="mappings"
    )
    rear_port = models.ForeignKey(
        RearPortTemplate, on_delete=models.CASCADE, related_name="mappings"
    )

    class Meta:
        ordering = ["front_port", "front_port_position"]
        constraints = mapping_constraints("dcim_porttemplatemapping")
        triggers = [
            port_map_trigger(
                "dcim_frontporttemplate",
                "dcim_rearporttemplate",
                "dcim_porttemplatemapping",
                _OWNERS,
            )
        ]

    def __str__(self) -> str:
        return f"{self.front_port_position} → {self.rear_port_position}"


class ModuleBayTemplate(ModularTemplate):
    """A module bay to be."""

    position = models.CharField(
        max_length=30, blank=True, help_text="What stands for {module} in names of components"
    )
    enabled = models.BooleanField(default=True)


class DeviceBayTemplate(Template):
    """A device bay to be."""

    enabled = models.BooleanField(default=True)

    class Meta(Template.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["device_type", "name"],
                name="dcim_devicebaytemplate_device_type",
                violation_error_message="The device type already has one of this name.",
            )
        ]
        triggers = [
            before(
                "parent_type",
                f"""
    SELECT subdevice_role INTO role FROM dcim_devicetype WHERE id = NEW.device_type_id FOR SHARE;
    IF FOUND AND role IS DISTINCT FROM 'parent' THEN
        {refuse("dcim_devicebaytemplate_parent", "Only a device type that is a parent has device bays.")}
    END IF;
    RETURN NEW;
""",  # noqa: E501, S608
                declare=[("role", "text")],
            )
        ]


class InventoryItemTemplate(Template):
    """A part to be."""

    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    role = models.ForeignKey(
        InventoryItemRole,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="inventory_item_templates",
    )
    manufacturer = models.ForeignKey(
        Manufacturer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="inventory_item_templates",
    )
    part_id = models.CharField(
        "part number", max_length=50, blank=True, help_text="The maker's number"
    )
    component_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    component_id = models.PositiveBigIntegerField(null=True, blank=True)
    component = GenericForeignKey("component_type", "component_id")

    class Meta(Template.Meta):
        ordering = ["device_type_id", "parent_id", "name_natural", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["device_type", "parent", "name"],
                name="dcim_inventoryitemtemplate_name",
                violation_error_message="The parent already has a part of this name.",
            )
        ]
        triggers = [
            tree_lock(),
            before(
                "parent_type",
                f"""
    IF NEW.device_type_id IS DISTINCT FROM
        (SELECT device_type_id FROM dcim_inventoryitemtemplate WHERE id = NEW.parent_id) THEN
        {refuse("dcim_inventoryitemtemplate_parent_type", "The parent belongs to another type.")}
    END IF;
    IF EXISTS (
        WITH RECURSIVE up(id) AS (
            SELECT NEW.parent_id
            UNION
            SELECT t.parent_id FROM up JOIN dcim_inventoryitemtemplate t ON t.id = up.id)
        SELECT 1 FROM up WHERE id = NEW.id) THEN
        {refuse("dcim_inventoryitemtemplate_no_cycle", "A part cannot be placed below itself.")}
    END IF;
    RETURN NEW;
""",  # noqa: S608
                condition=pgtrigger.Q(new__parent__isnull=False),
            ),
        ]
