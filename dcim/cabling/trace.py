"""Where cables lead: one recursive statement for any number of ports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType

from core.gather import GIVEN, Fetch, arrays, execute, named
from dcim.cabling.profiles import lanes
from dcim.choices import CABLE_PROFILES, CableStatus
from dcim.choices.groups import values
from dcim.models import FrontPort, RearPort

# Longer chains are taken for rings of panels.
MAX_HOPS = 64


def _through(near: str, far: str) -> str:
    """SQL for the stack behind a panel entered by port `near` and left by port `far`."""
    position = {"f": "m.front_port_position", "r": "m.rear_port_position"}[far]
    return f"""(CASE WHEN {near}.positions > 1
                     THEN w.stack[:cardinality(w.stack) - 1] ELSE w.stack END)
               || (CASE WHEN {far}.positions > 1
                   THEN ARRAY[{position}::int] ELSE '{{}}'::int[] END)"""


# A walk stands in a port and goes on by cable or, when it came by cable, through the panel.
#
# `stack` holds the positions it has to come out at, the innermost last. A port with several
# positions takes the last one off when the walk enters the panel through it, and puts one on when
# the walk leaves through it; a port with one position leaves the stack alone, so couplers and
# trunks within trunks keep their lanes. The connectors of a cable with a profile do the same along
# its lanes; any other cable leaves the stack as it is. An empty stack means every position.
#
# A walk that comes to a rear port with an empty stack cannot tell which of several front ports is
# meant: it is split, and goes no further unless `follow` is given.
_WALK = f"""
WITH RECURSIVE walk (
    origin_type, origin_id, depth, type, id, stack, by_cable, cable, live,
    from_type, from_id, split
) AS (
    SELECT o.type, o.id, 0, o.type, o.id, '{{}}'::int[], %(by_cable)s,
           NULL::bigint, true, NULL::bigint, NULL::bigint, false
    FROM (SELECT pairs[n] AS type, pairs[n + 1] AS id
          FROM (SELECT {GIVEN}) AS given (pairs), generate_series(1, cardinality(pairs), 2) AS n) o
  UNION
    SELECT w.origin_type, w.origin_id, w.depth + 1, s.type, s.id, s.stack, s.by_cable,
           s.cable, s.live, w.type, w.id, s.split
    FROM walk w CROSS JOIN LATERAL (
        SELECT far.termination_type_id::bigint AS type, far.termination_id AS id,
               CASE WHEN lane.far_position IS NULL THEN w.stack ELSE
                   (CASE WHEN cardinality(near.positions) > 1
                         THEN w.stack[:cardinality(w.stack) - 1] ELSE w.stack END)
                   || (CASE WHEN cardinality(far.positions) > 1
                       THEN ARRAY[array_position(far.positions, lane.far_position::smallint)]
                       ELSE '{{}}'::int[] END)
               END AS stack,
               true AS by_cable, near.cable_id AS cable, c.status = %(connected)s AS live,
               false AS split
        FROM dcim_cabletermination near
        JOIN dcim_cable c ON c.id = near.cable_id
        JOIN dcim_cabletermination far
             ON far.cable_id = near.cable_id AND far.cable_end <> near.cable_end
        LEFT JOIN LATERAL jsonb_to_recordset(
                 %(lanes)s::jsonb -> (c.profile || ':' || near.cable_end || ':' || near.connector)
             ) AS lane (near_position int, far_connector int, far_position int)
             ON lane.near_position = ANY(near.positions)
             AND (w.stack = '{{}}' OR cardinality(near.positions) = 1
                  OR near.positions[w.stack[cardinality(w.stack)]] = lane.near_position)
        WHERE NOT w.by_cable
          AND near.termination_type_id = w.type AND near.termination_id = w.id
          AND (c.profile IS NULL OR near.connector IS NULL OR far.connector IS NULL
               OR (far.connector = lane.far_connector
                   AND lane.far_position = ANY(far.positions)))
      UNION ALL
        SELECT %(rear)s::bigint, m.rear_port_id, {_through("f", "r")}, false, NULL, true, false
        FROM dcim_portmapping m
        JOIN dcim_frontport f ON f.id = m.front_port_id
        JOIN dcim_rearport r ON r.id = m.rear_port_id
        WHERE w.by_cable AND w.type = %(front)s AND m.front_port_id = w.id
          AND (f.positions = 1 OR w.stack = '{{}}'
               OR m.front_port_position = w.stack[cardinality(w.stack)])
      UNION ALL
        SELECT %(front)s::bigint, m.front_port_id, {_through("r", "f")}, false, NULL, true,
               NOT %(follow)s AND r.positions > 1 AND w.stack = '{{}}' AND EXISTS (
                   SELECT FROM dcim_portmapping o
                   WHERE o.rear_port_id = w.id AND o.front_port_id <> m.front_port_id)
        FROM dcim_portmapping m
        JOIN dcim_frontport f ON f.id = m.front_port_id
        JOIN dcim_rearport r ON r.id = m.rear_port_id
        WHERE w.by_cable AND w.type = %(rear)s AND m.rear_port_id = w.id
          AND (r.positions = 1 OR w.stack = '{{}}'
               OR m.rear_port_position = w.stack[cardinality(w.stack)])
    ) s
    WHERE w.depth < %(hops)s AND NOT w.split
)
SELECT origin_type, origin_id, min(depth), type, id, by_cable, cable, live,
       from_type, from_id, split
FROM walk
GROUP BY origin_type, origin_id, type, id, stack, by_cable, cable, live,
         from_type, from_id, split
