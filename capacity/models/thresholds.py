"""From how full a place is shown as filling up, and as full."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from capacity.choices import ResourceKind
from core.models import DescribedRecord
from core.models.rules import between
from facilities.models import Location, Site
from racks.models import Rack

WARN_PERCENT, CRITICAL_PERCENT = 80, 90  # of what is usable, where nothing else is recorded
PERCENT_MAX = 1000
PLACES = ("site", "location", "rack")


def _unset(*names: str) -> Q:
    return Q(**{f"{name}__isnull": True for name in names})


def _once(name: str, *fields: str, condition: Q) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        fields=[*fields, "resource"],
        condition=condition,
        name=f"capacity_threshold_{name}",
        violation_error_message="There are thresholds of this resource for this place already.",
    )


class Threshold(DescribedRecord):
    """Thresholds of one resource, everywhere or in a place and all below it.

    The nearest count: a rack's own, then those of its location and the locations above it, of its
    site, and those that hold everywhere.
    """

    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, null=True, blank=True, related_name="thresholds"
    )
    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, null=True, blank=True, related_name="thresholds"
    )
    rack = models.ForeignKey(
        Rack, on_delete=models.CASCADE, null=True, blank=True, related_name="thresholds"
    )
    resource = models.CharField(max_length=50, choices=ResourceKind)
    warn_percent = models.PositiveSmallIntegerField(
        "warn (%)",
        default=WARN_PERCENT,
        validators=[MinValueValidator(1), MaxValueValidator(PERCENT_MAX)],
        help_text="percent of what is usable",
    )
    critical_percent = models.PositiveSmallIntegerField(
        "critical (%)",
        default=CRITICAL_PERCENT,
        validators=[MinValueValidator(1), MaxValueValidator(PERCENT_MAX)],
        help_text="percent of what is usable",
    )

    class Meta:
        ordering = ["resource", "pk"]
        constraints = [
            models.CheckConstraint(
                name="capacity_threshold_one_place",
                condition=_unset("site", "location")
                | _unset("site", "rack")
                | _unset("location", "rack"),
                violation_error_message="Give a site, a location or a rack, or none of them.",
            ),
            _once("everywhere", condition=_unset(*PLACES)),
            *(_once(name, name, condition=Q(**{f"{name}__isnull": False})) for name in PLACES),
            models.CheckConstraint(
                name="capacity_threshold_order",
                condition=Q(critical_percent__gte=F("warn_percent")),
                violation_error_message="Critical cannot come before the warning.",
            ),
            *(
                between(
                    f"capacity_threshold_{name}",
                    name,
                    1,
                    PERCENT_MAX,
                    "This must be from 1 to 1,000 percent.",
                )
                for name in ("warn_percent", "critical_percent")
            ),
        ]

    def __str__(self) -> str:
        place = self.rack or self.location or self.site or "everywhere"
        return f"{self.get_resource_display()}, {place}"
