"""Writing what rules found: alerts that begin and end, in few statements however many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet
from psycopg.types.json import Jsonb

from alerts import places
from alerts.figures import Figure
from alerts.models import Alert, AlertEvent, Compare, Pending, Rule
from alerts.places import PLACES
from core import registry, sandbox
from core.read import ReadContext
from core.rows import insert_rows
from facilities.models import Location

Kind = AlertEvent.Kind
_OPEN = ("pk", "rule_id", "object_type_id", "object_id", "metric", "severity", "value", "started")


@dataclass(frozen=True)
class Open:
    """An open alert, as far as it matters."""

    pk: int
    rule_id: int
    object_type_id: int
    object_id: int
    metric: str
    severity: str
    value: float | None
    started: dt.datetime

    @classmethod
    def of(cls, alert: Alert) -> Open:
        """From a row."""
        return cls(*(getattr(alert, name) for name in _OPEN))


def opened(rows: QuerySet[Alert]) -> Iterator[Open]:
    """Open alerts without the rest of their columns."""
    for found in rows.order_by("pk").values_list(*_OPEN):
        yield Open(*found)


def close(alerts: Sequence[Open], now: dt.datetime, why: str) -> None:
    """End alerts that no value ended."""
    _end([(alert, None, why) for alert in alerts], now)


def _end(ended: Sequence[tuple[Open, float | None, str]], now: dt.datetime) -> None:
    if not ended:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE alerts_alert a SET resolved = greatest(%s, a.started), updated = %s,"
            " value = coalesce(v.value, a.value)"
            " FROM unnest(%s::bigint[], %s::float8[]) v(id, value)"
            " WHERE a.id = v.id AND a.resolved IS NULL RETURNING a.id",
            [now, now, [each.pk for each, _, _ in ended], [value for _, value, _ in ended]],
        )
        done = {pk for (pk,) in cursor.fetchall()}
    insert_rows(
        [
            _event(each.pk, each.object_type_id, each.object_id, Kind.RESOLVED, now, why)
            for each, _, why in ended
            if each.pk in done
        ]
    )


def _event(
    alert: int, object_type: int, object_id: int, kind: str, now: dt.datetime, text: str = ""
) -> AlertEvent:
    return AlertEvent(
        alert_id=alert,
        object_type_id=object_type,
        object_id=object_id,
        kind=kind,
        time=now,
        text=text[:600],
    )


@dataclass
class Batch:
    """What the rules of one figure did at one moment, written at its end."""

    figure: Figure
    kind: int
    now: dt.datetime
    fired: list[tuple[Rule, int, float, float]] = field(default_factory=list)
    ended: list[tuple[Open, float | None, str]] = field(default_factory=list)
    changed: list[tuple[Open, str]] = field(default_factory=list)
    values: list[tuple[int, float]] = field(default_factory=list)
    waits: list[Pending] = field(default_factory=list)
    over: list[int] = field(default_factory=list)

    def fire(self, rule: Rule, pk: int, value: float, since: float) -> None:
        """An alert begins."""
        self.fired.append((rule, pk, value, since))

    def close(self, alerts: Iterable[Open], why: str, value: float | None = None) -> None:
        """Alerts end."""
        self.ended += [(alert, value, why) for alert in alerts]

    def change(self, alert: Open, severity: str) -> None:
        """An alert goes on under another severity."""
        self.changed.append((alert, severity))

    def note(self, found: Iterable[tuple[Open, float]]) -> None:
        """The values of alerts that go on."""
        self.values += [(alert.pk, value) for alert, value in found if alert.value != value]

    def wait(self, rule: Rule, pk: int) -> None:
        """A hold time begins."""
        until = self.now + dt.timedelta(seconds=rule.hold_seconds)
        self.waits.append(Pending(rule=rule, object_id=pk, since=self.now, due=until))

    def forget(self, waiting: Iterable[Pending]) -> None:
        """Hold times end."""
        self.over += [row.pk for row in waiting]

    def write(self) -> int:
        """Write everything; how many alerts began or ended."""
        if self.over:
            Pending.objects.filter(pk__in=self.over).delete()
        insert_rows(self.waits)
        _end(self.ended, self.now)
        self._write_changed()
        self._write_values()
        self._write_fired()
        return len(self.fired) + len(self.ended)

    def _write_changed(self) -> None:
        for severity in sorted({severity for _, severity in self.changed}):
            those = [alert for alert, new in self.changed if new == severity]
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE alerts_alert SET severity = %s, updated = %s,"
                    " labels = jsonb_set(labels, '{severity}', to_jsonb(%s::text))"
                    " WHERE id = ANY(%s) AND resolved IS NULL",
                    [severity, self.now, severity, [alert.pk for alert in those]],
                )
            insert_rows(
                [
                    _event(a.pk, a.object_type_id, a.object_id, Kind.SEVERITY, self.now, severity)
                    for a in those
                ]
            )

    def _write_values(self) -> None:
        if not self.values:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE alerts_alert a SET value = v.value, updated = %s"
                " FROM unnest(%s::bigint[], %s::float8[]) v(id, value)"
                " WHERE a.id = v.id AND a.resolved IS NULL",
                [self.now, [pk for pk, _ in self.values], [value for _, value in self.values]],
            )

    def _write_fired(self) -> None:
        """By COPY, since ten thousand may begin at once."""
        if not self.fired:
            return
        describe = Describer(self.figure, {pk for _, pk, _, _ in self.fired})
        alerts = [self._alert(describe, *found) for found in self.fired]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence('alerts_alert', 'id'))"
                " FROM generate_series(1, %s)",
                [len(alerts)],
            )
            ids = [pk for (pk,) in cursor.fetchall()]
            _copy(cursor, "alerts_alert", ("id", *_ALERT), zip(ids, alerts, strict=True))
            events = [
                (pk, (self.kind, row[_OBJECT], Kind.FIRED.value, self.now, row[_MESSAGE][:600]))
                for pk, row in zip(ids, alerts, strict=True)
            ]
            _copy(cursor, "alerts_alertevent", _EVENT, events)

    def _alert(
        self, describe: Describer, rule: Rule, pk: int, value: float, since: float
    ) -> tuple[Any, ...]:
        """The columns `_ALERT` of an alert that begins."""
        place = describe.places.get(pk, {})
        labels = describe.labels(rule, pk)
        began = min(dt.datetime.fromtimestamp(since, dt.UTC), self.now)
        message = describe.message(rule, pk, value, labels)
        return (
            *(rule.pk, rule.severity, self.kind, pk, describe.name(pk)[:200]),
            *(place.get("site"), place.get("location"), place.get("tenant")),
            *(self.figure.name, value, rule.threshold, self.figure.unit, message, Jsonb(labels)),
            *(began, self.now, self.now, ""),
        )


_ALERT = (
    *("rule_id", "severity", "object_type_id", "object_id", "object_repr"),
    *("site_id", "location_id", "tenant_id"),
    *("metric", "value", "threshold", "unit", "message", "labels"),
    *("started", "created", "updated", "note"),
)
_OBJECT, _MESSAGE = _ALERT.index("object_id"), _ALERT.index("message")
_EVENT = ("alert_id", "object_type_id", "object_id", "kind", "time", "text")


def _copy(
    cursor: Any, table: str, columns: Sequence[str], rows: Iterable[tuple[int, tuple[Any, ...]]]
) -> None:
    """Store rows, each an id for the first column and the values of the others."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for pk, values in rows:
            copy.write_row((pk, *values))


