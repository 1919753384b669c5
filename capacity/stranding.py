"""Free units that nothing can serve, and power that no unit can use."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

from django.conf import settings

from capacity import store
from capacity.choices import ResourceKind as Kind
from capacity.models import Utilization
from capacity.store import Row

_LOOKED_AT = (Kind.SPACE, Kind.POWER, Kind.WEIGHT, Kind.AIR_COOLING, Kind.LIQUID_COOLING)


def stranded(free: dict[str, float | None]) -> dict[Kind, tuple[float, Kind | None]]:
    """What is stranded in a rack with so much free of each resource, and what binds it.

    A unit is of use with at least `CAPACITY_UNIT_WATTS` of power and cooling and
    `CAPACITY_UNIT_KG` of weight; units beyond what these serve are stranded. Power is when no unit
    is left to use it, or nothing to serve one with. What is unknown binds nothing.
    """
    units = free.get(Kind.SPACE) or 0.0
    serves: dict[Kind, float] = {}
    cooling = [free.get(Kind.AIR_COOLING), free.get(Kind.LIQUID_COOLING)]
    known = [value for value in cooling if value is not None]
    if free.get(Kind.AIR_COOLING) is not None:
        serves[Kind.AIR_COOLING] = sum(known) / settings.CAPACITY_UNIT_WATTS
    if (weight := free.get(Kind.WEIGHT)) is not None:
        serves[Kind.WEIGHT] = weight / settings.CAPACITY_UNIT_KG
    power = free.get(Kind.POWER)
    if power is not None:
        serves[Kind.POWER] = power / settings.CAPACITY_UNIT_WATTS
    least = min(serves, key=lambda kind: serves[kind], default=None)
    lost = 0.0 if least is None else max(units - math.floor(serves[least] + 1e-9), 0.0)
    others = {Kind.SPACE: units, **{k: v for k, v in serves.items() if k != Kind.POWER}}
    short = min(others, key=lambda kind: others[kind])
    idle = (power or 0.0) if others[short] < 1 else 0.0
    return {
        Kind.SPACE: (lost, least if lost else None),
        Kind.POWER: (idle, short if idle else None),
    }


def stranded_rows(site: int, branches: dict[int, list[int]]) -> list[Row]:
    """What is stranded in the racks, locations and the whole of a site."""
    rows = Utilization.objects.filter(
        site=site, object_type=store.kind("rack"), resource__in=_LOOKED_AT
    ).order_by("object_id")
    free: dict[int, dict[str, float | None]] = defaultdict(dict)
    location: dict[int, int | None] = {}
    for pk, place, resource, left in rows.values_list(
        "object_id", "location_id", "resource", "free"
    ):
        free[pk][resource] = left
        location[pk] = place
    made: list[Row] = []
    sums: dict[tuple[str, int, Kind], dict[Kind | None, float]] = defaultdict(
        lambda: defaultdict(float)
    )
    for rack, room in free.items():
        above = branches.get(location[rack] or 0, ())
        for kind, (amount, binding) in stranded(room).items():
            made.append(_row("rack", rack, kind, amount, binding))
            sums["site", site, kind][binding] += amount
            for each in above:
                sums["location", each, kind][binding] += amount
    for (name, place, kind), bound in sums.items():
        total = sum(bound.values())
        most = max(bound, key=lambda one: (bound[one], str(one)))
        made.append(_row(name, place, kind, total, most if total else None))
    return made


def _row(place: str, pk: int, kind: Kind, amount: float, binding: Any) -> Row:
    return {
        "object_type_id": store.kind(place),
        "object_id": pk,
        "resource": str(kind),
        "stranded": round(amount, 3),
        "binding": str(binding) if binding else None,
    }
