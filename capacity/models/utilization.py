"""How full every place is: written by the reckoning alone."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db import models

from capacity.choices import ResourceKind, Unit
from facilities.models import Location, Site, Tenant
from power.models import RedundancyGroup
from racks.models import Rack


def _loose(to: type[models.Model]) -> models.ForeignKey[models.Model | None, models.Model | None]:
    """A reference without a constraint: the reckoning removes rows of what is gone."""
    return models.ForeignKey(
        to, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
    )


class Utilization(models.Model):
    """One resource of one place. An unknown figure is null, never 0.

    The place is `object_type` and `object_id`; the references tell where it is: of a rack its site,
    location and itself, of a location its site and itself. All figures are in `unit`.

    used is what is there, reserved and planned what is to come; planned is of devices of status
    planned or staged. percent is used ÷ capacity, committed_percent counts the other two as well.
    free is what may still be added in the worst case, stranded the part of it that cannot be used
    since another resource, `binding`, is exhausted. worst is the load of the fullest power node
    (`worst_node`) after the single failure `worst_cause`, worst_percent that of what it may carry.
    unknown counts what should add to `used` but has no figure. full_on and full_earliest
    follow from the daily figures every night, of all places but racks; null where that is more than
    two years away or cannot be told.
    """

    object_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    object_id = models.PositiveBigIntegerField()
    rack = _loose(Rack)
    location = _loose(Location)
    site = _loose(Site)
    tenant = _loose(Tenant)
    redundancy_group = _loose(RedundancyGroup)
    resource = models.CharField(max_length=50, choices=ResourceKind)
    variant = models.CharField(
        max_length=50, blank=True, help_text="speed of ports, connector of outlets"
    )
    unit = models.CharField(max_length=50, choices=Unit)
    capacity = models.FloatField(null=True)
    used = models.FloatField(null=True)
    reserved = models.FloatField(null=True)
    planned = models.FloatField(null=True)
    free = models.FloatField(null=True)
    percent = models.FloatField("used (%)", null=True)
    committed_percent = models.FloatField("committed (%)", null=True)
    measured = models.FloatField(null=True)
    worst = models.FloatField("worst case", null=True)
    worst_percent = models.FloatField("worst case (%)", null=True)
    worst_node = models.CharField(max_length=50, blank=True)
    worst_cause = models.CharField(max_length=50, blank=True)
    longest_run = models.FloatField(null=True)
    stranded = models.FloatField(null=True)
    binding = models.CharField(max_length=50, null=True, choices=ResourceKind)
    unknown = models.PositiveIntegerField(default=0)
    full_on = models.DateField(
        "full on", null=True, blank=True, help_text="when it will be full, by last night's forecast"
    )
    full_earliest = models.DateField(
        "full at the earliest", null=True, blank=True, help_text="the early end of that forecast"
    )
    updated = models.DateTimeField(help_text="when a figure last changed")

    class Meta:
        ordering = ["object_type", "object_id", "resource", "variant"]
        verbose_name = "utilization"
        verbose_name_plural = "utilization"
        constraints = [
            models.UniqueConstraint(
                fields=["object_type", "object_id", "resource", "variant"],
                name="capacity_utilization_place",
            )
        ]
        indexes = [
            models.Index(fields=["updated", "id"], name="capacity_utilization_updated"),
            models.Index(
                fields=["object_type", "resource", "committed_percent"],
                name="capacity_utilization_full",
            ),
            models.Index(
                fields=["full_on", "id"],
                name="capacity_utilization_first",
                condition=models.Q(full_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_resource_display()} of {self.object_type} {self.object_id}"


class UtilizationSnapshot(models.Model):
    """A day's figures of one row of utilization, for trends."""

    utilization = models.ForeignKey(
        Utilization, on_delete=models.DO_NOTHING, related_name="snapshots", db_index=False
    )
    day = models.DateField()
    capacity = models.FloatField(null=True)
    used = models.FloatField(null=True)
    committed = models.FloatField(null=True, help_text="used, reserved and planned")
    worst_percent = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["utilization", "day"], name="capacity_utilizationsnapshot_day"
            )
        ]
        indexes = [models.Index(fields=["day"], name="capacity_snapshot_day")]

    def __str__(self) -> str:
        return f"{self.utilization_id} on {self.day}"


class Stale(models.Model):
    """What is to be reckoned again, kept here so that no restart loses it."""

    class Scope(models.TextChoices):
        """What `object_id` is of."""

        RACK = "rack", "Space, weight and ports of a rack"
        SITE = "site", "Power and cooling of a site"
        TENANT = "tenant", "What a tenant has"

    scope = models.CharField(max_length=10, choices=Scope)
    object_id = models.PositiveBigIntegerField()
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "object_id"], name="capacity_stale_once")
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.object_id} since {self.since}"
