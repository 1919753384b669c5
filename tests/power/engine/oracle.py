"""The reckoning once more, naively: dicts and recursion, no arrays."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise
from typing import Any

from power.engine import NodeKind, Rows

FIRM, TIE, STANDBY, STORED = range(4)


class Oracle:
    """What `flow` should find, node by node."""

    def __init__(self, rows: Rows, watts: Any, failed: set[int], *, storage: bool = False) -> None:
        self.rows, self.demand, self.failed, self.storage = rows, watts, failed, storage
        self.above: dict[int, list[int]] = {n: [] for n in range(rows.nodes)}
        for edge, down in enumerate(rows.edge_down):
            self.above[int(down)].append(edge)
        self.tier_of = cache(self.tier_of)
        self.live = cache(self.live)
        self.shares = cache(self.shares)
        self.given = [0.0] * rows.nodes
        self.taken = [0.0] * rows.nodes
        self.up: list[bool] = []
        self.plug()
        for node in sorted(range(rows.nodes), key=self.depth, reverse=True):
            self.taken[node] = self.given[node] / self.efficiency(node, self.given[node])
            for edge, share in self.shares(node).items():
                self.given[int(rows.edge_up[edge])] += share * self.taken[node]

    def depth(self, node: int) -> int:
        above = [self.depth(int(self.rows.edge_up[e])) for e in self.above[node]]
        return 1 + max(above, default=0)

    def tier_of(self, node: int) -> int:
        kind = self.rows.kind[node]
        if kind == NodeKind.GENERATOR:
            return STANDBY
        if kind == NodeKind.BATTERY:
            return STORED
        if kind == NodeKind.UTILITY or not self.above[node]:
            return FIRM
        return min(self.tier(edge) for edge in self.above[node])

    def tier(self, edge: int) -> int:
        own = TIE if self.rows.edge_open[edge] else FIRM
        return max(own, self.tier_of(int(self.rows.edge_up[edge])))

    def is_root(self, node: int) -> bool:
        kind = self.rows.kind[node]
        if kind in (NodeKind.UTILITY, NodeKind.GENERATOR):
            return True
        lone = (NodeKind.SOLAR, NodeKind.BATTERY, NodeKind.INLET, NodeKind.BANK, NodeKind.OUTLET)
        return not self.above[node] and kind not in lone

    def live(self, node: int) -> bool:
        if node in self.failed or self.rows.dead[node]:
            return False
        if self.is_root(node) or any(
            self.live(int(self.rows.edge_up[e])) for e in self.above[node]
        ):
            return True
        return bool(self.storage and self.rows.energy_wh[node] > 0)

    def shares(self, node: int) -> dict[int, float]:
        rows = self.rows
        edges = [e for e in self.above[node] if self.live(int(rows.edge_up[e]))]
        if not edges or not self.live(node):
            return {}
        if rows.transfers[node]:
            chosen = min(edges, key=lambda e: (rows.edge_rank[e], self.tier(e), rows.edge_up[e]))
            return {chosen: 1.0}
        best = min(map(self.tier, edges))
        edges = [e for e in edges if self.tier(e) == best]
        weights = {e: self.weight(e) for e in edges}
        if any(math.isnan(self.weight(e)) for e in self.above[node]):
            weights = dict.fromkeys(edges, 1.0)
        return {e: w / sum(weights.values()) for e, w in weights.items()}

    def weight(self, edge: int) -> float:
        node = int(self.rows.edge_up[edge])
        if self.rows.kind[node] == NodeKind.LINK and self.above[node]:
            node = int(self.rows.edge_up[self.above[node][0]])
        elif self.rows.kind[node] == NodeKind.LINK:
            return math.nan
        va, w = self.rows.usable_va[node], self.rows.usable_w[node]
        return float(w if math.isnan(va) else va)

    def efficiency(self, node: int, watts: float) -> float:
        rows = self.rows
        if rows.curve[node] >= 0:
            points = list(zip(*rows.curves[rows.curve[node]], strict=True))
            if not rows.rated_w[node] > 0:
                return float(min(value for _, value in points))
            x = watts / rows.rated_w[node]
            if x <= points[0][0]:
                return float(points[0][1])
            for (x0, y0), (x1, y1) in pairwise(points):
                if x <= x1:
                    return float(y0 + (y1 - y0) * (x - x0) / (x1 - x0))
            return float(points[-1][1])
        return 1.0 if math.isnan(rows.efficiency[node]) else float(rows.efficiency[node])

    def plug(self) -> None:
        rows = self.rows
        for device in range(rows.devices):
            mine = [s for s in range(len(rows.supply_device)) if rows.supply_device[s] == device]
            nodes = [int(rows.supply_node[s]) for s in mine]
            powered = [n for n in nodes if n >= 0 and self.live(n)]
            needed = int(rows.required[device]) or max(len(mine) - 1, 1)
            self.up.append(len(powered) >= needed)
            if self.up[-1]:
                for node in powered:
                    self.given[node] += self.demand[device] / len(powered)
