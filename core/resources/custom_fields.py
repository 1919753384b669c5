"""Custom fields and the choices they are made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import filters, registry
from core.api import ResourceView, page_bounds
from core.custom_fields import definitions, rules, service
from core.custom_fields.choices import BASES, Choices
from core.fields import Absent, Choice, Ref, Scalar
from core.models import CustomField, CustomFieldChoiceSet
from core.resource import HEAD, Action, Resource
from core.resources.fields import type_id_filters, type_text_filters
from core.resources.tags import ObjectTypes
from core.rest import base_url
from core.serializers import ObjectTypeField
from core.special_fields import Computed, ObjectType

DATA_TYPES = {
    "integer": "integer",
    "decimal": "number",
    "boolean": "boolean",
    "json": "object",
    "object": "object",
    "multiselect": "array",
    "multiobject": "array",
}


class _Types(ObjectTypes):
    """Object types that must be given; forms offer those whose rows can have custom fields."""

    feature = "custom_fields"

    def write_field(self) -> Any:
        return serializers.ListField(child=ObjectTypeField(), allow_empty=False)

    def filters(self) -> filters.Filters:
        return {}


class ChoicePairs(Scalar):
    """Pairs of value and label."""

    def write_field(self) -> Any:
        pair = serializers.ListField(
            child=serializers.CharField(max_length=100), min_length=2, max_length=2
        )
        return serializers.ListField(child=pair, max_length=10_000)

    def filters(self) -> filters.Filters:
        return {}

    def schema(self) -> dict[str, Any]:
        pair = {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}
        return {"type": "array", "items": pair}


class ChoicesView(ResourceView):
    """`GET` the choices of a set, a page of them, those that match `q`."""

    def get(self, request: Request, pk: int) -> Response:
        """Each choice's value as `id` and label as `display`."""
        choice_set = self.resource.queryset(self.user).filter(pk=pk).first()
        if choice_set is None:
            raise self.missing()
        text = request.query_params.get("q", "").lower()
        pairs = [
            {"id": value, "display": label}
            for value, label in service.values_of(choice_set).pairs
            if text in value.lower() or text in label.lower()
        ]
        limit, offset = page_bounds(request)
        more, before = offset + limit < len(pairs), max(0, offset - limit)
        return Response(
            {
                "count": len(pairs),
                "next": self._link(limit, offset + limit) if more else None,
                "previous": self._link(limit, before) if offset > 0 else None,
                "results": pairs[offset : offset + limit],
            }
        )

    def _link(self, limit: int, offset: int) -> str:
        query = self.request.query_params.copy()
        query["limit"], query["offset"] = str(limit), str(offset)
        return f"{base_url(self.request)}{self.request.path_info}?{query.urlencode()}"

    def describe(self, resource: Resource) -> dict[str, Any]:
        """For the OpenAPI document."""
        item = {
            "type": "object",
            "properties": {"id": {"type": "string"}, "display": {"type": "string"}},
        }
        page = {
            "type": "object",
            "properties": {
                "count": {"type": "integer"},
                "results": {"type": "array", "items": item},
            },
        }
        content = {"application/json": {"schema": page}}
        return {"responses": {"200": {"description": "", "content": content}}}


@registry.register
class CustomFieldChoiceSetResource(Resource):
    """Choices for custom fields."""

    model = CustomFieldChoiceSet
    path = "extras/custom-field-choice-sets"
    object_type = "extras.customfieldchoiceset"
    fields = [
        *HEAD,
        "name",
        "description",
        "base_choices",
        ChoicePairs("extra_choices"),
        "choice_colors",
        "order_alphabetically",
        Computed(
            "choices_count",
            columns=["base_choices", "extra_choices"],
            value=lambda base, extra: len(Choices.of(base, extra, {}).pairs),
            schema={"type": "integer"},
            label="Choices",
        ),
        Absent("owner"),
        "created",
        "last_updated",
    ]
    brief = ["id", "url", "display", "name", "description", "choices_count"]
    table = ["name", "choices_count", "base_choices", "description"]
    form = {
        "Choice set": ["name", "description"],
        "Choices": ["base_choices", "extra_choices", "order_alphabetically", "choice_colors"],
    }
    actions = [Action("<int:pk>/choices/", ChoicesView)]
    menu = "Customisation"
    icon = "list-checks"

    @property
    def name(self) -> str:
        """Shorter than the model's."""
        return "choice set"

    @property
    def plural(self) -> str:
        """Shorter than the model's."""
        return "choice sets"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By a choice, by colours, by owner."""
        return [
            {
                "choice": filters.ParameterFilter(_has_choice),
                "choice_colors": filters.ParameterFilter(
                    lambda value: Q(choice_colors__has_key=value)
                ),
            },
            filters.absent_filters("owner_group"),
        ]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Check the choices."""
        rules.check_choice_set(instance)

    def update(self, instances: list[Any], columns: Sequence[str]) -> None:
        """Store, unless a choice that is in use would go."""
        definitions.alone()
        for row in CustomFieldChoiceSet.objects.filter(pk__in=[each.pk for each in instances]):
            new = next(each for each in instances if each.pk == row.pk)
            gone = set(service.values_of(row).labels) - set(service.values_of(new).labels)
            service.check_choices(row, gone)
        super().update(instances, columns)

    def after_write(self, instances: list[Any], *, created: bool) -> None:
        """What is known of choices is not true any more."""
        definitions.forget()


