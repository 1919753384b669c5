"""The capacity board: places down, resources across."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    IntegerField,
    Max,
    Min,
    Model,
    Q,
    QuerySet,
    Sum,
    Value,
    Window,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Extract, Greatest, NullIf, RowNumber

from capacity import store
from capacity.choices import UNITS
from capacity.choices import ResourceKind as Kind
from capacity.limits import Thresholds, level
from capacity.models import Utilization, UtilizationSnapshot
from core import access
from core.access import Actor
from core.gather import Fetch, Lookup, Steps, arrays, bound
from core.read import ReadContext
from facilities.models import Location, Site, Tenant
from power.models import RedundancyGroup
from racks.models import Rack

# Days back that a course is told for, the fewer the longer ago: it is 60 pixels wide.
TREND_AGES = (*range(4), 5, 7, 10, *range(15, 91, 5))
COLUMNS = (
    Kind.SPACE,
    Kind.POWER,
    Kind.WEIGHT,
    Kind.FLOOR_LOAD,
    Kind.AIR_COOLING,
    Kind.LIQUID_COOLING,
    Kind.SWITCH_PORTS,
    Kind.PATCH_PORTS,
    Kind.OUTLETS,
)
WORST, FULL = "worst", "full"
SHOW: dict[str, tuple[str, type[Model]]] = {
    "places": ("Places", Location),
    "racks": ("Racks", Rack),
    "tenants": ("Tenants", Tenant),
    "groups": ("Redundancy groups", RedundancyGroup),
}


@dataclass(frozen=True)
class Cell:
    """One resource of one place; ports and outlets of all kinds together.

    Figures in the unit of the resource; None where unknown. `level` is that of `percent`, and
    `worst_level` that of the worst case. `trend` holds percents of the last days.
    """

    resource: str
    unit: str
    capacity: float | None
    used: float | None
    reserved: float
    planned: float
    free: float | None
    percent: float | None
    committed: float | None
    level: str
    measured: float | None = None
    worst: float | None = None
    worst_percent: float | None = None
    worst_level: str = "unknown"
    worst_node: str = ""
    worst_cause: str = ""
    longest_run: float | None = None
    stranded: float | None = None
    binding: str | None = None
    unknown: int = 0
    full_on: dt.date | None = None
    full_earliest: dt.date | None = None
    variants: list[tuple[str, float, float]] = field(default_factory=list)
    trend: list[tuple[int, float]] = field(default_factory=list)  # percent by days from today


@dataclass(frozen=True)
class Line:
    """A place with its cells by resource."""

    place: str
    pk: int
    name: str
    cells: dict[str, Cell]

    @property
    def first_full(self) -> Cell | None:
        """Of what will be full one day what is first."""
        dated = [(cell.full_on, cell) for cell in self.cells.values() if cell.full_on]
        return min(dated, key=lambda each: each[0])[1] if dated else None


@dataclass(frozen=True)
class Asked:
    """What the board is to show: a site or a location with what is in it, and which of it."""

    site: int | None = None
    location: int | None = None
    show: str = "places"
    sort: str = "first"


def lines(
    asked: Asked, user: Actor, start: int = 0, count: int | None = None
) -> tuple[list[Line], int]:
    """The lines below what is asked for from `start`, at most `count`, and how many all are.

    A fixed number of statements that read the names and figures of those lines only. Where
    nothing is left from `start` on, the number is 0.
    """
    found: tuple[list[Line], int] = ReadContext(user).run(line_steps(asked, user, start, count))
    return found


def line_steps(
    asked: Asked,
    user: Actor,
    start: int,
    count: int | None,
    trends_of: Collection[str] = COLUMNS,
) -> Steps:
    """The step of `lines`; trends are read of these resources only."""
    below = _below(asked, user)
    statements: list[str] = []
    values: list[Any] = []
    for number, (place, rows) in enumerate(below):
        order: Any = rows.query.order_by
        position = Window(RowNumber(), order_by=list(order))
        names, of_names = _sql(rows.order_by().values_list("pk", "name", position))
        ranks, of_ranks = _sql(_ranks(place, rows, asked.sort, user))
        statements.append(
            f"SELECT %s::int AS kind, n.*, r.rank FROM ({names}) AS n(pk, name, position)"  # noqa: S608
            f" LEFT JOIN ({ranks}) AS r(pk, rank) USING (pk)"
        )
        values += [number, *of_names, *of_ranks]
    every = " UNION ALL ".join(statements)
    page = (
        f"SELECT kind, pk, name, count(*) OVER () AS total FROM ({every}) AS every"  # noqa: S608
        " ORDER BY rank DESC NULLS LAST, kind, position OFFSET %s LIMIT %s"
    )
    shown = f"(SELECT {arrays(('kind', 'pk', 'name', 'total'))} FROM ({page}) AS page)"  # noqa: S608
    found = yield Fetch(bound(shown, [*values, start, count]))
    places = [(below[kind][0], pk, name) for kind, pk, name, _ in found]
    made = yield steps(places, user, trends_of)
    return made, found[0][3] if found else 0


def _sql(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """The statement of `rows` with its parameters, also where nothing can match."""
    sql, values = rows.query.get_compiler(connection.alias, elide_empty=False).as_sql()
    return sql, values


def _ranks(place: str, rows: QuerySet[Any], sort: str, user: Actor) -> QuerySet[Any]:
    """Ids with what the board is sorted by: percent committed or in the worst case, or the date
    when the first resource will be full, the next one first.

    First comes what is fullest of any resource, the worst case and each kind of port included.
    """
    figures = Utilization.objects.filter(
        object_type=store.kind(place), object_id__in=rows.order_by().values("pk")
    )
    rank: Any
    if sort == "first":
        rank = Max(Greatest("committed_percent", "worst_percent"))
    elif sort == FULL:
        rank = -Extract(Min("full_on"), "epoch")
    elif sort == "name":
        figures, rank = figures.none(), Max("percent")
    elif sort == WORST:
        figures, rank = figures.filter(resource=Kind.POWER), Max("worst_percent")
    else:
        taken = Sum("used") + Sum("reserved") + Sum("planned")
        figures = figures.filter(resource=sort)
        rank = taken * 100 / NullIf(Sum("capacity"), Value(0.0))
    ranked = access.restrict(figures, user).order_by().values("object_id")
    return ranked.annotate(rank=rank).values_list("object_id", "rank")


def own(asked: Asked, user: Actor) -> Line | None:
    """The line of the site or location itself."""
    model, pk = (Location, asked.location) if asked.location else (Site, asked.site)
    if pk is None:
        return None
    place = "location" if asked.location else "site"
    rows: QuerySet[Any] = access.visible(model, user)
    row = rows.filter(pk=pk).order_by().values_list("pk", "name").first()
    return load([(place, *row)], user)[0] if row else None


def _below(asked: Asked, user: Actor) -> list[tuple[str, QuerySet[Any]]]:
    """The kinds of places below what is asked for, each with its rows by name."""
    racks = access.visible(Rack, user).order_by("name_natural", "pk")
    locations = access.visible(Location, user).order_by("name_natural", "pk")
    if asked.show == "tenants":
        return [("tenant", access.visible(Tenant, user).order_by("name", "pk"))]
    if asked.show == "groups":
        groups = access.visible(RedundancyGroup, user).order_by("name_natural", "pk")
        return [("redundancy_group", groups.filter(site=asked.site) if asked.site else groups)]
    if asked.show == "racks":
        return [("rack", racks.filter(_in_branch(asked)))]
    if asked.location:
        inside, loose = Q(parent=asked.location), Q(location=asked.location)
    elif asked.site:
        inside = Q(site=asked.site, parent__isnull=True)
        loose = Q(site=asked.site, location__isnull=True)
    else:
        return [("site", access.visible(Site, user).order_by("name_natural", "pk"))]
    return [("location", locations.filter(inside)), ("rack", racks.filter(loose))]


def _in_branch(asked: Asked) -> Q:
    if asked.location:
        return Q(location__path__contains=[asked.location])
    return Q(site=asked.site) if asked.site else Q()


def load(places: Sequence[tuple[str, int, str]], user: Actor) -> list[Line]:
    """The lines of some places (kind, id, name), as far as the user may see utilization."""
    found: list[Line] = ReadContext(user).run(steps(places, user))
    return found


def steps(
    places: Sequence[tuple[str, int, str]], user: Actor, trends_of: Collection[str] = COLUMNS
) -> Steps:
    """The step of `load`; trends are read of these resources only."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for place, pk, _ in places:
        by_kind[place].append(pk)
    wanted = [_figures_of(store.kind(place)).fetch(ids, user) for place, ids in by_kind.items()]
    found, thresholds = yield [wanted, Thresholds.steps()]
    rows = [dict(zip(_FIGURES, row, strict=True)) for part in found for row in part]
    halls = {row["location_id"] for row in rows} - {None}
    drawn = [
        row["id"]
        for row in rows
        if row["capacity"] and not row["variant"] and row["resource"] in trends_of
    ]
    kept, above = yield [_KEPT.fetch(drawn, user), _PATHS.fetch(halls, user)]
    paths = dict(above)
    trends: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for pk, age, used, capacity in kept:
        trends[pk].append((-age, store.percent(used, capacity) or 0.0))
    cells: dict[tuple[int, int], dict[str, list[dict[str, Any]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in rows:
        cells[row["object_type_id"], row["object_id"]][row["resource"]].append(row)
    return [
        Line(
            place,
            pk,
            name,
            {
                resource: _cell(found, thresholds, paths, trends)
                for resource, found in cells[store.kind(place), pk].items()
            },
        )
        for place, pk, name in places
    ]


_SUMMED = ("capacity", "used", "reserved", "planned", "free")
_FIGURES = (
    *("id", "object_type_id", "object_id", "rack_id", "location_id", "site_id", "resource"),
    *("variant", "percent", "committed_percent", "measured", "worst", "worst_percent"),
    *("worst_node", "worst_cause", "longest_run", "stranded", "binding", "unknown"),
    *("full_on", "full_earliest"),
    *_SUMMED,
)


def _cell(
    rows: list[dict[str, Any]],
    thresholds: Thresholds,
    paths: dict[int, list[int]],
    trends: dict[int, list[tuple[int, float]]],
) -> Cell:
    row = rows[0]
    sums: dict[str, Any] = {name: row[name] for name in _SUMMED}
    percent, committed = row["percent"], row["committed_percent"]
    if len(rows) > 1:
        sums = {name: sum(each[name] or 0.0 for each in rows) for name in _SUMMED}
        taken = sums["used"] + sums["reserved"] + sums["planned"]
        percent = store.percent(sums["used"], sums["capacity"])
        committed = store.percent(taken, sums["capacity"])
    path = paths.get(row["location_id"] or 0, [])
    pair = thresholds.of(row["resource"], row["rack_id"], path, row["site_id"])
    kept = ("measured", "worst", "worst_percent", "worst_node", "worst_cause", "longest_run")
    dates = ("full_on", "full_earliest")
    return Cell(
        resource=row["resource"],
        unit=str(UNITS[row["resource"]]),
        percent=percent,
        committed=committed,
        level=level(committed, pair),
        worst_level=level(row["worst_percent"], pair),
        reserved=sums.pop("reserved") or 0.0,
        planned=sums.pop("planned") or 0.0,
        unknown=sum(each["unknown"] for each in rows),
        stranded=row["stranded"],
        binding=row["binding"],
        variants=[
            (each["variant"], each["used"] or 0.0, each["capacity"] or 0.0)
            for each in rows
            if each["variant"]
        ],
        trend=trends.get(row["id"], []) if len(rows) == 1 else [],
        **sums,
        **{name: row[name] for name in (*kept, *dates)},
    )


@cache
def _figures_of(kind: int) -> Lookup:
    """The figures of places of a kind."""
    return Lookup(
        lambda given, user: (
            access.restrict(Utilization.objects.filter(given("object_id"), object_type=kind), user)
            .order_by("resource", "variant")
            .values_list(*_FIGURES)
        )
    )


_PATHS = Lookup(
    lambda given, user: Location.objects.filter(given("pk")).order_by().values_list("pk", "path")
)
_KEPT = Lookup(
    lambda given, user: (
        UtilizationSnapshot.objects.filter(
            # The index is by row and day: this way no other day is read.
            given("utilization_id"),
            RawSQL(
                "day = ANY(ARRAY(SELECT current_date - age FROM unnest(%s::int[]) AS age))",
                [list(TREND_AGES)],
                BooleanField(),
            ),
            capacity__gt=0,
            used__isnull=False,
        )
        .annotate(age=RawSQL("current_date - day", [], IntegerField()))
        .order_by("utilization", "day")
        .values_list("utilization", "age", "used", "capacity")
    )
)
