"""How many rows a statement finds, counted anew only when something has been written since.

Counting is all that reading a page of a long list costs more than reading one of a short list. What
a statement can see is told by PostgreSQL's snapshot: which transactions have ended. While it is the
same, so is the count. It is kept with the connection, and only of what everybody sees alike: not
inside a transaction that has written, and not on a replica, whose snapshot does not tell all.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from django.db import connections

# The snapshot as a text; NULL where it does not tell enough.
SNAPSHOT = (
    "CASE WHEN pg_current_xact_id_if_assigned() IS NULL AND NOT pg_is_in_recovery()"
    " THEN pg_current_snapshot()::text END"
)
KEPT_MAX = 64  # statements a connection

_kept: WeakKeyDictionary[Any, dict[str, tuple[str, str]]] = WeakKeyDictionary()


def known(statement: str, using: str) -> tuple[str, str]:
    """The snapshot at which the statement's rows were counted, and the count; both as texts."""
    return _of(using).get(statement, ("", "0"))


def keep(statement: str, using: str, snapshot: str | None, count: int) -> None:
    """Note a count for this connection."""
    found = _of(using)
    found.pop(statement, None)
    if snapshot is not None:
        found[statement] = (snapshot, str(count))
        if len(found) > KEPT_MAX:
            del found[next(iter(found))]


def _of(using: str) -> dict[str, tuple[str, str]]:
    connection = connections[using]
    connection.ensure_connection()
    return _kept.setdefault(connection.connection, {})
