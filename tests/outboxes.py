"""Reading the outbox to its end while other tests' transactions run beside."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import connection
from django.db.models import Max

from core.models import ObjectChange, OutboxReader


def read_all(reader: str, take: Callable[[], object]) -> None:
    """Call `take` until the named reader has done everything that was written."""
    last = ObjectChange.objects.aggregate(last=Max("pk"))["last"] or 0
    for _ in range(2400):
        while take():
            pass
        if OutboxReader.objects.get(name=reader).position >= last:
            return
        pass_on()
        time.sleep(0.025)
    raise AssertionError("The outbox does not settle.")


def pass_on() -> None:
    """End a transaction beside the test's own, which PostgreSQL's snapshots then reach behind."""
    beside = connection.copy()
    try:
        with beside.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
    finally:
        beside.close()
