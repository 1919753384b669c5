"""Reading the change history in order, each change once: the outbox of webhooks, alerts and so on.

Ids of changes are given while their transactions run, so a low id may be committed after a high
one. A reader that only remembered the last id it saw would skip it. Therefore an id is read only
when it is settled: no transaction runs any more that could still commit an id up to it. That is
found by a fence: first read the last id given, then take a transaction number. Whoever has an id up
to that one had a smaller transaction number, so once all smaller ones have ended, all those ids
are there or never will be.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from core.models import ObjectChange, OutboxReader

BATCH = 500
STRETCH = 50_000
_GIVEN = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM core_objectchange_id_seq"
_AT = f"SELECT position, ({_GIVEN}) FROM core_outboxreader WHERE name = %s"  # noqa: S608
# Own number, and the smallest of those that run and are not known to be of another database of the
# server: only numbers of this one hold changes back. Whose a number is never changes, so it does
# no harm if the list of sessions is older than the snapshot.
_NUMBERS = """
    WITH elsewhere AS (
        SELECT backend_xid FROM pg_stat_activity
        WHERE backend_xid IS NOT NULL AND datname <> current_database())
    SELECT pg_current_xact_id()::text::bigint, coalesce(
        (SELECT min(running::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) running
         WHERE running::xid NOT IN (SELECT backend_xid FROM elsewhere)),
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
"""


def add_reader(name: str, *, from_start: bool = False) -> None:
    """Make a named reader, which begins with what is written from now on, or with everything."""
    given = 0 if from_start else _one(_GIVEN)
    OutboxReader.objects.get_or_create(name=name, defaults={"position": given, "settled": given})


def behind(name: str) -> bool:
    """Whether a reader has yet to do any change, settled or not."""
    found = _row(_AT, name)
    return found is not None and found[0] < found[1]


@contextmanager
def claim(name: str, limit: int = BATCH, where: Q | None = None) -> Iterator[list[ObjectChange]]:
    """The next changes of a reader, in order, as a context inside one transaction.

    With `where` only those that meet it; the others are passed over.

    When the block ends well the reader has done them; when it raises, or the process dies, they
    are claimed again. Only one process at a time has a reader: the others get an empty list, as
    they do while nothing is settled. Changes of transactions that still run come later, and so do
    all after them. Raises OutboxReader.DoesNotExist for an unknown reader.
    """
    with _turn(name) as reader:
        if reader is None:
            yield []
            return
        ahead = ObjectChange.objects.filter(pk__gt=reader.position, pk__lte=reader.settled)
        changes = list(ahead.filter(where or Q()).order_by("pk")[:limit])
        yield changes
        full = len(changes) == limit
        reader.position = changes[-1].pk if full else max(reader.position, reader.settled)


@dataclass(frozen=True)
class Stretch:
    """Changes with ids above `after`, up to `last`; whether `more` are settled behind them."""

    after: int = 0
    last: int = 0
    more: bool = False


@contextmanager
def claim_stretch(name: str, limit: int = STRETCH) -> Iterator[Stretch]:
    """The next changes of a reader, otherwise as `claim`, for who asks what they have in common.

    A statement finds that in a fraction of the time in which they are read one by one, and a bulk
    write leaves tens of thousands. `limit` is how far the ids reach.
    """
    with _turn(name) as reader:
        if reader is None:
            yield Stretch()
            return
        last = max(reader.position, min(reader.settled, reader.position + limit))
        yield Stretch(reader.position, last, last < reader.settled)
        reader.position = last


@contextmanager
def _turn(name: str) -> Iterator[OutboxReader | None]:
    """A reader, locked and settled, whose position is kept.

    None while another process has it, and where it has done every change that was given an id:
    then nothing is locked, since a lock takes a transaction number, and with each of these all
    kept counts are void (`core.counting`).
    """
    with transaction.atomic(durable=True):
        found = _row(_AT, name)
        if found is None:
            raise OutboxReader.DoesNotExist(f"There is no reader of the outbox called {name}.")
        position, given = found
        # The lock takes this transaction's number, which must come after the id above.
        waiting = OutboxReader.objects.select_for_update(skip_locked=True).filter(name=name)
        reader = waiting.first() if position < given else None
        if reader is None:
            yield None
            return
        _settle(reader, given)
        yield reader
        reader.save()


def _settle(reader: OutboxReader, given: int) -> None:
    """Find up to which id everything is there, now or since the last fence was put."""
    own, oldest = _row(_NUMBERS)
    if oldest >= own:
        reader.settled = max(reader.settled, given)
    elif reader.fence > reader.settled and oldest >= reader.fence_transaction:
        reader.settled = reader.fence
    if reader.fence <= reader.settled:
        reader.fence, reader.fence_transaction = given, own


def waiting_for(partition: str) -> str:
    """Names of the readers that have not done all changes of a partition of the history."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {partition}")  # noqa: S608
        last = cursor.fetchone()[0]
    names = OutboxReader.objects.filter(position__lt=last).values_list("name", flat=True)
    return ", ".join(names.order_by("name"))


def _one(statement: str) -> int:
    return int(_row(statement)[0])


def _row(statement: str, *parameters: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchone()