ORDER BY origin_type, origin_id, min(depth), type, id
"""  # noqa: S608
_COLUMNS = [f"c{number}" for number in range(11)]
_FOUND = (
    f"(SELECT {arrays(_COLUMNS)} "  # noqa: S608
    f"FROM ({_WALK}) AS t ({', '.join(_COLUMNS)}))"
)


class Port(NamedTuple):
    """A port by content type and id."""

    type: int
    id: int


class Step(NamedTuple):
    """One port a walk came to: how far from the origin, from which port, over which cable.

    `live` tells whether the cable is connected, not merely planned. A `split` step is one of
    several ways on, of which nothing says which is meant.
    """

    depth: int
    port: Port
    by_cable: bool
    cable: int | None
    live: bool
    came_from: Port | None
    split: bool


Walk = list[Step]


@lru_cache(maxsize=1)
def _lanes() -> str:
    """As JSON: by profile, end and connector, where each position comes out."""
    found: dict[str, list[dict[str, int]]] = {}
    for profile in values(CABLE_PROFILES):
        for a_connector, a_position, b_connector, b_position in lanes(profile):
            a, b = (a_connector, a_position), (b_connector, b_position)
            for end, near, far in (("A", a, b), ("B", b, a)):
                found.setdefault(f"{profile}:{end}:{near[0]}", []).append(
                    {"near_position": near[1], "far_connector": far[0], "far_position": far[1]}
                )
    return json.dumps(found)


def panel_types() -> tuple[int, int]:
    """Content types of front and rear ports."""
    return (
        ContentType.objects.get_for_model(FrontPort).pk,
        ContentType.objects.get_for_model(RearPort).pk,
    )


def walks(
    origins: Iterable[Port], *, through_panel: bool = False, follow: bool = False
) -> dict[Port, Walk]:
    """Everything that can be reached from each port, nearest first; the port itself is step 0.

    From a front or rear port the walk leaves by cable, or with `through_panel` through its panel.
    With `follow` it goes on along every way where it splits. One statement, whatever the number
    of ports and hops.
    """
    chosen = list(dict.fromkeys(origins))
    if not chosen:
        return {}
    [rows] = execute([fetch_of(chosen, through_panel=through_panel, follow=follow)])
    return from_rows(chosen, rows)


def fetch_of(
    chosen: Sequence[Port],
    *,
    through_panel: bool = False,
    follow: bool = False,
) -> Fetch:
    """The statement of `walks`."""
    pairs = ",".join(f"{port.type},{port.id}" for port in chosen)
    compiled = _compiled(*panel_types(), through_panel, follow)
    return replace(compiled, ids=f"{{{pairs}}}")


@lru_cache
def _compiled(front: int, rear: int, through_panel: bool, follow: bool) -> Fetch:
    values = {
        "lanes": _lanes(),
        "by_cable": through_panel,
        "front": front,
        "rear": rear,
        "connected": CableStatus.CONNECTED.value,
        "follow": follow,
        "hops": MAX_HOPS,
    }
    return named(_FOUND, values)


def from_rows(chosen: Iterable[Port], rows: Iterable[Sequence[Any]]) -> dict[Port, Walk]:
    """The walks in what the database has answered."""
    found: dict[Port, dict[Step, None]] = {port: {} for port in chosen}
    for o_type, o_id, depth, kind, pk, by_cable, cable, live, f_type, f_id, split in rows:
        source = Port(f_type, f_id) if f_id is not None else None
        step = Step(depth, Port(kind, pk), by_cable, cable, live, source, split)
        found[Port(o_type, o_id)][step] = None
    return {port: list(steps) for port, steps in found.items()}


def ends_of(walk: Walk, panels: tuple[int, int] | None = None) -> list[Port]:
    """The endpoints a walk arrives at: ports reached by cable that are no panel's."""
    panels = panels or panel_types()
    reached = [s.port for s in walk if s.by_cable and s.depth and s.port.type not in panels]
    return list(dict.fromkeys(reached))


def is_split(walk: Walk) -> bool:
    """Whether the walk comes to a panel with several ways on, so that no one end is its."""
    return any(step.split for step in walk)


def is_live(walk: Walk) -> bool:
    """Whether every cable of the walk is connected."""
    return all(step.live for step in walk)


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of a trace: ports at the near side, the cable, ports at the far side."""

    depth: int
    near: Sequence[Port]
    cable: int | None
    far: Sequence[Port]


def segments(walk: Walk) -> list[Segment]:
    """A walk cut at its cables, one segment a cable.

    Panel ports without a cable end it: a segment with nothing beyond. Where the walk is split it
    ends at the rear port before.
    """
    by_depth: dict[int, list[Step]] = {}
    for step in walk:
        if not step.split:
            by_depth.setdefault(step.depth, []).append(step)
    found: list[Segment] = []
    near, depth = _ports(by_depth.get(0, [])), 1
    while near:
        cabled: dict[int, list[Step]] = {}
        for step in by_depth.get(depth, []):
            if step.by_cable and step.cable is not None:
                cabled.setdefault(step.cable, []).append(step)
        left = {step.came_from for steps in cabled.values() for step in steps}
        for cable, steps in cabled.items():
            starts = {step.came_from for step in steps}
            from_here = [port for port in near if port in starts]
            found.append(Segment(depth, from_here, cable, _ports(steps)))
        dangling = [port for port in near if port not in left]
        if dangling and depth > 1:
            found.append(Segment(depth, dangling, None, ()))
        near = _ports([s for s in by_depth.get(depth + 1, []) if not s.by_cable])
        depth += 2
    return found


def _ports(steps: Iterable[Step]) -> list[Port]:
    return list(dict.fromkeys(step.port for step in steps))
