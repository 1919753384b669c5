"""Work that runs in the background."""

from __future__ import annotations

import uuid

from django.contrib.contenttypes.models import ContentType
from django.db import models

from core.models.users import User


class Job(models.Model):
    """One piece of background work: state, progress, log, result."""

    class Status(models.TextChoices):
        """Where a job stands."""

        PENDING = "pending", "Pending"
        SCHEDULED = "scheduled", "Scheduled"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        ERRORED = "errored", "Errored"
        FAILED = "failed", "Failed"

    class Notifications(models.TextChoices):
        """When the owner wants to hear of it."""

        ALWAYS = "always", "Always"
        ON_FAILURE = "on_failure", "On failure"
        NEVER = "never", "Never"

    object_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    object_id = models.PositiveBigIntegerField(null=True, blank=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=100, editable=False)
    arguments = models.JSONField(default=dict, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    scheduled = models.DateTimeField(null=True, blank=True)
    interval = models.PositiveIntegerField(null=True, blank=True, help_text="minutes")
    started = models.DateTimeField(null=True, blank=True)
    completed = models.DateTimeField(null=True, blank=True)
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs"
    )
    status = models.CharField(max_length=30, choices=Status, default=Status.PENDING)
    data = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    job_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    queue_name = models.CharField(max_length=100, blank=True, default="default")
    notifications = models.CharField(
        max_length=20, choices=Notifications, default=Notifications.ALWAYS
    )
    log_entries = models.JSONField(default=list, blank=True)
    progress = models.PositiveIntegerField(default=0, help_text="items done")
    total = models.PositiveIntegerField(null=True, blank=True, help_text="items in all")
    cancel_requested = models.BooleanField(default=False)
    result_file = models.FileField(upload_to="jobs/%Y/%m/", null=True, blank=True)

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [
            models.Index(fields=["-created", "-id"], name="core_job_newest"),
            models.Index(
                fields=["user"],
                name="core_job_open_of_user",
                condition=models.Q(status__in=("pending", "scheduled", "running")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
