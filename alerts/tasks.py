"""Celery tasks of the watch. They carry ids and call a service."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts import events, sending, telling, watch

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


@shared_task(name="alerts.watch", ignore_result=True)
def watch_figures() -> None:
    """Look at the figures that may have changed, and tell what came of it; run every second."""
    for _ in range(ROUNDS):
        if not watch.take(timezone.now()):
            break
    watch.poll(timezone.now())
    if chosen := watch.due(timezone.now()):
        watch.evaluate(chosen, timezone.now())
    sending.queue(telling.dispatch(timezone.now()))


@shared_task(name="alerts.sweep", ignore_result=True)
def sweep() -> None:
    """Have everything looked at again that time or a scope may have changed; run every minute."""
    watch.sweep(timezone.now())
    telling.forget(timezone.now())


@shared_task(name="alerts.send", ignore_result=True)
def send(pk: int) -> None:
    """Send one notification, unless it is claimed or over."""
    sending.send(pk)


@shared_task(name="alerts.sweep_notifications", ignore_result=True)
def sweep_notifications() -> None:
    """Queue what is due again, and what the broker or a dead worker lost; run every 10 seconds."""
    sending.sweep(timezone.now())
