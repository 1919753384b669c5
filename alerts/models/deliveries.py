"""What was sent to whom, and what came of it."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from alerts.models.events import EventRule, Webhook


class Delivery(models.Model):
    """One request to another system, with its attempts.

    The row is written in the transaction in which its change is taken from the outbox, so no
    change is lost and none gives two rows. A process claims the row before it sends.
    """

    class Status(models.TextChoices):
        """How far it is."""

        PENDING = "pending", "Pending"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event_rule = models.ForeignKey(
        EventRule, on_delete=models.SET_NULL, null=True, related_name="deliveries"
    )
    change_id = models.BigIntegerField(null=True, editable=False, help_text="what it tells of")
    replay_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="replays"
    )
    event = models.CharField(max_length=50)
    object_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    object_repr = models.CharField(max_length=200, verbose_name="object")
    url_sent = models.CharField(max_length=2000, verbose_name="address")
    method = models.CharField(max_length=10)
    headers = models.JSONField(default=dict)
    body = models.TextField()
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created = models.DateTimeField()
    due = models.DateTimeField(null=True, help_text="when it is tried next")
    claimed = models.DateTimeField(null=True, verbose_name="last tried")
    completed = models.DateTimeField(null=True)
    status_code = models.PositiveSmallIntegerField(null=True, verbose_name="answer")
    answer = models.TextField(blank=True, verbose_name="answer's text")
    error = models.CharField(max_length=600, blank=True)
    permanent = models.BooleanField(
        default=False, help_text="Another attempt would fail the same way."
    )
    milliseconds = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["-created", "pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["event_rule", "change_id"],
                condition=Q(replay_of__isnull=True),
                name="alerts_delivery_once",
            ),
            models.CheckConstraint(
                name="alerts_delivery_due",
                condition=~Q(status="pending") | Q(due__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-created", "id"], name="alerts_delivery_newest"),
            models.Index(
                fields=["due"],
                name="alerts_delivery_open",
                condition=Q(status__in=["pending", "running"]),
            ),
            models.Index(fields=["object_type", "object_id"], name="alerts_delivery_object"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"
