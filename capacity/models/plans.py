"""What is to come and to go, and what reserved units are kept for."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from capacity.models.limits import KILOGRAMS_MAX, WATTS_MAX
from core.models import DescribedRecord
from core.models.rules import between
from dcim.models import Device, DeviceType
from racks.models import RackReservation


class DeviceDates(DescribedRecord):
    """When a device is to be installed, when it goes, and until when it is under warranty."""

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="dates")
    install_date = models.DateField(
        null=True, blank=True, help_text="day on which it is to be there"
    )
    removal_date = models.DateField(null=True, blank=True, help_text="day on which it is to go")
    warranty_ends = models.DateField(null=True, blank=True, help_text="last day under warranty")

    class Meta:
        ordering = ["device__name_natural", "pk"]
        verbose_name_plural = "device dates"
        constraints = [
            models.CheckConstraint(
                name="capacity_devicedates_removal_date",
                condition=Q(removal_date__gte=F("install_date")),
                violation_error_message="The device goes before it is there.",
            )
        ]

    def __str__(self) -> str:
        return str(self.device)


class DeviceTypeCooling(DescribedRecord):
    """How much of the heat of a type's devices goes into a liquid loop."""

    device_type = models.OneToOneField(DeviceType, on_delete=models.CASCADE, related_name="cooling")
    liquid_percent = models.PositiveSmallIntegerField(
        "liquid (%)",
        default=100,
        validators=[MaxValueValidator(100)],
        help_text="percent of its heat that the liquid carries away; the rest goes into the air",
    )

    class Meta:
        ordering = ["device_type__manufacturer", "device_type__model", "pk"]
        verbose_name_plural = "device type cooling"
        constraints = [
            between(
                "capacity_devicetypecooling_liquid_percent",
                "liquid_percent",
                0,
                100,
                "This must be from 0 to 100 percent.",
            )
        ]

    def __str__(self) -> str:
        return str(self.device_type)


class ReservationTerms(DescribedRecord):
    """What reserved units are kept for beside their space, and for how long."""

    reservation = models.OneToOneField(
        RackReservation, on_delete=models.CASCADE, related_name="terms"
    )
    power_w = models.PositiveIntegerField(
        "power (W)",
        null=True,
        blank=True,
        validators=[MaxValueValidator(WATTS_MAX)],
        help_text="kept for what is to stand there",
    )
    weight_kg = models.DecimalField(
        "weight (kg)",
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(KILOGRAMS_MAX)],
        help_text="kept for what is to stand there",
    )
    liquid_percent = models.PositiveSmallIntegerField(
        "liquid (%)",
        default=0,
        validators=[MaxValueValidator(100)],
        help_text="percent of its heat that a liquid loop is to carry away",
    )
    starts = models.DateField(null=True, blank=True, help_text="day from which it is needed")
    ends = models.DateField(null=True, blank=True, help_text="last day; after it the units lapse")

    class Meta:
        ordering = ["ends", "pk"]
        verbose_name_plural = "reservation terms"
        constraints = [
            between(
                "capacity_reservationterms_power_w",
                "power_w",
                0,
                WATTS_MAX,
                "The power must be from 0 to 10,000,000 W.",
            ),
            between(
                "capacity_reservationterms_weight_kg",
                "weight_kg",
                Decimal(0),
                KILOGRAMS_MAX,
                "The weight must be from 0 to 1,000,000 kg.",
            ),
            between(
                "capacity_reservationterms_liquid_percent",
                "liquid_percent",
                0,
                100,
                "This must be from 0 to 100 percent.",
            ),
            models.CheckConstraint(
                name="capacity_reservationterms_ends",
                condition=Q(ends__gte=F("starts")),
                violation_error_message="The reservation ends before it starts.",
            ),
        ]
        indexes = [models.Index(fields=["ends", "id"], name="capacity_terms_ends")]

    def __str__(self) -> str:
        return str(self.reservation)
