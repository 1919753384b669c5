"""From alerts to messages: what each route has still to tell, gathered into one notification.

What is told follows from what is: a route compares the alerts that are open with what it has told
of them (`Told`), under its own lock. The notification and what it tells of are written in one
transaction, so however often this runs, by however many, and wherever it is killed, an alert is
told once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts.engine import matching
from alerts.engine.hours import Hours
from alerts.models import Alert, AlertEvent, Channel, Notification, Route, Severity, Silence, Told
from core.rows import insert_rows
from facilities.models import Location

Kind = AlertEvent.Kind
Matchers = list[dict[str, str]]
RANKS = {severity: rank for rank, severity in enumerate(Severity.values)}
FORGET = dt.timedelta(days=30)


@dataclass(frozen=True)
class Candidate:
    """An alert that a route may have to tell of."""

    pk: int
    severity: str
    object_type_id: int
    object_id: int
    labels: dict[str, str]
    created: dt.datetime
    resolved: dt.datetime | None


_COLUMNS = ("pk", "severity", "object_type_id", "object_id", "labels", "created", "resolved")


def dispatch(now: dt.datetime) -> list[int]:
    """Write the notifications that are to be sent now; their ids."""
    silences = list(
        Silence.objects.filter(starts__lte=now, ends__gt=now).values_list("matchers", flat=True)
    )
    made: list[int] = []
    for route in _routes(Route.objects.all(), now):
        # Looked at before it is locked: a lock takes a transaction number (see `core.counting`).
        if _Round(route, silences, now).find():
            made += _dispatch_route(route.pk, silences, now)
    return made


def _routes(rows: QuerySet[Route], now: dt.datetime) -> list[Route]:
    """Those of some routes that are in force."""
    found = rows.filter(enabled=True, channel__enabled=True).order_by("pk")
    found = found.select_related("channel", "escalation_channel")
    return [route for route in found if hours(route).holds(now)]


@transaction.atomic
def _dispatch_route(pk: int, silences: Sequence[Matchers], now: dt.datetime) -> list[int]:
    rows = Route.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk)
    made: list[int] = []
    for route in _routes(rows, now):
        turn = _Round(route, silences, now)
        if found := turn.find():
            made += turn.tell(found)
    return made


def hours(route: Route) -> Hours:
    """When a route is in force."""
    return Hours(frozenset(route.days), route.begins, route.ends, route.time_zone)


def matching_alerts(route: Route) -> Q:
    """The alerts of a route's severities and scope, as far as the database can tell."""
    found = Q(severity__in=route.severities)
    if route.site_id:
        found &= Q(site=route.site_id)
    if route.tenant_id:
        found &= Q(tenant=route.tenant_id)
    if route.location_id:
        branch = Location.objects.filter(path__contains=[route.location_id]).order_by()
        found &= Q(location__in=branch.values("pk"))
    return found


class Found(NamedTuple):
    """Alerts to be told of, by why."""

    new: list[Candidate]
    repeated: list[Candidate]
    over: list[Candidate]
    escalated: list[Candidate]


