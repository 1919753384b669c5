"""Background jobs: kinds of work, queueing, running once, progress, cancelling, sweeping up.

A job's record is what counts; the queue only carries its id. Whoever gets the id claims the record
by a conditional update, so a message that is delivered twice runs once, and one that is lost is
sent again by `sweep`. While a job runs its worker holds an advisory lock, which PostgreSQL lets go
of when the worker dies: that is how a dead worker's jobs are told from long ones.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import access, registry
from core.access import Actor
from core.custom_fields.definitions import scope
from core.history.actor import working_for
from core.middleware import changelog_message
from core.models import Job, User
from core.resource import Resource

log = logging.getLogger(__name__)

LOCKS = 0x4A6F << 44  # first key of the advisory locks of running jobs
PROGRESS_INTERVAL = 0.3  # seconds between two writes of a job's progress
MAX_LOG_ENTRIES = 1000
RESEND_AFTER = dt.timedelta(minutes=2)
KEEP = dt.timedelta(days=90)
KEEP_INPUT = dt.timedelta(days=1)
INPUT_FOLDER = "job-inputs"
OPEN = (Job.Status.PENDING, Job.Status.SCHEDULED, Job.Status.RUNNING)
LOST = "The worker that ran this job is gone. What it had not finished has been undone."


class Cancelled(Exception):
    """Somebody asked the running job to stop."""


class Refused(Exception):
    """The work cannot be done as asked; the sentence is for the job's owner.

    `data` is kept with the job.
    """

    def __init__(self, sentence: str, data: Any = None) -> None:
        super().__init__(sentence)
        self.data = data


@dataclass(frozen=True)
class Kind:
    """A registered kind of work."""

    name: str
    label: str
    work: Callable[[Run], Any]


_kinds: dict[str, Kind] = {}


def job(name: str, label: str = "") -> Callable[[Callable[[Run], Any]], Callable[[Run], Any]]:
    """Decorator that registers a function as the work of jobs of kind `name`.

    The function gets a `Run` and returns what to keep as the job's data. Raises ValueError when
    the name is taken.
    """

    def add(work: Callable[[Run], Any]) -> Callable[[Run], Any]:
        if name in _kinds:
            raise ValueError(f"job kind {name} is registered twice")
        _kinds[name] = Kind(name, label or name, work)
        return work

    return add


def enqueue(
    kind: str,
    arguments: dict[str, Any],
    user: Actor,
    *,
    name: str = "",
    resource: Resource | None = None,
) -> Job:
    """Store a job and queue it once the surrounding transaction is committed.

    `arguments` must be JSON. Raises LookupError for an unknown kind.
    """
    if kind not in _kinds:
        raise LookupError(f"no job kind {kind}")
    record = Job.objects.create(
        kind=kind,
        name=name or _kinds[kind].label,
        arguments={**arguments, "changelog_message": changelog_message.get()},
        user=user if isinstance(user, User) else None,
        object_type=registry.content_type(resource) if resource else None,
    )
    transaction.on_commit(lambda: send(record.pk))
    return record


def send(job_id: int) -> bool:
    """Put a job's id into the queue; False when there is no broker (the sweep tries again)."""
    from core.tasks import run_job

    try:
        run_job.delay(job_id)
    except Exception:
        log.exception("Job %s could not be queued and stays pending", job_id)
        return False
    return True


class Ledger:
    """The record of one running job, kept over a connection of its own.

    So progress and cancelling are seen by others while the work's transaction is open, and what is
    logged stays when that transaction is rolled back.
    """

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        self.connection = connections.create_connection("default")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.execute("SELECT pg_advisory_unlock(%s)", [LOCKS + self.job_id])
        finally:
            self.connection.close()

    def execute(self, statement: str, values: Iterable[Any]) -> Any:
        """The first row of a statement's answer, or None."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, list(values))
            return cursor.fetchone() if cursor.description else None

    def change(self, assignments: str, values: Iterable[Any], status: str) -> Any:
        """Change the record while it has `status`; returns cancel_requested, None if it had not."""
        table = Job._meta.db_table
        row = self.execute(
            f"UPDATE {table} SET {assignments} WHERE id = %s AND status = %s"  # noqa: S608
            " RETURNING cancel_requested",
            [*values, self.job_id, status],
        )
        return row[0] if row else None

    def claim(self) -> bool:
        """Take the pending job; False when somebody else has it or it is over."""
        if not self.execute("SELECT pg_try_advisory_lock(%s)", [LOCKS + self.job_id])[0]:
            return False
        running = [Job.Status.RUNNING.value, timezone.now()]
        taken = self.change("status = %s, started = %s", running, Job.Status.PENDING)
        return taken is not None

    def finish(self, status: Job.Status, error: str = "", data: Any = None) -> None:
        """Write how the job ended."""
        done = ", progress = coalesce(total, progress)" if status == Job.Status.COMPLETED else ""
        self.change(
            f"status = %s, error = %s, completed = %s, data = %s::jsonb{done}",
            [status.value, error, timezone.now(), None if data is None else json.dumps(data)],
            Job.Status.RUNNING,
        )


class Run:
    """What the work of a job sees of it."""

    def __init__(self, record: Job, ledger: Ledger) -> None:
        self.record = record
        self.ledger = ledger
        self.arguments: dict[str, Any] = record.arguments
        self.user: Actor = record.user
        self._next = 0.0
        self._entries = 0

    def progress(self, done: int, total: int | None = None) -> None:
        """Tell how far the work is; raises Cancelled when somebody asked it to stop."""
        now = time.monotonic()
        if now < self._next and done != total:
            return
        self._next = now + PROGRESS_INTERVAL
        cancelled = self.ledger.change(
            "progress = %s, total = coalesce(%s, total)", [done, total], Job.Status.RUNNING
        )
        if cancelled or cancelled is None:
            raise Cancelled

    def log(self, message: str, level: str = "info") -> None:
        """Add a line to the job's log; level is debug, info, warning or failure."""
        self._entries += 1
        if self._entries > MAX_LOG_ENTRIES:
            return
        entry = {"timestamp": timezone.now().isoformat(), "level": level, "message": message}
        self.ledger.change(
            "log_entries = log_entries || %s::jsonb", [json.dumps([entry])], Job.Status.RUNNING
        )

    def attach(self, filename: str, content: Iterable[bytes]) -> None:
        """Keep a file as the job's result."""
        with tempfile.TemporaryFile() as spool:
            for part in content:
                spool.write(part)
            spool.seek(0)
            folder = f"jobs/{timezone.now():%Y/%m}/{self.record.job_id}"
            stored = default_storage.save(f"{folder}/{filename}", File(spool))
        self.ledger.change("result_file = %s", [stored], Job.Status.RUNNING)


