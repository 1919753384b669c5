"""Many rows written by one statement, where the ORM would write a CASE for every value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

BATCH = 2000


def update_rows(instances: Sequence[Model], names: Sequence[str]) -> None:
    """Store the named fields of instances of one model: one statement a batch.

    The values must be plain, not expressions. A file is put into its storage first. Raises the
    DatabaseError of the constraint that is broken.
    """
    if not instances or not names:
        return
    meta = type(instances[0])._meta
    key: Any = meta.pk
    fields: list[Any] = [meta.get_field(name) for name in dict.fromkeys(names)]
    quote = connection.ops.quote_name
    columns = [quote(field.column) for field in fields]
    row = "(" + ", ".join(f"%s::{_type(field)}" for field in (key, *fields)) + ")"
    for start in range(0, len(instances), BATCH):
        batch = instances[start : start + BATCH]
        values = [value for instance in batch for value in _values(instance, key, fields)]
        statement = (
            f"UPDATE {quote(meta.db_table)} AS t "  # noqa: S608
            f"SET {', '.join(f'{column} = v.{column}' for column in columns)} "
            f"FROM (VALUES {', '.join([row] * len(batch))}) "
            f"AS v (_key, {', '.join(columns)}) WHERE t.{quote(key.column)} = v._key"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


def _values(instance: Any, key: Any, fields: Sequence[Any]) -> list[Any]:
    values = [instance.pk]
    for field in fields:
        # A time of change is the writer's to set, the same for all rows of a request.
        kept = getattr(field, "auto_now", False)
        value = getattr(instance, field.attname) if kept else field.pre_save(instance, False)
        values.append(field.get_db_prep_save(value, connection))
    return values


def _type(field: Any) -> str:
    """A column's type without its bounds, which a cast would enforce by cutting off."""
    return re.sub(r"\(.*?\)", "", str(field.rel_db_type(connection)))
