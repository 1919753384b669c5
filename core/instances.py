"""Instances by id, as writing needs them: for who may see all, one statement that is prepared.

Composing such a statement anew takes the ORM longer than PostgreSQL needs to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from core import access
from core.access import Actor
from core.gather import prepared

M = TypeVar("M", bound=Model)
Convert = Callable[[Any, Any, Any], Any]

FOR_UPDATE, FOR_CHANGE = " FOR UPDATE", " FOR NO KEY UPDATE"


def find(model: type[M], ids: Collection[int], user: Actor) -> list[M]:
    """The rows with these ids that `user` may see, in the order of their ids."""
    if access.may_all(user, access.VIEW, model):
        return every(model, ids)
    return list(access.visible(model, user).filter(pk__in=ids).order_by("pk"))


def lock(model: type[M], ids: Collection[int], user: Actor, action: str) -> list[M]:
    """The rows that `user` may see and do `action` on, locked until the transaction ends.

    Those that are to be deleted are locked against new references too.
    """
    strong = action == access.DELETE
    if access.may_all(user, access.VIEW, model) and access.may_all(user, action, model):
        return every(model, ids, FOR_UPDATE if strong else FOR_CHANGE)
    rows: QuerySet[M] = access.restrict(access.visible(model, user), user, action)
    rows = rows.select_for_update(of=("self",), no_key=not strong)
    return list(rows.filter(pk__in=ids).order_by("pk"))


def every(model: type[M], ids: Collection[int], locking: str = "") -> list[M]:
    """The rows with these ids, whoever asks, in the order of their ids."""
    if not ids:
        return []
    statement, names, converts = _selection(model)
    with prepared() as cursor:
        cursor.execute(statement + locking, [f"{{{','.join(map(str, ids))}}}"])
        rows: Iterable[Any] = cursor.fetchall()
    if converts:
        rows = [_converted(row, converts) for row in rows]
    return [model.from_db(connection.alias, names, row) for row in rows]


def attach(rows: Sequence[Any], field: Any) -> None:
    """Give rows the row that each refers to by a foreign key, as far as they have it not yet."""
    lacking = [row for row in rows if not field.is_cached(row)]
    ids = {row.__dict__[field.attname] for row in lacking} - {None}
    found = {row.pk: row for row in every(field.related_model, ids)}
    for row in lacking:
        if (pk := row.__dict__[field.attname]) in found:
            field.set_cached_value(row, found[pk])


@cache
def _selection(model: type[Model]) -> tuple[str, list[str], list[tuple[int, Any, list[Convert]]]]:
    """The statement for rows by id, the names of its columns and what converts their values."""
    quote = connection.ops.quote_name
    fields, key = model._meta.concrete_fields, quote(str(model._meta.pk.column))
    columns = ", ".join(quote(str(field.column)) for field in fields)
    statement = (
        f"SELECT {columns} FROM {quote(model._meta.db_table)}"  # noqa: S608
        f" WHERE {key} = ANY(%s::bigint[]) ORDER BY {key}"
    )
    converts = [
        (index, field.get_col(model._meta.db_table), field.get_db_converters(connection))
        for index, field in enumerate(fields)
    ]
    return statement, [str(field.attname) for field in fields], [c for c in converts if c[2]]


def _converted(row: Any, converts: list[tuple[int, Any, list[Convert]]]) -> list[Any]:
    values = list(row)
    for index, expression, functions in converts:
        for function in functions:
            values[index] = function(values[index], expression, connection)
    return values
