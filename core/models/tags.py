"""Tags and what carries them."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from core.models.base import COLOR_DEFAULT, Record
from core.validators import COLOR


class Tag(Record):
    """A label that any tagged record may carry."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True, allow_unicode=True)
    color = models.CharField(max_length=6, default=COLOR_DEFAULT, validators=[COLOR])
    description = models.CharField(max_length=200, blank=True)
    weight = models.PositiveSmallIntegerField(default=1000)
    object_types = models.ManyToManyField(
        ContentType,
        related_name="+",
        blank=True,
        help_text="Object types this tag may be given to; none means all.",
    )

    class Meta:
        ordering = ["weight", "name"]


class TaggedItem(models.Model):
    """One tag on one row."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="items")
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    content_object = GenericForeignKey("content_type", "object_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "tag"], name="core_taggeditem_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tag} on {self.content_type} {self.object_id}"
