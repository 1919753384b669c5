"""Fields that are columns of the row itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from rest_framework import serializers

from core import filters
from core.read import Binder, Cells, Columns, ReadContext, Values
from core.serializers import ChoiceValue, standard_field

if TYPE_CHECKING:
    pass

from core.fields.base import Field, Json


class Scalar(Field):
    """A plain column: text, number, boolean, time, JSON, array."""

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index(self.source)
        field = self.model_field
        if isinstance(field, models.DecimalField):
            return lambda cells, context: [
                None if value is None else float(value) for value in cells[index]
            ]
        if isinstance(field, models.FileField):
            return self._bind_file(index)
        return lambda cells, context: cells[index]

    @staticmethod
    def _bind_file(index: int) -> Binder:
        from django.core.files.storage import default_storage

        def bind(cells: Cells, context: ReadContext) -> Values:
            return [
                context.absolute(default_storage.url(name)) if name else None
                for name in cells[index]
            ]

        return bind

    def write_field(self) -> serializers.Field[Any, Any, Any, Any] | None:
        if self.read_only or self.model_field is None:
            return None
        return standard_field(self.model_field)

    def filters(self) -> filters.Filters:
        field, name, source = self.model_field, self.name, self.source
        if isinstance(field, models.BooleanField):
            return {name: filters.boolean_filter(lambda value: Q(**{source: value}), source=source)}
        if isinstance(field, models.DateTimeField):
            return filters.time_filters(name, source)
        if isinstance(field, models.UUIDField):
            return {name: filters.ParameterFilter(_equals(source), filters.parse_uuid)}
        if isinstance(field, models.AutoField | models.IntegerField):
            return filters.number_filters(name, source, schema={"type": "integer"})
        if isinstance(field, models.DecimalField | models.FloatField):
            return filters.number_filters(name, source)
        if isinstance(field, models.CharField):
            case = name not in self.resource.case_insensitive
            return filters.text_filters(name, source, case=case)
        return {}

    def order_by(self) -> tuple[str, ...]:
        natural = f"{self.source}_natural"
        model_fields = {field.name for field in self.resource.model._meta.get_fields()}
        return (natural,) if natural in model_fields else (self.source,)

    def schema(self) -> Json:
        field = self.model_field
        schema = _column_schema(field)
        if self.read_only or not field.editable:
            schema["readOnly"] = True
        return schema


def _equals(source: str) -> Callable[[Any], Q]:
    return lambda value: Q(**{source: value})


_SCHEMA_TYPES: list[tuple[type[models.Field[Any, Any]], Json]] = [
    (models.BooleanField, {"type": "boolean"}),
    (models.AutoField, {"type": "integer", "format": "int64"}),
    (models.BigIntegerField, {"type": "integer", "format": "int64"}),
    (models.IntegerField, {"type": "integer"}),
    (models.DecimalField, {"type": "number", "format": "double"}),
    (models.FloatField, {"type": "number", "format": "double"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.UUIDField, {"type": "string", "format": "uuid"}),
    (models.EmailField, {"type": "string", "format": "email"}),
    (models.URLField, {"type": "string", "format": "uri"}),
    (models.FileField, {"type": "string", "format": "uri"}),
    (models.CharField, {"type": "string"}),
    (models.TextField, {"type": "string"}),
    (models.GenericIPAddressField, {"type": "string"}),
]


def _column_schema(field: Any) -> Json:
    schema: Json = {}
    for kind, found in _SCHEMA_TYPES:
        if isinstance(field, kind):
            schema = dict(found)
            break
    if isinstance(field, models.CharField) and field.blank:
        schema.pop("format", None)  # an empty text is no address
    if hasattr(field, "base_field"):
        schema = {"type": "array", "items": _column_schema(field.base_field)}
    if schema.get("type") == "string" and field.max_length and "format" not in schema:
        schema["maxLength"] = field.max_length
    if getattr(field, "null", False) and schema:
        schema["nullable"] = True
    return schema


class Choice(Field):
    """A column of choices; `{"value", "label"}` in responses, the bare value in requests.

    With `plain` responses hold the bare value too; with `required` it must be given although the
    column has a default.
    """

    def __init__(
        self,
        name: str,
        source: str | None = None,
        *,
        plain: bool = False,
        required: bool = False,
        **kw: Any,
    ) -> None:
        super().__init__(name, source, **kw)
        self.plain = plain
        self.required = required

    @property
    def choices(self) -> list[tuple[Any, str]]:
        """Value and label of every choice."""
        return [(value, str(label)) for value, label in self.model_field.flatchoices]

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index(self.source)
        if self.plain:
            return lambda cells, context: [None if value == "" else value for value in cells[index]]
        table: dict[Any, Json | None] = {
            value: {"value": value, "label": label} for value, label in self.choices
        }
        table[""] = table[None] = None

        def bind(cells: Cells, context: ReadContext) -> Values:
            values = cells[index]
            for value in set(values) - table.keys():  # of an older or newer release
                table[value] = {"value": value, "label": str(value)}
            return map(table.__getitem__, values)

        return bind

    def write_field(self) -> serializers.Field[Any, Any, Any, Any] | None:
        if self.read_only:
            return None
        options = {"required": True} if self.required else {}
        return ChoiceValue(self.model_field, **options)

    def filters(self) -> filters.Filters:
        return filters.choice_filters(self.name, self.source, self.choices)

    def order_by(self) -> tuple[str, ...]:
        return (self.source,)

    def schema(self) -> Json:
        values = [value for value, _ in self.choices]
        kind = "integer" if values and isinstance(values[0], int) else "string"
        if self.plain:
            return {"type": kind, "enum": values, "nullable": self.model_field.null}
        return {
            "type": "object",
            "nullable": self.model_field.null,
            "readOnly": self.read_only,
            "properties": {
                "value": {"type": kind, "enum": values},
                "label": {"type": "string"},
            },
        }

    def write_schema(self) -> Json:
        values = [value for value, _ in self.choices]
        kind = "integer" if values and isinstance(values[0], int) else "string"
        return {"type": kind, "enum": values, "nullable": self.model_field.null}
