"""What people attach to records of any kind: journal entries and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from core import access, filters, registry
from core.fields import RefId, Scalar
from core.images import UploadedImage
from core.models import ImageAttachment, JournalEntry, User
from core.resource import HEAD, TAIL, Resource
from core.resources.fields import type_id_filters
from core.special_fields import GenericObject


def require_target(kind: Any, pk: int | None, relation: str, field: str) -> None:
    """Raise ValidationError unless the writer sees the row and its kind has `relation`."""
    resource = registry.of_content_type(kind.pk)
    if resource is None or not hasattr(resource.model, relation):
        raise ValidationError({f"{field}_type": "Objects of this type take none."})
    rows = resource.model._default_manager.filter(pk=pk)
    if not access.restrict(rows, access.writer.get()).exists():
        raise ValidationError({f"{field}_id": f"There is no {resource.name} {pk}."})


@registry.register
class JournalEntryResource(Resource):
    """What people noted about records."""

    model = JournalEntry
    path = "extras/journal-entries"
    fields = [
        *HEAD,
        "assigned_object_type",
        "assigned_object_id",
        GenericObject("assigned_object", "assigned_object_type", "assigned_object_id"),
        Scalar("created", read_only=True),
        RefId("created_by", key="username"),
        "kind",
        "comments",
        *TAIL[:2],
        "last_updated",
    ]
    brief = ["id", "url", "display", "created"]
    unfiltered = ["comments", "created"]
    search = {"comments": 10}
    display_columns = ["created", "kind"]
    table = ["created", "assigned_object", "created_by", "kind", "comments"]
    form = {
        "Journal entry": ["assigned_object_type", "assigned_object_id", "kind", "comments", "tags"]
    }
    menu = "Organisation"
    icon = "notebook-pen"

    def display(self, *values: Any) -> str:
        """When it was made, and of which kind."""
        created, kind = values
        return f"{created:%Y-%m-%d %H:%M} ({str(kind).title()})"

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """The writer is the author, whom only superusers may name; and sees what it is about."""
        user = access.writer.get()
        if isinstance(user, User) and not user.is_superuser:
            known = JournalEntry.objects.filter(pk=instance.pk).values_list("created_by", flat=True)
            instance.created_by_id = user.pk if creating else known.get()
        elif creating and instance.created_by is None:
            instance.created_by = user if isinstance(user, User) else None
        kind, pk = instance.assigned_object_type, instance.assigned_object_id
        require_target(kind, pk, "journal_entries", "assigned_object")

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By type's id; times have fewer lookups here than elsewhere."""
        return [
            type_id_filters("assigned_object_type_id", "assigned_object_type"),
            filters.time_filters("created", "created", lookups=()),
        ]


@registry.register
class ImageAttachmentResource(Resource):
    """Pictures of records."""

    model = ImageAttachment
    path = "extras/image-attachments"
    fields = [
        "id",
        "url",
        "display",
        "object_type",
        "object_id",
        GenericObject("parent", "object_type", "object_id"),
        "name",
        "image",
        "description",
        Scalar("image_height", read_only=True),
        Scalar("image_width", read_only=True),
        Scalar("image_size", read_only=True),
        *TAIL[-2:],
    ]
    brief = ["id", "url", "display", "name", "image", "description"]
    unfiltered = ["image"]
    search = {"name": 10, "description": 50}
    display_columns = ["name", "pk"]
    table = ["name", "parent", "image_width", "image_height", "image_size", "description"]
    form = {"Picture": ["object_type", "object_id", "name", "image", "description"]}
    menu = "Organisation"
    icon = "image"

    def display(self, *values: Any) -> str:
        """Its name, or its number where it has none."""
        name, pk = values
        return str(name) if name else f"picture {pk}"

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Note the size; the writer sees what the picture is of."""
        if not instance.image:
            raise ValidationError({"image": UploadedImage.default_error_messages["address"]})
        if not instance.image._committed:
            instance.image_size = instance.image.size
        require_target(instance.object_type, instance.object_id, "images", "object")

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By the type's id."""
        return [type_id_filters("object_type_id", "object_type")]


# Only of what has them: other kinds of record would lead to still others, each with all conditions.
access.tie(
    JournalEntry,
    "assigned_object_type",
    "assigned_object_id",
    lambda target: hasattr(target.model, "journal_entries"),
)
access.tie(
    ImageAttachment, "object_type", "object_id", lambda target: hasattr(target.model, "images")
)
