"""Forecasts of rows of utilization: their daily figures, and what is planned by date."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from capacity import site_queries, store
from capacity.choices import ResourceKind as Kind
from capacity.engine.forecast import Floats, Forecast, enough, forecast, reached
from capacity.finder.types import needs
from capacity.models import Utilization, UtilizationSnapshot
from capacity.supply import draw
from dcim.models import DeviceType
from facilities.models import Location

HORIZON, HORIZON_MAX, LEVEL = 730, 3650, 0.8


@dataclass(frozen=True)
class Growth:
    """What-if: so many devices of a type a week, from tomorrow on."""

    device_type: DeviceType
    per_week: float

    @cached_property
    def _needs(self) -> dict[str, float]:
        return needs(self.device_type)

    def a_day(self, resource: str) -> float:
        """What they add of a resource a day, in its unit; 0 where that is not known."""
        return self._needs.get(resource, 0.0) * self.per_week / 7


@dataclass(frozen=True)
class Event:
    """An amount that comes (or goes, below 0) on a day, ordinal, somewhere."""

    day: int
    rack: int
    location: int
    site: int
    tenant: int
    amounts: dict[str, float]


@dataclass
class Dated:
    """What is planned, reserved, lapses and goes by date."""

    planned: list[Event] = field(default_factory=list)
    reserved: list[Event] = field(default_factory=list)
    lapsing: list[Event] = field(default_factory=list)
    going: list[Event] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    """The forecast of one row; `course` is None where there is not enough history.

    days and used: the history, ordinals and figures. alone: days until what is planned and grows
    fills the place by itself, with no trend; None where it does not.
    """

    row: Utilization
    days: np.ndarray
    used: Floats
    course: Forecast | None
    alone: int | None
    today: dt.date

    def date(self, days: int | None) -> dt.date | None:
        """The date so many days after the last snapshot, or from today without one."""
        if days is None:
            return None
        last = dt.date.fromordinal(int(self.days[-1])) if len(self.days) else self.today
        return last + dt.timedelta(days=days)


def tell(
    rows: Sequence[Utilization] | QuerySet[Utilization],
    horizon: int = HORIZON,
    level: float = LEVEL,
    growth: Growth | None = None,
) -> list[Told]:
    """Forecast some rows, in order; a fixed number of statements."""
    today = timezone.localdate()
    history: dict[int, list[tuple[int, float]]] = defaultdict(list)
    kept = UtilizationSnapshot.objects.filter(
        utilization__in=[row.pk for row in rows], used__isnull=False
    ).order_by("utilization", "day")
    for pk, day, used in kept.values_list("utilization", "day", "used"):
        history[pk].append((day.toordinal(), float(used or 0.0)))
    dated = _dated({row.site_id for row in rows if row.site_id}, any(_tenant(row) for row in rows))
    places = dict(Location.objects.order_by().values_list("pk", "path")) if rows else {}
    found = []
    for row in rows:
        points = history.get(row.pk, [])
        days = np.array([day for day, _ in points], dtype=np.int64)
        course_until_now = np.array([value for _, value in points], dtype=float)
        first = int(days[-1]) if len(days) else today.toordinal()
        more = _additions(row, dated, places, first, horizon)
        if growth is not None:
            more = more + growth.a_day(row.resource) * np.arange(1, horizon + 1)
        known = enough_of(days)
        course = forecast(days, course_until_now, row.capacity, more, level) if known else None
        alone = reached((row.used or 0.0) + more, row.capacity) if more.any() else None
        found.append(Told(row, days, course_until_now, course, alone, today))
    return found


def keep() -> int:
    """Keep with each row when it will be full, racks' excepted; returns for how many that is known.

    A fixed number of statements.
    """
    given: list[tuple[int, dt.date | None, dt.date | None]] = []
    racks = store.kind("rack")
    rows = Utilization.objects.filter(capacity__gt=0).exclude(object_type=racks).order_by("pk")
    for told in tell(rows.filter(variant="")):
        middle, early = told.alone, told.alone
        if told.course is not None:
            middle, early = told.course.full, told.course.earliest
        if early is not None:
            given.append((told.row.pk, told.date(middle), told.date(early)))
    ids, dates, earliest = zip(*given, strict=True) if given else ((), (), ())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE capacity_utilization u SET full_on = g.day, full_earliest = g.early"
            " FROM capacity_utilization o LEFT JOIN unnest(%s::bigint[], %s::date[], %s::date[])"
            " AS g(pk, day, early) ON g.pk = o.id WHERE o.id = u.id"
            " AND (u.full_on, u.full_earliest) IS DISTINCT FROM (g.day, g.early)",
            [list(ids), list(dates), list(earliest)],
        )
    return len(given)


def enough_of(days: np.ndarray) -> bool:
    """Whether a history is long enough to be gone on."""
    return len(days) > 0 and enough(days)


def _tenant(row: Utilization) -> bool:
    return row.object_type_id == store.kind("tenant")


def _additions(
    row: Utilization, dated: Dated, places: dict[int, list[int]], first: int, horizon: int
) -> Floats:
    """What is added by each day of the horizon to what is there now, shape (horizon,).

    What the row counts as planned and as reserved comes in as its parts are dated, today where they
    are not; what lapses and what is removed goes out again.
    """
    found = np.zeros(horizon)

    def inside(event: Event) -> bool:
        kind = row.object_type_id
        if kind == store.kind("rack"):
            return event.rack == row.object_id
        if kind == store.kind("location"):
            return row.object_id in places.get(event.location, ())
        if kind == store.kind("site"):
            return event.site == row.object_id
        return kind == store.kind("tenant") and event.tenant == row.object_id

    def add(day: int, amount: float) -> None:
        found[max(min(day - first - 1, horizon), 0) :] += amount

    for total, events in ((row.planned, dated.planned), (row.reserved, dated.reserved)):
        here = [(e.day, e.amounts.get(row.resource, 0.0)) for e in events if inside(e)]
        whole = sum(amount for _, amount in here)
        if total and whole > 0:
            for day, amount in here:
                add(day, total * amount / whole)
        elif total:
            add(first, total)
    for event in dated.lapsing:
        if row.reserved and inside(event):
            add(event.day, -min(event.amounts.get(row.resource, 0.0), row.reserved))
    for event in dated.going:
        if inside(event):
            add(event.day, -event.amounts.get(row.resource, 0.0))
    return found


def _dated(sites: Iterable[int], everywhere: bool) -> Dated:
    """Devices that come and go and reservations that begin and end, with what they take."""
    wanted = None if everywhere else sorted(sites)
    found = Dated()
    if wanted == []:
        return found
    today = timezone.localdate().toordinal()
    watts = _watts(wanted)
    for pk, rack, location, site, tenant, coming, installed, removed, height, kg in _rows(
        """
        SELECT d.id, coalesce(d.rack_id, 0), coalesce(d.location_id, 0), d.site_id,
            coalesce(d.tenant_id, 0), d.status IN ('planned', 'staged'), t.install_date,
            t.removal_date, CASE WHEN d.position IS NULL OR k.exclude_from_utilization THEN 0
                ELSE d.height_half_u / 2.0 END, coalesce(k.weight_grams, 0) / 1000.0
        FROM dcim_device d JOIN dcim_devicetype k ON k.id = d.device_type_id
        LEFT JOIN capacity_devicedates t ON t.device_id = d.id
        WHERE (%(sites)s::bigint[] IS NULL OR d.site_id = ANY(%(sites)s::bigint[]))
          AND (d.status IN ('planned', 'staged') OR t.removal_date IS NOT NULL)
        """,
        wanted,
    ):
        draws, liquid = watts.get(pk, (0.0, 0.0))
        amounts = _amounts(float(height), float(kg), draws, liquid)
        place = {"rack": rack, "location": location, "site": site, "tenant": tenant}
        if coming:
            day = max(installed.toordinal(), today) if installed else today
            found.planned.append(Event(day=day, amounts=amounts, **place))
        if removed:
            found.going.append(Event(day=removed.toordinal(), amounts=amounts, **place))
    for rack, location, site, tenant, starts, ends, units, power, kg, liquid in _rows(
        """
        SELECT r.id, coalesce(r.location_id, 0), r.site_id, coalesce(v.tenant_id, 0), t.starts,
            t.ends, cardinality(v.units), coalesce(t.power_w, 0), coalesce(t.weight_kg, 0),
            coalesce(t.liquid_percent, 0)
        FROM racks_rackreservation v JOIN racks_rack r ON r.id = v.rack_id
        LEFT JOIN capacity_reservationterms t ON t.reservation_id = v.id
        WHERE (%(sites)s::bigint[] IS NULL OR r.site_id = ANY(%(sites)s::bigint[]))
          AND v.status <> 'stale' AND coalesce(t.ends >= current_date, true)
        """,
        wanted,
    ):
        amounts = _amounts(float(units), float(kg), float(power), power * liquid / 100)
        place = {"rack": rack, "location": location, "site": site, "tenant": tenant}
        day = max(starts.toordinal(), today) if starts else today
        found.reserved.append(Event(day=day, amounts=amounts, **place))
        if ends:
            found.lapsing.append(Event(day=ends.toordinal() + 1, amounts=amounts, **place))
    return found


def _amounts(units: float, kg: float, watts: float, liquid: float) -> dict[str, float]:
    return {
        Kind.SPACE: units,
        Kind.WEIGHT: kg,
        Kind.FLOOR_LOAD: kg,
        Kind.POWER: watts,
        Kind.AIR_COOLING: watts - liquid,
        Kind.LIQUID_COOLING: liquid,
    }


def _watts(sites: list[int] | None) -> dict[int, tuple[float, float]]:
    """W and W of liquid of every device that draws power."""
    device = site_queries.devices(sites)
    known = sites if sites is not None else sorted({int(pk) for pk in device["site"]})
    found = draw(device, known)
    return {
        int(pk): (float(watts), float(liquid))
        for pk, watts, liquid in zip(found.device, found.watts, found.liquid, strict=True)
    }


def _rows(statement: str, sites: list[int] | None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"sites": sites})
        return list(cursor.fetchall())
