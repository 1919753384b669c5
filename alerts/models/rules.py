"""What is watched, and where it stands."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from alerts.engine.stepping import Comparison
from core.models import DescribedRecord, Tag, User
from facilities.models import Location, Site, Tenant

MAX_HOLD = 30 * 24 * 3600


class Severity(models.TextChoices):
    """How bad it is, the least first."""

    INFO = "info", "Info"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"


class Compare(models.TextChoices):
    """How a figure is held against the threshold."""

    GT = Comparison.GT.value, "is over"
    GTE = Comparison.GTE.value, "reaches"
    LT = Comparison.LT.value, "is under"
    LTE = Comparison.LTE.value, "falls to"


class Rule(DescribedRecord):
    """A limit on a figure, for the objects of a scope."""

    name = models.CharField(max_length=150, unique=True)
    enabled = models.BooleanField(default=True)
    metric = models.CharField(
        max_length=100, help_text="The figure, such as rack.space.percent.", verbose_name="figure"
    )
    comparison = models.CharField(max_length=10, choices=Compare, default=Compare.GTE)
    threshold = models.FloatField()
    clear_threshold = models.FloatField(
        null=True,
        blank=True,
        help_text="An alert clears where the figure is back beyond this one; empty: the threshold.",
    )
    hold_seconds = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(MAX_HOLD)],
        verbose_name="hold time",
        help_text="Seconds for which the figure must be beyond the threshold.",
    )
    severity = models.CharField(max_length=20, choices=Severity, default=Severity.WARNING)
    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, null=True, blank=True, related_name="alert_rules"
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="alert_rules",
        help_text="With all that lies in it.",
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="alert_rules"
    )
    role = models.CharField(
        max_length=100, blank=True, help_text="Slug of the role that the objects have."
    )
    object_tag = models.ForeignKey(
        Tag,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="alert_rules",
        verbose_name="tag",
        help_text="Only objects that carry it.",
    )
    object_filter = models.CharField(
        max_length=1000,
        blank=True,
        verbose_name="filter",
        help_text="Filters of the objects' list as in its address: status=active&u_height__gte=42.",
    )
    message = models.TextField(
        blank=True,
        max_length=2000,
        help_text="Template over object, value, unit, threshold, severity, rule, site, location,"
        " tenant; empty for the usual sentence.",
    )
    runbook = models.URLField(
        max_length=500, blank=True, help_text="Where it says what is to be done."
    )

    class Meta:
        ordering = ["name"]
        verbose_name = "alert rule"


class Pending(models.Model):
    """A breach that waits out its rule's hold time."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    since = models.DateTimeField()
    due = models.DateTimeField(help_text="when the hold time is over")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["rule", "object_id"], name="alerts_pending_once")
        ]
        indexes = [models.Index(fields=["due"], name="alerts_pending_due")]

    def __str__(self) -> str:
        return f"pending {self.pk}"


class Due(models.Model):
    """That a figure is to be looked at again; a row for each reason, so none waits for another."""

    metric = models.CharField(max_length=100, db_index=True)
    since = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.metric


class Seen(models.Model):
    """Up to when something that changes by itself was looked at."""

    name = models.CharField(max_length=50, unique=True)
    until = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """That a rule's limit is passed at an object, from then until it is no more."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="alerts")
    severity = models.CharField(max_length=20, choices=Severity)
    object_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    object_repr = models.CharField(max_length=200, verbose_name="name of the object")
    site = models.ForeignKey(
        Site, on_delete=models.SET_NULL, null=True, related_name="alerts", help_text="where it is"
    )
    location = models.ForeignKey(
        Location, on_delete=models.SET_NULL, null=True, related_name="alerts"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.SET_NULL, null=True, related_name="alerts")
    metric = models.CharField(max_length=100, verbose_name="figure")
    value = models.FloatField(null=True, help_text="the last one known")
    threshold = models.FloatField()
    unit = models.CharField(max_length=20, blank=True)
    message = models.TextField(blank=True)
    labels = models.JSONField(default=dict, help_text="what silences and routes match")
    started = models.DateTimeField(help_text="when the limit was passed")
    created = models.DateTimeField(help_text="when the hold time was over")
    updated = models.DateTimeField()
    acknowledged = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True)
    assignee = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="assigned_alerts"
    )
    resolved = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "object_type", "object_id"],
                condition=Q(resolved__isnull=True),
                name="alerts_alert_one_open",
                violation_error_message="There is an open alert of this rule at this object.",
            ),
            models.CheckConstraint(
                name="alerts_alert_order",
                condition=Q(created__gte=F("started"))
                & (Q(resolved__isnull=True) | Q(resolved__gte=F("started"))),
            ),
        ]
        indexes = [
            models.Index(fields=["-created", "id"], name="alerts_alert_newest"),
            models.Index(
                fields=["severity", "started"],
                name="alerts_alert_open",
                condition=Q(resolved__isnull=True),
            ),
            models.Index(fields=["object_type", "object_id"], name="alerts_alert_object"),
            models.Index(fields=["resolved"], name="alerts_alert_resolved"),
        ]

    def __str__(self) -> str:
        return f"{self.object_repr}: {self.rule_id}"


class AlertEvent(models.Model):
    """What happened to an alert, in order."""

    class Kind(models.TextChoices):
        """What happened."""

        FIRED = "fired", "Fired"
        SEVERITY = "severity", "Severity changed"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        REOPENED = "reopened", "Acknowledgement withdrawn"
        ASSIGNED = "assigned", "Assigned"
        SILENCED = "silenced", "Silenced"
        NOTIFIED = "notified", "Notified"
        ESCALATED = "escalated", "Escalated"
        RESOLVED = "resolved", "Resolved"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="events")
    object_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    time = models.DateTimeField()
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.CharField(max_length=600, blank=True)

    class Meta:
        ordering = ["time", "pk"]
        indexes = [
            models.Index(fields=["time", "id"], name="alerts_alertevent_order"),
            models.Index(fields=["object_type", "object_id"], name="alerts_alertevent_object"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.time:%Y-%m-%d %H:%M}"
