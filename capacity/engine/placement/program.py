"""A case as columns and rows."""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import lru_cache

import numpy as np

from capacity.engine.placement.given import Case, Flags, Rule
from capacity.engine.placement.limits import NodeRows, add_at_most, add_budgets, add_ports
from capacity.engine.placement.outlets import Plugging
from capacity.engine.placement.rows import Program, Row
from capacity.engine.placement.space import Kind, Space, space
from capacity.engine.placement.wiring import Wirings

_SPACE = (Rule.SPACE, Rule.RESERVATION)


def build(case: Case, elastic: Collection[Rule] = ()) -> Program:
    """The program of a case; rows of the rules `elastic` may be exceeded by what is freed."""
    room = case.room
    program = Program(case, frozenset(elastic), np.lexsort((room.id, room.order)).tolist())
    for rule, name in ((Rule.WEIGHT, "weight"), (Rule.POWER, "watts")):
        unknown = sum(math.isnan(getattr(item, name)) for item in case.items)
        if unknown:
            program.assumed[rule, True] = unknown
    wirings = Wirings(case)
    for position, rack in enumerate(program.racks):
        here = {
            k: [
                program.columns.add(item.count, position, k, wiring)
                for wiring in wirings.of(item, room.sides[rack])
            ]
            for k, item in enumerate(case.items)
            if item.count
        }
        program.by_rack.append(here)
    add_budgets(program)
    nodes = NodeRows(program)
    nodes.add_shares(wirings)
    Plugging(program, nodes).add()
    add_ports(program)
    add_at_most(program)
    program.tighten()
    _add_space(program)
    program.prune()
    return program


def free(case: Case, rack: int, without: frozenset[Rule]) -> tuple[Flags, Flags]:
    """The free columns of a rack, front and rear; without SPACE the rack is an empty one."""
    room = case.room
    inside: Flags = np.arange(room.front.shape[1]) < room.size[rack]
    front = rear = inside
    if Rule.SPACE not in without:
        front, rear = inside & ~room.front[rack], inside & ~room.rear[rack]
    if Rule.RESERVATION not in without:
        front, rear = front & ~room.reserved[rack], rear & ~room.reserved[rack]
    return front, rear


def _add_space(program: Program) -> None:
    case = program.case
    kinds = [Kind.of(item) for item in case.items]
    elastic = [rule for rule in _SPACE if rule in program.elastic]
    without = case.without.union(elastic)
    for position, rack in enumerate(program.racks):
        here = program.by_rack[position]
        want = tuple(
            item.count if any(program.columns.most[c] for c in here.get(k, ())) else 0
            for k, item in enumerate(case.items)
        )
        front, rear = free(case, rack, without)
        _fit(program, position, _shape(front.tobytes(), rear.tobytes(), tuple(kinds), want))
        for rule in elastic[:1]:
            _add_half_units(program, rule, position, kinds, free(case, rack, case.without))


@lru_cache(maxsize=8192)
def _shape(front: bytes, rear: bytes, kinds: tuple[Kind, ...], want: tuple[int, ...]) -> Space:
    """The conditions of racks with the same free columns, which are many."""
    lanes = [np.frombuffer(lane, dtype=np.bool_) for lane in (front, rear)]
    return space(lanes[0], lanes[1], kinds, want)


def _fit(program: Program, position: int, found: Space) -> None:
    """The exact conditions of a rack. They hold for an empty one where the rule is left out."""
    here = program.by_rack[position]
    index = int(program.case.room.id[program.racks[position]])
    columns = program.columns

    def add(terms: list[tuple[int, int]], limit: int) -> None:
        if terms:
            program.rows.append(Row(Rule.SPACE, "rack", index, terms, limit, position, hard=True))

    for k, mine in here.items():
        for column in mine:
            columns.most[column] = min(columns.most[column], found.most[k])
        if len(mine) > 1:
            add([(column, 1) for column in mine], found.most[k])
    for by_item, limit in found.rows:
        add([(c, need) for k, need in by_item for c in here.get(k, ())], limit)
    parts = [columns.add(most, position) for _, most in found.parts]
    for by_part, limit in found.part_rows:
        add([(parts[part], need) for part, need in by_part], limit)
    if found.parts:
        for k, mine in here.items():
            if found.most[k] and program.case.items[k].height:
                own = [(parts[n], -1) for n, (item, _) in enumerate(found.parts) if item == k]
                program.equal.append([(column, 1) for column in mine] + own)


def _add_half_units(
    program: Program, rule: Rule, position: int, kinds: list[Kind], lanes: tuple[Flags, Flags]
) -> None:
    """How many half units are free, wherever they are: what has to be freed is more than those."""
    index = int(program.case.room.id[program.racks[position]])
    sets = [((0, 1), lanes[0] & lanes[1]), ((0,), lanes[0]), ((1,), lanes[1])]
    for wanted, columns in sets:
        terms = [
            (column, kinds[k].height)
            for k, mine in program.by_rack[position].items()
            if kinds[k].height and set(wanted) <= set(kinds[k].lanes)
            for column in mine
        ]
        limit = int(np.count_nonzero(columns))
        if terms:
            program.rows.append(Row(rule, "rack", index, terms, limit, position))
