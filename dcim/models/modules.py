"""What is installed in devices: bays, modules, parts."""

from __future__ import annotations

import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from core.models import DescribedRecord, TreeRecord, natural_key
from dcim.choices import InventoryItemStatus, ModuleStatus
from dcim.models.components import (
    COMPONENT_TRIGGERS,
    Component,
    ModularComponent,
    component_meta,
)
from dcim.models.devices import Device
from dcim.models.roles import InventoryItemRole
from dcim.models.rules import after, before, not_self, refuse
from dcim.models.types import ModuleType
from racks.models import Manufacturer

# The lock on the device keeps two moves at once from closing a ring of bays and modules.
_MODULE_PLACE = f"""
    IF TG_OP = 'UPDATE' THEN
        IF NEW.device_id <> OLD.device_id THEN
            {refuse("dcim_module_device_fixed", "A module cannot move to another device.")}
        END IF;
        IF NEW.module_bay_id = OLD.module_bay_id THEN
            RETURN NEW;
        END IF;
        PERFORM 1 FROM dcim_device WHERE id = NEW.device_id FOR NO KEY UPDATE;
    END IF;
    SELECT name, device_id, module_id, enabled INTO bay
        FROM dcim_modulebay WHERE id = NEW.module_bay_id FOR SHARE;
    IF bay.device_id <> NEW.device_id THEN
        {refuse("dcim_module_bay_device", "Module bay %s belongs to another device.", "bay.name")}
    END IF;
    IF NOT bay.enabled THEN
        {refuse("dcim_module_bay_enabled", "Module bay %s is disabled.", "bay.name")}
    END IF;
    IF TG_OP = 'UPDATE' AND EXISTS (
        WITH RECURSIVE up(module_id) AS (
            SELECT bay.module_id
            UNION
            SELECT b.module_id FROM up JOIN dcim_module m ON m.id = up.module_id
                JOIN dcim_modulebay b ON b.id = m.module_bay_id)
        SELECT 1 FROM up WHERE module_id = NEW.id) THEN
        {refuse("dcim_module_bay_ring", "Module bay %s is part of the module itself.", "bay.name")}
    END IF;
    RETURN NEW;
"""  # noqa: S608

_INSTALL = f"""
    SELECT t.subdevice_role INTO role
        FROM dcim_device d JOIN dcim_devicetype t ON t.id = d.device_type_id
        WHERE d.id = NEW.device_id FOR SHARE OF t;
    IF FOUND AND role IS DISTINCT FROM 'parent' THEN
        {refuse("dcim_devicebay_parent", "Only a device of a parent type has device bays.")}
    END IF;
    IF NEW.installed_device_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.installed_device_id IS NOT DISTINCT FROM OLD.installed_device_id THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NOT NEW.enabled THEN
        {refuse("dcim_devicebay_enabled", "The device bay is disabled.")}
    END IF;
    SELECT t.subdevice_role INTO role
        FROM dcim_device d JOIN dcim_devicetype t ON t.id = d.device_type_id
        WHERE d.id = NEW.installed_device_id FOR SHARE OF d, t;
    IF FOUND AND role IS DISTINCT FROM 'child' THEN
        {refuse("dcim_devicebay_child", "Only a device of a child type is installed in a bay.")}
    END IF;
    RETURN NEW;
"""  # noqa: S608

_FOLLOW = """
    UPDATE dcim_device child
        SET site_id = host.site_id, location_id = host.location_id, rack_id = host.rack_id
        FROM dcim_device host
        WHERE child.id = NEW.installed_device_id AND host.id = NEW.device_id
            AND ROW(child.site_id, child.location_id, child.rack_id)
                IS DISTINCT FROM ROW(host.site_id, host.location_id, host.rack_id);
    RETURN NULL;
"""

_PART_PARENT = f"""
    IF NEW.device_id <> (SELECT device_id FROM dcim_inventoryitem WHERE id = NEW.parent_id) THEN
        {refuse("dcim_inventoryitem_parent_device", "The parent belongs to another device.")}
    END IF;
    RETURN NEW;
"""  # noqa: S608


