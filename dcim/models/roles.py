"""What devices are for and what runs on them."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from core.models import COLOR_DEFAULT, OrganizationalRecord, TreeRecord
from core.validators import COLOR
from facilities.models.unique import unique_within
from racks.models import Manufacturer


class DeviceRole(TreeRecord):
    """What devices are for. Roles form a tree."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    color = models.CharField(max_length=6, default=COLOR_DEFAULT, validators=[COLOR])
    vm_role = models.BooleanField(
        "virtual machines", default=True, help_text="Virtual machines may have this role"
    )

    class Meta(TreeRecord.Meta):
        ordering = ["name", "pk"]
        constraints = [
            *unique_within("dcim_devicerole", "name", "parent", "at the top level"),
            *unique_within("dcim_devicerole", "slug", "parent", "at the top level"),
        ]
        indexes = [GinIndex(fields=["path"], name="dcim_devicerole_path")]


class Platform(TreeRecord):
    """What runs on devices, such as an operating system. Platforms form a tree."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    manufacturer = models.ForeignKey(
        Manufacturer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="platforms",
        help_text="Only devices of this maker may have the platform",
    )

    class Meta(TreeRecord.Meta):
        ordering = ["name", "pk"]
        constraints = [
            *unique_within(
                "dcim_platform", "name", "manufacturer", "among those of no manufacturer"
            ),
            *unique_within(
                "dcim_platform", "slug", "manufacturer", "among those of no manufacturer"
            ),
        ]
        indexes = [GinIndex(fields=["path"], name="dcim_platform_path")]


class InventoryItemRole(OrganizationalRecord):
    """What parts are for."""

    color = models.CharField(max_length=6, default=COLOR_DEFAULT, validators=[COLOR])
