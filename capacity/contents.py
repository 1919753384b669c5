"""Space, weight and ports: of racks by what stands in them, of places by the racks there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.db import connection

from capacity import queries, store
from capacity.choices import ResourceKind as Kind
from capacity.engine.occupancy import Blocks, space
from capacity.models import PlaceLimit, Utilization
from capacity.store import Row
from facilities.models import Location
from power.queries import Columns

FEET = 4  # of a rack
RACKS = (
    Kind.SPACE,
    Kind.WEIGHT,
    Kind.POINT_LOAD,
    Kind.SWITCH_PORTS,
    Kind.PATCH_PORTS,
    Kind.OUTLETS,
)
PLACES = (*RACKS, Kind.FLOOR_LOAD)


def refresh_racks(ids: Sequence[int] | None) -> list[int]:
    """Bring space, weight and ports of some racks (of all with None) up to date.

    Racks that are gone lose all their rows. Returns the ids of the rows that changed.
    """
    rows, found = rack_rows(ids)
    scope = None if ids is None else [("rack", pk) for pk in ids]
    changed = store.write(rows, RACKS, ["rack"], scope)
    gone = [("rack", pk) for pk in set(ids or ()) - set(found)]
    if gone:
        store.write([], Kind.values, ["rack"], gone)
    return changed


def rack_rows(ids: Sequence[int] | None) -> tuple[list[Row], list[int]]:
    """The rows of some racks, and the ids of those that exist."""
    rack = queries.racks(ids)
    known = rack["id"]
    place = {int(pk): index for index, pk in enumerate(known)}
    where = [
        {
            "rack_id": int(known[i]),
            "location_id": int(rack["location"][i]) or None,
            "site_id": int(rack["site"][i]),
        }
        for i in range(len(known))
    ]
    rows: list[Row] = []

    def add(index: int, resource: Kind, variant: str = "", **figures: Any) -> None:
        rows.append(store.row("rack", known[index], resource, variant, **figures, **where[index]))

    _space(rack, place, ids, add)
    _weight(rack, place, ids, add)
    _ports(place, ids, add)
    return rows, [int(pk) for pk in known]


def _space(rack: Columns, place: dict[int, int], ids: Sequence[int] | None, add: Any) -> None:
    mounted, kept = queries.mounted(ids), queries.reserved(ids)
    found = space(rack["halves"], _blocks(mounted, place), _blocks(kept, place))
    for index in range(len(rack["id"])):
        gone = rack["gone"][index]
        add(
            index,
            Kind.SPACE,
            capacity=0.0 if gone else rack["halves"][index] / 2,
            used=float(found.used[index]),
            reserved=float(found.reserved[index]),
            planned=float(found.planned[index]),
            free=0.0 if gone else float(found.free[index]),
            longest_run=0.0 if gone else float(found.longest[index]),
        )


def _blocks(found: Columns, place: dict[int, int]) -> Blocks:
    count = len(found["rack"])
    here = np.fromiter((place[int(pk)] for pk in found["rack"]), dtype=np.int64, count=count)
    nothing = np.zeros(count, dtype=np.int64)
    return Blocks(
        rack=here,
        low=found["low"],
        size=found["size"],
        planned=found.get("planned", nothing) > 0,
        counted=found.get("counted", nothing + 1) > 0,
    )


def _weight(rack: Columns, place: dict[int, int], ids: Sequence[int] | None, add: Any) -> None:
    count = len(rack["id"])
    there, coming, kept = np.zeros(count), np.zeros(count), np.zeros(count)
    unknown = np.zeros(count, dtype=np.int64)
    weighed = queries.weights(ids)
    for pk, planned, kg, missing in zip(
        weighed["rack"], weighed["planned"], weighed["kg"], weighed["unknown"], strict=True
    ):
        (coming if planned else there)[place[int(pk)]] += kg
        unknown[place[int(pk)]] += missing
    reserved = queries.kept_weights(ids)
    for pk, kg in zip(reserved["rack"], reserved["kg"], strict=True):
        kept[place[int(pk)]] += kg
    points = queries.point_limits(ids)
    for index in range(count):
        own, limit = rack["own_kg"][index], rack["max_kg"][index]
        used = float(there[index] + (0 if np.isnan(own) else own))
        missing = int(unknown[index]) + int(np.isnan(own))
        figures = {"reserved": float(kept[index]), "planned": float(coming[index])}
        capacity = None if np.isnan(limit) else float(limit)
        add(index, Kind.WEIGHT, capacity=capacity, used=used, unknown=missing, **figures)
        point = points.get(int(rack["id"][index]))
        if point is not None:
            feet = {name: value / FEET for name, value in {"used": used, **figures}.items()}
            add(index, Kind.POINT_LOAD, capacity=point, unknown=missing, **feet)


def _ports(place: dict[int, int], ids: Sequence[int] | None, add: Any) -> None:
    names, _ = queries.speeds()
    counted: dict[tuple[int, Kind, str], np.ndarray] = defaultdict(lambda: np.zeros(3))
    found = queries.switch_ports(ids)
    for row in zip(*(found[n] for n in ("rack", "code", "count", "used", "planned")), strict=True):
        pk, code, *figures = row
        counted[place[int(pk)], Kind.SWITCH_PORTS, names[code]] += figures
    found = queries.patch_ports(ids)
    for row in zip(*(found[n] for n in ("rack", "count", "used", "planned")), strict=True):
        pk, *figures = row
        counted[place[int(pk)], Kind.PATCH_PORTS, ""] += figures
    for rack, _, connector, *figures in queries.outlets(ids):
        counted[place[rack], Kind.OUTLETS, connector] += figures
    for (index, resource, variant), (capacity, used, planned) in sorted(counted.items()):
        add(
            index,
            resource,
            variant,
            capacity=float(capacity),
            used=float(used),
            planned=float(planned),
            reserved=0.0,
        )


def refresh_places(sites: Iterable[int] | None) -> list[int]:
    """Add up the racks of every location of some sites (of all with None), and of the sites.

    A location holds what its branch holds. Of the longest run and of point loads the fullest rack
    counts, of all else the sum. Returns the ids of the rows that changed.
    """
    wanted = None if sites is None else [int(pk) for pk in sites]
    rows = [row for place in ("location", "site") for row in _sums(place, wanted)]
    weights = {
        (row["object_type_id"], row["object_id"]): row
        for row in rows
        if row["resource"] == Kind.WEIGHT
    }
    for place, pk, capacity in _floors():
        weight = weights.get((store.kind(place), pk))
        if weight is not None:
            kept = ("used", "reserved", "planned", "unknown", "location_id", "site_id")
            figures = {name: weight[name] for name in kept if name in weight}
            rows.append(store.row(place, pk, Kind.FLOOR_LOAD, capacity=capacity, **figures))
    return store.write(rows, PLACES, ["location", "site"], places_of(wanted))


# The racks of a location are those of its branch.
_BRANCH = {
    "location": (
        "a.id, a.site_id",
        "JOIN facilities_location l ON l.id = r.location_id"
        " JOIN facilities_location a ON a.id = ANY(l.path)",
    ),
    "site": ("r.site_id, r.site_id", ""),
}
_FROM = """
    FROM capacity_utilization u JOIN racks_rack r ON r.id = u.object_id {join}
    WHERE u.object_type_id = %(rack)s AND u.resource = ANY(%(resources)s)
      AND (%(sites)s::bigint[] IS NULL OR r.site_id = ANY(%(sites)s::bigint[]))
