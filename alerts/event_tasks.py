"""What event rules run: functions of Headroom, and those that the operator names in EVENT_TASKS.

A run is a job: it is written in the transaction that takes the change from the outbox, is done by
one worker at a time, and shows its progress, its log and what came of it under Jobs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils import timezone

from alerts.models import EventTask
from capacity import refresh
from core import integrity, jobs
from core.access import Actor
from core.jobs import Run
from core.models import Job, User

KIND = "event-task"
MOST = 200  # violations that a log names
Work = Callable[[dict[str, Any], dict[str, Any], Run], Any]


@dataclass(frozen=True)
class Function:
    """Something a task may run: called with the event, the task's arguments and the job's run.

    The event has the keys of a webhook's body. What is returned must be JSON and is kept.
    """

    name: str
    label: str
    work: Work


_functions: dict[str, Function] = {}


def register(name: str, label: str) -> Callable[[Work], Work]:
    """Decorator that makes a function known. Raises ValueError when the name is taken."""

    def add(work: Work) -> Work:
        if name in _functions:
            raise ValueError(f"there are two tasks {name}")
        _functions[name] = Function(name, label, work)
        return work

    return add


def names() -> list[str]:
    """What a task's function may be: those of Headroom, then the operator's."""
    return [*sorted(_functions), *settings.EVENT_TASKS]


def find(name: str) -> Work:
    """A function by its name. Raises Refused where there is none, or it cannot be imported."""
    if name in _functions:
        return _functions[name].work
    if name not in settings.EVENT_TASKS:
        raise jobs.Refused(f"There is no function {name}; there are: {', '.join(names())}.")
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise jobs.Refused(f"{name} in EVENT_TASKS cannot be imported: {error}") from error
    work: Work = found
    return work


def start(task_id: int, event: dict[str, Any], name: str, user: User | None = None) -> Job:
    """Have a task run for an event, once the surrounding transaction is committed."""
    arguments = {"task": task_id, "event": event}
    return jobs.enqueue(KIND, arguments, user, name=name[:200])


def try_out(task: EventTask, user: Actor) -> Job:
    """Have a task run for a made-up event."""
    assert isinstance(user, User)
    event = {
        "event": "test",
        "timestamp": timezone.now().isoformat(),
        "object_type": "extras.eventtask",
        "model": "eventtask",
        "username": user.get_username(),
        "request_id": None,
        "data": {"id": task.pk, "name": task.name},
        "snapshots": {"prechange": None, "postchange": None},
    }
    return start(task.pk, event, f"{task.name}: test", user)


@jobs.job(KIND, "Run a task for an event")
def run(current: Run) -> Any:
    """Call the function of the task."""
    task = EventTask.objects.filter(pk=current.arguments["task"]).first()
    if task is None:
        raise jobs.Refused("The task is gone.")
    return find(task.function)(current.arguments["event"], task.arguments, current)


@register("check-integrity", "Check every rule over the whole database")
def check_integrity(event: dict[str, Any], arguments: dict[str, Any], current: Run) -> Any:
    """Log what breaks a rule; fails where anything does."""
    count = 0
    for violation in integrity.violations():
        count += 1
        if count <= MOST:
            current.log(str(violation), "failure")
    told = {"rules": len(integrity.rules()), "violations": count}
    if count:
        raise jobs.Refused(f"{count} violations of {told['rules']} rules.", told)
    return told


@register("recompute-capacity", "Reckon utilization of every place anew")
def recompute_capacity(event: dict[str, Any], arguments: dict[str, Any], current: Run) -> Any:
    """What the worker does every night."""
    refresh.ensure()
    return {"changed": refresh.recompute(current.log)}
