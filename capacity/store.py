"""Rows of utilization: written where a figure changed, removed where a place has none any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model

from capacity.choices import UNITS
from facilities.models import Location, Site, Tenant
from power.models import RedundancyGroup
from racks.models import Rack

Row = dict[str, Any]
MANY = 2000  # rows after which the planner is told of them

PLACES: dict[str, type[Model]] = {
    "rack": Rack,
    "location": Location,
    "site": Site,
    "tenant": Tenant,
    "redundancy_group": RedundancyGroup,
}
_WHERE = {
    "rack_id": "bigint",
    "location_id": "bigint",
    "site_id": "bigint",
    "tenant_id": "bigint",
    "redundancy_group_id": "bigint",
}
_FIGURES = {
    **dict.fromkeys(
        (
            *("capacity", "used", "reserved", "planned", "free", "percent", "committed_percent"),
            *("measured", "worst", "worst_percent", "longest_run"),
        ),
        "float8",
    ),
    "worst_node": "text",
    "worst_cause": "text",
    "unknown": "integer",
}
_KEY = {
    "object_type_id": "bigint",
    "object_id": "bigint",
    "resource": "text",
    "variant": "text",
    "unit": "text",
}
_COLUMNS = {**_KEY, **_WHERE, **_FIGURES}
_CHANGING = [*_WHERE, *_FIGURES]


def kind(name: str) -> int:
    """The content type of a kind of place, by its word in `PLACES`."""
    return int(ContentType.objects.get_for_model(PLACES[name]).pk)


def row(place: str, pk: int, resource: str, variant: str = "", **figures: Any) -> Row:
    """A row with what follows from its figures: free (where not given) and percents.

    An unknown figure is None. Figures are rounded to a thousandth of their unit.
    """
    capacity: Any = figures.get("capacity")
    used = figures.get("used")
    taken: Any = None
    if used is not None:
        taken = used + (figures.get("reserved") or 0) + (figures.get("planned") or 0)
    if "free" not in figures:
        unknown = capacity is None or taken is None
        figures["free"] = None if unknown else max(capacity - taken, 0.0)
    figures["percent"] = percent(used, capacity)
    figures["committed_percent"] = percent(taken, capacity)
    return {
        "object_type_id": kind(place),
        "object_id": int(pk),
        "resource": str(resource),
        "variant": variant,
        "unit": str(UNITS[resource]),
        "worst_node": "",
        "worst_cause": "",
        "unknown": 0,
        **{name: _rounded(value) for name, value in figures.items()},
    }


def percent(part: float | None, whole: float | None) -> float | None:
    """Percent of a whole that is known and not 0."""
    return part / whole * 100 if part is not None and whole else None


def _rounded(value: Any) -> Any:
    return round(float(value), 3) + 0.0 if isinstance(value, float) else value


def write(
    rows: Sequence[Row],
    resources: Iterable[str],
    kinds: Iterable[str],
    scope: Iterable[tuple[str, int]] | None,
) -> list[int]:
    """Make these the rows of some resources and kinds of places: of the places in `scope`, or all.

    Returns the ids of the rows of which a figure changed. Stranded figures are left as they are.
    """
    types, ids = _scope(scope)
    declared = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    names = ", ".join(_COLUMNS)
    taken = ", ".join(f"{name} = excluded.{name}" for name in _CHANGING)
    old = ", ".join(f"u.{name}" for name in _CHANGING)
    new = ", ".join(f"excluded.{name}" for name in _CHANGING)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH given AS MATERIALIZED (
                SELECT {names} FROM json_to_recordset(%(rows)s::json) AS g({declared})),
            gone AS (
                DELETE FROM capacity_utilization u WHERE u.resource = ANY(%(resources)s)
                    AND u.object_type_id = ANY(%(kinds)s)
                    AND (%(types)s::bigint[] IS NULL OR (
                        u.object_id = ANY(%(ids)s::bigint[])
                        AND (u.object_type_id, u.object_id) IN (
                            SELECT * FROM unnest(%(types)s::bigint[], %(ids)s::bigint[]))))
                    AND (u.object_type_id, u.object_id, u.resource, u.variant) NOT IN (
                        SELECT object_type_id, object_id, resource, variant FROM given)
                RETURNING u.id),
            forgotten AS (
                DELETE FROM capacity_utilizationsnapshot s USING gone
                    WHERE s.utilization_id = gone.id)
            INSERT INTO capacity_utilization AS u ({names}, updated)
                SELECT {names}, clock_timestamp() FROM given
            ON CONFLICT (object_type_id, object_id, resource, variant)
            DO UPDATE SET {taken}, updated = excluded.updated
                WHERE ROW({old}) IS DISTINCT FROM ROW({new})
            RETURNING u.id
            """,  # noqa: S608
            {
                "rows": orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY).decode(),
                "resources": [str(name) for name in resources],
                "kinds": [kind(name) for name in kinds],
                "types": types,
                "ids": ids,
            },
        )
        changed = [pk for (pk,) in cursor.fetchall()]
        if len(changed) > MANY:
            # Without statistics the next statements would compare every row with every other.
            cursor.execute("ANALYZE capacity_utilization")
        return changed


def strand(rows: Sequence[Row], scope: Iterable[tuple[str, int]]) -> list[int]:
    """Set what is stranded in the places of `scope`: rows of place, resource, amount, binding.

    Where no row says otherwise it is not known. Returns the ids of the rows that changed.
    """
    types, ids = _scope(scope)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH given AS MATERIALIZED (
                SELECT * FROM json_to_recordset(%(rows)s::json)
                    AS g(object_type_id bigint, object_id bigint, resource text,
                         stranded float8, binding text))
            UPDATE capacity_utilization u
                SET stranded = g.stranded, binding = g.binding, updated = clock_timestamp()
                FROM capacity_utilization o LEFT JOIN given g USING
                    (object_type_id, object_id, resource)
                WHERE o.id = u.id AND u.resource IN ('space', 'power')
                    AND (u.object_type_id, u.object_id) IN (
                        SELECT * FROM unnest(%(types)s::bigint[], %(ids)s::bigint[]))
                    AND ROW(u.stranded, u.binding) IS DISTINCT FROM ROW(g.stranded, g.binding)
            RETURNING u.id
            """,
            {"rows": orjson.dumps(rows).decode(), "types": types, "ids": ids},
        )
        return [pk for (pk,) in cursor.fetchall()]


def _scope(scope: Iterable[tuple[str, int]] | None) -> tuple[list[int] | None, list[int] | None]:
    if scope is None:
        return None, None
    places = list(scope)
    return [kind(name) for name, _ in places], [int(pk) for _, pk in places]
