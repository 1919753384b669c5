"""Permissions as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db.models import Q
from rest_framework import serializers

from core import access, constraints, filters, registry
from core.fields import Refs, Scalar
from core.filters import Filters, ParameterFilter
from core.models import Group, ObjectPermission, User
from core.resource import HEAD, Resource
from core.resources.fields import USER_FIELDS, type_text_filters
from core.resources.tags import ObjectTypes
from core.serializers import ObjectTypeField

GROUP_FIELDS = ("id", "url", "display", "name", "description")


class PermittedTypes(ObjectTypes):
    """The object types a permission is for; one at least."""

    def write_field(self) -> Any:
        return serializers.ListField(child=ObjectTypeField(), allow_empty=False)


class ActionBoxes(forms.CheckboxSelectMultiple):
    """A box for each common action, and for each other one that is chosen already."""

    template_name = "core/action_boxes.html"

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> list[Any]:
        """The boxes."""
        names = dict.fromkeys([*access.ACTIONS, *map(str, value)])
        self.choices = [(action, action) for action in names]
        return super().optgroups(name, value, attrs)


class ActionChoice(forms.MultipleChoiceField):
    """Actions by name; those of apps besides the common four are kept."""

    widget = ActionBoxes

    def valid_value(self, value: Any) -> bool:
        """Any name: the permission itself knows which are good."""
        return True


class Actions(Scalar):
    """What a permission allows, each action once."""

    def form_field(self, options: dict[str, Any]) -> forms.Field:
        """A box for each action."""
        return ActionChoice(**options)

    def write_field(self) -> Any:
        column = self.model_field
        assert isinstance(column, ArrayField)
        child = serializers.CharField(max_length=30, validators=column.base_field.validators)
        return serializers.ListField(child=child, allow_empty=False)


@registry.register
class PermissionResource(Resource):
    """Who may do what."""

    model = ObjectPermission
    path = "users/permissions"
    fields = [
        *HEAD,
        "name",
        "description",
        "enabled",
        PermittedTypes("object_types", label="Object types"),
        Actions("actions"),
        Scalar(
            "constraints",
            help_text="JSON. Which rows: lookups that must all hold, such as "
            '{"site__slug": "ams1"}, or a list of such objects of which one must. '
            "$user is the id of who asks. Empty for every row.",
        ),
        Refs("groups", nested=GROUP_FIELDS),
        Refs("users", nested=USER_FIELDS),
    ]
    brief = [
        *("id", "url", "display", "name", "description"),
        *("enabled", "object_types", "actions"),
    ]
    unfiltered = ["groups", "users", "object_types", "actions", "constraints"]
    table = ["name", "enabled", "object_types", "actions", "groups", "users", "description"]
    form = {
        "Permission": ["name", "description", "enabled"],
        "What": ["object_types", "actions", "constraints"],
        "Who": ["groups", "users"],
    }
    menu = "Administration"
    icon = "shield"

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Raise ValidationError unless the constraints work on every object type."""
        instance.actions = list(dict.fromkeys(instance.actions))
        kinds = values.get("object_types")
        if kinds is None:
            kinds = [] if creating else list(instance.object_types.all())
        models = [kind.model_class() for kind in kinds]
        try:
            constraints.validate([model for model in models if model], instance.constraints)
        except ValidationError as error:
            raise ValidationError({"constraints": error.messages}) from error
        instance.constraints = instance.constraints or None

    def get_extra_filters(self) -> Sequence[Filters]:
        """By who, by action and by object type."""
        groups = filters.reference_filters("group", "groups", Group, key="name")
        users = filters.reference_filters("user", "users", User, key="username")
        types = self.field("object_types").filters()
        by_id = ParameterFilter(
            lambda value: Q(object_types=value), filters.parse_number, schema={"type": "integer"}
        )
        not_id = ParameterFilter(
            lambda value: Q(object_types=value),
            filters.parse_number,
            negate=True,
            schema={"type": "integer"},
        )
        kinds: Filters = {"object_type_id": by_id, "object_type_id__n": not_id}
        related = {**groups, **users, **kinds, **type_text_filters("object_type", "object_types")}
        return [
            filters.related_filter(lambda: ObjectPermission.objects.all(), "pk", related),
            types,
            {f"can_{action}": _can(action) for action in access.ACTIONS},
        ]


def _can(action: str) -> ParameterFilter:
    def condition(value: bool) -> Q:
        found = Q(actions__contains=[action])
        return found if value else ~found

    return filters.boolean_filter(condition)


# Kinds of record are no secret.
access.permit_view(ContentType)
