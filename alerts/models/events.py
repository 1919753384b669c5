"""Which changes of records are told to whom."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models

from core.models.base import TaggedRecord

MAX_ID = 2**63 - 1


class Webhook(TaggedRecord):
    """A request that is sent to another system."""

    class Method(models.TextChoices):
        """How it is sent."""

        GET = "GET", "GET"
        POST = "POST", "POST"
        PUT = "PUT", "PUT"
        PATCH = "PATCH", "PATCH"
        DELETE = "DELETE", "DELETE"

    name = models.CharField(max_length=150, unique=True)
    description = models.CharField(max_length=200, blank=True)
    payload_url = models.CharField(
        max_length=500,
        verbose_name="address",
        help_text="http or https; a template, such as https://example.com/{{ data.name }}.",
    )
    http_method = models.CharField(
        max_length=30, choices=Method, default=Method.POST, verbose_name="HTTP method"
    )
    http_content_type = models.CharField(
        max_length=100, default="application/json", verbose_name="content type"
    )
    additional_headers = models.TextField(
        blank=True, help_text="Lines of Name: value; a template like the body."
    )
    body_template = models.TextField(
        blank=True,
        help_text="Template of the body over event, timestamp, model, username, request_id, data"
        " and snapshots; empty sends these as JSON.",
    )
    secret = models.CharField(
        max_length=255,
        blank=True,
        help_text="Signs the body: the header X-Hook-Signature has its HMAC-SHA512, in hex.",
    )
    ssl_verification = models.BooleanField(
        default=True, verbose_name="check certificates", help_text="Leave it on."
    )
    ca_file_path = models.CharField(
        max_length=4096,
        null=True,
        blank=True,
        verbose_name="CA file",
        help_text="File on the server with the certificates to trust instead of the usual ones.",
    )

    class Meta:
        ordering = ["name"]


class EventTask(TaggedRecord):
    """Something that Headroom runs itself when an event rule says so."""

    name = models.CharField(max_length=150, unique=True)
    description = models.CharField(max_length=200, blank=True)
    function = models.CharField(
        max_length=200,
        help_text="check-integrity, recompute-capacity, or one that EVENT_TASKS names.",
    )
    arguments = models.JSONField(
        default=dict, blank=True, help_text="An object that the function gets besides the event."
    )

    class Meta:
        ordering = ["name"]


class EventRule(TaggedRecord):
    """Calls a webhook or runs a task when records of some kinds are created, changed or deleted."""

    class Event(models.TextChoices):
        """What happened."""

        CREATED = "object_created", "Object created"
        UPDATED = "object_updated", "Object updated"
        DELETED = "object_deleted", "Object deleted"

    class Action(models.TextChoices):
        """What is done: a request is sent, or a task is run; notifications are NetBox's."""

        WEBHOOK = "webhook", "Webhook"
        SCRIPT = "script", "Script"
        NOTIFICATION = "notification", "Notification"

    object_types = models.ManyToManyField(ContentType, related_name="+")
    name = models.CharField(max_length=150, unique=True)
    description = models.CharField(max_length=200, blank=True)
    enabled = models.BooleanField(default=True)
    event_types = ArrayField(models.CharField(max_length=50, choices=Event))
    conditions = models.JSONField(
        null=True,
        blank=True,
        help_text="Only where these hold, on the record as REST shows it and on before and after:"
        ' {"and": [{"attr": "status.value", "value": "failed"},'
        ' {"attr": "before.status", "value": "failed", "negate": true}]}.',
    )
    action_type = models.CharField(max_length=30, choices=Action, default=Action.WEBHOOK)
    action_object_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, related_name="+", verbose_name="what is called"
    )
    action_object_id = models.PositiveBigIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MAX_ID)], verbose_name="its id"
    )
    action_object = GenericForeignKey("action_object_type", "action_object_id")

    class Meta:
        ordering = ["name"]
        indexes = [
            models.Index(
                fields=["action_object_type", "action_object_id"], name="alerts_eventrule_calls"
            )
        ]
