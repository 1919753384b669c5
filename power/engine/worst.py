"""The most every node carries over many failures, one at a time.

All failures are reckoned side by side as pairs (failure, node), and only the pairs that a failure
touches: what loses power below it, what takes over, and what lies above those. A hall of a thousand
nodes and a thousand failures is a few thousand such pairs, not a million.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from power.engine.demand import Demand
from power.engine.flow import WIDTH, State, amperes, divide, intake, per_supply, settle
from power.engine.graph import Graph
from power.engine.rows import Flags, Floats, Ints, NodeKind
from power.engine.sets import among, distinct

PAIRS = 2_000_000  # about how many supplies' pairs are held at a time
_TINY = 1e-9  # W
_NOTHING = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class WorstCase:
    """The highest load of each node, by row index; shape (n,) unless told otherwise.

    watts, var: at the node's output, in the case with the highest VA. legs: W on legs A, B, C and
    amperes in the lines in that case, shape (n, 3). cause: index of the failure, -1 where nothing
    failing is the worst.
    For each failure, shape (k,): devices that are up without it and down with it, and their W.
    For each device, shape (m,): the failure that takes it down, of several the one furthest from
    the sources; -1 where none does.
    """

    watts: Floats
    var: Floats
    legs: Floats
    amperes: Floats
    cause: Ints
    devices_down: Ints
    watts_down: Floats
    taken_down_by: Ints

    @property
    def va(self) -> Floats:
        """Apparent power, VA."""
        return np.hypot(self.watts, self.var)


def single_failures(graph: Graph) -> list[list[int]]:
    """Each node by itself but outlets and banks, whose failures are local."""
    kind = graph.rows.kind
    return [[int(n)] for n in np.flatnonzero(kind < NodeKind.BANK)]


def n_minus_1(
    graph: Graph, demand: Demand, failures: Sequence[Sequence[int]] | None = None
) -> WorstCase:
    """Reckon every failure, each a set of nodes (row indices), and keep the worst of each node.

    By default the failures are those of `single_failures`. Batteries count as empty, generators as
    started: it is the state that lasts. The same as `flow` for each failure in turn, but that an
    outlet which only supplies are plugged into is not failed by itself.
    """
    sets = single_failures(graph) if failures is None else failures
    base = settle(graph, demand, np.zeros(len(graph.order), dtype=bool))
    worst = _Worst(graph, base, len(sets))
    for low, high in _chunks(graph, sets):
        chunk = _Chunk(graph, demand, base, sets[low:high])
        worst.take(chunk, low)
    return worst.result()


def _chunks(graph: Graph, sets: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    below = np.bincount(graph.attach[graph.attach >= 0], minlength=len(graph.order)) + 1.0
    for level in range(graph.depth - 1, 0, -1):
        low, high = graph.edges[level], graph.edges[level + 1]
        np.add.at(below, graph.up[low:high], below[graph.down[low:high]])
    below = np.minimum(below, len(graph.attach) + len(graph.order))
    start, held = 0, 0.0
    for index, each in enumerate(sets):
        held += float(below[graph.inner[list(each)]].sum())
        if held > PAIRS and index > start:
            yield start, index
            start, held = index, 0.0
    if start < len(sets):
        yield start, len(sets)


@dataclass
class _Pairs:
    """Some (failure, node) pairs with what belongs to each."""

    failure: Ints
    node: Ints
    values: Floats

    @classmethod
    def none(cls) -> _Pairs:
        return cls(_NOTHING, _NOTHING, np.zeros((0, WIDTH)))


@dataclass
class _Divided:
    """Pairs of one level whose sources changed, and the new share of each edge into them."""

    keys: Ints
    edges: Ints
    owner: Ints
    share: Floats


@dataclass
class _Chunk:
    """Some failures side by side."""

    graph: Graph
    demand: Demand
    base: State
    sets: Sequence[Sequence[int]]
    dead: dict[int, Ints] = field(default_factory=dict, init=False)
    divided: dict[int, _Divided] = field(default_factory=dict, init=False)
    loads: list[_Pairs] = field(default_factory=list, init=False)
    down_failure: Ints = field(init=False)
    down_device: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.graph.order)
        self.level_of = np.repeat(np.arange(self.graph.depth), np.diff(self.graph.levels))
        self._downward()
        self._upward(self._devices())

    # what loses power

    def _downward(self) -> None:
        graph, live = self.graph, self.base.live
        nodes = [graph.inner[list(each)] for each in self.sets]
        failure = np.repeat(np.arange(len(nodes)), [len(each) for each in nodes])
        failed = distinct(failure * self.count + _joined(nodes))
        failed = failed[live[failed % self.count]]
        failed_level = self.level_of[failed % self.count]
        lost_failure, lost_edge = _NOTHING, _NOTHING
        for level in range(graph.depth):
            here = self.level_of[graph.down[lost_edge]] == level
            own = failed[failed_level == level]
            unfed = self._fed_anew(level, lost_failure[here], lost_edge[here], own)
            dead = distinct(np.concatenate([own, unfed]))
            self.dead[level] = dead
            edges, owner = graph.out.of(dead % self.count)
            lost_failure = np.concatenate([lost_failure[~here], (dead // self.count)[owner]])
            lost_edge = np.concatenate([lost_edge[~here], edges])

    def _fed_anew(self, level: int, failure: Ints, edge: Ints, failed: Ints) -> Ints:
        """Share anew the loads of nodes that lost a source; keys of those that have none left."""
        graph, live = self.graph, self.base.live
        lost = np.sort(failure * len(graph.up) + edge)
        keys = distinct(failure * self.count + graph.down[edge])
        keys = keys[live[keys % self.count] & ~among(keys, failed)]
        node = keys % self.count
        edges, owner = graph.into.of(node)
        gone = among((keys // self.count)[owner] * len(graph.up) + edges, lost)
        alive = live[graph.up[edges]] & ~gone
        share, fed = divide(graph, edges, alive, owner, len(keys))
        fed |= graph.root[node]
        kept = np.flatnonzero(fed)
        place = np.full(len(keys), -1)
        place[kept] = np.arange(len(kept))
        of_kept = fed[owner]
        self.divided[level] = _Divided(
            keys[kept], edges[of_kept], place[owner[of_kept]], share[of_kept]
        )
        left: Ints = keys[~fed]
        return left

    # what devices do

    def _devices(self) -> _Pairs:
        """The change of load where the affected devices are plugged in."""
        graph, base = self.graph, self.base
        dead = np.sort(np.concatenate(list(self.dead.values())))
        supplies, owner = graph.plugged.of(dead % self.count)
        device = graph.rows.supply_device[supplies]
        keys, lost = np.unique(
            (dead // self.count)[owner] * graph.rows.devices + device, return_counts=True
        )
        keys, lost = _where(base.up[keys % max(graph.rows.devices, 1)], keys, lost)
        device, failure = keys % max(graph.rows.devices, 1), keys // max(graph.rows.devices, 1)
        inputs = base.inputs[device] - lost
        stays = inputs >= graph.required[device]
        self.down_failure, self.down_device = failure[~stays], device[~stays]

        supplies, owner = graph.supplies.of(device)
        node = graph.attach[supplies]
        powered = (node >= 0) & np.append(base.live, False)[node]
        powered &= ~among(failure[owner] * self.count + node, dead)
        supplies, owner, node = supplies[powered], owner[powered], node[powered]
        legs, taking = graph.leg[supplies], device[owner]
        change = -per_supply(graph, self.demand, taking, base.inputs[taking], legs)
        more = stays[owner]
        change[more] += per_supply(
            graph, self.demand, taking[more], inputs[owner[more]], legs[more]
        )
        return _Pairs(failure[owner], node, change)

    # what carries more or less

    def _upward(self, waiting: _Pairs) -> None:
        graph = self.graph
        for level in range(graph.depth - 1, -1, -1):
            here = self.level_of[waiting.node] == level
            arrived = waiting.failure[here] * self.count + waiting.node[here]
            dead, divided = self.dead[level], self.divided[level]
            keys = distinct(np.concatenate([arrived, dead, divided.keys]))
            place = np.searchsorted(keys, arrived)
            node = keys % self.count
            out = self.base.out[node]
            for column in range(WIDTH):
                out[:, column] += np.bincount(
                    place,
                    weights=waiting.values[here, column],
                    minlength=len(keys),
                )
            gone = among(keys, dead)
            out[gone] = 0.0
            self.loads.append(_Pairs(keys // self.count, node, out))
            taken = intake(graph, node, out)
            passed = self._passed(keys, taken, gone, divided)
            waiting = _Pairs(
                np.concatenate([waiting.failure[~here], passed.failure]),
                np.concatenate([waiting.node[~here], passed.node]),
                np.concatenate([waiting.values[~here], passed.values]),
            )

    def _passed(self, keys: Ints, taken: Floats, gone: Flags, divided: _Divided) -> _Pairs:
        """The change of load at the nodes above."""
        graph, base = self.graph, self.base
        shared_anew = among(keys, divided.keys)
        plain = np.flatnonzero(~shared_anew)
        edges, owner = graph.into.of(keys[plain] % self.count)
        owner = plain[owner]
        share = np.where(gone[owner], 0.0, base.share[edges])
        again = np.searchsorted(keys, divided.keys)
        edges = np.concatenate([edges, divided.edges])
        owner = np.concatenate([owner, again[divided.owner]])
        share = np.concatenate([share, divided.share])
        before = base.share[edges, None] * base.taken[graph.down[edges]]
        change = share[:, None] * taken[owner] - before
        matters = np.abs(change).max(axis=1, initial=0.0) > _TINY
        return _Pairs(
            (keys // self.count)[owner[matters]], graph.up[edges[matters]], change[matters]
        )


class _Worst:
    """The worst so far."""

    def __init__(self, graph: Graph, base: State, failures: int) -> None:
        self.graph, self.base = graph, base
        self.load = base.out.copy()
        self.va = _va(base.out)
        self.cause = np.full(len(graph.order), -1)
        self.devices_down = np.zeros(failures, dtype=np.int64)
        self.watts_down = np.zeros(failures)
        self.by = np.full(graph.rows.devices, -1)
        self.by_level = np.full(graph.rows.devices, -1)

    def take(self, chunk: _Chunk, first: int) -> None:
        """Keep what is worse in a chunk whose failures begin at `first`."""
        failure = np.concatenate([each.failure for each in chunk.loads] or [_NOTHING])
        node = np.concatenate([each.node for each in chunk.loads] or [_NOTHING])
        load = np.concatenate([each.values for each in chunk.loads] or [_Pairs.none().values])
        va = _va(load)
        # Of each node the highest; the first failure of several that are equal.
        order = np.lexsort((-failure, va, node))
        last = order[np.append(node[order][1:] != node[order][:-1], True)] if len(order) else order
        higher = last[va[last] > self.va[node[last]] * (1 + 1e-12) + _TINY]
        self.load[node[higher]] = load[higher]
        self.va[node[higher]] = va[higher]
        self.cause[node[higher]] = first + failure[higher]
        self._take_down(chunk, first)

    def _take_down(self, chunk: _Chunk, first: int) -> None:
        failure, device = chunk.down_failure, chunk.down_device
        count = len(chunk.sets)
        here = slice(first, first + count)
        self.devices_down[here] = np.bincount(failure, minlength=count)
        watts = chunk.demand.watts[device]
        self.watts_down[here] = np.bincount(failure, weights=watts, minlength=count)
        level = np.array(
            [chunk.level_of[self.graph.inner[list(each)]].max(initial=-1) for each in chunk.sets],
            dtype=np.int64,
        )[failure]
        order = np.lexsort((-failure, level, device))
        last = (
            order[np.append(device[order][1:] != device[order][:-1], True)] if len(order) else order
        )
        deeper = last[level[last] > self.by_level[device[last]]]
        self.by[device[deeper]] = first + failure[deeper]
        self.by_level[device[deeper]] = level[deeper]

    def result(self) -> WorstCase:
        """The worst case by row index."""
        back, rows = self.graph.inner, self.graph.rows
        load = np.maximum(self.load, 0.0)[back]
        watts, var, legs = load[:, 0], load[:, 1], load[:, 2:]
        return WorstCase(
            watts=watts,
            var=var,
            legs=legs,
            amperes=amperes(watts, var, legs, rows.volts, rows.phases, rows.neutral),
            cause=self.cause[back],
            devices_down=self.devices_down,
            watts_down=self.watts_down,
            taken_down_by=self.by,
        )


def _va(load: Floats) -> Floats:
    return np.hypot(load[:, 0], load[:, 1])


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate(parts) if parts else _NOTHING


def _where(keep: Flags, *arrays: Ints) -> tuple[Ints, ...]:
    return tuple(each[keep] for each in arrays)
