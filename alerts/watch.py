"""From figures to alerts.

1. `take` reads the outbox in order and notes which figures the changes may have changed (`Due`),
   in the transaction in which it advances. `poll` does so for utilization, `sweep` for all.
2. `evaluate` takes the due figures, reads their values and steps every rule on them, in one
   transaction under a lock. Whoever comes second finds the lock taken and leaves the figures due;
   when the process dies, everything is as before and they are due still.

Values are read after the lock, so no older value follows a newer one.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from alerts import figures, places, raising
from alerts.engine.stepping import Comparison, Limit, Phase, Transition, step_many
from alerts.figures import Figure, Ints, Reading, Values
from alerts.models import Alert, Due, Pending, Rule, Seen
from alerts.raising import Open
from capacity.models import Utilization
from core import outbox, registry
from core.models import ObjectChange

READER = "alerts"
SWEPT = "alerts-sweep"
UTILIZATION = "utilization"
RESTING = "resting"
REST = 4  # times as long as a look at figures with a pause took, none is taken again
LOCK = 0x616C_6572_7473  # "alerts"
NO_RULE = "The rule no longer watches this."
OUT_OF_SCOPE = "The object is gone or no longer in the rule's scope."


def look_again(names: Collection[str], now: dt.datetime | None = None) -> None:
    """Have figures looked at soon."""
    since = now or timezone.now()
    Due.objects.bulk_create([Due(metric=name, since=since) for name in sorted(names)])


def watched() -> list[Figure]:
    """The figures of enabled rules."""
    names = Rule.objects.filter(enabled=True).order_by().values_list("metric", flat=True).distinct()
    return [found for name in names if (found := figures.figure(name))]


def take(now: dt.datetime) -> bool:
    """Note what a stretch of changes of records may have changed; whether more wait."""
    outbox.add_reader(READER)
    by_kind: dict[int, set[str]] = defaultdict(set)
    for each in watched():
        for model in each.watches:
            by_kind[registry.content_type(registry.of_model(model)).pk].add(each.name)
    with outbox.claim_stretch(READER) as stretch:
        rows = ObjectChange.objects.filter(
            pk__gt=stretch.after, pk__lte=stretch.last, changed_object_type__in=list(by_kind)
        )
        kinds = rows.order_by().values_list("changed_object_type_id", flat=True).distinct()
        look_again({name for kind in kinds if kind for name in by_kind[kind]}, now)
        return stretch.more


@transaction.atomic
def poll(now: dt.datetime) -> bool:
    """Note whether utilization was reckoned again since the last time."""
    latest = Utilization.objects.aggregate(latest=Max("updated"))["latest"]
    if latest is None:
        return False
    seen, first = Seen.objects.get_or_create(name=UTILIZATION, defaults={"until": latest})
    rows = Seen.objects.filter(pk=seen.pk, until__lt=latest)
    if not rows.update(until=latest) and not first:
        return False
    look_again({each.name for each in watched() if each.reckoned}, now)
    return True


def due(now: dt.datetime) -> list[Figure]:
    """The figures to look at: those that are due, and those a hold time of which is over."""
    first = dict(Due.objects.order_by().values_list("metric").annotate(Min("since")))
    held = set(
        Pending.objects.filter(due__lte=now, rule__enabled=True)
        .order_by()
        .values_list("rule__metric", flat=True)
        .distinct()
    )
    resting = bool(first) and Seen.objects.filter(name=RESTING, until__gt=now).exists()
    found = []
    for name in sorted({*first, *held}):
        each = figures.figure(name)
        if each is None:
            Due.objects.filter(metric=name).delete()
        elif name in held or (
            first[name] <= now - dt.timedelta(seconds=each.pause) and not (resting and each.pause)
        ):
            found.append(each)
    return found


@transaction.atomic
def evaluate(chosen: Collection[Figure], now: dt.datetime) -> int | None:
    """Step the rules of some figures on their values; how many alerts began or ended.

    None where another process is at it: then the figures stay due. Those with a pause take long
    where there is much; writes that go on and on would keep a processor at them.
    """
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
    Due.objects.filter(metric__in=[each.name for each in chosen]).delete()
    reading, told = Reading(now), 0
    for each in chosen:
        rules = list(Rule.objects.filter(metric=each.name).order_by("pk"))
        if rules:
            told += _Watch(each, rules, reading).run()
    if any(each.pause for each in chosen):
        rested = now + (1 + REST) * dt.timedelta(seconds=time.monotonic() - began)
        Seen.objects.update_or_create(name=RESTING, defaults={"until": rested})
    return told


def sweep(now: dt.datetime) -> None:
    """Have every figure looked at; close what no rule is for any more.

    Figures with a pause are those of records alone and take long: they rest until a record has
    changed, of whatever kind, since a rule's scope may lead through any.
    """
    outbox.add_reader(SWEPT, from_start=True)  # what was there before the watch counts as changed
    changed = outbox.behind(SWEPT)
    look_again({each.name for each in watched() if changed or not each.pause}, now)
    with outbox.claim_stretch(SWEPT):
        pass
    with transaction.atomic():
        known = list(figures.figures())
        lost = Alert.objects.filter(resolved__isnull=True).exclude(
            rule__enabled=True, rule__metric__in=known
        )
        raising.close([Open.of(alert) for alert in lost], now, NO_RULE)
        Pending.objects.filter(rule__enabled=False).delete()


@dataclass
class _Watch:
    """The rules of one figure, at one moment."""

    figure: Figure
    rules: list[Rule]
    reading: Reading
    scopes: dict[str, np.ndarray] = field(default_factory=dict)

    def run(self) -> int:
        """Step all rules; how many alerts began or ended."""
        values = self.figure.values(self.reading)
        kind = registry.content_type(registry.of_model(self.figure.model)).pk
        opened: dict[int, list[Open]] = defaultdict(list)
        stray: list[Open] = []
        rows = Alert.objects.filter(rule__in=self.rules, resolved__isnull=True)
        for alert in raising.opened(rows):
            fits = alert.metric == self.figure.name and alert.object_type_id == kind
            (opened[alert.rule_id] if fits else stray).append(alert)
        waiting: dict[int, list[Pending]] = defaultdict(list)
        for row in Pending.objects.filter(rule__in=self.rules).order_by("pk"):
            waiting[row.rule_id].append(row)
        batch = raising.Batch(self.figure, kind, self.reading.now)
        batch.close(stray, NO_RULE)
        for rule in self.rules:
            member = self.scope(rule, values.ids) if rule.enabled else None
            if member is None:
                batch.close(opened[rule.pk], NO_RULE)
                batch.forget(waiting[rule.pk])
                continue
            _step(rule, values, member, opened[rule.pk], waiting[rule.pk], batch)
        return batch.write()

    def scope(self, rule: Rule, ids: Ints) -> np.ndarray | None:
        """Which of the objects are in a rule's scope; None where the scope cannot be any more."""
        key = places.scope_key(rule)
        if key not in self.scopes:
            try:
                rows = places.narrowed(rule, self.figure.model)
            except ValidationError:
                return None
            if rows is None:
                self.scopes[key] = np.ones(len(ids), dtype=bool)
            else:
                found = np.fromiter(rows.values_list("pk", flat=True), dtype=np.int64)
                self.scopes[key] = np.isin(ids, found)
        return self.scopes[key]