class ModuleBay(ModularComponent):
    """A place for one module, in a device or in another module."""

    position = models.CharField(
        max_length=30, blank=True, help_text="What stands for {module} in names of components"
    )
    enabled = models.BooleanField(default=True)

    class Meta(ModularComponent.Meta):
        constraints = [
            *component_meta("dcim_modulebay", "module")["constraints"],
            models.UniqueConstraint(
                fields=["device", "name"],
                condition=Q(module__isnull=True),
                name="dcim_modulebay_name_device",
                violation_error_message="The device already has one of this name.",
            ),
        ]
        indexes = component_meta("dcim_modulebay")["indexes"]


class Module(DescribedRecord):
    """A part of a device with components of its own, installed in a bay."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="modules")
    module_bay = models.OneToOneField(
        ModuleBay, on_delete=models.CASCADE, related_name="installed_module"
    )
    module_type = models.ForeignKey(ModuleType, on_delete=models.PROTECT, related_name="modules")
    status = models.CharField(max_length=50, choices=ModuleStatus, default=ModuleStatus.ACTIVE)
    serial = models.CharField("serial number", max_length=50, blank=True)
    asset_tag = models.CharField(max_length=50, null=True, blank=True, unique=True)

    class Meta:
        ordering = ["module_bay", "pk"]
        triggers = [before("place", _MODULE_PLACE, declare=[("bay", "record")])]

    def __str__(self) -> str:
        return f"{self.module_bay.name}: {self.module_type}"


class DeviceBay(Component):
    """A place in a parent device for one child device, which is wherever the parent is."""

    enabled = models.BooleanField(default=True)
    installed_device = models.OneToOneField(
        Device, on_delete=models.SET_NULL, null=True, blank=True, related_name="parent_bay"
    )

    class Meta(Component.Meta):
        constraints = [
            *component_meta("dcim_devicebay", modular=False)["constraints"],
            models.CheckConstraint(
                name="dcim_devicebay_installed_device_self",
                condition=~Q(installed_device=models.F("device")),
                violation_error_message="A device cannot be installed in itself.",
            ),
        ]
        indexes = component_meta("dcim_devicebay", modular=False)["indexes"]
        triggers = [
            *COMPONENT_TRIGGERS,
            before("install", _INSTALL, declare=[("role", "text")]),
            after(
                "child_follows",
                _FOLLOW,
                pgtrigger.Insert | pgtrigger.UpdateOf("installed_device_id"),
                condition=pgtrigger.Q(new__installed_device__isnull=False),
            ),
        ]


class InventoryItem(TreeRecord):
    """A part of a device worth recording. Parts form a tree."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="inventoryitems")
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    name = models.CharField(max_length=64)
    name_natural = natural_key("name")
    label = models.CharField(max_length=64, blank=True, help_text="What is printed on it")
    status = models.CharField(
        max_length=50, choices=InventoryItemStatus, default=InventoryItemStatus.ACTIVE
    )
    role = models.ForeignKey(
        InventoryItemRole,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="inventory_items",
    )
    manufacturer = models.ForeignKey(
        Manufacturer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="inventory_items",
    )
    part_id = models.CharField(
        "part number", max_length=50, blank=True, help_text="The maker's number"
    )
    serial = models.CharField("serial number", max_length=50, blank=True)
    asset_tag = models.CharField(max_length=50, null=True, blank=True, unique=True)
    discovered = models.BooleanField(default=False, help_text="Found by a machine")
    component_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    component_id = models.PositiveBigIntegerField(null=True, blank=True)
    component = GenericForeignKey("component_type", "component_id")
    comments = None  # type: ignore[assignment]

    class Meta(TreeRecord.Meta):
        ordering = ["device_id", "parent_id", "name_natural", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "parent", "name"],
                name="dcim_inventoryitem_name",
                violation_error_message="The parent already has a part of this name.",
            ),
            not_self("dcim_inventoryitem", "parent", "A part cannot be part of itself."),
        ]
        indexes = [
            models.Index(
                fields=["device", "parent", "name_natural"], name="dcim_inventoryitem_order"
            ),
            models.Index(fields=["component_type", "component_id"], name="dcim_inventoryitem_part"),
            GinIndex(fields=["path"], name="dcim_inventoryitem_path"),
        ]
        triggers = [
            *TreeRecord.Meta.triggers,
            *COMPONENT_TRIGGERS,
            before(
                "parent_device",
                _PART_PARENT,
                pgtrigger.Insert | pgtrigger.UpdateOf("parent_id"),
                condition=pgtrigger.Q(new__parent__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.label})" if self.label else self.name