"""


def _sums(place: str, sites: list[int] | None) -> Iterable[Row]:
    key, join = _BRANCH[place]
    given = {"rack": store.kind("rack"), "sites": sites}
    summed = [str(name) for name in RACKS if name != Kind.POINT_LOAD]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {key}, u.resource, u.variant, sum(u.capacity), sum(u.used), sum(u.reserved),
                sum(u.planned), sum(u.free), max(u.longest_run), sum(u.unknown)::int,
                sum(u.used) FILTER (WHERE u.capacity IS NOT NULL),
                sum(u.reserved + u.planned) FILTER (WHERE u.capacity IS NOT NULL)
            {_FROM.format(join=join)} GROUP BY 1, 2, 3, 4
            """,
            {**given, "resources": summed},
        )
        found = cursor.fetchall()
        cursor.execute(
            f"""
            SELECT DISTINCT ON (1) {key}, u.capacity, u.used, u.reserved, u.planned, u.unknown
            {_FROM.format(join=join)} ORDER BY 1, u.committed_percent DESC NULLS LAST, u.id
            """,
            {**given, "resources": [str(Kind.POINT_LOAD)]},
        )
        points = cursor.fetchall()
    for pk, site, resource, variant, *figures in found:
        capacity, used, reserved, planned, free, longest, unknown, used_there, more = figures
        made = store.row(
            place,
            pk,
            resource,
            variant,
            capacity=capacity,
            used=used,
            reserved=reserved,
            planned=planned,
            free=free,
            longest_run=longest,
            unknown=unknown,
            **_where(place, pk, site),
        )
        # Racks without a limit count in what is used, but not in how full the others are.
        if capacity:
            made["percent"] = round(used_there / capacity * 100, 3)
            made["committed_percent"] = round((used_there + (more or 0)) / capacity * 100, 3)
        yield made
    for pk, site, capacity, used, reserved, planned, unknown in points:
        yield store.row(
            place,
            pk,
            Kind.POINT_LOAD,
            capacity=capacity,
            used=used,
            reserved=reserved,
            planned=planned,
            unknown=unknown,
            **_where(place, pk, site),
        )


def _where(place: str, pk: int, site: int) -> Row:
    return {"location_id": pk if place == "location" else None, "site_id": site}


def _floors() -> list[tuple[str, int, float]]:
    """Places with a floor limit: the kind, the id, and what their area carries in kg."""
    rows = PlaceLimit.objects.filter(area_m2__gt=0, floor_load_kg_m2__isnull=False).order_by()
    return [
        ("location", location, float(area * load))
        if location
        else ("site", site, float(area * load))
        for location, site, area, load in rows.values_list(
            "location_id", "site_id", "area_m2", "floor_load_kg_m2"
        )
    ]


def places_of(sites: list[int] | None) -> list[tuple[str, int]] | None:
    """The sites and every location in them, also those that were in them; None: all places."""
    if sites is None:
        return None
    there = set(Location.objects.filter(site__in=sites).order_by().values_list("pk", flat=True))
    known = Utilization.objects.filter(
        site__in=sites, object_type=store.kind("location")
    ).order_by()
    there |= set(known.values_list("object_id", flat=True))
    return [("site", pk) for pk in sites] + [("location", pk) for pk in sorted(there)]
