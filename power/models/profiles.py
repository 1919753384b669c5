"""What is known of the draw of devices and types, and what a site reckons with."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.models import DescribedRecord
from core.models.rules import between
from dcim.models import Device, DeviceType
from facilities.models import Site

WATTS_MAX = 10_000_000
SUPPLIES_MAX = 1000


def _percent(help_text: str, *, default: int | None = None) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        default=default,
        null=default is None,
        blank=default is None,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=help_text,
    )


def _percent_check(table: str, field: str) -> models.CheckConstraint:
    return between(f"{table}_{field}", field, 1, 100, "This must be from 1 to 100 percent.")


class PowerProfile(DescribedRecord):
    """What devices and types of devices have in common."""

    supplies_required = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(SUPPLIES_MAX)],
        help_text="how many of its supplies must be live; empty: all but one, at least one",
    )
    supply_watts = models.PositiveIntegerField(
        "supply rating (W)",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(WATTS_MAX)],
        help_text="rated watts of each supply; empty: the maximum draw of its power port",
    )
    budget_percent = _percent(
        "percent of the nameplate that a device is reckoned with; empty: the site's"
    )

    class Meta:
        abstract = True


def _profile_checks(table: str) -> list[models.BaseConstraint]:
    return [
        between(
            f"{table}_supplies_required",
            "supplies_required",
            1,
            SUPPLIES_MAX,
            "At least one supply is required, at most 1,000.",
        ),
        between(
            f"{table}_supply_watts",
            "supply_watts",
            1,
            WATTS_MAX,
            "The rating must be from 1 to 10,000,000 W.",
        ),
        _percent_check(table, "budget_percent"),
    ]


class DeviceTypePowerProfile(PowerProfile):
    """How devices of a type draw power, where their own profile does not say otherwise."""

    device_type = models.OneToOneField(
        DeviceType, on_delete=models.CASCADE, related_name="power_profile"
    )

    class Meta:
        ordering = ["device_type__manufacturer", "device_type__model", "pk"]
        constraints = _profile_checks("power_devicetypepowerprofile")

    def __str__(self) -> str:
        return str(self.device_type)


class DevicePowerProfile(PowerProfile):
    """How one device draws power; what is empty is as its type says."""

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="power_profile")
    measured_watts = models.PositiveIntegerField(
        "measured (W)",
        null=True,
        blank=True,
        validators=[MaxValueValidator(WATTS_MAX)],
        help_text="highest draw of the whole device while it was measured",
    )
    measured_at = models.DateTimeField(
        null=True, blank=True, help_text="when the measurement ended"
    )

    class Meta:
        ordering = ["device__name_natural", "pk"]
        constraints = [
            *_profile_checks("power_devicepowerprofile"),
            between(
                "power_devicepowerprofile_measured_watts",
                "measured_watts",
                0,
                WATTS_MAX,
                "The draw must be from 0 to 10,000,000 W.",
            ),
            models.CheckConstraint(
                name="power_devicepowerprofile_measured_at",
                condition=Q(measured_watts__isnull=True) | Q(measured_at__isnull=False),
                violation_error_message="A measured draw needs the time it was measured.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.device)


class SitePowerPolicy(DescribedRecord):
    """What a site reckons with where a record does not say it itself."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="power_policy")
    breaker_utilization = _percent(
        "percent of a breaker's rating that may be drawn continuously", default=80
    )
    imbalance_limit = _percent(
        "percent by which the current of a phase may differ from the mean", default=20
    )
    power_factor = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.001")), MaxValueValidator(Decimal(1))],
        help_text="of the devices' supplies",
    )
    budget_percent = _percent("percent of the nameplate that devices are reckoned with")

    class Meta:
        ordering = ["site__name", "pk"]
        verbose_name_plural = "site power policies"
        constraints = [
            *(
                _percent_check("power_sitepowerpolicy", name)
                for name in ("breaker_utilization", "imbalance_limit", "budget_percent")
            ),
            models.CheckConstraint(
                name="power_sitepowerpolicy_power_factor",
                condition=Q(power_factor__gt=0, power_factor__lte=1),
                violation_error_message="The power factor must be above 0 and at most 1.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.site)
