"""Sending notifications: claimed by a conditional update, tried again, given up.

While a process sends it holds an advisory lock, which PostgreSQL lets go of when it dies: that is
how `sweep` tells what a dead process had from what is slow. Such a message may have been sent, so
it may come twice, under the same key.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from alerts import channels
from alerts.channels import Failed, Item, Message
from alerts.engine import retry
from alerts.models import Alert, Channel, Notification
from core import registry

log = logging.getLogger(__name__)

LOCKS = 0x4E6F << 44  # first key of the advisory locks of what is being sent
LOST = "The process that sent this is gone; whether it arrived is not known."
Status = Notification.Status

# What of an alert is told later waits for what was told of it before.
_CLAIM = """
    UPDATE alerts_notification n
    SET status = 'sending', claimed = %(now)s, attempts = attempts + 1
    WHERE id = %(id)s AND status = 'queued' AND due <= %(now)s AND NOT EXISTS (
        SELECT FROM alerts_notification o
        WHERE o.channel_id = n.channel_id AND o.id < n.id AND o.status IN ('queued', 'sending')
          AND (o.firing || o.resolved) && (n.firing || n.resolved))
"""


def queue(ids: Iterable[int]) -> None:
    """Put notifications into the queue; what the broker does not take is swept up later."""
    from alerts.tasks import send as task

    try:
        for pk in ids:
            task.delay(pk)
    except Exception:
        log.exception("Notifications could not be queued and wait for the sweep")


@contextmanager
def _locked(pk: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCKS + pk])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCKS + pk])


def send(pk: int) -> bool:
    """Send a notification that is due; False when there is none to be sent (any more)."""
    with _locked(pk) as mine:
        if not mine:
            return False
        now = timezone.now()
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {"id": pk, "now": now})
            if not cursor.rowcount:
                return False
        sent = Notification.objects.select_related("channel").get(pk=pk)
        outcome = _attempt(sent)
        rows = Notification.objects.filter(pk=pk, status=Status.SENDING, claimed=now)
        return bool(rows.update(**outcome))


def _attempt(sent: Notification) -> dict[str, Any]:
    """What became of one attempt, as columns."""
    try:
        channels.send(sent.channel, message_of(sent))
    except Failed as error:
        return _failed(sent, str(error), error.permanent)
    except Exception as error:
        log.exception("Notification %s failed", sent.pk)
        return _failed(sent, f"{type(error).__name__} while sending.", False)
    now = timezone.now()
    Channel.objects.filter(pk=sent.channel_id).update(
        failing_since=None, error="", permanent=False, succeeded=now
    )
    done = {"status": Status.SENT, "completed": now, "due": None}
    return {**done, "error": "", "permanent": False}


def _failed(sent: Notification, error: str, permanent: bool) -> dict[str, Any]:
    now = timezone.now()
    channel = Channel.objects.filter(pk=sent.channel_id)
    channel.filter(failing_since__isnull=True).update(failing_since=now)
    channel.update(error=error[:600], permanent=permanent)
    again = None if permanent else retry.delay(sent.attempts, random.random())  # noqa: S311
    found: dict[str, Any] = {"error": error[:600], "permanent": permanent}
    if again is None:
        return {**found, "status": Status.FAILED, "due": None, "completed": now}
    due = now + dt.timedelta(seconds=again)
    return {**found, "status": Status.QUEUED, "due": due, "completed": None}


def message_of(sent: Notification) -> Message:
    """The message of a notification, from its alerts; three statements however many they are."""
    wanted = {*sent.firing, *sent.resolved}
    rows = Alert.objects.filter(pk__in=wanted).select_related("rule", "site", "location")
    rows = rows.defer("site__comments", "location__comments", "rule__comments")
    found = {alert.pk: alert for alert in rows}
    base = settings.PUBLIC_URL

    def items(ids: Iterable[int], over: bool) -> list[Item]:
        return [_item(found[pk], base, over) for pk in ids if pk in found]

    return Message(
        key=f"notification-{sent.pk}",
        title=sent.title,
        firing=items(sent.firing, False),
        resolved=items(sent.resolved, True),
        escalation=sent.escalation,
        link=f"{base}/alerts/inbox/" if base else "",
    )


def _item(alert: Alert, base: str, over: bool) -> Item:
    names = [place.name for place in (alert.site, alert.location) if place]
    url = registry.of_model(Alert).display_url(alert.pk, base) if base else ""
    return Item(
        pk=alert.pk,
        rule=alert.rule.name,
        severity=alert.severity,
        name=alert.object_repr,
        message=alert.message,
        value=alert.value,
        unit=alert.unit,
        threshold=alert.threshold,
        place=", ".join(names),
        url=url,
        runbook=alert.rule.runbook,
        labels=alert.labels,
        started=alert.started,
        resolved=alert.resolved if over else None,
    )


def sweep(now: dt.datetime) -> int:
    """Queue what is due, and what dead processes had; how many these are."""
    for pk, claimed in list(
        Notification.objects.filter(status=Status.SENDING).values_list("pk", "claimed")
    ):
        with _locked(pk) as dead:
            if dead:
                rows = Notification.objects.filter(pk=pk, status=Status.SENDING, claimed=claimed)
                rows.update(status=Status.QUEUED, due=now, error=LOST)
    waiting = Notification.objects.filter(status=Status.QUEUED, due__lte=now).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[:1000])
    queue(ids)
    return len(ids)
