"""Background jobs: run once, seen while they run, stopped, never lost."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.db import connections
from django.test import Client
from django.utils import timezone

from core import jobs, registry
from core.models import Job, Tag, User
from headroom.celery import app
from tests.core.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

Eventually = Callable[[Callable[[], object]], None]


@jobs.job("test.count", "Count")
def _count(run: jobs.Run) -> dict[str, int]:
    for number in range(run.arguments["to"]):
        run.progress(number, run.arguments["to"])
        Tag.objects.create(name=f"t{number}", slug=f"t{number}")
    run.log("counted")
    run.attach("numbers.txt", [b"1\n", b"2\n"])
    return {"counted": run.arguments["to"]}


@jobs.job("test.break", "Break")
def _break(run: jobs.Run) -> None:
    raise RuntimeError("the belt is off")


@jobs.job("test.refuse", "Refuse")
def _refuse(run: jobs.Run) -> None:
    raise jobs.Refused("Not today.", {"why": "tired"})


class Gate:
    """Lets a test look at a job while it runs."""

    def __init__(self) -> None:
        self.entered, self.go_on = threading.Event(), threading.Event()


gate = Gate()


@jobs.job("test.wait", "Wait")
def _wait(run: jobs.Run) -> None:
    from django.db import transaction

    with transaction.atomic():
        Tag.objects.create(name="half", slug="half")
        run.progress(1, 2)
        gate.entered.set()
        assert gate.go_on.wait(120)
        run.progress(2, 2)


@pytest.fixture
def owner() -> User:
    return UserFactory(username="owner")


@pytest.fixture
def boss() -> User:
    return UserFactory(username="boss", is_superuser=True)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def running(owner: User) -> Iterator[Job]:
    """A job in the middle of its work, in another thread."""
    global gate
    gate = Gate()
    record = jobs.enqueue("test.wait", {}, owner)

    def work() -> None:
        try:
            jobs.run(record.pk)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    assert gate.entered.wait(180)
    yield record
    gate.go_on.set()
    thread.join()


def test_a_job_runs_once_though_its_message_comes_twice(owner: User) -> None:
    record = jobs.enqueue("test.count", {"to": 3}, owner)
    assert record.status == "pending"
    assert jobs.run(record.pk) is True
    assert jobs.run(record.pk) is False
    record.refresh_from_db()
    assert (record.status, record.data, record.error) == ("completed", {"counted": 3}, "")
    assert Tag.objects.count() == 3
    assert [entry["message"] for entry in record.log_entries] == ["counted"]
    assert record.started and record.completed and record.started <= record.completed


def test_two_workers_at_once_run_it_once(owner: User) -> None:
    record = jobs.enqueue("test.count", {"to": 5}, owner)
    barrier, ran = threading.Barrier(4), []

    def work() -> None:
        barrier.wait(180)
        try:
            ran.append(jobs.run(record.pk))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == [False, False, False, True]
    assert Tag.objects.count() == 5


def test_a_failure_is_told_in_a_sentence_with_the_traceback_in_the_log(owner: User) -> None:
    record = jobs.enqueue("test.break", {}, owner)
    jobs.run(record.pk)
    record.refresh_from_db()
    assert (record.status, record.error) == ("errored", "RuntimeError: the belt is off")
    assert "_break" in record.log_entries[0]["message"]


def test_refused_work_says_why(owner: User) -> None:
    record = jobs.enqueue("test.refuse", {}, owner)
    jobs.run(record.pk)
    record.refresh_from_db()
    assert (record.status, record.error) == ("failed", "Not today.")
    assert record.data == {"why": "tired"}


def test_work_nobody_knows_is_refused(owner: User) -> None:
    with pytest.raises(LookupError):
        jobs.enqueue("test.unknown", {}, owner)
    record = Job.objects.create(name="Old", kind="test.gone")
    jobs.run(record.pk)
    record.refresh_from_db()
    assert record.status == "failed" and "test.gone" in record.error


def test_progress_is_seen_while_the_work_is_not_committed(running: Job) -> None:
    running.refresh_from_db()
    assert (running.status, running.progress, running.total) == ("running", 1, 2)
    assert not Tag.objects.exists()


def test_a_running_job_is_cancelled_at_its_next_step(
    running: Job, owner: User, eventually: Eventually
) -> None:
    client = signed_in(owner)
    answer = client.post(f"/core/jobs/{running.pk}/cancel/")
    assert answer.status_code == 302
    gate.go_on.set()
    eventually(lambda: Job.objects.get(pk=running.pk).status != "running")
    running.refresh_from_db()
    assert (running.status, running.error) == ("failed", "Cancelled. Nothing has been changed.")
    assert not Tag.objects.exists()


def test_a_waiting_job_is_cancelled_at_once(owner: User) -> None:
    record = jobs.enqueue("test.count", {"to": 1}, owner)
    assert jobs.cancel(record, owner) is True
    assert jobs.run(record.pk) is False
    assert jobs.cancel(record, owner) is False
    record.refresh_from_db()
    assert record.status == "failed" and "owner" in record.error


def test_cancelling_by_rest(owner: User, boss: User) -> None:
    record = jobs.enqueue("test.count", {"to": 1}, owner)
    address = f"/api/core/jobs/{record.pk}/cancel/"
    stranger = signed_in(UserFactory())
    assert Client().post(address).status_code in (401, 403)
    assert stranger.post(address).status_code == 404
    answer = signed_in(boss).post(address)
    assert answer.status_code == 200
    assert answer.json()["status"] == {"value": "failed", "label": "Failed"}
    assert signed_in(boss).post(address).status_code == 409
    assert signed_in(boss).get(address).status_code == 405


def test_the_sweep_marks_jobs_of_dead_workers(owner: User) -> None:
    record = jobs.enqueue("test.count", {"to": 1}, owner)
    with jobs.Ledger(record.pk) as ledger:
        assert ledger.claim()
        jobs.sweep(timezone.now())
        record.refresh_from_db()
        assert record.status == "running", "its worker holds the lock"
    jobs.sweep(timezone.now())
    record.refresh_from_db()
    assert (record.status, record.error) == ("failed", jobs.LOST)


def test_the_sweep_leaves_a_job_at_work_alone(running: Job) -> None:
    jobs.sweep(timezone.now())
    running.refresh_from_db()
    assert running.status == "running"


def test_the_sweep_sends_lost_jobs_again(owner: User, eventually: Eventually) -> None:
    record = Job.objects.create(name="Lost", kind="test.count", arguments={"to": 2}, user=owner)
    app.control.purge()
    jobs.sweep(record.created + dt.timedelta(minutes=1))
    with start_worker(app, perform_ping_check=False, pool="solo"):
        behind = jobs.enqueue("test.refuse", {}, owner)
        eventually(lambda: is_over(behind))
        record.refresh_from_db()
        assert record.status == "pending", "it is not old enough to be lost"
        jobs.sweep(record.created + dt.timedelta(minutes=2, seconds=5))
        eventually(lambda: is_over(record))
    assert record.status == "completed" and Tag.objects.count() == 2


def test_a_worker_gets_the_job_from_the_queue(owner: User, eventually: Eventually) -> None:
    app.control.purge()
    with start_worker(app, perform_ping_check=False, pool="solo"):
        record = jobs.enqueue("test.count", {"to": 2}, owner)
        eventually(lambda: is_over(record))
    assert (record.status, record.progress) == ("completed", 2)


def is_over(record: Job) -> bool:
    record.refresh_from_db()
    return record.status not in jobs.OPEN


def test_nothing_is_queued_by_a_transaction_that_is_undone(owner: User) -> None:
    from django.db import transaction

    sent: list[Any] = []
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.enqueue("test.count", {"to": 1}, owner)
        transaction.on_commit(lambda: sent.append(1))
        _ = 1 / 0
    assert not sent and not Job.objects.exists()


def test_old_jobs_go_with_their_files(owner: User) -> None:
    from django.core.files.storage import default_storage

    record = jobs.enqueue("test.count", {"to": 1}, owner)
    jobs.run(record.pk)
    record.refresh_from_db()
    assert default_storage.exists(record.result_file.name)
    jobs.sweep(timezone.now() + dt.timedelta(days=89))
    assert Job.objects.exists()
    jobs.sweep(timezone.now() + dt.timedelta(days=91))
    assert not Job.objects.exists()
    assert not default_storage.exists(record.result_file.name)


def test_the_result_is_for_those_who_may_see_the_job(owner: User, boss: User) -> None:
    record = jobs.enqueue("test.count", {"to": 1}, owner)
    address = f"/core/jobs/{record.pk}/result/"
    assert signed_in(owner).get(address).status_code == 404
    jobs.run(record.pk)
    for user in (owner, boss):
        answer = signed_in(user).get(address)
        assert b"".join(answer.streaming_content) == b"1\n2\n"
        assert 'filename="numbers.txt"' in answer["Content-Disposition"]
    assert signed_in(UserFactory()).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_the_page_follows_a_job_until_it_is_over(owner: User) -> None:
    record = jobs.enqueue("test.count", {"to": 1}, owner)
    client, address = signed_in(owner), f"/core/jobs/{record.pk}/"
    text = client.get(address).content.decode()
    assert 'hx-trigger="every 1s"' in text and "Waiting for a worker" in text
    part = client.get(f"{address}?live=1", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and 'id="job"' in part
    jobs.run(record.pk)
    text = client.get(address).content.decode()
    assert "every 1s" not in text and "Completed" in text and f"{address}result/" in text
    assert signed_in(UserFactory()).get(address).status_code == 404


def test_rest_shows_state_progress_and_log(owner: User, boss: User) -> None:
    record = jobs.enqueue("test.count", {"to": 1}, owner)
    jobs.run(record.pk)
    found = signed_in(boss).get(f"/api/core/jobs/{record.pk}/").json()
    assert found["status"]["value"] == "completed"
    assert (found["progress"], found["total"]) == (1, 1)
    assert found["log_entries"][0]["message"] == "counted"
    assert registry.of_model(Job).methods == ["get"]


def test_ones_own_open_jobs_are_in_the_header_and_their_progress_in_the_list() -> None:
    user = UserFactory()
    client = Client()
    client.force_login(user)
    assert "own-jobs" not in client.get("/account/").content.decode()
    mine = Job.objects.create(name="Import racks", user=user, status="running", total=200)
    theirs = Job.objects.create(name="Other work", user=UserFactory(), status="running")
    Job.objects.filter(pk=mine.pk).update(progress=50)
    page = client.get("/account/").content.decode()
    assert f'href="/core/jobs/{mine.pk}/"' in page
    assert "25 %" in page
    listed = client.get("/core/jobs/").content.decode()
    assert f'hx-get="/core/jobs/{mine.pk}/state/"' in listed
    assert "Other work" not in listed
    state = client.get(f"/core/jobs/{mine.pk}/state/").content.decode()
    assert 'max="200" value="50"' in state
    assert client.get(f"/core/jobs/{theirs.pk}/state/").status_code == 404
    Job.objects.filter(pk=mine.pk).update(status="completed", completed=timezone.now())
    assert "hx-get" not in client.get(f"/core/jobs/{mine.pk}/state/").content.decode()
    over = client.get("/core/jobs/mine/").content.decode()
    assert "Import racks: completed" in over
    assert "hx-get" not in over
    assert client.get("/core/jobs/mine/").status_code == 200
