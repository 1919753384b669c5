"""What a change of definitions means for the rows that are there: bulk SQL in its transaction.

Whoever changes a definition holds the lock of definitions alone (a trigger takes it), so nobody is
writing custom data meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg.errors as pg
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from psycopg import sql
from psycopg.types.json import Jsonb

from core.custom_fields import definitions
from core.custom_fields.choices import Choices
from core.custom_fields.definitions import Definition, Definitions, Kind
from core.models.custom_fields import CustomFieldChoiceSet

SHOWN = 10


def settle(before: Sequence[Definition], after: Definitions, changed: Iterable[int]) -> None:
    """Bring rows and indexes in line with the definitions of the fields with these ids.

    `before` are the same fields as they were. Raises ValidationError where rows break a rule.
    """
    old = {each.pk: each for each in before}
    for pk in changed:
        new = after.by_id(pk)
        if new is not None:
            _settle(old.get(pk), new)


def _settle(old: Definition | None, new: Definition) -> None:
    had = set(old.types) if old else set()
    for content_type in new.types:
        if old is not None and content_type in had:
            if old.name != new.name:
                _rename(old, new, content_type)
        elif new.default is not None:
            _populate(new, content_type)
    if old is not None:
        for content_type in had - set(new.types):
            _unset(old, content_type)
    _index(old, new)


def remove(fields: Iterable[Definition]) -> None:
    """Take the fields' values out of all rows, and their indexes away."""
    for field in fields:
        for content_type in field.types:
            _drop_index(field, content_type)
            _unset(field, content_type)


def _table(content_type: int) -> str | None:
    model = ContentType.objects.get_for_id(content_type).model_class()
    return model._meta.db_table if model else None


def _run(content_type: int, statement: str, **values: Any) -> Any:
    """Run a statement on a model's table, named {table} in it; the first row of its answer."""
    table = _table(content_type)
    if table is None:
        return None
    names = {k: v for k, v in values.items() if isinstance(v, sql.Composable)}
    given = {k: v for k, v in values.items() if k not in names}
    query = sql.SQL(statement).format(table=sql.Identifier(table), **names)
    with connection.cursor() as cursor:
        cursor.execute(query, given or None)
        return cursor.fetchone() if cursor.description else None


def _unset(field: Definition, content_type: int) -> None:
    _drop_index(field, content_type)
    _run(
        content_type,
        "UPDATE {table} SET custom_field_data = custom_field_data - %(name)s::text"
        " WHERE jsonb_exists(custom_field_data, %(name)s)",
        name=field.name,
    )


def _rename(old: Definition, new: Definition, content_type: int) -> None:
    _drop_index(old, content_type)
    _run(
        content_type,
        "UPDATE {table} SET custom_field_data = custom_field_data - %(old)s::text"
        " || jsonb_build_object(%(new)s::text, custom_field_data -> %(old)s::text)"
        " WHERE jsonb_exists(custom_field_data, %(old)s)",
        old=old.name,
        new=new.name,
    )


def _populate(field: Definition, content_type: int) -> None:
    _run(
        content_type,
        "UPDATE {table} SET custom_field_data ="
        " custom_field_data || jsonb_build_object(%(name)s::text, %(value)s::jsonb)"
        " WHERE NOT jsonb_exists(custom_field_data, %(name)s)",
        name=field.name,
        value=Jsonb(field.default),
    )


# unique values


def _index(old: Definition | None, new: Definition) -> None:
    """Have a unique index on each table where the field must be unique, and on no other."""
    indexed = set(old.types) if old and old.unique and old.name == new.name else set()
    for content_type in new.types:
        if new.unique and content_type not in indexed:
            _create_index(new, content_type)
        elif not new.unique:
            _drop_index(new, content_type)


def _index_name(field: Definition, content_type: int) -> str:
    return f"{field.index_stem}{content_type}"


def _drop_index(field: Definition, content_type: int) -> None:
    name = sql.Identifier(_index_name(field, content_type))
    _run(content_type, "DROP INDEX IF EXISTS {name}", name=name)


def _create_index(field: Definition, content_type: int) -> None:
    """A digest stands for the value, since an index entry cannot be long."""
    value = sql.SQL("custom_field_data ->> {}").format(sql.Literal(field.name))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    try:
        _run(
            content_type,
            "CREATE UNIQUE INDEX {name} ON {table} (md5({value})) WHERE {value} <> ''",
            name=sql.Identifier(_index_name(field, content_type)),
            value=value,
        )
    except DatabaseError as error:
        if not isinstance(error.__cause__, pg.UniqueViolation):
            raise
        kind = ContentType.objects.get_for_id(content_type)
        raise ValidationError(
            {"unique": f"Several rows have the same value already ({kind.name})."}
        ) from error


# choices


def check_choices(choice_set: CustomFieldChoiceSet, removed: set[str]) -> None:
    """Raise ValidationError when a row or a default has a choice that is no more."""
    if not removed:
        return
    used = in_use(choice_set.pk, removed, definitions.current())
    if used:
        raise ValidationError({"extra_choices": f"Still in use: {', '.join(used[:SHOWN])}."})


def in_use(choice_set: int, values: set[str], found: Definitions) -> list[str]:
    """Where some of the values are used: field and object type, one entry each."""
    places = []
    for field in found.every:
        if field.choice_set != choice_set:
            continue
        default = field.default if isinstance(field.default, list) else [field.default]
        if values & {item for item in default if isinstance(item, str)}:
            places.append(f"default of {field.name}")
        many = field.type == Kind.MULTISELECT
        condition = (
            "jsonb_exists_any(custom_field_data -> %(name)s::text, %(values)s::text[])"
            if many
            else "custom_field_data ->> %(name)s::text = ANY(%(values)s::text[])"
        )
        for content_type in field.types:
            row = _run(
                content_type,
                f"SELECT count(*) FROM {{table}} WHERE {condition}",  # noqa: S608
                name=field.name,
                values=sorted(values),
            )
            if row and row[0]:
                kind = ContentType.objects.get_for_id(content_type)
                places.append(f"{field.name} of {row[0]} {kind.name}")
    return places


def values_of(choice_set: CustomFieldChoiceSet) -> Choices:
    """The choices of a choice set."""
    return Choices.of(
        choice_set.base_choices,
        choice_set.extra_choices,
        choice_set.choice_colors,
        alphabetical=choice_set.order_alphabetically,
    )
