"""Who is told, by what, when, and what of it came through."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from alerts.models.rules import Alert, Severity
from core.models import DescribedRecord, User
from facilities.models import Location, Site, Tenant
from facilities.validators import time_zone

DAY = 24 * 60


def every_severity() -> list[str]:
    """All of them."""
    return list(Severity.values)


def every_day() -> list[int]:
    """Monday to Sunday."""
    return list(range(7))


class Weekday(models.IntegerChoices):
    """Days of the week."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class Silence(DescribedRecord):
    """A time in which alerts that match are not told; they are raised all the same."""

    matchers = models.JSONField(
        default=list,
        blank=True,
        help_text='All must hold: [{"name": "site", "op": "=", "value": "aus1"}]; ops = != =~ !~.',
    )
    starts = models.DateTimeField(verbose_name="from")
    ends = models.DateTimeField(verbose_name="until")
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        ordering = ["-ends", "pk"]
        constraints = [
            models.CheckConstraint(
                name="alerts_silence_ends",
                condition=Q(ends__gt=F("starts")),
                violation_error_message="A silence ends after it starts.",
            )
        ]
        indexes = [models.Index(fields=["-ends", "id"], name="alerts_silence_ends_index")]

    def __str__(self) -> str:
        return self.description or f"silence {self.pk}"


class Channel(DescribedRecord):
    """A way to people or to another system."""

    class Kind(models.TextChoices):
        """What carries it."""

        MAIL = "mail", "Mail"
        WEBHOOK = "webhook", "Webhook"
        APPRISE = "apprise", "Slack, Teams, PagerDuty and others"
        ALERTMANAGER = "alertmanager", "Prometheus Alertmanager"

    name = models.CharField(max_length=150, unique=True)
    enabled = models.BooleanField(default=True)
    kind = models.CharField(max_length=20, choices=Kind)
    address = models.CharField(
        max_length=2000,
        blank=True,
        help_text="Mail: addresses, with commas. Webhook and Alertmanager: http or https.",
    )
    secret = models.CharField(
        max_length=2000,
        blank=True,
        help_text="Webhook: the key that signs. Alertmanager: a bearer token. Others: the Apprise"
        " address, such as slack://… or pagerduty://…",
    )
    failing_since = models.DateTimeField(null=True, editable=False)
    error = models.CharField(max_length=600, blank=True, editable=False)
    permanent = models.BooleanField(
        default=False, editable=False, help_text="Trying again would fail the same way."
    )
    succeeded = models.DateTimeField(null=True, editable=False, verbose_name="last success")

    class Meta:
        ordering = ["name"]


class Route(DescribedRecord):
    """Which alerts are told on which channel, and how often."""

    name = models.CharField(max_length=150, unique=True)
    enabled = models.BooleanField(default=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="routes")
    severities = ArrayField(
        models.CharField(max_length=20, choices=Severity), default=every_severity
    )
    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, null=True, blank=True, related_name="alert_routes"
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="alert_routes",
        help_text="With all that lies in it.",
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="alert_routes"
    )
    matchers = models.JSONField(
        default=list, blank=True, help_text="All must hold, as those of silences."
    )
    days = ArrayField(
        models.SmallIntegerField(choices=Weekday),
        default=every_day,
        help_text="Outside of them alerts wait.",
    )
    begins = models.TimeField(
        null=True, blank=True, verbose_name="from", help_text="Time of day; empty: the whole day."
    )
    ends = models.TimeField(null=True, blank=True, verbose_name="until")
    time_zone = models.CharField(max_length=63, default="UTC", validators=[time_zone])
    group_seconds = models.PositiveIntegerField(
        default=30,
        validators=[MaxValueValidator(24 * 3600)],
        verbose_name="grouping window",
        help_text="Seconds for which alerts are gathered into one message.",
    )
    repeat_minutes = models.PositiveIntegerField(
        default=4 * 60,
        validators=[MaxValueValidator(366 * DAY)],
        verbose_name="repeat interval",
        help_text="Minutes until an alert that nobody acknowledged is told again; 0: never.",
    )
    send_resolved = models.BooleanField(default=True, help_text="Also tell when it is over.")
    escalate_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(366 * DAY)],
        verbose_name="escalates after",
        help_text="Minutes without an acknowledgement after the alert was told.",
    )
    escalation_channel = models.ForeignKey(
        Channel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="escalated_routes",
        help_text="Who is told then.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="alerts_route_escalation",
                condition=Q(escalate_minutes__isnull=True, escalation_channel__isnull=True)
                | Q(escalate_minutes__isnull=False, escalation_channel__isnull=False),
                violation_error_message="Escalation needs both a time and a channel.",
            )
        ]


class Notification(models.Model):
    """One message on one channel, about some alerts.

    It is written in the transaction that notes which alerts it tells of, so none is told twice
    and none is forgotten. A process claims it before it sends.
    """

    class Status(models.TextChoices):
        """How far it is."""

        QUEUED = "queued", "Queued"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="notifications")
    route = models.ForeignKey(
        Route, on_delete=models.SET_NULL, null=True, related_name="notifications"
    )
    escalation = models.BooleanField(default=False)
    title = models.CharField(max_length=300)
    firing = ArrayField(models.BigIntegerField(), default=list)
    resolved = ArrayField(models.BigIntegerField(), default=list)
    status = models.CharField(max_length=20, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created = models.DateTimeField()
    due = models.DateTimeField(null=True, help_text="when it is tried next")
    claimed = models.DateTimeField(null=True, verbose_name="last tried")
    completed = models.DateTimeField(null=True)
    error = models.CharField(max_length=600, blank=True)
    permanent = models.BooleanField(
        default=False, help_text="Another attempt would fail the same way."
    )

    class Meta:
        ordering = ["-created", "pk"]
        constraints = [
            models.CheckConstraint(
                name="alerts_notification_due",
                condition=~Q(status="queued") | Q(due__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["-created", "id"], name="alerts_notification_newest"),
            models.Index(
                fields=["due"],
                name="alerts_notification_open",
                condition=Q(status__in=["queued", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Told(models.Model):
    """What a route has told of an alert."""

    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="+")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="+")
    fired = models.DateTimeField(help_text="when it was last told that it fires")
    first = models.DateTimeField(help_text="when it was first told")
    severity = models.CharField(max_length=20, choices=Severity)
    escalated = models.DateTimeField(null=True)
    over = models.BooleanField(default=False, help_text="nothing is left to tell")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["route", "alert"], name="alerts_told_once")]
        indexes = [
            models.Index(
                fields=["route", "fired"], name="alerts_told_open", condition=Q(over=False)
            )
        ]

    def __str__(self) -> str:
        return f"told {self.pk}"
