"""Many rows written by one statement, which reads the same however many they are.

Rows go to the database as one JSON parameter. With a parameter for every value, as the ORM sends
them, taking the statement to pieces costs more than storing the rows.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Model
from django.utils import timezone
from psycopg.types.json import Json, Jsonb

from core.gather import prepared

BATCH = 5000
# Types of values that a field of exactly this class stores as they are.
_BARE: dict[type, set[type]] = {
    models.BigIntegerField: {int},
    models.BooleanField: {bool},
    models.CharField: {str},
    models.ForeignKey: {int},
    models.IntegerField: {int},
    models.JSONField: {dict, list},
    models.OneToOneField: {int},
    models.PositiveBigIntegerField: {int},
    models.PositiveIntegerField: {int},
    models.PositiveSmallIntegerField: {int},
    models.SlugField: {str},
    models.SmallIntegerField: {int},
    models.TextField: {str},
}


@dataclass(frozen=True)
class _Column:
    """A column of a statement; `bare` has the types of values that need no preparation."""

    field: Any
    name: str
    sql_type: str
    bare: frozenset[type]

    def value(self, instance: Any, creating: bool) -> Any:
        """What is stored for an instance, as something JSON knows."""
        field = self.field
        found = getattr(instance, field.attname)
        if type(found) in self.bare:
            return found
        if isinstance(field, models.FileField):
            found = field.pre_save(instance, creating)
        return field.get_db_prep_save(found, connection)


@cache
def _column(field: Any) -> _Column:
    """How a field's values get into a statement."""
    bare = {type(None)}
    if type(field) in _BARE:
        bare |= _BARE[type(field)]
    # Without its bounds, which a cast would enforce by cutting off.
    sql_type = re.sub(r"\(.*?\)", "", str(field.rel_db_type(connection)))
    name = connection.ops.quote_name(field.column)
    return _Column(field, name, sql_type, frozenset(bare))


def insert_rows(instances: Sequence[Model]) -> None:
    """Store new rows of one model and give the instances their keys.

    Raises the DatabaseError of the constraint that is broken.
    """
    if not instances:
        return
    meta = type(instances[0])._meta
    key: Any = meta.pk
    columns = [_column(field) for field in _written(meta, keyed=instances[0].pk is not None)]
    names = ", ".join(column.name for column in columns)
    statement = (
        f"INSERT INTO {_quoted(meta.db_table)} ({names}) SELECT {_picked(columns)} "  # noqa: S608
        f"FROM {_recordset(columns)} RETURNING {_quoted(key.column)}"
    )
    _stamp(instances, [column.field for column in columns])
    for start in range(0, len(instances), BATCH):
        batch = instances[start : start + BATCH]
        with prepared() as cursor:
            cursor.execute(statement, [_text(batch, columns, creating=True)])
            for instance, (pk,) in zip(batch, cursor.fetchall(), strict=True):
                instance.pk = pk
                instance._state.adding = False
                instance._state.db = connection.alias


def _stamp(instances: Sequence[Any], fields: Sequence[Any]) -> None:
    """Give new rows their times, the same to all."""
    now = timezone.now()
    for field in fields:
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            for instance in instances:
                setattr(instance, field.attname, now)


def update_rows(instances: Sequence[Model], names: Sequence[str]) -> None:
    """Store the named fields of instances of one model.

    The values must be plain, not expressions. A file is put into its storage first; times of
    change are the caller's to set. Raises the DatabaseError of the constraint that is broken.
    """
    if not instances or not names:
        return
    meta = type(instances[0])._meta
    key: Any = meta.pk
    columns = [_column(key), *(_column(meta.get_field(name)) for name in dict.fromkeys(names))]
    changes = ", ".join(f"{column.name} = v.c{n}" for n, column in enumerate(columns) if n)
    statement = (
        f"UPDATE {_quoted(meta.db_table)} AS t SET {changes} "  # noqa: S608
        f"FROM {_recordset(columns)} WHERE t.{_quoted(key.column)} = v.c0"
    )
    for start in range(0, len(instances), BATCH):
        with prepared() as cursor:
            batch = instances[start : start + BATCH]
            cursor.execute(statement, [_text(batch, columns, creating=False)])


@cache
def _written(meta: Any, *, keyed: bool) -> tuple[Any, ...]:
    """The fields that an insert fills."""
    found = meta.local_concrete_fields
    return tuple(
        field for field in found if not field.generated and (keyed or not field.primary_key)
    )


def _recordset(columns: Sequence[_Column]) -> str:
    listed = ", ".join(f"c{n} {column.sql_type}" for n, column in enumerate(columns))
    return f"json_to_recordset(%s::json) AS v({listed})"


def _picked(columns: Sequence[_Column]) -> str:
    return ", ".join(f"c{n}" for n in range(len(columns)))


def _text(instances: Sequence[Any], columns: Sequence[_Column], *, creating: bool) -> str:
    named = [(f"c{n}", column) for n, column in enumerate(columns)]
    rows = [{name: c.value(instance, creating) for name, c in named} for instance in instances]
    return json.dumps(rows, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Json | Jsonb):
        return value.obj
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be stored by many.")


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
