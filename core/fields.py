"""Kinds of field a resource may expose: how each is read, written, filtered and described."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from rest_framework import serializers

from core import filters, registry
from core.read import Binder, Column, Columns, Getter, ReadContext, Row
from core.serializers import ChoiceValue, ReferenceField, ReferenceListField, standard_field
from core.sql import among

if TYPE_CHECKING:
    from core.resource import Resource

Json = dict[str, Any]


class Field:
    """One entry of a response.

    Subclasses override what differs: `bind_read` gives the reading, `write_field` the input
    validation (None for read-only), `filters` the query parameters, `schema` the OpenAPI schema.
    """

    resource: Resource

    def __init__(
        self,
        name: str,
        source: str | None = None,
        *,
        label: str | None = None,
        read_only: bool = False,
        filterable: bool = True,
        help_text: str = "",
    ) -> None:
        self.name = name
        self.source = source or name
        self._label = label
        self.read_only = read_only
        self.filterable = filterable
        self._help_text = help_text

    def attach(self, resource: Resource) -> Field:
        """Called once when the resource is built."""
        self.resource = resource
        return self

    @property
    def model_field(self) -> Any:
        """The model field behind this one, or None."""
        try:
            return self.resource.model._meta.get_field(self.source)
        except FieldDoesNotExist:
            return None

    @property
    def label(self) -> str:
        """What people call it, capitalised."""
        if self._label:
            return self._label
        verbose = getattr(self.model_field, "verbose_name", None)
        text = str(verbose) if verbose else self.name.strip("_").replace("_", " ")
        return text[:1].upper() + text[1:]

    @property
    def help_text(self) -> str:
        """A short explanation for forms and the API document."""
        return self._help_text or str(getattr(self.model_field, "help_text", "") or "")

    def bind_read(self, columns: Columns) -> Binder:
        """Ask `columns` for what is needed; return what turns rows into a value per row."""
        get = itemgetter(columns.index(self.source))
        return lambda rows, context: get

    def write_field(self) -> serializers.Field[Any, Any, Any, Any] | None:
        """A fresh serializer field for input, or None where it cannot be written."""
        return None

    @property
    def writable(self) -> bool:
        """Whether clients may send it."""
        return not self.read_only and self.write_field() is not None

    def filters(self) -> filters.Filters:
        """Query parameters this field gives."""
        return {}

    def order_by(self) -> tuple[str, ...]:
        """Columns that order by this field, ascending; empty where it cannot be ordered by."""
        return ()

    def annotation(self) -> Any:
        """An expression to filter and order by where the field is no column; else None."""
        return None

    def schema(self) -> Json:
        """OpenAPI schema of the value in responses."""
        return {}

    def write_schema(self) -> Json:
        """OpenAPI schema of the value in requests."""
        return self.schema()

    def store(self, values: Sequence[tuple[Any, Any]]) -> None:
        """Write values that are no column: (instance, value) pairs, after the rows are stored."""

    @property
    def is_column(self) -> bool:
        """Whether written values are attributes of the instance."""
        return True


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


class Scalar(Field):
    """A plain column: text, number, boolean, time, JSON, array."""

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index(self.source)
        plain = itemgetter(index)
        field = self.model_field
        if isinstance(field, models.DecimalField):
            return lambda rows, context: lambda row: _float(row[index])
        if isinstance(field, models.FileField):
            return self._bind_file(index)
        return lambda rows, context: plain

    @staticmethod
    def _bind_file(index: int) -> Binder:
        from django.core.files.storage import default_storage

        def bind(rows: Sequence[Row], context: ReadContext) -> Getter:
            def get(row: Row) -> str | None:
                return context.absolute(default_storage.url(row[index])) if row[index] else None

            return get

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
    if hasattr(field, "base_field"):
        schema = {"type": "array", "items": _column_schema(field.base_field)}
    if schema.get("type") == "string" and field.max_length and "format" not in schema:
        schema["maxLength"] = field.max_length
    if getattr(field, "null", False) and schema:
        schema["nullable"] = True
    return schema


class Choice(Field):
    """A column of choices; `{"value", "label"}` in responses, the bare value in requests.

    With `plain` responses hold the bare value too.
    """

    def __init__(
        self, name: str, source: str | None = None, *, plain: bool = False, **kw: Any
    ) -> None:
        super().__init__(name, source, **kw)
        self.plain = plain

    @property
    def choices(self) -> list[tuple[Any, str]]:
        """Value and label of every choice."""
        return [(value, str(label)) for value, label in self.model_field.flatchoices]

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index(self.source)
        if self.plain:
            return lambda rows, context: lambda row: row[index] if row[index] != "" else None
        table: dict[Any, Json | None] = {
            value: {"value": value, "label": label} for value, label in self.choices
        }
        table[""] = table[None] = None

        def get(row: Row) -> Json | None:
            value = row[index]
            found = table.get(value, table)
            return {"value": value, "label": str(value)} if found is table else found

        return lambda rows, context: get

    def write_field(self) -> serializers.Field[Any, Any, Any, Any] | None:
        return None if self.read_only else ChoiceValue(self.model_field)

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

        def bind(rows: Sequence[Row], context: ReadContext) -> Getter:
            table = context.load(target, names, {row[index] for row in rows})
            return lambda row: table.get(row[index])

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
        return tuple(f"{self.source}__{name}" for name in self.target.order_columns[:1])

    def schema(self) -> Json:
        nullable = bool(self.model_field.null)
        reference = {"$ref": f"#/components/schemas/{self.target.brief_component}"}
        if nullable or self.read_only:
            return {"allOf": [reference], "nullable": nullable, "readOnly": self.read_only}
        return reference

    def write_schema(self) -> Json:
        return {
            "oneOf": [{"type": "integer"}, {"type": "object", "additionalProperties": True}],
            "nullable": bool(self.model_field.null),
        }


class Refs(Field):
    """A many-to-many relation, or the far side of a foreign key, as a list of brief forms."""

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
        index = columns.index("pk")
        model, source, target = self.resource.model, self.source, self.target
        names = self.nested or tuple(target.nested)
        order = [f"{source}__{column}" for column in target.order_columns]

        def bind(rows: Sequence[Row], context: ReadContext) -> Getter:
            ids = [row[index] for row in rows]
            pairs = (
                model._default_manager.filter(among("pk", ids), **{f"{source}__isnull": False})
                .order_by(*order, f"{source}__pk")
                .values_list("pk", f"{source}__pk")
            )
            members: dict[int, list[int]] = {}
            for owner, member in pairs:
                found = members.setdefault(owner, [])
                if member not in found:
                    found.append(member)
            table = context.load(target, names, {pk for found in members.values() for pk in found})
            return lambda row: [table[pk] for pk in members.get(row[index], ()) if pk in table]

        return bind

    def write_field(self) -> serializers.Field[Any, Any, Any, Any] | None:
        if self.read_only or not self.relation.many_to_many or self.relation.auto_created:
            return None
        return ReferenceListField(self.target)

    def store(self, values: Sequence[tuple[Any, Any]]) -> None:
        through = getattr(self.resource.model, self.source).through
        own, other = self.relation.m2m_column_name(), self.relation.m2m_reverse_name()
        owners = [instance.pk for instance, _ in values]
        through._default_manager.filter(**{f"{_attribute(through, own)}__in": owners}).delete()
        through._default_manager.bulk_create(
            [
                through(**{own: instance.pk, other: member.pk})
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
        item = {"$ref": f"#/components/schemas/{self.target.brief_component}"}
        return {"type": "array", "items": item, "readOnly": self.read_only}

    def write_schema(self) -> Json:
        reference = {"oneOf": [{"type": "integer"}, {"type": "object"}]}
        return {"type": "array", "items": reference}


def _attribute(model: type[models.Model], column: str) -> str:
    return next(field.attname for field in model._meta.concrete_fields if field.column == column)


class Absent(Field):
    """A field of the wire format whose records Headroom does not have: always the same value.

    With `filters` given by name, its filters exist and match nothing but `null`.
    """

    def __init__(self, name: str, value: Any = None, *, by_id: bool = True, **kw: Any) -> None:
        super().__init__(name, read_only=True, **kw)
        self.value = value
        self.by_id = by_id

    def bind_read(self, columns: Columns) -> Binder:
        value = self.value
        return lambda rows, context: lambda row: value

    def filters(self) -> filters.Filters:
        if isinstance(self.value, int):
            return {}
        return filters.absent_filters(self.name, by_id=self.by_id)

    def schema(self) -> Json:
        if isinstance(self.value, list):
            return {"type": "array", "items": {}, "readOnly": True}
        if isinstance(self.value, int):
            return {"type": "integer", "readOnly": True}
        return {"type": "object", "nullable": True, "readOnly": True}


class Slot(Field):
    """A place in a lower app's response that an upper app fills with `Resource.fill`."""

    def __init__(self, name: str) -> None:
        super().__init__(name, read_only=True)

    @property
    def model_field(self) -> Any:
        return None

    def bind_read(self, columns: Columns) -> Binder:
        return lambda rows, context: lambda row: None


