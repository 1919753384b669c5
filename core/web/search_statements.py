"""The statement of a search: one SELECT a resource, put together once and kept.

Fifty resources take Django longer to put into SQL than PostgreSQL to search. What a resource's part
looks like depends on the text only by its parameters, and by whether it is long enough for the
search index; so it is compiled with a placeholder for the text and used for every search of a user
who may see all rows of it. For others it is compiled each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from core import access
from core.resource import Resource
from core.search_index import PIECE

# Of the length that the search index needs, and of one below; no character means anything in LIKE.
_LONG, _SHORT = "\ue000\ue001\ue002", "\ue000\ue001"

Row = tuple[str, int, int, int]
Matches = Callable[[Resource, access.Actor, str, int], QuerySet[Any]]
Part = tuple[str, tuple[Any, ...]]

_kept: dict[tuple[Matches, str, str, int], Part] = {}


def run(
    resources: Sequence[Resource], user: access.Actor, text: str, limit: int, matches: Matches
) -> list[Row]:
    """The rows of all resources, searched by one statement."""
    made = (_part(resource, user, text, limit, matches) for resource in resources)
    parts = [part for part in made if part]
    if not parts:
        return []
    sql = " UNION ALL ".join(f"({part})" for part, _ in parts)
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, values in parts for value in values])
        return [(row[0], row[1], row[2], row[3]) for row in cursor.fetchall()]


def _part(
    resource: Resource, user: access.Actor, text: str, limit: int, matches: Matches
) -> Part | None:
    text = resource.search_text(text)
    if not _alike_for_all(resource, user):
        return _compiled(matches(resource, user, text, limit))
    placeholder = _LONG if len(text) >= PIECE else _SHORT
    key = (matches, resource.path, placeholder, limit)
    if key not in _kept and (made := _compiled(matches(resource, user, placeholder, limit))):
        _kept[key] = made
    if key not in _kept:
        return None
    sql, values = _kept[key]
    return sql, tuple(_filled(value, placeholder, text) for value in values)


def _alike_for_all(resource: Resource, user: access.Actor) -> bool:
    """Whether the user sees every row and every text searched, and no searched field is made."""
    if any(column.definition.searched for column in resource.custom_columns.values()):
        return False
    return access.may_all(user, access.VIEW, resource.model) and not any(
        access.along(resource.model, column, user) for column in resource.search if "__" in column
    )


def _compiled(rows: QuerySet[Any]) -> Part | None:
    try:
        sql, values = rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:  # there is nothing that this user may see
        return None
    return sql, tuple(values)


def _filled(value: Any, placeholder: str, text: str) -> Any:
    if not isinstance(value, str) or placeholder not in value:
        return value
    if value == placeholder:
        return text
    return value.replace(placeholder, connection.ops.prep_for_like_query(text))
