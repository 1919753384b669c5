"""Placements by hand: whether positions break a rule, and the best by trying everything."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, product
from typing import Any

from capacity.engine.placement import (
    Aim,
    Face,
    Goal,
    Item,
    Level,
    Nodes,
    Position,
    Room,
    Rule,
    Wishes,
)

SLACK = 0.02  # kg, W: the engine rounds each need to the gram and milliwatt


class Rules:
    """What is given, asked row by row."""

    def __init__(self, room: Room, nodes: Nodes, items: Sequence[Item], wishes: Wishes) -> None:
        self.room, self.nodes, self.items, self.wishes = room, nodes, items, wishes
        self.index = {int(pk): n for n, pk in enumerate(room.id)}
        outlets = room.outlets
        columns = (outlets.id, outlets.rack, outlets.side, outlets.bank, outlets.connector)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        self.outlets = {row[0]: row[1:] for row in rows}

    def broken(self, positions: Sequence[Position]) -> str:
        """The first rule that positions break, empty if none."""
        checks = (self.counts, self.units, self.wires, self.plugs, self.budgets, self.loads)
        for check in (*checks, self.ports, self.at_most):
            if found := check(positions):
                return found
        return ""

    def counts(self, positions: Sequence[Position]) -> str:
        each = Counter(p.item for p in positions)
        return "count" if any(n > self.items[k].count for k, n in each.items()) else ""

    def lanes(self, p: Position) -> tuple[str, ...]:
        return ("front", "rear") if self.items[p.item].full_depth else (p.face.value,)

    def units(self, positions: Sequence[Position]) -> str:
        taken = set()
        for p in positions:
            item, r = self.items[p.item], self.index[p.rack]
            if p.face is not item.face:
                return "face"
            if not item.height:
                if p.low is not None:
                    return "low of no height"
                continue
            assert p.low is not None
            if item.height % 2 == 0 and p.low % 2:
                return "half way up a unit"
            for half in range(p.low, p.low + item.height):
                column = half - int(self.room.first[r])
                if not 0 <= column < self.room.size[r]:
                    return "beyond the rack"
                if self.room.reserved[r][column]:
                    return "reserved"
                for lane in self.lanes(p):
                    if getattr(self.room, lane)[r][column] or (r, lane, half) in taken:
                        return "taken"
                    taken.add((r, lane, half))
        return ""

    def fatal(self, side: int) -> set[int]:
        found = {int(self.nodes.feed[side])}
        if self.nodes.fatal is not None:
            found |= {node for node, _ in self.nodes.fatal.row(side)}
        return found

    def wires(self, positions: Sequence[Position]) -> str:
        for p in positions:
            item, mine = self.items[p.item], self.room.sides[self.index[p.rack]]
            if len(p.sides) != item.inputs or not set(p.sides) <= set(mine):
                return "sides"
            if item.diverse:
                for lost in {node for side in p.sides for node in self.fatal(side)}:
                    if sum(lost not in self.fatal(side) for side in p.sides) < item.required:
                        return "not diverse"
        return ""

    def plugs(self, positions: Sequence[Position]) -> str:
        used = [outlet for p in positions for outlet in p.outlets]
        if len(used) != len(set(used)):
            return "outlet twice"
        for p in positions:
            item = self.items[p.item]
            if not item.needs_outlets:
                if p.outlets:
                    return "outlets unasked"
                continue
            if len(p.outlets) != item.inputs:
                return "outlets"
            for outlet, side in zip(p.outlets, p.sides, strict=True):
                rack, of, _, connector = self.outlets[outlet]
                if rack != self.index[p.rack] or of != side:
                    return "outlet elsewhere"
                if item.connectors is not None and connector not in item.connectors:
                    return "connector"
        return ""

    def left(self, left: Any, total: Any, index: int) -> float:
        if not math.isfinite(left[index]):
            return math.inf
        of = left[index] if total is None or math.isnan(total[index]) else total[index]
        return max(0.0, left[index] - self.wishes.keep * of)

    def budgets(self, positions: Sequence[Position]) -> str:
        for budget in self.room.budgets:
            used: dict[int, float] = defaultdict(float)
            for p in positions:
                item, r = self.items[p.item], self.index[p.rack]
                group = r if budget.group is None else int(budget.group[r])
                per = {
                    Rule.POWER: item.watts,
                    Rule.AIR_COOLING: item.watts * (1 - item.liquid),
                    Rule.LIQUID_COOLING: item.watts * item.liquid,
                }
                if group >= 0:
                    used[group] += per.get(budget.rule, item.weight)
            for group, amount in used.items():
                if amount > max(0, self.left(budget.left, budget.total, group)) + SLACK:
                    return budget.rule
        return ""

    def loads(self, positions: Sequence[Position]) -> str:
        load: dict[int, float] = defaultdict(float)
        for p in positions:
            item = self.items[p.item]
            worst: dict[int, float] = defaultdict(float)
            for side, inputs in Counter(p.sides).items():
                for node, share in self.nodes.share.row(side):
                    worst[node] += min(1.0, inputs / item.required) * item.watts * share
            for node, watts in worst.items():
                load[node] += min(watts, item.watts)
            for outlet in p.outlets:
                bank = self.outlets[outlet][2]
                if bank >= 0:
                    load[bank] += item.watts / item.required
        for node, watts in load.items():
            left = self.left(self.nodes.headroom, self.nodes.usable, node)
            if watts and watts > max(0, left) + SLACK:
                return f"node {node}"
        return ""

    def ports(self, positions: Sequence[Position]) -> str:
        for speed in {speed for item in self.items for speed in item.ports}:
            need: dict[int, int] = defaultdict(int)
            for p in positions:
                need[self.index[p.rack]] += self.items[p.item].ports.get(speed, 0)
            given = next((each for each in self.room.ports if each.speed == speed), None)
            short: dict[int, int] = defaultdict(int)
            for r, n in need.items():
                own = 0 if given is None else int(given.rack[r])
                pooled = given is not None and given.pool is not None and given.pool[r] >= 0
                if own >= 0 and n > own:
                    if not pooled:
                        return "port"
                    short[int(given.pool[r])] += n - own
            if any(n > given.shared[pool] for pool, n in short.items()):
                return "shared port"
        return ""

    def at_most(self, positions: Sequence[Position]) -> str:
        every = Counter(p.rack for p in positions)
        each = Counter((p.rack, p.item) for p in positions)
        if self.wishes.at_most is not None and any(n > self.wishes.at_most for n in every.values()):
            return "at most"
        limits = ((self.items[k].at_most, n) for (_, k), n in each.items())
        return "at most" if any(limit is not None and n > limit for limit, n in limits) else ""

    def value(self, aim: Aim, positions: Sequence[Position]) -> int:
        """What an aim counts."""
        groups: Counter[Any] = Counter()
        for p in positions:
            r = self.index[p.rack]
            if aim.level is Level.FEED:
                groups.update({int(self.nodes.feed[side]) for side in p.sides})
            else:
                of = {Level.ROW: self.room.row, Level.SITE: self.room.site}.get(aim.level)
                groups[r if of is None else ("alone", r) if of[r] < 0 else ("in", int(of[r]))] += 1
        if aim.goal is Goal.TOGETHER:
            return len(groups)
        return sum(n * n for n in groups.values())

    def choices(self, k: int) -> Iterator[Position]:
        """Every place of a device, outlets that are the same told apart by their number."""
        item = self.items[k]
        for r, pk in enumerate(self.room.id.tolist()):
            first, size = int(self.room.first[r]), int(self.room.size[r])
            lows: list[int | None] = list(range(first, first + size - item.height + 1))
            for sides in combinations_with_replacement(self.room.sides[r], item.inputs):
                free = [
                    [o for o, row in self.outlets.items() if row[0] == r and row[1] == side]
                    for side in sides
                ]
                plugs = product(*free) if item.needs_outlets else [()]
                for outlets, low in product(plugs, lows if item.height else [None]):
                    p = Position(k, pk, low, Face(item.face), sides, tuple(outlets))
                    if not self.broken([p]):
                        yield p

    def best(self) -> tuple[int, tuple[int, ...]]:
        """The most that fit, and where all do the least values of the aims in turn."""
        order = [k for k, item in enumerate(self.items) for _ in range(item.count)]
        places = {k: list(self.choices(k)) for k in set(order)}
        found = (0, tuple(10**9 for _ in self.wishes.aims))
        seen = set()

        def go(at: int, start: int, chosen: list[Position]) -> None:
            nonlocal found
            key = (at, start, frozenset(chosen))
            if key in seen:
                return
            seen.add(key)
            values = tuple(self.value(aim, chosen) for aim in self.wishes.aims)
            if len(chosen) > found[0] or (len(chosen) == found[0] and values < found[1]):
                found = (len(chosen), values)
            if at == len(order):
                return
            k = order[at]
            same = at + 1 < len(order) and order[at + 1] == k
            for n in range(start, len(places[k])):
                trial = [*chosen, places[k][n]]
                if not self.broken(trial):
                    go(at + 1, n if same else 0, trial)
            rest = next((n for n in range(at, len(order)) if order[n] != k), len(order))
            go(rest, 0, chosen)

        go(0, 0, [])
        return found
