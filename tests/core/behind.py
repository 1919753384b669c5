"""Writes that go around the triggers, to break rules on purpose."""

from __future__ import annotations

import re
from typing import Any

from django.db import connection

Statements = list[str]
TABLE = re.compile(r"(?:UPDATE|INSERT INTO|DELETE FROM) (\w+)")


def behind(statements: Statements) -> None:
    """Run statements while the triggers of the tables they write are switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            found = TABLE.match(statement)
            if found:
                cursor.execute(f"ALTER TABLE {found[1]} DISABLE TRIGGER USER")
            cursor.execute(statement)
            if found:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE {found[1]} ENABLE TRIGGER USER")


def put(table: str, pk: int, **columns: Any) -> Statements:
    """An UPDATE of one row; values are SQL."""
    changes = ", ".join(f"{name} = {value}" for name, value in columns.items())
    return [f"UPDATE {table} SET {changes} WHERE id = {pk}"]
