"""Rows by COPY: for cables, their ends and what else comes by the hundred thousand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model


def draw_ids(model: type[Model], count: int) -> list[int]:
    """Ids for new rows of a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [pk for (pk,) in cursor.fetchall()]


def copy(
    model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], now: datetime
) -> None:
    """Store rows of the given columns; every other column has its model's default."""
    given = list(columns)
    rest: list[Any] = []
    for field in model._meta.concrete_fields:
        if field.column in columns or field.primary_key or field.generated:
            continue
        assert field.column is not None
        value = field.get_default()
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            value = now
        elif isinstance(value, dict):
            value = "{}"
        given.append(field.column)
        rest.append(value)
    names = ", ".join(f'"{name}"' for name in given)
    statement = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row([*row, *rest])
