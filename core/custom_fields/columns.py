"""Custom fields as fields of a resource: `custom_fields` as a whole, and each as `cf_<name>`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from core import filters
from core.access import Actor
from core.custom_fields import PREFIX, definitions
from core.custom_fields.definitions import (
    LISTS,
    NUMBERS,
    REFERENCES,
    Definition,
    Definitions,
    Kind,
)
from core.custom_fields.expressions import COLUMN, make_filters, stored
from core.custom_fields.values import target_of
from core.custom_fields.writing import CustomDataField
from core.fields import Choice, Field, Json, Ref, Refs
from core.gather import Load, Steps
from core.read import Binder, Cells, Columns, ReadContext
from core.serializers import ReferenceField, ReferenceListField

if TYPE_CHECKING:
    from core.resource import Resource

SLIM = ("id", "url", "display", "color")


def _values(
    field: Definition, data: Sequence[dict[str, Any]], nested: Sequence[str] | None = None
) -> Steps:
    """A step that returns the field's value in the custom data of each row."""
    values = [row.get(field.name) for row in data]
    if field.type not in REFERENCES:
        return values
    try:
        target = target_of(field)
    except ValueError:
        return [None for _ in values]
    names = tuple(nested or target.nested)
    if field.type == Kind.OBJECT:
        table = yield Load(target, names, values)
        return [table.get(pk) for pk in values]
    table = yield Load(target, names, [pk for ids in values for pk in ids or ()])
    return [None if ids is None else [table[pk] for pk in ids if pk in table] for ids in values]


class CustomFields(Field):
    """Custom data of the row: every defined field in responses, given keys merged on write.

    With `slim` objects referred to hold only what pages need.
    """

    slim = False

    def __init__(self, name: str = "custom_fields") -> None:
        super().__init__(name, COLUMN, label="Custom fields")

    def bind_read(self, columns: Columns) -> Binder:
        data = columns.index(COLUMN)
        version = columns.index(definitions.version_expression())
        model, slim = self.resource.model, self.slim

        def bind(cells: Cells, context: ReadContext) -> Steps:
            fields = definitions.at(cells[version][0]).of(model)
            if not fields:
                return repeat({}, len(cells[data]))
            nested = {f.pk: _slim(f) for f in fields if f.type in REFERENCES} if slim else {}
            made = yield [_values(f, cells[data], nested.get(f.pk)) for f in fields]
            names = [field.name for field in fields]
            return [dict(zip(names, row, strict=True)) for row in zip(*made, strict=True)]

        return bind

    def write_field(self) -> serializers.Field[Any, Any, Any, Any]:
        return CustomDataField(self.resource)

    def schema(self) -> Json:
        return {"type": "object", "additionalProperties": True}


def _slim(field: Definition) -> tuple[str, ...] | None:
    try:
        target = target_of(field)
    except ValueError:
        return None
    return tuple(name for name in SLIM if target.has_field(name))


class CustomColumn(Field):
    """One custom field under its name with `cf_` before it: for lists, files and filters."""

    nested: tuple[str, ...] | None = None
    key: str | None = None
    plain = True

    def __init__(self, definition: Definition) -> None:
        Field.__init__(
            self,
            f"{PREFIX}{definition.name}",
            COLUMN,
            label=definition.label,
            help_text=definition.help_text,
        )
        self.definition = definition

    @property
    def model_field(self) -> Any:
        return None

    @property
    def target(self) -> Resource:
        """The resource referred to; ValueError for a field that refers to nothing."""
        return target_of(self.definition)

    def bind_read(self, columns: Columns) -> Binder:
        index, field, nested = columns.index(COLUMN), self.definition, self.nested
        return lambda cells, context: _values(field, cells[index], nested)

    def write_field(self) -> serializers.Field[Any, Any, Any, Any]:
        options: dict[str, Any] = {"required": False, "allow_null": True}
        if self.definition.type == Kind.OBJECT:
            return ReferenceField(self.target, **options)
        if self.definition.type == Kind.MULTIOBJECT:
            return ReferenceListField(self.target, **options)
        return serializers.JSONField(**options)

    def filters(self) -> filters.Filters:
        return make_filters(self.definition)

    def order_by(self) -> tuple[str, ...]:
        return ()

    def annotation(self, user: Actor) -> Any:
        if self.definition.type in (*LISTS, Kind.OBJECT, Kind.JSON):
            return None
        return stored(self.definition)

    def schema(self) -> Json:
        kind = self.definition.type
        if kind in NUMBERS:
            return {"type": "integer" if kind == Kind.INTEGER else "number"}
        if kind in LISTS:
            return {"type": "array"}
        formats: dict[str, str] = {
            Kind.DATETIME: "date-time",
            Kind.DATE: "date",
            Kind.URL: "uri",
        }
        names: dict[str, str] = {
            Kind.BOOLEAN: "boolean",
            Kind.OBJECT: "object",
            Kind.JSON: "object",
        }
        shape: Json = {"type": names.get(kind, "string")}
        return {**shape, "format": formats[kind]} if kind in formats else shape

    write_schema = schema


class CustomChoice(CustomColumn, Choice):
    """A selection."""

    @property
    def choices(self) -> list[tuple[Any, str]]:
        """Value and label of every choice."""
        return list(self.definition.choices.pairs)


class CustomReference(CustomColumn, Ref):
    """A field that refers to one object."""


class CustomReferences(CustomColumn, Refs):
    """A field that refers to several objects."""

    @property
    def is_column(self) -> bool:
        return False


_CLASSES: dict[str, type[CustomColumn]] = {
    Kind.SELECT: CustomChoice,
    Kind.OBJECT: CustomReference,
    Kind.MULTIOBJECT: CustomReferences,
}


def columns_of(resource: Resource) -> dict[str, CustomColumn]:
    """The custom fields in force of a resource's rows, by name with `cf_` before it."""
    if not resource.has_field("custom_fields"):
        return {}
    return _columns(resource, definitions.current())


@lru_cache(maxsize=512)
def _columns(resource: Resource, found: Definitions) -> dict[str, CustomColumn]:
    made: dict[str, CustomColumn] = {}
    for field in found.of(resource.model):
        if field.type in REFERENCES:
            try:
                target_of(field)
            except ValueError:
                continue
        column = _CLASSES.get(field.type, CustomColumn)(field)
        made[column.name] = column.attach(resource)  # type: ignore[assignment]
    return made


__all__ = ["CustomColumn", "CustomFields", "columns_of"]