class Identity(Field):
    """The row's id, url, display_url or display."""

    def __init__(self, name: str) -> None:
        super().__init__(name, read_only=True)

    def bind_read(self, columns: Columns) -> Binder:
        resource = self.resource
        if self.name == "display":
            indexes = [columns.index(column) for column in resource.display_columns]
            if len(indexes) == 1 and resource.plain_display:
                get = itemgetter(indexes[0])
                return lambda rows, context: lambda row: str(get(row))
            display = resource.display
            return lambda rows, context: lambda row: display(*[row[i] for i in indexes])
        index = columns.index("pk")
        if self.name == "id":
            plain = itemgetter(index)
            return lambda rows, context: plain
        make = resource.url if self.name == "url" else resource.display_url

        def bind(rows: Sequence[Row], context: ReadContext) -> Getter:
            base = context.base
            return lambda row: make(row[index], base)

        return bind

    def filters(self) -> filters.Filters:
        if self.name != "id":
            return {}
        return filters.number_filters("id", "pk", schema={"type": "integer"})

    def order_by(self) -> tuple[str, ...]:
        return {"id": ("pk",), "display": self.resource.order_columns}.get(self.name, ())

    def schema(self) -> Json:
        if self.name == "id":
            return {"type": "integer", "readOnly": True}
        if self.name == "display":
            return {"type": "string", "readOnly": True}
        return {"type": "string", "format": "uri", "readOnly": True}
