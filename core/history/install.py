"""Puts the history's functions and triggers into the database; run after every `migrate`."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from core.history import partitions
from core.history.subjects import Link, Subject, links, subjects

FUNCTIONS = Path(__file__).with_name("functions.sql")
LOCK = 0x4869 << 44
PREFIX = "history_"
_ROWS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
}


def install(**_options: Any) -> None:
    """Bring functions, triggers, what they know of the tables, and partitions up to date."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SELECT to_regclass('core_history_subject') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return  # migrated back to before there was a history
        cursor.execute(FUNCTIONS.read_text(encoding="utf-8"))
        _describe(cursor, subjects())
        wanted = triggers()
        present = existing(cursor)
        statements = [f"DROP TRIGGER {name} ON {table}" for table, name in present - set(wanted)]
        for (table, name), sql in wanted.items():
            if (table, name) not in present:
                statements += [f"DROP TRIGGER IF EXISTS {name} ON {table}", sql]
        if statements:
            cursor.execute(";\n".join(statements))
    partitions.prepare()


def missing() -> list[tuple[str, str]]:
    """(table, trigger) of every trigger that should be in the database and is not, or is off."""
    with connection.cursor() as cursor:
        return sorted(set(triggers()) - existing(cursor))


def existing(cursor: Any) -> set[tuple[str, str]]:
    """(table, trigger) of the history's triggers that are in the database and enabled."""
    cursor.execute(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname LIKE %s AND t.tgenabled <> 'D' AND NOT t.tgisinternal",
        [PREFIX.replace("_", r"\_") + "%"],
    )
    return set(cursor.fetchall())


def triggers() -> dict[tuple[str, str], str]:
    """The statement that makes each trigger, by table and trigger."""
    found: dict[tuple[str, str], str] = {}
    for subject in subjects():
        for event in _ROWS:
            found |= _trigger(subject.table_name, "", event, "core_record_change()")
        found |= _refusal(subject.table_name)
    for link in links():
        for event in _ROWS:
            found |= _trigger(link.table_name, f"{link.name}_", event, _call(link))
    return found


def _call(link: Link) -> str:
    values = (link.name, link.owner, link.owner_column, link.member_column)
    arguments = ", ".join(f"'{value}'" for value in values)
    return f"core_record_link({arguments})"


def _trigger(table: str, name: str, event: str, call: str) -> dict[tuple[str, str], str]:
    trigger = f"{PREFIX}{name}{event.lower()}"
    quoted = connection.ops.quote_name(table)
    sql = (
        f"CREATE TRIGGER {trigger} AFTER {event} ON {quoted} {_ROWS[event]}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {call}"
    )
    return {(table, trigger): sql}


def _refusal(table: str) -> dict[tuple[str, str], str]:
    """TRUNCATE, which has no rows to record, is refused."""
    trigger = f"{PREFIX}truncate"
    quoted = connection.ops.quote_name(table)
    sql = (
        f"CREATE TRIGGER {trigger} BEFORE TRUNCATE ON {quoted}"
        " FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_truncate()"
    )
    return {(table, trigger): sql}


def _describe(cursor: Any, found: list[Subject]) -> None:
    """Tell the functions of each table's names, secrets and so on."""
    names = [field.name for field in fields(Subject)]
    columns = ", ".join(names)
    cursor.execute(
        "DELETE FROM core_history_subject WHERE NOT table_name = ANY(%s)",
        [[subject.table_name for subject in found]],
    )
    assignments = ", ".join(f"{name} = EXCLUDED.{name}" for name in names[1:])
    cursor.execute(
        f"INSERT INTO core_history_subject ({columns}) SELECT {columns}"  # noqa: S608
        " FROM jsonb_populate_recordset(NULL::core_history_subject, %s)"
        f" ON CONFLICT (table_name) DO UPDATE SET {assignments}",
        [Jsonb([asdict(subject) for subject in found])],
    )