@dataclass
class _Round:
    """One look of one route at what it has to tell."""

    route: Route
    silences: Sequence[Matchers]
    now: dt.datetime

    @property
    def told(self) -> QuerySet[Told]:
        """What the route told of and whose end it has not told."""
        return Told.objects.filter(route=self.route, over=False)

    def find(self) -> Found | None:
        """What is to be told now; None where there is nothing, or it waits for more."""
        still = self.told.filter(alert__resolved__isnull=True, alert__acknowledged__isnull=True)
        new, repeated = self.new(), self.again(still)
        over = self.candidates(self.told.filter(alert__resolved__isnull=False))
        escalated = self.escalating(still)
        begun = [c.created for c in new] + [c.resolved or self.now for c in over]
        window = dt.timedelta(seconds=self.route.group_seconds)
        if not repeated and not escalated and (not begun or min(begun) + window > self.now):
            return None
        return Found(new, repeated, over, escalated)

    def tell(self, found: Found) -> list[int]:
        """Write what was found; the ids of the notifications."""
        new, repeated, over, escalated = found
        silent = {c.pk for c in over if self.silenced(c)} if over else set()
        ended = [c for c in over if c.pk not in silent] if self.route.send_resolved else []
        raised = self.told.filter(alert__in=[c.pk for c in over], escalated__isnull=False)
        heard = set(raised.values_list("alert_id", flat=True))
        made = [self.notification(self.route.channel, [*new, *repeated], ended)]
        if self.route.escalation_channel and self.route.escalation_channel.enabled:
            also = [c for c in ended if c.pk in heard]
            made.append(self.notification(self.route.escalation_channel, escalated, also, True))
        self.remember(new, repeated, over, escalated)
        kept = [each for each in made if each is not None]
        Notification.objects.bulk_create(kept)
        return [each.pk for each in kept]

    def candidates(self, told: QuerySet[Told]) -> list[Candidate]:
        """The alerts of some rows of what was told, of which each alert has one.

        A plain join: looked for among those rows, alerts that PostgreSQL has not counted yet would
        each have all rows read, and thousands may begin at once.
        """
        columns = [f"alert__{name}" for name in _COLUMNS]
        return [Candidate(*row) for row in told.order_by("alert_id").values_list(*columns)]

    def new(self) -> list[Candidate]:
        """Open alerts of which nothing was told, and nobody takes care."""
        known = Told.objects.filter(route=self.route, alert=OuterRef("pk"))
        rows = Alert.objects.filter(
            ~Exists(known),
            matching_alerts(self.route),
            resolved__isnull=True,
            acknowledged__isnull=True,
        )
        found = [Candidate(*row) for row in rows.order_by("pk").values_list(*_COLUMNS)]
        return [c for c in found if self.matches(c) and not self.silenced(c)]

    def again(self, still: QuerySet[Told]) -> list[Candidate]:
        """Alerts to be told once more: after the repeat interval, or since they are worse now."""
        worse = Q(pk__in=[])
        for severity, rank in RANKS.items():
            less = [other for other, below in RANKS.items() if below < rank]
            worse |= Q(severity__in=less, alert__severity=severity)
        if self.route.repeat_minutes:
            before = self.now - dt.timedelta(minutes=self.route.repeat_minutes)
            worse |= Q(fired__lte=before)
        rows = self.candidates(still.filter(worse))
        return [c for c in rows if not self.silenced(c)]

    def escalating(self, still: QuerySet[Told]) -> list[Candidate]:
        """Alerts that were told some time ago and that nobody acknowledged."""
        if not self.route.escalate_minutes:
            return []
        before = self.now - dt.timedelta(minutes=self.route.escalate_minutes)
        rows = still.filter(first__lte=before, escalated__isnull=True)
        return [c for c in self.candidates(rows) if not self.silenced(c)]

    def matches(self, candidate: Candidate) -> bool:
        """Whether the route's matchers hold."""
        return matching.matches(self.route.matchers, candidate.labels)

    def silenced(self, candidate: Candidate) -> bool:
        """Whether any silence holds."""
        return any(matching.matches(each, candidate.labels) for each in self.silences)

    def notification(
        self,
        channel: Channel,
        firing: Sequence[Candidate],
        ended: Sequence[Candidate],
        escalation: bool = False,
    ) -> Notification | None:
        """A message about some alerts, the worst first; None where there are none."""
        if not firing and not ended:
            return None
        worst = sorted(firing, key=lambda c: (-RANKS.get(c.severity, 0), c.created, c.pk))
        return Notification(
            channel=channel,
            route=self.route,
            escalation=escalation,
            title=title(worst, ended, escalation),
            firing=[c.pk for c in worst],
            resolved=[c.pk for c in ended],
            created=self.now,
            due=self.now,
        )

    def remember(
        self,
        new: Sequence[Candidate],
        repeated: Sequence[Candidate],
        over: Sequence[Candidate],
        escalated: Sequence[Candidate],
    ) -> None:
        """Note what is told, and of each alert that it was."""
        told = Told.objects.filter(route=self.route)
        insert_rows(
            [
                Told(
                    route=self.route,
                    alert_id=c.pk,
                    fired=self.now,
                    first=self.now,
                    severity=c.severity,
                )
                for c in new
            ]
        )
        for severity in {c.severity for c in repeated}:
            those = [c.pk for c in repeated if c.severity == severity]
            told.filter(alert__in=those).update(fired=self.now, severity=severity)
        told.filter(alert__in=[c.pk for c in over]).update(over=True)
        told.filter(alert__in=[c.pk for c in escalated]).update(escalated=self.now)
        events = [_event(c, Kind.NOTIFIED, self.now, self.route.name) for c in (*new, *repeated)]
        above = self.route.escalation_channel.name if self.route.escalation_channel else ""
        events += [_event(c, Kind.ESCALATED, self.now, above) for c in escalated]
        insert_rows(events)


def _event(candidate: Candidate, kind: str, now: dt.datetime, text: str) -> AlertEvent:
    return AlertEvent(
        alert_id=candidate.pk,
        object_type_id=candidate.object_type_id,
        object_id=candidate.object_id,
        kind=kind,
        time=now,
        text=text,
    )


def title(firing: Sequence[Candidate], ended: Collection[Candidate], escalation: bool) -> str:
    """What a message is about, in a line."""
    words = []
    if firing:
        worst = firing[0]
        several = f"{len(firing):,} alerts, the worst " if len(firing) > 1 else ""
        words.append(f"{several}{worst.severity}: {worst.labels.get('object', '')}")
        words.append(worst.labels.get("rule", ""))
    if ended:
        words.append(f"{len(ended):,} resolved" if firing or len(ended) > 1 else "resolved")
        if len(ended) == 1 and not firing:
            [only] = ended
            words.append(f"{only.labels.get('object', '')}: {only.labels.get('rule', '')}")
    prefix = "Not acknowledged: " if escalation and firing else ""
    return f"Headroom: {prefix}{', '.join(word for word in words if word)}"[:300]


def forget(now: dt.datetime) -> None:
    """Delete what is long over."""
    before = now - FORGET
    Told.objects.filter(over=True, alert__resolved__lt=before).delete()
    over = [Notification.Status.SENT, Notification.Status.FAILED]
    Notification.objects.filter(status__in=over, created__lt=before).delete()
    # A route that does not tell of the end has nothing left to say.
    Told.objects.filter(over=False, alert__resolved__lt=before).update(over=True)
