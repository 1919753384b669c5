"""The graph: nodes by level, sources first, with what can be worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from power.engine.rows import CONNECTED, Flags, Floats, Ints, NodeKind, Rows
from power.engine.sets import distinct

# What feeds a node before what else: the better tier that is live carries all of the load.
FIRM, TIE, STANDBY, STORED = 0, 1, 2, 3


class Ring(ValueError):
    """Power would go in a circle; `nodes` are row indices of the circle's nodes."""

    def __init__(self, nodes: list[int]) -> None:
        super().__init__(f"{len(nodes)} nodes feed each other in a circle")
        self.nodes = nodes


@dataclass(frozen=True)
class Slots:
    """Items by the node they belong to: those of `v` are `items[start[v]:start[v + 1]]`."""

    start: Ints
    items: Ints

    def of(self, nodes: Ints) -> tuple[Ints, Ints]:
        """The items of several nodes one after the other, and for each the index into `nodes`."""
        first, counts = self.start[nodes], self.start[nodes + 1] - self.start[nodes]
        owner = np.repeat(np.arange(len(nodes)), counts)
        offset = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.items[first[owner] + offset], owner


def slots(owner: Ints, count: int) -> Slots:
    """Indices of `owner` by its values, which are 0 to `count` - 1."""
    items = np.argsort(owner, kind="stable")
    start = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=count), out=start[1:])
    return Slots(start, items)


@dataclass(frozen=True)
class Graph:
    """A built power chain. Inside, nodes are numbered by level; `inner` and `order` translate.

    Outlets that only supplies are plugged into are folded: their supplies count as plugged into
    what feeds the outlet, on the outlet's leg.

    order: row index of each inner node, shape (n,). inner: the reverse.
    levels: bounds of the levels; nodes of level L are `levels[L]` to `levels[L + 1]`.
    edges: bounds of the edges into each level's nodes; up, down, tier, rank, weight: per edge,
        sorted by the lower node, then as a transfer switch prefers them.
    root: nodes that may be live without a feeder.
    plug: inner node each supply is plugged into; attach, leg: the node it counts as drawing from,
        and its leg; -1 for none. required: per device.
    into, out: edges into and out of each node; plugged: supplies at each node; supplies: those of
        each device. equal: nodes whose sources share equally since a rating is unknown.
    edge_rows: row index of each edge. The rest are columns of the rows by inner node.
    """

    rows: Rows
    order: Ints
    inner: Ints
    levels: Ints
    edges: Ints
    up: Ints
    down: Ints
    tier: Ints
    weight: Floats
    root: Flags
    plug: Ints
    attach: Ints
    leg: Ints
    required: Ints
    into: Slots
    out: Slots
    plugged: Slots
    supplies: Slots
    equal: Flags
    edge_rows: Ints
    dead: Flags
    switches: Flags
    has_storage: Flags
    efficiency: Floats
    curve: Ints
    rated_w: Floats
    var_per_watt: Floats
    balances: Flags
    own_leg: Ints

    @property
    def depth(self) -> int:
        """How many levels there are."""
        return len(self.levels) - 1


def build(rows: Rows) -> Graph:
    """Sort the nodes so that sources come first, and prepare what every calculation needs.

    The result does not depend on the order of rows. Raises Ring when nodes feed each other in a
    circle.
    """
    level = _levels(rows)
    count = rows.nodes
    order = np.argsort(level, kind="stable")
    inner = np.empty(count, dtype=np.int64)
    inner[order] = np.arange(count)
    sizes = np.bincount(level, minlength=1) if count else np.zeros(1, dtype=np.int64)
    levels = np.concatenate([[0], np.cumsum(sizes)])

    up, down = inner[rows.edge_up], inner[rows.edge_down]
    tier = _tiers(rows, inner, order, up, down, levels)
    switches = rows.transfers[order]
    # A transfer switch goes by preference alone; the tier only decides between equals.
    first = np.where(switches[down], rows.edge_rank, tier)
    second = np.where(switches[down], tier, rows.edge_rank)
    sorting = np.lexsort((rows.edge_up, second, first, down))
    up, down, tier = up[sorting], down[sorting], tier[sorting]
    weight, equal = _weights(rows, order, up, down)
    attach, leg = _attached(rows, inner)
    required = np.where(
        rows.required > 0,
        rows.required,
        np.maximum(np.bincount(rows.supply_device, minlength=rows.devices) - 1, 1),
    )
    fed = np.bincount(down, minlength=count) > 0
    kind = rows.kind[order]
    sources = np.isin(kind, (NodeKind.UTILITY, NodeKind.GENERATOR))
    never = np.isin(kind, (NodeKind.SOLAR, NodeKind.BATTERY, *CONNECTED))
    return Graph(
        rows=rows,
        order=order,
        inner=inner,
        levels=levels,
        edges=np.searchsorted(down, levels),
        up=up,
        down=down,
        tier=tier,
        weight=weight,
        root=sources | (~fed & ~never),
        plug=_at(inner, rows.supply_node),
        attach=attach,
        leg=leg,
        required=required,
        into=slots(down, count),
        out=slots(up, count),
        plugged=slots(np.where(attach < 0, count, attach), count + 1),
        supplies=slots(rows.supply_device, rows.devices),
        equal=equal,
        edge_rows=sorting,
        dead=rows.dead[order],
        switches=switches,
        has_storage=rows.energy_wh[order] > 0,
        efficiency=np.where(np.isnan(rows.efficiency), 1.0, rows.efficiency)[order],
        curve=rows.curve[order],
        rated_w=rows.rated_w[order],
        var_per_watt=_var_per_watt(rows.power_factor[order]),
        balances=rows.balances[order],
        own_leg=rows.leg[order],
    )


