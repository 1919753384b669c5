"""Change history and its readers."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from core.models.users import User


def _loose(to: type[models.Model]) -> models.ForeignKey[models.Model | None, models.Model | None]:
    """A reference that outlives what it points to."""
    return models.ForeignKey(
        to,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
    )


class ObjectChange(models.Model):
    """One write of one row, recorded by the database in the same transaction.

    The table has a partition for each month of `time`. `before` and `after` hold the row's columns
    without those that are null, derived or secret. Its other columns are `transaction`, the
    transaction that wrote it.
    """

    class Action(models.TextChoices):
        """What was done."""

        CREATE = "create", "Created"
        UPDATE = "update", "Updated"
        DELETE = "delete", "Deleted"

    time = models.DateTimeField(editable=False)
    user = _loose(User)
    user_name = models.CharField(max_length=150, editable=False)
    request_id = models.UUIDField(null=True, editable=False, verbose_name="request ID")
    action = models.CharField(max_length=10, choices=Action, editable=False)
    changed_object_type = _loose(ContentType)
    changed_object_id = models.PositiveBigIntegerField(verbose_name="object ID")
    related_object_type = _loose(ContentType)
    related_object_id = models.PositiveBigIntegerField(null=True, editable=False)
    object_repr = models.CharField(max_length=200, editable=False, verbose_name="object")
    message = models.CharField(max_length=200, editable=False)
    before = models.JSONField(null=True, editable=False)
    after = models.JSONField(null=True, editable=False)

    class Meta:
        verbose_name = "change"
        ordering = ["-time", "-id"]
        # Rising, so that new rows go to an index's end, which costs least; lists read it backwards.
        indexes = [
            models.Index(fields=["time", "id"], name="core_change_newest"),
            models.Index(
                fields=["changed_object_type", "changed_object_id"], name="core_change_object"
            ),
            models.Index(
                fields=["related_object_type", "related_object_id"],
                name="core_change_related",
                condition=Q(related_object_id__isnull=False),
            ),
            models.Index(fields=["request_id"], name="core_change_request"),
            models.Index(fields=["user", "time"], name="core_change_user"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.object_repr}"


class OutboxReader(models.Model):
    """How far a named reader of the history has come; see `core.outbox`."""

    name = models.CharField(max_length=100, unique=True)
    position = models.BigIntegerField(default=0, help_text="id of the last change it has done")
    settled = models.BigIntegerField(default=0, help_text="changes up to this id are complete")
    fence = models.BigIntegerField(default=0, help_text="id up to which the transaction may be")
    fence_transaction = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
