"""Partitions of the history, and its readers."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from core import outbox
from core.history import partitions
from core.models import Group, ObjectChange, OutboxReader
from tests.outboxes import pass_on


def names(changes: Any) -> list[str]:
    return [change.object_repr for change in changes]


def read(reader: str, expected: list[str], limit: int = 500) -> None:
    """Claim until as many changes came as are expected; they must be these.

    What still runs beside may hold changes back, so they may come later.
    """
    seen: list[str] = []
    deadline = time.monotonic() + 180
    while len(seen) < len(expected) and time.monotonic() < deadline:
        with outbox.claim(reader, limit) as changes:
            seen += names(changes)
        if not changes:
            pass_on()
            time.sleep(0.05)
    assert seen == expected


def age(to: dt.datetime) -> None:
    """Give all changes this time, as if they had been written then."""
    ObjectChange.objects.update(time=to)


@pytest.mark.django_db
def test_months_are_made_ahead_and_take_over_what_waited_for_them() -> None:
    now = timezone.now()
    assert [partitions.month_of(now, n) for n in range(4)] == partitions.existing()[-4:]
    Group.objects.create(name="late")
    later = now + dt.timedelta(days=400)
    age(later)  # no month is there yet
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_objectchange_rest")
        assert cursor.fetchone() == (1,)
        made = partitions.prepare(later)
        assert made == [partitions.month_of(later, n) for n in range(4)]
        year, month = made[0]
        cursor.execute(f"SELECT count(*) FROM core_objectchange_{year}_{month:02}")
        assert cursor.fetchone() == (1,)
    assert partitions.prepare(later) == []
    assert names(ObjectChange.objects.all()) == ["late"]


@pytest.mark.django_db
def test_months_that_are_too_old_are_dropped_once_they_are_read(settings: Settings) -> None:
    settings.HISTORY_MONTHS = 2
    now = timezone.now()
    old = now - dt.timedelta(days=100)
    partitions.prepare(old)
    outbox.add_reader("tests")
    Group.objects.create(name="old")
    age(old)
    months = partitions.existing()
    assert partitions.expire(now) == []  # the reader has not come so far
    read("tests", ["old"])
    assert partitions.expire(now) == [m for m in months if m < partitions.month_of(now, -2)]
    assert names(ObjectChange.objects.all()) == []
    settings.HISTORY_MONTHS = 0
    assert partitions.expire(now + dt.timedelta(days=9999)) == []


@pytest.mark.django_db
def test_a_reader_gets_batches_in_order_and_again_after_a_failure() -> None:
    outbox.add_reader("tests")
    for name in "abcde":
        Group.objects.create(name=name)
    claimed: list[str] = []
    while not claimed:
        with contextlib.suppress(RuntimeError), outbox.claim("tests", 2) as changes:
            claimed = names(changes)
            raise RuntimeError
    assert claimed == ["a", "b"]
    read("tests", list("abcde"), 2)
    with pytest.raises(OutboxReader.DoesNotExist), outbox.claim("nobody"):
        pass


@pytest.mark.django_db(transaction=True)
def test_a_late_commit_is_not_passed_over() -> None:
    outbox.add_reader("tests")
    written, finish = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                Group.objects.create(name="slow")
                written.set()
                assert finish.wait(180)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(slow)
        assert written.wait(180)
        Group.objects.create(name="quick")  # has the higher id and is there first
        with outbox.claim("tests") as changes:
            assert changes == []
        finish.set()
        running.result()
    read("tests", ["slow", "quick"])


@pytest.mark.django_db(transaction=True)
def test_a_reader_with_nothing_ahead_takes_no_transaction_number() -> None:
    """Each number voids the kept counts of lists."""

    def number() -> tuple[Any, ...]:
        with outbox.claim_stretch("tests") as stretch, connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
            return (stretch.last > stretch.after, *cursor.fetchone())

    outbox.add_reader("tests")
    assert number() == (False, False)
    Group.objects.create(name="one")
    with contextlib.suppress(RuntimeError), transaction.atomic():
        Group.objects.create(name="undone")  # leaves an id that no change has
        raise RuntimeError
    for _ in range(2400):
        found, locked = number()
        assert locked
        if found:
            break
        pass_on()
        time.sleep(0.025)
    assert number() == (False, False)


@pytest.mark.django_db(transaction=True)
def test_what_is_settled_comes_although_others_keep_writing() -> None:
    outbox.add_reader("tests")
    Group.objects.create(name="first")
    steps: list[tuple[threading.Event, threading.Event]] = []

    def writer(name: str) -> Any:
        begun, finish = threading.Event(), threading.Event()
        steps.append((begun, finish))

        def work() -> None:
            try:
                with transaction.atomic():
                    Group.objects.create(name=name)
                    begun.set()
                    assert finish.wait(180)
            finally:
                connection.close()

        return work

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(writer("one"))
        steps[0][0].wait(180)
        with outbox.claim("tests") as changes:  # puts the fence
            assert changes == []
        two = pool.submit(writer("two"))
        steps[1][0].wait(180)
        steps[0][1].set()
        one.result()
        read("tests", ["first", "one"])  # "two" still runs, but began behind the fence
        steps[1][1].set()
        two.result()
    read("tests", ["two"])


@pytest.mark.django_db(transaction=True)
def test_several_readers_at_once_do_each_change_once_and_in_order() -> None:
    outbox.add_reader("tests")
    outbox.add_reader("webhooks")
    total, writers = 120, 4
    done: dict[str, list[int]] = {"tests": [], "webhooks": []}
    writing = threading.Barrier(writers)

    def write(number: int) -> None:
        try:
            writing.wait(180)
            for n in range(total // writers):
                with transaction.atomic():
                    Group.objects.create(name=f"{number}-{n}")
        finally:
            connection.close()

    def read(name: str) -> None:
        try:
            while len(done[name]) < total:
                with outbox.claim(name, 7) as changes:
                    done[name].extend(change.pk for change in changes)
        finally:
            connection.close()

    with ThreadPoolExecutor(writers + 4) as pool:
        work = [pool.submit(write, n) for n in range(writers)]
        work += [pool.submit(read, name) for name in ("tests", "webhooks") * 2]
        for one in work:
            one.result(120)
    everything = list(ObjectChange.objects.order_by("pk").values_list("pk", flat=True))
    assert done == {"tests": everything, "webhooks": everything}
