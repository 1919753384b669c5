"""Celery tasks of the watch. They carry ids and call a service."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts import events

ROUNDS = 50  # batches of the outbox a task does before it lets others in


@shared_task(name="alerts.take_events", ignore_result=True)
def take_events() -> None:
    """Turn new changes of records into deliveries; run every two seconds."""
    for _ in range(ROUNDS):
        if not events.take():
            break


@shared_task(name="alerts.deliver", ignore_result=True)
def deliver(pk: int) -> None:
    """Send one delivery, unless it is claimed or over."""
    events.deliver(pk)


@shared_task(name="alerts.sweep_deliveries", ignore_result=True)
def sweep_deliveries() -> None:
    """Queue what is due again, and what the broker or a dead worker lost; run every 10 seconds."""
    events.sweep(timezone.now())
