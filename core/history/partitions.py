"""One partition a month, made ahead of time and dropped when it is too old."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone

log = logging.getLogger(__name__)

TABLE = "core_objectchange"
REST = f"{TABLE}_rest"  # the default partition: no write ever fails for want of a month
AHEAD = 3  # months
_NAME = re.compile(rf"{TABLE}_(\d{{4}})_(\d{{2}})")


def month_of(moment: dt.datetime, later: int = 0) -> tuple[int, int]:
    """Year and month of a moment in UTC, or of so many months later."""
    moment = moment.astimezone(dt.UTC)
    number = moment.year * 12 + moment.month - 1 + later
    return number // 12, number % 12 + 1


def _start(month: tuple[int, int]) -> dt.datetime:
    return dt.datetime(*month, 1, tzinfo=dt.UTC)


def existing() -> list[tuple[int, int]]:
    """The months that have a partition, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass",
            [TABLE],
        )
        names = [row[0] for row in cursor.fetchall()]
    found = [match for match in map(_NAME.fullmatch, names) if match]
    return sorted((int(match[1]), int(match[2])) for match in found)


def prepare(now: dt.datetime | None = None) -> list[tuple[int, int]]:
    """Make the partitions of this month and the next three; the months that were made.

    Rows of such a month that are in the default partition are moved.
    """
    now = now or timezone.now()
    known = set(existing())
    made = [m for m in (month_of(now, n) for n in range(AHEAD + 1)) if m not in known]
    for month in made:
        with transaction.atomic(), connection.cursor() as cursor:
            _create(cursor, month)
    return made


def _create(cursor: Any, month: tuple[int, int]) -> None:
    year, number = month
    name = f"{TABLE}_{year:04}_{number:02}"
    low = _start(month)
    high = _start(month_of(low, 1))
    cursor.execute("SET LOCAL lock_timeout = '10s'")
    cursor.execute(f"LOCK TABLE {REST} IN ACCESS EXCLUSIVE MODE")
    cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    cursor.execute(
        f"WITH moved AS (DELETE FROM {REST} WHERE time >= %s AND time < %s RETURNING *)"  # noqa: S608
        f" INSERT INTO {name} SELECT * FROM moved",
        [low, high],
    )
    # Unlike CREATE ... PARTITION OF, attaching lets others read and write meanwhile.
    cursor.execute(
        f"ALTER TABLE {TABLE} ATTACH PARTITION {name}"
        f" FOR VALUES FROM ('{low.isoformat()}') TO ('{high.isoformat()}')"
    )


def expire(now: dt.datetime) -> list[tuple[int, int]]:
    """Drop the months that are older than HISTORY_MONTHS; the months that were dropped.

    A month that a reader of the outbox has not finished is kept. One that cannot be had at once,
    because somebody reads it, is left for the next time.
    """
    months: int = settings.HISTORY_MONTHS
    if not months:
        return []
    from core import outbox

    last = month_of(now, -months)
    dropped = []
    for year, number in existing():
        if (year, number) >= last:
            break
        name = f"{TABLE}_{year:04}_{number:02}"
        behind = outbox.waiting_for(name)
        if behind:
            log.warning("History of %s-%02d is kept: %s has not read it", year, number, behind)
            break
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '5s'")
                cursor.execute(f"DROP TABLE {name}")
        except OperationalError:
            log.warning("History of %s-%02d is in use and stays until the next try", year, number)
            break
        dropped.append((year, number))
    return dropped
