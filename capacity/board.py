"""The capacity board: places down, resources across."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q, QuerySet

from capacity import store
from capacity.choices import UNITS
from capacity.choices import ResourceKind as Kind
from capacity.limits import Thresholds, level
from capacity.models import Utilization, UtilizationSnapshot
from core import access
from core.access import Actor
from facilities.models import Location, Site, Tenant
from power.models import RedundancyGroup
from racks.models import Rack

TREND_DAYS = 90
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
WORST = "worst"
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
    variants: list[tuple[str, float, float]] = field(default_factory=list)
    trend: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """A place with its cells by resource."""

    place: str
    pk: int
    name: str
    cells: dict[str, Cell]

    def fullness(self, column: str) -> float:
        """What the board is sorted by: percent committed, or in the worst case; -1 unknown."""
        if column == WORST:
            power = self.cells.get(Kind.POWER)
            return -1.0 if power is None or power.worst_percent is None else power.worst_percent
        cell = self.cells.get(column)
        return -1.0 if cell is None or cell.committed is None else cell.committed

    @property
    def first_out(self) -> float:
        """The fullest of all its resources, the worst case included."""
        return max((self.fullness(column) for column in (*self.cells, WORST)), default=-1.0)


@dataclass(frozen=True)
class Asked:
    """What the board is to show: a site or a location with what is in it, and which of it."""

    site: int | None = None
    location: int | None = None
    show: str = "places"
    sort: str = "first"


def lines(asked: Asked, user: Actor) -> list[Line]:
    """The lines below what is asked for, in order; a fixed number of statements."""
    found = [(place, pk, name) for place, rows in _below(asked, user) for pk, name in rows]
    made = load(found, user)
    if asked.sort == "name":
        return made
    if asked.sort == "first":
        return sorted(made, key=lambda line: -line.first_out)
    return sorted(made, key=lambda line: -line.fullness(asked.sort))


def own(asked: Asked, user: Actor) -> Line | None:
    """The line of the site or location itself."""
    model, pk = (Location, asked.location) if asked.location else (Site, asked.site)
    if pk is None:
        return None
    place = "location" if asked.location else "site"
    rows: QuerySet[Any] = access.visible(model, user)
    row = rows.filter(pk=pk).order_by().values_list("pk", "name").first()
    return load([(place, *row)], user)[0] if row else None


def _below(asked: Asked, user: Actor) -> Iterable[tuple[str, Iterable[tuple[int, str]]]]:
    def names(rows: QuerySet[Any]) -> Iterable[tuple[int, str]]:
        return rows.values_list("pk", "name")

    racks = access.visible(Rack, user).order_by("name_natural", "pk")
    locations = access.visible(Location, user).order_by("name_natural", "pk")
    if asked.show == "tenants":
        yield "tenant", names(access.visible(Tenant, user).order_by("name", "pk"))
    elif asked.show == "groups":
        groups = access.visible(RedundancyGroup, user).order_by("name_natural", "pk")
        within = {"site": asked.site} if asked.site else {}
        yield "redundancy_group", names(groups.filter(**within))
    elif asked.show == "racks":
        yield "rack", names(racks.filter(_in_branch(asked)))
    elif asked.location:
        yield "location", names(locations.filter(parent=asked.location))
        yield "rack", names(racks.filter(location=asked.location))
    elif asked.site:
        yield "location", names(locations.filter(site=asked.site, parent__isnull=True))
        yield "rack", names(racks.filter(site=asked.site, location__isnull=True))
    else:
        yield "site", names(access.visible(Site, user).order_by("name_natural", "pk"))


def _in_branch(asked: Asked) -> Q:
    if asked.location:
        return Q(location__path__contains=[asked.location])
    return Q(site=asked.site) if asked.site else Q()


def load(places: Sequence[tuple[str, int, str]], user: Actor) -> list[Line]:
    """The lines of some places (kind, id, name), as far as the user may see utilization."""
    wanted = Q(pk__in=[])
    by_kind: dict[str, list[int]] = defaultdict(list)
    for place, pk, _ in places:
        by_kind[place].append(pk)
    for place, ids in by_kind.items():
        wanted |= Q(object_type=store.kind(place), object_id__in=ids)
    rows = list(
        access.restrict(Utilization.objects.filter(wanted), user)
        .order_by("resource", "variant")
        .values(*_FIGURES)
    )
    trends = _trends(rows)
    thresholds = Thresholds.load()
    paths = _paths(rows)
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
    *_SUMMED,
)


def _cell(
    rows: list[dict[str, Any]],
    thresholds: Thresholds,
    paths: dict[int, list[int]],
    trends: dict[int, list[float]],
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
        **{name: row[name] for name in kept},
    )


def _paths(rows: list[dict[str, Any]]) -> dict[int, list[int]]:
    ids = {row["location_id"] for row in rows} - {None}
    found = Location.objects.filter(pk__in=ids).order_by().values_list("pk", "path")
    return dict(found) if ids else {}


def _trends(rows: list[dict[str, Any]]) -> dict[int, list[float]]:
    ids = [row["id"] for row in rows if row["capacity"] and not row["variant"]]
    since = dt.date.today() - dt.timedelta(days=TREND_DAYS)
    found: dict[int, list[float]] = defaultdict(list)
    kept = UtilizationSnapshot.objects.filter(
        utilization__in=ids, day__gte=since, capacity__gt=0, used__isnull=False
    ).order_by("utilization", "day")
    for pk, used, capacity in kept.values_list("utilization", "used", "capacity"):
        found[pk].append(store.percent(used, capacity) or 0.0)
    return found
