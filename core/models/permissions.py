"""Who may do what: rows that permit actions on object types, for all rows or some."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.models.users import Group, User
from core.validators import action_name


class ObjectPermission(models.Model):
    """Permits `actions` on rows of `object_types` to users and groups.

    `constraints` narrow the rows: a dict of lookups that must all hold, or a list of dicts of
    which one must. Null means every row. `$user` stands for the id of who asks.
    """

    name = models.CharField(max_length=100)
    description = models.CharField(max_length=200, blank=True)
    enabled = models.BooleanField(default=True)
    object_types = models.ManyToManyField(ContentType, related_name="+")
    actions = ArrayField(models.CharField(max_length=30, validators=[action_name]))
    constraints = models.JSONField(null=True, blank=True)
    users = models.ManyToManyField(User, related_name="object_permissions", blank=True)
    groups = models.ManyToManyField(Group, related_name="object_permissions", blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = "permission"

    def __str__(self) -> str:
        return self.name
