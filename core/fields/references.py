"""Fields that refer to other resources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from rest_framework import serializers

from core import access, filters, registry
from core.access import Actor
from core.gather import Load, Lookup, Steps
from core.read import Binder, Cells, Column, Columns, ReadContext, Values
from core.serializers import ReferenceField, ReferenceListField

if TYPE_CHECKING:
    from core.resource import Resource

from core.fields.base import Field, Json


def object_schema(resource: Resource, names: Sequence[str]) -> Json:
    """OpenAPI schema of a row with these fields."""
    properties = {}
    for name in names:
        field = resource.field(name)
        schema = field.schema()
        properties[name] = schema if "$ref" in schema else {**schema, "title": field.label}
    return {"type": "object", "properties": properties, "required": list(names)}


def reference_schema(target: Resource, names: Sequence[str] | None) -> Json:
    """Schema of a reference: the target's brief form, or its own where other fields are shown."""
    if names is None or tuple(names) == tuple(target.nested):
        return {"$ref": f"#/components/schemas/{target.brief_component}"}
    return object_schema(target, names)


class Ref(Field):
    """A reference to another resource, shown as its brief form.

    `nested` names the fields shown where they differ from the target's `nested`; `key` is the
    attribute the filter without `_id` takes.
    """

    def __init__(
        self,
        name: str,
        source: str | None = None,
        *,
        nested: Sequence[str] | None = None,
        key: str | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(name, source, **kw)
        self.nested = tuple(nested) if nested else None
        self.key = key

    @property
    def target(self) -> Resource:
        """The resource referred to."""
        return registry.of_model(self.model_field.related_model)

    @property
    def column(self) -> Column:
        """The column that holds the target's id."""
        return f"{self.source}_id" if self.model_field.concrete else self.source

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index(self.column)
        target = self.target
        names = self.nested or tuple(target.nested)
        if target is not self.resource:  # few rows refer to one of their own kind
            columns.refer(index, target, names)

        def bind(cells: Cells, context: ReadContext) -> Steps:
            table = yield Load(target, names, set(cells[index]))
            return map(table.get, cells[index])

        return bind

    def write_field(self) -> serializers.Field[Any, Any, Any, Any] | None:
        if self.read_only or not self.model_field.concrete:
            return None
        return ReferenceField(self.target, self.model_field)

    def filters(self) -> filters.Filters:
        target = self.target
        key = self.key or target.filter_key
        branch = target.is_tree and target is not self.resource
        return filters.reference_filters(self.name, self.source, target.model, key=key, tree=branch)

    def order_by(self) -> tuple[str, ...]:
        return tuple(
            f"{'-' * name.startswith('-')}{self.source}__{name.lstrip('-')}"
            for name in self.target.order_columns[:1]
        )

    def schema(self) -> Json:
        nullable = bool(self.model_field.null)
        reference = reference_schema(self.target, self.nested)
        if nullable or self.read_only:
            return {"allOf": [reference], "nullable": nullable, "readOnly": self.read_only}
        return reference

    def write_schema(self) -> Json:
        return {
            "oneOf": [{"type": "integer"}, {"type": "object", "additionalProperties": True}],
            "nullable": bool(self.model_field.null),
        }


class RefId(Ref):
    """A reference shown as a bare id."""

    def bind_read(self, columns: Columns) -> Binder:
        index, target = columns.index(self.column), self.target

        def bind(cells: Cells, context: ReadContext) -> Values:
            if access.may_all(context.user, access.VIEW, target.model):
                return cells[index]
            seen = context.load(target, ("id",), set(cells[index]))
            return [pk if pk in seen else None for pk in cells[index]]

        return bind

    def schema(self) -> Json:
        return {"type": "integer", "nullable": True}


class Refs(Field):
    """A many-to-many relation, or the far side of a foreign key, as a list of brief forms.

    The far side of a many-to-many can be written where `writable` says so.
    """

    def __init__(
        self,
        name: str,
        source: str | None = None,
        *,
        nested: Sequence[str] | None = None,
        key: str | None = None,
        writable: bool = False,
        **kw: Any,
    ) -> None:
        super().__init__(name, source, **kw)
        self.nested = tuple(nested) if nested else None
        self.key = key
        self.from_far_side = writable

    @property
    def relation(self) -> Any:
        """The model's relation, forward or reverse."""
        return self.resource.model._meta.get_field(self.source)

    @property
    def target(self) -> Resource:
        """The resource referred to."""
        return registry.of_model(self.relation.related_model)

    @property
    def is_column(self) -> bool:
        return False

    def bind_read(self, columns: Columns) -> Binder:
        index, target = columns.index("pk"), self.target
        names = self.nested or tuple(target.nested)
        pairs_of = columns.expect(Lookup(lambda given, user: self._pairs(given)))

        def bind(cells: Cells, context: ReadContext) -> Steps:
            pairs = yield pairs_of.fetch(cells[index], context.user)
            if not pairs:
                return repeat([], len(cells[index]))
            members: dict[int, dict[int, None]] = defaultdict(dict)
            for owner, member in pairs:
                members[owner][member] = None
            table = yield Load(target, names, {pk for found in members.values() for pk in found})
            shown = {
                owner: [table[pk] for pk in found if pk in table]
                for owner, found in members.items()
            }
            return [shown.get(owner, []) for owner in cells[index]]

        return bind

    def _pairs(self, given: Any) -> Any:
        """Ids of rows and of their members, in order, from the table that holds both."""
        relation, order = self.relation, self.target.order_columns
        if relation.many_to_many:
            through, owner, member = self._through()
            rows, below = through._default_manager, f"{member}__"
        elif isinstance(relation, GenericRelation):
            kind = ContentType.objects.get_for_model(self.resource.model)
            rows = self.target.model._default_manager.filter(
                **{relation.content_type_field_name: kind}
            )
            owner, member, below = relation.object_id_field_name, "pk", ""
        else:
            rows, below = self.target.model._default_manager, ""
            owner, member = relation.field.name, "pk"
        ordered = rows.filter(given(owner)).order_by(*(f"{below}{name}" for name in order), member)
        return ordered.values_list(owner, member)

    def _through(self) -> tuple[Any, str, str]:
        """The table of a many-to-many, and its references to the row and to the member."""
        through = getattr(self.resource.model, self.source).through
        forward = self.relation.field if self.relation.auto_created else self.relation
        own, other = forward.m2m_field_name(), forward.m2m_reverse_field_name()
        return (through, other, own) if self.relation.auto_created else (through, own, other)

    def write_field(self) -> serializers.Field[Any, Any, Any, Any] | None:
        if self.read_only or not self.relation.many_to_many:
            return None
        if self.relation.auto_created and not self.from_far_side:
            return None
        return ReferenceListField(self.target)

    def hidden_members(self, row: Any, user: Actor) -> list[Any]:
        target = self.relation.related_model
        if not registry.has_model(target) or access.may_all(user, access.VIEW, target):
            return []
        seen = access.visible(target, user).values("pk")
        return list(getattr(row, self.source).exclude(pk__in=seen))

    def store(self, values: Sequence[tuple[Any, Any]]) -> None:
        through, own, other = self._through()
        owners = [instance.pk for instance, _ in values]
        through._default_manager.filter(**{f"{own}__in": owners}).delete()
        through._default_manager.bulk_create(
            [
                through(**{f"{own}_id": instance.pk, f"{other}_id": member.pk})
                for instance, members in values
                for member in dict.fromkeys(members)
            ]
        )

    def filters(self) -> filters.Filters:
        target = self.target
        condition = filters.reference_filters(
            self.name,
            self.source,
            target.model,
            key=self.key or target.filter_key,
            tree=target.is_tree,
        )
        model = self.resource.model
        return filters.related_filter(lambda: model._default_manager.all(), "pk", condition)

    def schema(self) -> Json:
        item = reference_schema(self.target, self.nested)
        return {"type": "array", "items": item, "readOnly": self.read_only}

    def write_schema(self) -> Json:
        reference = {"oneOf": [{"type": "integer"}, {"type": "object"}]}
        return {"type": "array", "items": reference}
