"""Abstract bases of every record, and the columns they share."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models

COLOR_DEFAULT = "9e9e9e"


_LOWER = "lower(%(expressions)s)"
_STEM = f"rtrim({_LOWER}, '0123456789')"
_PADDED = rf"regexp_replace({_LOWER}, '([0-9]+)', '0000000000\1', 'g')"


class NaturalKey(models.Func):
    """Sort key under which `Ethernet2` comes before `Ethernet10`.

    Every run of digits is left-padded to ten places, or cut to its last ten. It is plain SQL
    because PostgreSQL may be built without ICU, so no numeric collation can be relied on. Ports
    mostly have their digits at the end, where it takes a third without replacing by regular
    expressions. The expression must have no parameters, since it is repeated.
    """

    template = (
        f"CASE WHEN {_LOWER} ~ '[0-9][^0-9]'"
        rf" THEN regexp_replace({_PADDED}, '[0-9]*([0-9]{{10}})', '\1', 'g')"
        f" WHEN {_STEM} = {_LOWER} THEN {_LOWER}"
        f" ELSE {_STEM} || right('0000000000' || substr({_LOWER}, length({_STEM}) + 1), 10) END"
    )
    output_field = models.TextField()


def natural_key(column: str = "name") -> models.GeneratedField:
    """A stored generated column that sorts `column` naturally; name it `<column>_natural`."""
    return models.GeneratedField(
        expression=NaturalKey(models.F(column)),
        output_field=models.TextField(),
        db_persist=True,
    )


class Record(models.Model):
    """What every resource's table has: times, custom data and tags."""

    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)
    custom_field_data = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(getattr(self, "name", None) or f"{self._meta.verbose_name} {self.pk}")


class TaggedRecord(Record):
    """A record that may carry tags, and that people keep a journal of."""

    tags = GenericRelation("core.TaggedItem", related_query_name="+")
    journal_entries = GenericRelation(
        "core.JournalEntry",
        content_type_field="assigned_object_type",
        object_id_field="assigned_object_id",
        related_query_name="+",
    )

    class Meta:
        abstract = True


class DescribedRecord(TaggedRecord):
    """A tagged record with a short description, free comments and pictures."""

    description = models.CharField(max_length=200, blank=True)
    comments = models.TextField(blank=True)
    images = GenericRelation(
        "core.ImageAttachment",
        content_type_field="object_type",
        object_id_field="object_id",
        related_query_name="+",
    )

    class Meta:
        abstract = True


class OrganizationalRecord(DescribedRecord):
    """A described record that is known by a unique name and slug."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)

    class Meta:
        abstract = True
        ordering = ["name"]
