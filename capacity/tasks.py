"""Celery tasks of the reckoning. They call a service."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from capacity import forecasting, refresh
from capacity.finder import work  # noqa: F401 - registers the kind of job

ROUNDS = 10  # stretches of the outbox a task does before it reckons


@shared_task(name="capacity.refresh", ignore_result=True)
def refresh_changed() -> None:
    """Bring utilization up to date with new changes of records; run every second."""
    refresh.ensure()
    for _ in range(ROUNDS):
        if not refresh.take():
            break
    refresh.reckon_stale()


@shared_task(name="capacity.recompute", ignore_result=True)
def recompute() -> None:
    """Reckon everything anew and keep the day's figures; run every night."""
    refresh.ensure()
    refresh.recompute()
    refresh.snapshot(timezone.localdate())
    forecasting.keep()
