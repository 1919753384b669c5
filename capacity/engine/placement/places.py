"""From counts to places: which units, which outlets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from capacity.engine.placement.answer import Position
from capacity.engine.placement.given import Flags
from capacity.engine.placement.program import free
from capacity.engine.placement.rows import Program
from capacity.engine.placement.space import Kind, pack


def positions(program: Program, values: list[int]) -> Iterator[Position]:
    """A position for each device that the values of the columns count, by item and rack.

    From the floor up, the highest devices first; outlets by their ids.
    """
    found = [
        position
        for at in range(len(program.racks))
        if any(values[column] for mine in program.by_rack[at].values() for column in mine)
        for position in _in_rack(program, values, at)
    ]
    order = {int(program.case.room.id[rack]): at for at, rack in enumerate(program.racks)}
    yield from sorted(found, key=lambda p: (p.item, order[p.rack], p.low or 0))


def _in_rack(program: Program, values: list[int], at: int) -> Iterator[Position]:
    case = program.case
    rack = program.racks[at]
    counts = [0] * len(case.items)
    for k, mine in program.by_rack[at].items():
        counts[k] = sum(values[column] for column in mine)
    lows = _lows(program, rack, counts)
    left = [iter(pool.outlets) for pool in program.pools[at]] if program.pools else []
    for k, mine in program.by_rack[at].items():
        item, sides = case.items[k], case.room.sides[rack]
        plugs = [_outlets(program, values, at, k, side) for side in range(len(sides))]
        wirings = (program.columns.wiring[c] for c in mine for _ in range(values[c]))
        for low, wiring in zip(lows[k], wirings, strict=True):
            inputs = [side for side, n in enumerate(wiring) for _ in range(n)]
            outlets = [next(left[next(plugs[side])]) for side in inputs if item.needs_outlets]
            yield Position(
                k,
                int(case.room.id[rack]),
                low,
                item.face,
                tuple(sides[side] for side in inputs),
                tuple(outlets),
            )


def _outlets(program: Program, values: list[int], at: int, k: int, side: int) -> Iterator[int]:
    """The pool of each further input of an item in a side."""
    for pool, column in program.plugs.get((at, k, side), ()):
        if column < 0:
            while True:
                yield pool
        for _ in range(values[column]):
            yield pool


def _lows(program: Program, rack: int, counts: list[int]) -> list[list[int | None]]:
    """The lowest half units of the devices of each item."""
    room = program.case.room
    kinds = [Kind.of(item) for item in program.case.items]
    lanes = [_even(lane) for lane in free(program.case, rack, frozenset())]
    down = bool(room.descending[rack])
    if down:  # from the highest number, which is at the floor
        lanes = [lane[::-1] for lane in lanes]
    packed = pack(lanes[0], lanes[1], kinds, counts)
    if packed is None:
        raise AssertionError("what the conditions allow can be packed")
    found: list[list[int | None]] = [[] for _ in kinds]
    for k, column in packed:
        low = len(lanes[0]) - kinds[k].height - column if down else column
        found[k].append(int(room.first[rack]) + low)
    for k, kind in enumerate(kinds):
        if not kind.height:
            found[k] = [None] * counts[k]
        else:
            found[k].sort(key=lambda low: low or 0)
    return found


def _even(lane: Flags) -> Flags:
    """With a column more where there is an odd number, so that turning it keeps units whole."""
    return np.append(lane, False) if len(lane) % 2 else lane
