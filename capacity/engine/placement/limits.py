"""The rows of the rules that are sums: budgets, power nodes, ports, at most so many."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from capacity.engine.placement.given import Budget, Item, Ports, Rule
from capacity.engine.placement.rows import FINE, Program, Row, Terms, coarse, fine, kept
from capacity.engine.placement.wiring import Wirings


def add_budgets(program: Program) -> None:
    """Weight, floor, cooling and contracted power, of racks and of places."""
    for number, budget in enumerate(program.case.room.budgets):
        need = [fine(_use(item, budget.rule)) for item in program.case.items]
        if any(need) and program.has(budget.rule):
            _add_budget(program, number, budget, need)


def _add_budget(program: Program, number: int, budget: Budget, need: list[int]) -> None:
    left = kept(budget.left, budget.total, program.keep)
    terms: dict[int, Terms] = defaultdict(list)
    only: dict[int, int] = {}
    for position, rack in enumerate(program.racks):
        group = rack if budget.group is None else int(budget.group[rack])
        if group < 0:
            continue
        only[group] = position if group not in only else -1
        for k, columns in program.by_rack[position].items():
            if need[k]:
                terms[group] += [(column, need[k]) for column in columns]
    for group, each in terms.items():
        if math.isnan(left[group]):
            program.assumed[budget.rule, False] += 1
        elif math.isfinite(left[group]):
            of = "rack" if budget.group is None else "group"
            index = int(program.case.room.id[group]) if budget.group is None else group
            limit = coarse(left[group])
            program.add(Row(budget.rule, of, index, each, limit, only[group], number, FINE))


def _use(item: Item, rule: Rule) -> float:
    """How much of a budget a device uses."""
    watts = 0.0 if math.isnan(item.watts) else item.watts
    if rule is Rule.POWER:
        return watts
    if rule is Rule.AIR_COOLING:
        return watts * (1 - item.liquid)
    if rule is Rule.LIQUID_COOLING:
        return watts * item.liquid
    return 0.0 if math.isnan(item.weight) else item.weight


class NodeRows:
    """Adds rows about power nodes."""

    def __init__(self, program: Program) -> None:
        self.program = program
        nodes, room = program.case.nodes, program.case.room
        self.headroom = kept(nodes.headroom, nodes.usable, program.keep)
        if nodes.local is None:
            self.local = set(nodes.feed.tolist()) | set(room.outlets.bank.tolist())
        else:
            self.local = set(np.flatnonzero(nodes.local).tolist())

    def add_shares(self, wirings: Wirings) -> None:
        """What devices may draw from every node above their sides, in the worst case."""
        program = self.program
        terms: dict[int, Terms] = defaultdict(list)
        only: dict[int, int] = {}
        for position, rack in enumerate(program.racks):
            sides = program.case.room.sides[rack]
            for k, columns in program.by_rack[position].items():
                item = program.case.items[k]
                if not item.input_watts:
                    continue
                for column in columns:
                    wiring = program.columns.wiring[column]
                    for node, share in wirings.shares(sides, wiring, item.required):
                        terms[node].append((column, fine(share * item.watts)))
                        only[node] = position if only.get(node, position) == position else -1
        for node, each in terms.items():
            self.add(node, each, only[node])

    def add(self, node: int, terms: Terms, rack: int) -> None:
        """A node's row."""
        rule = Rule.FEED if node in self.local else Rule.UPSTREAM
        left = self.headroom[node]
        if math.isnan(left):
            self.program.assumed[rule, False] += 1
        elif math.isfinite(left):
            row = Row(rule, "node", node, terms, coarse(left), rack, scale=FINE)
            self.program.add(row)


def add_ports(program: Program) -> None:
    """Switch ports: a rack's own, and those it shares with others."""
    room = program.case.room
    speeds = {ports.speed: ports for ports in room.ports}
    for speed in sorted({speed for item in program.case.items for speed in item.ports}):
        need = [item.ports.get(speed, 0) for item in program.case.items]
        none = Ports(speed, np.zeros(len(program.racks), dtype=np.int64))
        _add_speed(program, speeds.get(speed, none), need)


def _add_speed(program: Program, ports: Ports, need: list[int]) -> None:
    taking: dict[int, Terms] = defaultdict(list)
    for position, rack in enumerate(program.racks):
        own = int(ports.rack[rack])
        here = program.by_rack[position].items()
        terms = [(column, need[k]) for k, columns in here for column in columns if need[k]]
        if own < 0 and terms:
            program.assumed[Rule.PORT, False] += 1
        if own < 0 or not terms or not program.has(Rule.PORT):
            continue
        pool = -1 if ports.pool is None else int(ports.pool[rack])
        if pool >= 0 and ports.shared is not None:
            taken = program.columns.add(int(ports.shared[pool]), position)
            terms.append((taken, -1))
            taking[pool].append((taken, 1))
        index = int(program.case.room.id[rack])
        program.add(Row(Rule.PORT, "rack", index, terms, own, position))
    for pool, each in taking.items():
        assert ports.shared is not None
        program.add(Row(Rule.PORT, "pool", pool, each, int(ports.shared[pool])))


def add_at_most(program: Program) -> None:
    """At most so many to a rack, of all items and of one."""
    of_all = program.case.wishes.at_most
    for position, here in enumerate(program.by_rack):
        index = int(program.case.room.id[program.racks[position]])
        every = [(column, 1) for columns in here.values() for column in columns]
        if of_all is not None:
            program.add(Row(Rule.AT_MOST, "rack", index, every, of_all, position))
        for k, columns in here.items():
            limit = program.case.items[k].at_most
            if limit is not None:
                terms = [(column, 1) for column in columns]
                program.add(Row(Rule.AT_MOST, "rack", index, terms, limit, position))