class Describer:
    """Names, places and sentences of some objects of a figure; a few statements for all."""

    def __init__(self, figure: Figure, ids: set[int]) -> None:
        self.figure = figure
        self.resource = registry.of_model(figure.model)
        context = ReadContext(user=places.everything(), base=settings.PUBLIC_URL)
        names = self.resource.reader(("id", "display")).by_id(ids, context)
        self.names = {pk: str(row["display"]) for pk, row in names.items()}
        self.places = self._places(ids)
        self.slugs = {
            kind: _slugs(model, {found.get(kind) for found in self.places.values()})
            for kind, model in PLACES.items()
        }

    def _places(self, ids: set[int]) -> dict[int, dict[str, int | None]]:
        ways = {
            kind: way
            for kind in PLACES
            if (way := places.path(self.figure.model, kind)) is not None
        }
        if not ways:
            return {}
        columns = ["pk", *ways.values()]
        rows = self.figure.model._default_manager.filter(pk__in=ids).order_by()
        found: dict[int, dict[str, int | None]] = {
            row[0]: dict(zip(ways, row[1:], strict=True)) for row in rows.values_list(*columns)
        }
        # A lease of a room names the room alone.
        rooms = {room for place in found.values() if (room := place.get("location"))}
        sites = dict(Location.objects.filter(pk__in=rooms).order_by().values_list("pk", "site"))
        for place in found.values():
            place["site"] = place.get("site") or sites.get(place.get("location") or 0)
        return found

    def name(self, pk: int) -> str:
        """What people call an object."""
        return self.names.get(pk) or f"{self.resource.name} {pk}"

    def labels(self, rule: Rule, pk: int) -> dict[str, str]:
        """What silences and routes match."""
        found = self.places.get(pk, {})
        where = {kind: self.slugs[kind].get(found.get(kind) or 0, "") for kind in PLACES}
        return {
            "rule": rule.name,
            "metric": self.figure.name,
            "severity": rule.severity,
            **where,
            "object": self.name(pk),
            "object_type": self.resource.object_type,
            "object_id": str(pk),
        }

    def message(self, rule: Rule, pk: int, value: float, labels: dict[str, str]) -> str:
        """The rule's own sentence, or the usual one."""
        usual = sentence(rule, self.figure, self.name(pk), value)
        if not rule.message:
            return usual
        told: dict[str, Any] = {
            **labels,
            "value": value,
            "threshold": rule.threshold,
            "unit": self.figure.unit,
            "usual": usual,
        }
        try:
            text = sandbox.render(rule.message, told, steps=10_000, seconds=0.5, text=2000)
        except sandbox.TemplateFault:
            return usual
        return text.replace("\0", "").strip() or usual


def sentence(rule: Rule, figure: Figure, name: str, value: float | None) -> str:
    """The usual sentence of an alert."""
    if figure.state and value == 1:
        return f"{name}: {figure.state}"
    unit = f" {figure.unit}" if figure.unit else ""
    shown = "unknown" if value is None else f"{value:.4g}{unit}"
    comparison = Compare(rule.comparison).label
    return f"{name}: {figure.label} is {shown} ({comparison} {rule.threshold:.4g}{unit})"


def _slugs(model: type[Model], ids: set[int | None]) -> dict[int, str]:
    rows = model._default_manager.filter(pk__in=ids - {None}).order_by()
    return dict(rows.values_list("pk", "slug"))