def _has_choice(value: str) -> Q:
    bases = [base for base in BASES if value in dict(BASES[base]())]
    return Q(base_choices__in=bases) | Q(
        pk__in=[
            pk
            for pk, extra in CustomFieldChoiceSet.objects.values_list("pk", "extra_choices")
            if any(pair[0] == value for pair in extra)
        ]
    )


@registry.register
class CustomFieldResource(Resource):
    """Fields that rows have besides their columns."""

    model = CustomField
    path = "extras/custom-fields"
    object_type = "extras.customfield"
    fields = [
        *HEAD,
        _Types("object_types"),
        Choice("type", required=True),
        ObjectType("related_object_type"),
        Computed(
            "data_type",
            columns=["type"],
            value=lambda kind: DATA_TYPES.get(kind, "string"),
            schema={"type": "string"},
        ),
        *("name", "label", "group_name", "description", "required", "unique"),
        *("search_weight", "filter_logic"),
        Choice("ui_visible", label="Shown on pages"),
        Choice("ui_editable", label="Changed in forms"),
        Scalar("is_cloneable", label="Kept in clones"),
        *("default", "related_object_filter", "weight"),
        *("validation_minimum", "validation_maximum", "validation_regex"),
        "validation_schema",
        Ref("choice_set"),
        Absent("owner"),
        "comments",
        "created",
        "last_updated",
    ]
    search = {"name": 10, "label": 20, "group_name": 30, "description": 50, "comments": 500}
    table = ["name", "label", "object_types", "type", "group_name", "required", "description"]
    form = {
        "Custom field": [
            *("name", "label", "object_types", "type", "group_name", "weight", "description"),
        ],
        "Values": [
            *("required", "unique", "default", "choice_set"),
            *("related_object_type", "related_object_filter"),
        ],
        "Checks": [
            *("validation_minimum", "validation_maximum", "validation_regex"),
            "validation_schema",
        ],
        "Behaviour": [
            *("search_weight", "filter_logic", "ui_visible", "ui_editable", "is_cloneable"),
        ],
        "More": ["comments"],
    }
    constraint_fields = {
        "core_customfield_choice_set": "choice_set",
        "core_customfield_related_object_type": "related_object_type",
        "core_customfield_related_object_type_fixed": "related_object_type",
        "core_customfield_type": "type",
        "core_customfield_validation_maximum": "validation_maximum",
    }
    menu = "Customisation"
    icon = "text-cursor-input"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By what has the field and what it refers to."""
        has = {
            **type_text_filters("object_type", "object_types"),
            **type_id_filters("object_type_id", "object_types"),
        }
        related = type_id_filters("related_object_type_id", "related_object_type")
        rows = CustomField.objects
        return [
            filters.related_filter(rows.all, "pk", has),
            related,
            filters.absent_filters("owner_group"),
        ]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Check what the columns cannot say by themselves."""
        for kind in values.get("object_types", ()):
            resource = registry.of_content_type(kind.pk)
            if resource is None or not resource.has_field("custom_fields"):
                raise ValidationError(
                    {"object_types": [f"Rows of {kind.name} cannot have custom fields."]}
                )
        rules.check_field(instance)

    def update(self, instances: list[Any], columns: Sequence[str]) -> None:
        """Store, and remember what the fields were like."""
        before = definitions.alone()
        for instance in instances:
            instance.before = before.by_id(instance.pk)
        super().update(instances, columns)

    def after_write(self, instances: list[Any], *, created: bool) -> None:
        """Bring the rows that are there in line."""
        definitions.forget()
        before = [each.before for each in instances if getattr(each, "before", None)]
        service.settle(before, definitions.current(), [each.pk for each in instances])

    def remove(self, ids: Sequence[int]) -> None:
        """Delete the fields and their values."""
        found = definitions.alone()
        service.remove([each for each in found.every if each.pk in ids])
        super().remove(ids)
        definitions.forget()