def _var_per_watt(power_factor: Floats) -> Floats:
    """var a watt at a node's own (lagging) power factor, NaN where it has none."""
    found: Floats = np.sqrt(np.maximum(1.0 - power_factor**2, 0.0)) / power_factor
    return found


def _levels(rows: Rows) -> Ints:
    """The longest way from a source to each node; raises Ring."""
    level = np.zeros(rows.nodes, dtype=np.int64)
    waiting = np.bincount(rows.edge_down, minlength=rows.nodes)
    out = slots(rows.edge_up, rows.nodes)
    front, done, depth = np.flatnonzero(waiting == 0), 0, 0
    while len(front):
        done += len(front)
        level[front] = depth
        edges, _ = out.of(front)
        lower = rows.edge_down[edges]
        np.subtract.at(waiting, lower, 1)
        front = distinct(lower[waiting[lower] == 0])
        depth += 1
    if done < rows.nodes:
        raise Ring(_ring(rows, waiting > 0))
    return level


def _ring(rows: Rows, left: Flags) -> list[int]:
    """The nodes of one circle among those that are left, each of which has a feeder left."""
    above = {
        int(down): int(up)
        for up, down in zip(rows.edge_up, rows.edge_down, strict=True)
        if left[up] and left[down]
    }
    node, seen = next(iter(above)), dict[int, int]()
    while node not in seen:
        seen[node] = len(seen)
        node = above[node]
    return list(seen)[seen[node] :]


def _tiers(rows: Rows, inner: Ints, order: Ints, up: Ints, down: Ints, levels: Ints) -> Ints:
    """How firm each edge is: as its upper node at its best, and no better than its switch."""
    kind = rows.kind[order]
    best = np.full(rows.nodes, FIRM)
    best[kind == NodeKind.GENERATOR] = STANDBY
    best[kind == NodeKind.BATTERY] = STORED
    own = np.isin(kind, (NodeKind.UTILITY, NodeKind.GENERATOR, NodeKind.BATTERY))
    tier = np.zeros(len(up), dtype=np.int64)
    sorting = np.argsort(down, kind="stable")
    bounds = np.searchsorted(down[sorting], levels)
    for low, high in pairwise(bounds):
        edges = sorting[low:high]
        tier[edges] = np.maximum(np.where(rows.edge_open[edges], TIE, FIRM), best[up[edges]])
        here = down[edges]
        least = np.full(rows.nodes, STORED)
        if len(here):
            np.minimum.at(least, here, tier[edges])
            best[here] = np.where(own[here], best[here], least[here])
    return tier


def _weights(rows: Rows, order: Ints, up: Ints, down: Ints) -> tuple[Floats, Flags]:
    """The rated capacity above each edge; equal ones below a node where one is unknown.

    Of a link it is that of the equipment above it.
    """
    kind, usable = rows.kind[order], rows.usable_va[order]
    watts = rows.usable_w[order]
    capacity = np.where(np.isnan(usable), watts, usable)
    links = kind[down] == NodeKind.LINK
    above = np.full(rows.nodes, np.nan)
    above[down[links]] = capacity[up[links]]
    weight = np.where(kind[up] == NodeKind.LINK, above[up], capacity[up])
    unknown = np.bincount(down, weights=np.isnan(weight), minlength=rows.nodes) > 0
    several = np.bincount(down, minlength=rows.nodes) > 1
    return np.where(unknown[down], 1.0, weight), unknown & several


def _attached(rows: Rows, inner: Ints) -> tuple[Ints, Ints]:
    """The node each supply draws from, past its outlet where that feeds supplies alone; its leg."""
    node, leg = rows.supply_node.copy(), rows.supply_leg.copy()
    feeds_nodes = np.bincount(rows.edge_up, minlength=rows.nodes) > 0
    parent = np.full(rows.nodes, -1)
    parent[rows.edge_down] = rows.edge_up
    lossless = np.isnan(rows.efficiency) & (rows.curve < 0) & np.isnan(rows.power_factor)
    lone = np.bincount(rows.edge_down, minlength=rows.nodes) == 1
    foldable = (rows.kind == NodeKind.OUTLET) & lone & ~feeds_nodes & ~rows.dead & lossless
    folded = node >= 0
    folded[folded] = foldable[node[folded]]
    leg[folded] = np.where(leg[folded] < 0, rows.leg[node[folded]], leg[folded])
    node[folded] = parent[node[folded]]
    return _at(inner, node), leg


def _at(values: Ints, index: Ints) -> Ints:
    """The values at some places, -1 where there is no place; there may be no values at all."""
    found = np.full(len(index), -1, dtype=np.int64)
    found[index >= 0] = values[index[index >= 0]]
    return found
