"""What people do with alerts, by conditional updates: whoever comes second changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from alerts.models import Alert, AlertEvent, Silence
from core.history.actor import mark
from core.models import User

Kind = AlertEvent.Kind


def note_events(
    alerts: Iterable[Alert], kind: str, now: dt.datetime, user: User | None = None, text: str = ""
) -> None:
    """Write what happened to some alerts."""
    AlertEvent.objects.bulk_create(
        [
            AlertEvent(
                alert=alert,
                object_type_id=alert.object_type_id,
                object_id=alert.object_id,
                kind=kind,
                time=now,
                user=user,
                text=text[:600],
            )
            for alert in alerts
        ]
    )


@transaction.atomic
def acknowledge(alert: Alert, user: User, note: str, now: dt.datetime) -> bool:
    """Note that `user` takes care of an open alert; False when somebody does so already."""
    rows = Alert.objects.filter(pk=alert.pk, acknowledged__isnull=True, resolved__isnull=True)
    if not rows.update(acknowledged=now, acknowledged_by=user, note=note[:500], updated=now):
        return False
    note_events([alert], Kind.ACKNOWLEDGED, now, user, note)
    return True


@transaction.atomic
def reopen(alert: Alert, user: User, now: dt.datetime) -> bool:
    """Take an acknowledgement back; False where there is none."""
    rows = Alert.objects.filter(pk=alert.pk, acknowledged__isnull=False, resolved__isnull=True)
    if not rows.update(acknowledged=None, acknowledged_by=None, note="", updated=now):
        return False
    note_events([alert], Kind.REOPENED, now, user)
    return True


@transaction.atomic
def assign(alert: Alert, user: User, assignee: User | None, now: dt.datetime) -> bool:
    """Give an open alert to somebody, or to nobody; False when nothing changes."""
    present = Alert.objects.filter(pk=alert.pk, resolved__isnull=True)
    changed = (
        present.exclude(assignee=assignee) if assignee else present.filter(assignee__isnull=False)
    )
    if not changed.update(assignee=assignee, updated=now):
        return False
    text = f"to {assignee.get_username()}" if assignee else "to nobody"
    note_events([alert], Kind.ASSIGNED, now, user, text)
    return True


@transaction.atomic
def silence(alert: Alert, user: User, minutes: int, why: str, now: dt.datetime) -> Silence:
    """Keep an alert, and those of its rule at its object, from being told for some minutes."""
    names = ("rule", "object_type", "object_id")
    mark(user)
    made = Silence.objects.create(
        matchers=[{"name": n, "op": "=", "value": alert.labels.get(n, "")} for n in names],
        starts=now,
        ends=now + dt.timedelta(minutes=minutes),
        created_by=user,
        description=(why or f"{alert.object_repr}, for {minutes} minutes")[:200],
    )
    note_events([alert], Kind.SILENCED, now, user, f"for {minutes} minutes. {why}".strip())
    return made
