"""What people attach to records of any kind: journal entries and pictures."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from core.models.base import Record, TaggedRecord
from core.models.users import User


class JournalKind(models.TextChoices):
    """What an entry is about, at a glance."""

    INFO = "info", "Info"
    SUCCESS = "success", "Success"
    WARNING = "warning", "Warning"
    DANGER = "danger", "Danger"


class JournalEntry(TaggedRecord):
    """What somebody noted about a record."""

    assigned_object_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, related_name="+"
    )
    assigned_object_id = models.PositiveBigIntegerField()
    assigned_object = GenericForeignKey("assigned_object_type", "assigned_object_id")
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=30, choices=JournalKind, default=JournalKind.INFO)
    comments = models.TextField()

    class Meta:
        ordering = ["-created", "-pk"]
        verbose_name_plural = "journal entries"
        indexes = [
            models.Index(
                fields=["assigned_object_type", "assigned_object_id", "-created"],
                name="core_journalentry_of",
            ),
            models.Index(fields=["-created", "-id"], name="core_journalentry_order"),
        ]

    def __str__(self) -> str:
        return f"{self.created:%Y-%m-%d %H:%M} ({self.get_kind_display()})"


class ImageAttachment(Record):
    """A picture of a record."""

    object_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    parent = GenericForeignKey("object_type", "object_id")
    name = models.CharField(max_length=50, blank=True)
    image = models.ImageField(
        upload_to="image-attachments/", height_field="image_height", width_field="image_width"
    )
    image_height = models.PositiveIntegerField(help_text="In pixels.")
    image_width = models.PositiveIntegerField(help_text="In pixels.")
    image_size = models.PositiveIntegerField(default=0, help_text="In bytes.")
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="core_imageattachment_of"),
            models.Index(fields=["name", "id"], name="core_imageattachment_order"),
        ]

    def __str__(self) -> str:
        return self.name or f"picture {self.pk}"