def run(job_id: int) -> bool:
    """Do a job's work now; False when it is not there to be done (any more)."""
    with Ledger(job_id) as ledger:
        if not ledger.claim():
            return False
        current = Run(Job.objects.select_related("user").get(pk=job_id), ledger)
        try:
            kind = _kinds.get(current.record.kind)
            if kind is None:
                raise Refused(f"There is no work of kind {current.record.kind}.")
            message = str(current.arguments.get("changelog_message", ""))
            with working_for(str(current.record.job_id), message), scope():
                data = kind.work(current)
        except Cancelled:
            ledger.finish(Job.Status.FAILED, "Cancelled. Nothing has been changed.")
        except Refused as refusal:
            ledger.finish(Job.Status.FAILED, str(refusal), refusal.data)
        except Exception as error:
            log.exception("Job %s failed", job_id)
            current.log(traceback.format_exc(), "failure")
            ledger.finish(Job.Status.ERRORED, f"{type(error).__name__}: {error}"[:2000])
        else:
            ledger.finish(Job.Status.COMPLETED, data=data)
        return True


def visible(user: Actor) -> QuerySet[Job]:
    """The jobs a user may see: those permitted, and the user's own."""
    return access.restrict(Job.objects.all(), user)


def may_cancel(user: Actor, record: Job) -> bool:
    """Owners may stop their jobs, and whoever may change jobs may stop any."""
    if isinstance(user, User) and user.is_active and record.user_id == user.pk:
        return True
    return access.restrict(Job.objects.filter(pk=record.pk), user, access.CHANGE).exists()


def cancel(record: Job, user: Actor) -> bool:
    """Ask a job to stop; False when it was over already.

    One that waits is over at once; one that runs stops where it next tells its progress.
    """
    waiting = Job.objects.filter(
        pk=record.pk, status__in=[Job.Status.PENDING, Job.Status.SCHEDULED]
    )
    stopped = waiting.update(
        status=Job.Status.FAILED,
        cancel_requested=True,
        completed=timezone.now(),
        error=f"Cancelled by {user} before it started.",
    )
    if stopped:
        return True
    running = Job.objects.filter(pk=record.pk, status=Job.Status.RUNNING)
    return bool(running.update(cancel_requested=True))


def sweep(now: dt.datetime) -> None:
    """Send lost jobs again, mark those of dead workers as failed, clear away what is old."""
    _resend(now)
    _bury(now)
    _clear(now)


def _resend(now: dt.datetime) -> None:
    """Send jobs that wait suspiciously long, after 2, 4, 8, … minutes and then hourly.

    A long queue looks the same as a lost message, hence the growing gaps; doubles do no harm.
    """
    waiting = Job.objects.filter(status=Job.Status.PENDING, created__lte=now - RESEND_AFTER)
    for pk, created in waiting.values_list("pk", "created"):
        minutes = int((now - created).total_seconds() // 60)
        if minutes & (minutes - 1) == 0 or minutes % 60 == 0:
            send(pk)


def _bury(now: dt.datetime) -> None:
    for pk in Job.objects.filter(status=Job.Status.RUNNING).values_list("pk", flat=True):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCKS + pk])
            if cursor.fetchone()[0]:
                Job.objects.filter(pk=pk, status=Job.Status.RUNNING).update(
                    status=Job.Status.FAILED, error=LOST, completed=now
                )


def _clear(now: dt.datetime) -> None:
    for old in Job.objects.exclude(status__in=OPEN).filter(created__lt=now - KEEP)[:500]:
        if old.result_file:
            old.result_file.delete(save=False)
        old.delete()
    if not default_storage.exists(INPUT_FOLDER):
        return
    in_use = set(Job.objects.filter(status__in=OPEN).values_list("arguments__input", flat=True))
    for name in default_storage.listdir(INPUT_FOLDER)[1]:
        stored = f"{INPUT_FOLDER}/{name}"
        old_enough = default_storage.get_created_time(stored) < now - KEEP_INPUT
        if old_enough and stored not in in_use:
            default_storage.delete(stored)