def limit_of(rule: Rule) -> Limit:
    """What a rule asks of a value."""
    return Limit(
        Comparison(rule.comparison),
        rule.threshold,
        rule.clear_threshold,
        float(rule.hold_seconds),
        rule.severity,
    )


def _step(
    rule: Rule,
    values: Values,
    member: np.ndarray,
    opened: list[Open],
    waiting: list[Pending],
    batch: raising.Batch,
) -> None:
    """Step one rule at every object that is beyond its threshold or was."""
    limit = limit_of(rule)
    with np.errstate(invalid="ignore"):
        beyond = np.flatnonzero(limit.breaches(values.values) & member)
    at_open = _positions(values.ids, member, [each.object_id for each in opened])
    at_waiting = _positions(values.ids, member, [each.object_id for each in waiting])
    batch.close([e for e, at in zip(opened, at_open, strict=True) if at < 0], OUT_OF_SCOPE)
    batch.forget(e for e, at in zip(waiting, at_waiting, strict=True) if at < 0)
    open_at = {int(at): e for e, at in zip(opened, at_open, strict=True) if at >= 0}
    waiting_at = {int(at): e for e, at in zip(waiting, at_waiting, strict=True) if at >= 0}
    where = np.union1d(beyond, np.array([*open_at, *waiting_at], dtype=np.int64)).astype(np.int64)
    if not len(where):
        return
    phase = np.zeros(len(where), dtype=np.int8)
    since = np.zeros(len(where))
    same = np.ones(len(where), dtype=bool)
    for place in np.flatnonzero(np.isin(where, [*waiting_at, *open_at])):
        at = int(where[place])
        # A waiting breach beside an open alert is what a change of the hold time left behind.
        if at in open_at:
            phase[place] = Phase.FIRING
            same[place] = open_at[at].severity == rule.severity
            since[place] = open_at[at].started.timestamp()
        else:
            phase[place] = Phase.PENDING
            since[place] = waiting_at[at].since.timestamp()
    now = batch.now.timestamp()
    _, since, did = step_many(limit, phase, since, same, values.values[where], now)
    for place in np.flatnonzero(did):
        at, pk = int(where[place]), int(values.ids[where[place]])
        value = float(values.values[at])
        transition = Transition(int(did[place]))
        if at in waiting_at and transition in (Transition.FIRE, Transition.WITHDRAW):
            batch.forget([waiting_at[at]])
        if transition is Transition.FIRE:
            batch.fire(rule, pk, value, float(since[place]))
        elif transition is Transition.PEND:
            batch.wait(rule, pk)
        elif transition is Transition.RESOLVE:
            batch.close([open_at[at]], "", value)
        elif transition is Transition.CHANGE:
            batch.change(open_at[at], rule.severity)
    known = {at: float(values.values[at]) for at in open_at if not np.isnan(values.values[at])}
    batch.note((open_at[at], value) for at, value in known.items())


def _positions(ids: Ints, member: np.ndarray, wanted: Iterable[int]) -> np.ndarray:
    """Where objects stand among `ids`; -1 for those that are not there or not a member."""
    looked = np.fromiter(wanted, dtype=np.int64)
    if not len(looked) or not len(ids):
        return np.full(len(looked), -1)
    at = np.minimum(np.searchsorted(ids, looked), len(ids) - 1)
    return np.where((ids[at] == looked) & member[at], at, -1)
