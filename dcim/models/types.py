"""What devices and modules are like: their types."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Mod

from core.models import DescribedRecord
from dcim.choices import Airflow, ModuleAirflow, SubdeviceRole
from dcim.models.rules import after, not_negative, refuse, unit_needed
from racks.choices import WeightUnit
from racks.models import Manufacturer, grams

_TRIGGERS = [
    after(
        "size_carry",
        f"""
    BEGIN
        UPDATE dcim_device
            SET height_half_u = (NEW.u_height * 2)::integer, is_full_depth = NEW.is_full_depth,
                last_updated = NEW.last_updated
            WHERE device_type_id = NEW.id AND ROW(height_half_u, is_full_depth)
                IS DISTINCT FROM ROW((NEW.u_height * 2)::integer, NEW.is_full_depth);
    EXCEPTION WHEN exclusion_violation THEN
        {refuse("dcim_device_no_overlap", "At this size, devices of the type would overlap others in their racks.")}
    END;
    RETURN NULL;
""",  # noqa: E501, S608
        pgtrigger.Update,
        condition=pgtrigger.AnyChange("u_height", "is_full_depth"),
    ),
    after(
        "role_kept",
        f"""
    IF OLD.subdevice_role = 'parent' AND (
        EXISTS (SELECT 1 FROM dcim_devicebaytemplate WHERE device_type_id = NEW.id)
        OR EXISTS (SELECT 1 FROM dcim_devicebay b JOIN dcim_device d ON d.id = b.device_id
                   WHERE d.device_type_id = NEW.id)) THEN
        {refuse("dcim_devicetype_parent_used", "This type or its devices have device bays, so it must stay a parent.")}
    END IF;
    IF OLD.subdevice_role = 'child' AND EXISTS (
        SELECT 1 FROM dcim_devicebay b JOIN dcim_device d ON d.id = b.installed_device_id
        WHERE d.device_type_id = NEW.id) THEN
        {refuse("dcim_devicetype_child_used", "Devices of this type are installed in device bays, so it must stay a child.")}
    END IF;
    IF NEW.subdevice_role = 'child' AND EXISTS (
        SELECT 1 FROM dcim_device WHERE device_type_id = NEW.id AND face IS NOT NULL) THEN
        {refuse("dcim_devicetype_child_mounted", "Devices of this type are mounted in racks, so it cannot be a child.")}
    END IF;
    RETURN NULL;
""",  # noqa: E501, S608
        pgtrigger.Update,
        condition=pgtrigger.AnyChange("subdevice_role"),
    ),
]


def half_units(table: str, field: str, message: str) -> models.CheckConstraint:
    """A check that a number of rack units is a multiple of one half."""
    return models.CheckConstraint(
        name=f"{table}_{field}_half",
        condition=models.lookups.Exact(
            Mod(models.F(field), models.Value(Decimal("0.5"))), Decimal(0)
        ),
        violation_error_message=message,
    )


class DeviceType(DescribedRecord):
    """A model of device. A change of its height or depth changes all its devices, or is refused."""

    manufacturer = models.ForeignKey(
        Manufacturer, on_delete=models.PROTECT, related_name="device_types"
    )
    model = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    default_platform = models.ForeignKey(
        "dcim.Platform", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    part_number = models.CharField(max_length=50, blank=True, help_text="The maker's number")
    u_height = models.DecimalField(
        "height (U)",
        max_digits=4,
        decimal_places=1,
        default=Decimal("1.0"),
        validators=[MinValueValidator(Decimal(0))],
        help_text="rack units, in steps of one half",
    )
    exclude_from_utilization = models.BooleanField(
        default=False, help_text="Devices of this type do not count as used rack space"
    )
    is_full_depth = models.BooleanField(
        default=True, help_text="A device takes both faces of the rack"
    )
    subdevice_role = models.CharField(
        max_length=50,
        choices=SubdeviceRole,
        null=True,
        blank=True,
        help_text="Parents have device bays, children are installed in them",
    )
    airflow = models.CharField(max_length=50, choices=Airflow, null=True, blank=True)
    weight = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    weight_unit = models.CharField(max_length=50, choices=WeightUnit, null=True, blank=True)
    weight_grams = grams("weight")
    front_image = models.ImageField(upload_to="device-types/", null=True, blank=True)
    rear_image = models.ImageField(upload_to="device-types/", null=True, blank=True)

    class Meta:
        ordering = ["manufacturer", "model", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["manufacturer", "model"],
                name="dcim_devicetype_model",
                violation_error_message="The manufacturer already has a device type of this model.",
            ),
            models.UniqueConstraint(
                fields=["manufacturer", "slug"],
                name="dcim_devicetype_slug",
                violation_error_message="The manufacturer already has a device type of this slug.",
            ),
            models.CheckConstraint(
                name="dcim_devicetype_u_height",
                condition=models.Q(u_height__gte=0),
                violation_error_message="The height cannot be negative.",
            ),
            half_units(
                "dcim_devicetype", "u_height", "The height must be in steps of half a rack unit."
            ),
            not_negative("dcim_devicetype", "weight"),
            unit_needed("dcim_devicetype", "weight"),
        ]
        triggers = _TRIGGERS

    def __str__(self) -> str:
        return self.model


class ModuleTypeProfile(DescribedRecord):
    """A kind of module type and the attributes its types have, as a JSON Schema."""

    name = models.CharField(max_length=100, unique=True)
    schema = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["name"]


class ModuleType(DescribedRecord):
    """A model of module: line card, power supply, optic, memory."""

    profile = models.ForeignKey(
        ModuleTypeProfile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="module_types",
    )
    manufacturer = models.ForeignKey(
        Manufacturer, on_delete=models.PROTECT, related_name="module_types"
    )
    model = models.CharField(max_length=100)
    part_number = models.CharField(max_length=50, blank=True, help_text="The maker's number")
    airflow = models.CharField(max_length=50, choices=ModuleAirflow, null=True, blank=True)
    weight = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    weight_unit = models.CharField(max_length=50, choices=WeightUnit, null=True, blank=True)
    weight_grams = grams("weight")
    attributes = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["profile", "manufacturer", "model", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["manufacturer", "model"],
                name="dcim_moduletype_model",
                violation_error_message="The manufacturer already has a module type of this model.",
            ),
            not_negative("dcim_moduletype", "weight"),
            unit_needed("dcim_moduletype", "weight"),
        ]

    def __str__(self) -> str:
        return self.model
