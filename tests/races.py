"""What tests of database rules share: expected refusals and writes that truly run at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction


def constraint_of(error: BaseException) -> str:
    """The name of the constraint that PostgreSQL refused a write for."""
    cause = error.__cause__
    assert isinstance(cause, psycopg.Error), error
    return cause.diag.constraint_name or ""


@contextmanager
def refused(constraint: str) -> Iterator[None]:
    """Asserts that the block is refused for this constraint, and undoes it."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    assert constraint_of(caught.value) == constraint


def at_once(writes: Sequence[Callable[[], object]]) -> list[DatabaseError | None]:
    """Run each write in a transaction and connection of its own, all open before the first write.

    Returns the error of each write, in order; None where it was committed.
    """
    barrier = Barrier(len(writes))

    def run(write: Callable[[], object]) -> DatabaseError | None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
                barrier.wait(timeout=120)
                write()
        except DatabaseError as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(writes)) as pool:
        return list(pool.map(run, writes))


def while_open(first: Callable[[], object], second: Callable[[], object]) -> DatabaseError | None:
    """Run `second` in its own connection while the transaction of `first` is open.

    The first is committed once the second waits for a lock or is through, so the two overlap each
    time. Returns the error of the second, None where it was committed.
    """

    def run() -> DatabaseError | None:
        try:
            with transaction.atomic():
                second()
        except DatabaseError as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            other = pool.submit(run)
            while not other.done() and not _somebody_waits():
                time.sleep(0.01)
        return other.result()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        # Within a transaction PostgreSQL keeps telling of the sessions it saw first.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE NOT l.granted AND a.datname = current_database())"
        )
        [found] = cursor.fetchone()
    return bool(found)
