"""Where cables lead: one recursive statement for any number of ports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from dcim.cabling.profiles import lanes
from dcim.choices import CABLE_PROFILES
from dcim.models import FrontPort, RearPort

# Longer chains are taken for rings of panels.
MAX_HOPS = 64

# A walk stands in a port and goes on by cable or, when it came by cable, through the panel. `spot`
# is the position it is at in the port; null is all of them. A cable without a profile keeps the
# position; one with a profile moves it along its lanes.
_WALK = """
WITH RECURSIVE lane (profile, near_end, near_connector, near_position,
                     far_connector, far_position) AS (VALUES {lanes}),
walk (origin_type, origin_id, type, id, spot, cable, by_cable, depth, came_from, seen) AS (
    SELECT o.type, o.id, o.type, o.id, NULL::int, NULL::bigint, o.by_cable, 0, NULL::bigint,
           ARRAY[o.type || ':' || o.id || ':' || o.by_cable]
    FROM unnest(%(types)s::bigint[], %(ids)s::bigint[], %(by_cable)s::bool[])
         AS o (type, id, by_cable)
  UNION ALL
    SELECT w.origin_type, w.origin_id, s.type, s.id, s.spot, s.cable, s.by_cable, w.depth + 1,
           w.id, w.seen || s.mark
    FROM walk w CROSS JOIN LATERAL (SELECT h.*,
        h.type || ':' || h.id || ':' || h.by_cable || coalesce(':' || h.spot, '') AS mark FROM (
        SELECT far.termination_type_id::bigint AS type, far.termination_id AS id,
               CASE WHEN lane.profile IS NULL THEN w.spot
                    ELSE array_position(far.positions, lane.far_position::smallint) END AS spot,
               near.cable_id AS cable, true AS by_cable
        FROM dcim_cabletermination near
        JOIN dcim_cable c ON c.id = near.cable_id
        JOIN dcim_cabletermination far
             ON far.cable_id = near.cable_id AND far.cable_end <> near.cable_end
        LEFT JOIN lane ON lane.profile = c.profile AND lane.near_end = near.cable_end
             AND lane.near_connector = near.connector
             AND lane.near_position = ANY(near.positions)
             AND (w.spot IS NULL OR near.positions[w.spot] = lane.near_position)
        WHERE NOT w.by_cable
          AND near.termination_type_id = w.type AND near.termination_id = w.id
          AND (c.profile IS NULL OR near.connector IS NULL OR far.connector IS NULL
               OR (far.connector = lane.far_connector
                   AND lane.far_position = ANY(far.positions)))
      UNION ALL
        SELECT %(rear)s::bigint, m.rear_port_id, m.rear_port_position::int, NULL::bigint, false
        FROM dcim_portmapping m
        WHERE w.by_cable AND w.type = %(front)s AND m.front_port_id = w.id
          AND (w.spot IS NULL OR m.front_port_position = w.spot)
      UNION ALL
        SELECT %(front)s::bigint, m.front_port_id, m.front_port_position::int, NULL::bigint, false
        FROM dcim_portmapping m
        WHERE w.by_cable AND w.type = %(rear)s AND m.rear_port_id = w.id
          AND (w.spot IS NULL OR m.rear_port_position = w.spot)
    ) h) s
    WHERE w.depth < %(hops)s AND NOT s.mark = ANY(w.seen)
)
SELECT DISTINCT origin_type, origin_id, depth, type, id, cable, by_cable, came_from
FROM walk ORDER BY origin_type, origin_id, depth, type, id
"""


@dataclass(frozen=True, slots=True)
class Port:
    """A port by content type and id."""

    type: int
    id: int


@dataclass(frozen=True, slots=True)
class Step:
    """One port a walk came to: how far from the origin, from which port, over which cable."""

    depth: int
    port: Port
    cable: int | None
    by_cable: bool
    came_from: int | None


Walk = list[Step]


@lru_cache(maxsize=1)
def _lane_rows() -> str:
    rows = []
    for _, profiles in CABLE_PROFILES:
        for profile, _label in profiles:
            for a_connector, a_position, b_connector, b_position in lanes(profile):
                a, b = f"{a_connector}, {a_position}", f"{b_connector}, {b_position}"
                rows.append(f"('{profile}', 'A', {a}, {b})")
                rows.append(f"('{profile}', 'B', {b}, {a})")
    return ", ".join(rows)


def panel_types() -> tuple[int, int]:
    """Content types of front and rear ports."""
    return (
        ContentType.objects.get_for_model(FrontPort).pk,
        ContentType.objects.get_for_model(RearPort).pk,
    )


def walks(origins: Iterable[Port], *, through_panel: bool = False) -> dict[Port, Walk]:
    """Everything that can be reached from each port, nearest first; the port itself is step 0.

    From a front or rear port the walk leaves by cable, or with `through_panel` through its panel.
    One statement, whatever the number of ports and hops.
    """
    chosen = list(dict.fromkeys(origins))
    found: dict[Port, Walk] = {port: [] for port in chosen}
    if not chosen:
        return found
    front, rear = panel_types()
    with connection.cursor() as cursor:
        cursor.execute(
            _WALK.format(lanes=_lane_rows()),
            {
                "types": [port.type for port in chosen],
                "ids": [port.id for port in chosen],
                "by_cable": [through_panel] * len(chosen),
                "front": front,
                "rear": rear,
                "hops": MAX_HOPS,
            },
        )
        for o_type, o_id, depth, kind, pk, cable, by_cable, came_from in cursor.fetchall():
            step = Step(depth, Port(kind, pk), cable, by_cable, came_from)
            found[Port(o_type, o_id)].append(step)
    return found


def ends_of(walk: Walk) -> list[Port]:
    """The endpoints a walk arrives at: ports reached by cable that are no panel's."""
    panels = panel_types()
    reached = [s.port for s in walk if s.by_cable and s.depth and s.port.type not in panels]
    return list(dict.fromkeys(reached))


def is_split(walk: Walk) -> bool:
    """Whether the walk leaves a panel through more than one port, so that no one end is its."""
    passed: dict[int, set[Port]] = {}
    for step in walk:
        if step.depth and not step.by_cable:
            passed.setdefault(step.depth, set()).add(step.port)
    return any(len(ports) > 1 for ports in passed.values()) and len(ends_of(walk)) != 1


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of a trace: ports at the near side, the cables, ports at the far side."""

    near: Sequence[Port]
    cables: Sequence[int]
    far: Sequence[Port]


def segments(walk: Walk) -> list[Segment]:
    """A walk cut at its cables. A panel port without a cable ends it with nothing beyond."""
    by_depth: dict[int, list[Step]] = {}
    for step in walk:
        by_depth.setdefault(step.depth, []).append(step)
    found: list[Segment] = []
    near = _ports(by_depth.get(0, []))
    depth = 1
    while depth in by_depth or near:
        cabled = [step for step in by_depth.get(depth, []) if step.by_cable]
        if not cabled:
            if found:
                found.append(Segment(near, (), ()))
            break
        cables = list(dict.fromkeys(s.cable for s in cabled if s.cable is not None))
        sources = {step.came_from for step in cabled}
        starts = [port for port in near if port.id in sources] or near
        found.append(Segment(starts, cables, _ports(cabled)))
        near = _ports([s for s in by_depth.get(depth + 1, []) if not s.by_cable])
        depth += 2
        if not near:
            break
    return found


def _ports(steps: Iterable[Step]) -> list[Port]:
    return list(dict.fromkeys(step.port for step in steps))
