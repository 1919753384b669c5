"""Devices."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Deferrable, F, Func, Q, Value, When
from django.db.models.functions import Cast, Lower

from core.models import DescribedRecord, natural_key
from core.models.rules import between
from core.search_index import SearchIndex
from dcim.choices import Airflow, DeviceStatus, Face
from dcim.models.placement import DEVICE_TRIGGERS
from dcim.models.roles import DeviceRole, Platform
from dcim.models.types import DeviceType, half_units
from facilities.models import Location, Site, Tenant, contacts_relation
from racks.models import Rack


def _span(low: models.Expression | F, high: models.Expression | F, bounds: str = "[)") -> Func:
    """A range of big integers, which GiST indexes without an extension."""
    return Func(low, high, Value(bounds), function="int8range", output_field=BigIntegerRangeField())


_BOTTOM = Cast(F("position") * 2, models.BigIntegerField())
# Faces on a line: the front is [0, 1), the rear is [1, 2), full depth is [0, 2).
_FRONT_EDGE = Case(
    When(Q(is_full_depth=True) | Q(face=Face.FRONT.value), then=Value(0)),
    default=Value(1),
    output_field=models.BigIntegerField(),
)
_REAR_EDGE = Case(
    When(Q(is_full_depth=True) | Q(face=Face.REAR.value), then=Value(2)),
    default=Value(1),
    output_field=models.BigIntegerField(),
)

NO_OVERLAP = ExclusionConstraint(
    name="dcim_device_no_overlap",
    expressions=[
        (_span(F("rack"), F("rack"), "[]"), RangeOperators.EQUAL),
        (_span(_BOTTOM, _BOTTOM + F("height_half_u")), RangeOperators.OVERLAPS),
        (_span(_FRONT_EDGE, _REAR_EDGE), RangeOperators.OVERLAPS),
    ],
    condition=Q(rack__isnull=False, position__isnull=False, height_half_u__gt=0),
    deferrable=Deferrable.IMMEDIATE,
    violation_error_message="Those rack units are already taken.",
)

_CONSTRAINTS = [
    NO_OVERLAP,
    models.UniqueConstraint(
        Lower("name"),
        "site",
        "tenant",
        name="dcim_device_name_tenant",
        violation_error_message="This tenant already has a device of this name in the site.",
    ),
    models.UniqueConstraint(
        Lower("name"),
        "site",
        condition=Q(tenant__isnull=True),
        name="dcim_device_name",
        violation_error_message="The site already has a device of this name without a tenant.",
    ),
    models.UniqueConstraint(
        fields=["virtual_chassis", "vc_position"],
        name="dcim_device_vc_position_once",
        deferrable=Deferrable.IMMEDIATE,
        violation_error_message="The virtual chassis already has a member at this position.",
    ),
    models.CheckConstraint(
        name="dcim_device_vc_position_needed",
        condition=Q(virtual_chassis__isnull=True) | Q(vc_position__isnull=False),
        violation_error_message="A member of a virtual chassis needs a position in it.",
    ),
    models.CheckConstraint(
        name="dcim_device_position_rack",
        condition=Q(position__isnull=True) | Q(rack__isnull=False),
        violation_error_message="A position needs a rack.",
    ),
    models.CheckConstraint(
        name="dcim_device_face_rack",
        condition=Q(face__isnull=True) | Q(rack__isnull=False),
        violation_error_message="A face needs a rack.",
    ),
    models.CheckConstraint(
        name="dcim_device_position_face",
        condition=Q(position__isnull=True) | Q(face__isnull=False),
        violation_error_message="A position needs a face.",
    ),
    models.CheckConstraint(
        name="dcim_device_position",
        condition=Q(position__gte=Decimal("0.5")),
        violation_error_message="The position must be at least 0.5.",
    ),
    half_units("dcim_device", "position", "The position must be in steps of half a rack unit."),
    between("dcim_device_vc_position", "vc_position", 0, 255, "The position must be 0 to 255."),
    between("dcim_device_vc_priority", "vc_priority", 0, 255, "The priority must be 0 to 255."),
    between(
        "dcim_device_latitude",
        "latitude",
        Decimal(-90),
        Decimal(90),
        "The latitude must be from -90 to 90 degrees.",
    ),
    between(
        "dcim_device_longitude",
        "longitude",
        Decimal(-180),
        Decimal(180),
        "The longitude must be from -180 to 180 degrees.",
    ),
]


class Device(DescribedRecord):
    """A piece of equipment.

    One in a rack is in the rack's site and location. `height_half_u` and `is_full_depth` are the
    type's, copied by a trigger so that the constraint against overlaps can see them.
    """

    name = models.CharField(max_length=64, null=True, blank=True)
    name_natural = natural_key("name")
    device_type = models.ForeignKey(DeviceType, on_delete=models.PROTECT, related_name="devices")
    role = models.ForeignKey(DeviceRole, on_delete=models.PROTECT, related_name="devices")
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="devices"
    )
    platform = models.ForeignKey(
        Platform, on_delete=models.SET_NULL, null=True, blank=True, related_name="devices"
    )
    serial = models.CharField("serial number", max_length=50, blank=True)
    asset_tag = models.CharField(max_length=50, null=True, blank=True, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="devices")
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="devices"
    )
    rack = models.ForeignKey(
        Rack, on_delete=models.PROTECT, null=True, blank=True, related_name="devices"
    )
    position = models.DecimalField(
        "position (U)",
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.5"))],
        help_text="the lowest unit it takes, in steps of one half",
    )
    face = models.CharField("rack face", max_length=50, choices=Face, null=True, blank=True)
    height_half_u = models.PositiveSmallIntegerField(default=0, editable=False)
    is_full_depth = models.BooleanField(default=True, editable=False)
    latitude = models.DecimalField(
        max_digits=8,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("-90.0")), MaxValueValidator(Decimal("90.0"))],
        help_text="degrees, north is positive",
    )
    longitude = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("-180.0")), MaxValueValidator(Decimal("180.0"))],
        help_text="degrees, east is positive",
    )
    status = models.CharField(max_length=50, choices=DeviceStatus, default=DeviceStatus.ACTIVE)
    airflow = models.CharField(max_length=50, choices=Airflow, null=True, blank=True)
    virtual_chassis = models.ForeignKey(
        "dcim.VirtualChassis",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="members",
    )
    vc_position = models.PositiveSmallIntegerField(
        "position in the chassis", null=True, blank=True, validators=[MaxValueValidator(255)]
    )
    vc_priority = models.PositiveSmallIntegerField(
        "priority in the chassis", null=True, blank=True, validators=[MaxValueValidator(255)]
    )
    local_context_data = models.JSONField(null=True, blank=True)

    contacts = contacts_relation()

    class Meta:
        ordering = ["name_natural", "pk"]
        constraints = _CONSTRAINTS
        indexes = [
            models.Index(fields=["name_natural", "id"], name="dcim_device_order"),
            models.Index(fields=["serial"], name="dcim_device_serial"),
            SearchIndex("name", "serial", "asset_tag", "description", name="dcim_device_search"),
        ]
        triggers = DEVICE_TRIGGERS

    def __str__(self) -> str:
        if self.name:
            return self.name
        kind = self.device_type
        return f"{kind.manufacturer} {kind} ({self.pk})"

    def clean(self) -> None:
        """Take over the type's size; raise ValidationError for a platform of another maker."""
        super().clean()
        if self.device_type_id is None:
            return
        kind = self.device_type
        self.height_half_u = int(kind.u_height * 2)
        self.is_full_depth = kind.is_full_depth
        platform = self.platform
        if platform and platform.manufacturer_id not in (None, kind.manufacturer_id):
            raise ValidationError(
                {"platform": f"This platform is only for devices of {platform.manufacturer}."}
            )
