"""Tags and what carries them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from rest_framework import serializers

from core import access, filters, registry
from core.fields import Ref, Refs, Scalar
from core.gather import Lookup, Steps
from core.models import Tag, TaggedItem
from core.read import Cells, Columns
from core.resource import HEAD, Resource
from core.resources.fields import type_id_filters
from core.serializers import ObjectTypeField
from core.special_fields import Count, GenericObject, ObjectType, object_type_filters


class ObjectTypes(Refs):
    """A list of object types by their wire names."""

    def bind_read(self, columns: Columns) -> Any:
        index = columns.index("pk")
        model, source = self.resource.model, self.source

        lookup = Lookup(
            lambda given, user: (
                model._default_manager.filter(given("pk"), **{f"{source}__isnull": False})
                .order_by()
                .values_list("pk", source)
            )
        )

        def bind(cells: Cells, context: Any) -> Steps:
            pairs = yield lookup.fetch(cells[index], context.user)
            names: dict[int, set[str]] = defaultdict(set)
            for owner, kind in pairs:
                resource = registry.of_content_type(kind)
                if resource:
                    names[owner].add(resource.object_type)
            return [sorted(names.get(owner, ())) for owner in cells[index]]

        return bind

    def write_field(self) -> Any:
        return serializers.ListField(child=ObjectTypeField(), required=False)

    def filters(self) -> filters.Filters:
        found = object_type_filters(self.name, self.source)
        model = self.resource.model
        return filters.related_filter(lambda: model._default_manager.all(), "pk", found)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}

    write_schema = schema


@registry.register
class TagResource(Resource):
    """Labels."""

    model = Tag
    path = "extras/tags"
    fields = [
        *HEAD,
        "name",
        "slug",
        "color",
        "description",
        "weight",
        ObjectTypes("object_types"),
        Count("tagged_items", "items"),
        "created",
        "last_updated",
    ]
    brief = ["id", "url", "display", "name", "slug", "color", "description"]
    search = {"name": 10, "slug": 20, "description": 50}
    table = ["name", "color", "tagged_items", "description"]
    form = {"Tag": ["name", "slug", "color", "description", "weight", "object_types"]}
    menu = "Customisation"
    icon = "tag"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By what may carry the tag and by what does carry it."""
        for_type = filters.ParameterFilter(
            lambda value: Q(object_types=value) | Q(object_types__isnull=True),
            filters.parse_number,
            schema={"type": "integer"},
        )
        carried: filters.Filters = {}
        for name, made in object_type_filters("content_type", "content_type").items():
            if not name.endswith("__n"):
                carried[name] = made
        carried["content_type_id"] = filters.ParameterFilter(
            lambda value: Q(content_type=value),
            filters.parse_number,
            schema={"type": "integer"},
        )
        items = filters.related_filter(lambda: TaggedItem.objects.all(), "tag", carried)
        return [
            items,
            {"for_object_type_id": for_type},
            filters.absent_filters("owner"),
            filters.absent_filters("owner_group"),
        ]


@registry.register
class TaggedItemResource(Resource):
    """Which row carries which tag."""

    model = TaggedItem
    path = "extras/tagged-objects"
    history = False  # it is a change of what carries the tag
    fields = [
        "id",
        "url",
        "display",
        ObjectType("object_type", "content_type", read_only=True),
        Scalar("object_id", read_only=True),
        GenericObject("object", "content_type", "object_id"),
        Ref("tag", read_only=True),
    ]
    brief = ["id", "url", "display", "object_type", "object_id", "object", "tag"]
    search = {"tag__name": 10}
    display_columns = ["tag__name"]
    ordering = ["pk"]
    methods = ["get"]

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By the content type's id."""
        return [type_id_filters("object_type_id", "content_type")]


access.tie(TaggedItem, "content_type", "object_id", lambda target: target.has_field("tags"))
