"""How much more power reaches a rack, whatever single thing fails above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_TINY = 1e-9


@dataclass(frozen=True)
class Chain:
    """The chain above some starting nodes; nodes are numbered sources first, shape (n,).

    up, down: each edge's ends, shape (e,). tier: which sources of a node are taken before which.
    weight: what several of one tier share by. switches: nodes fed by one source at a time.
    efficiency: output ÷ input, 0 < η ≤ 1, at its lowest.
    """

    up: Ints
    down: Ints
    tier: Ints
    weight: Floats
    switches: Flags
    efficiency: Floats


@dataclass(frozen=True)
class Load:
    """What a watt more at a starting point puts on nodes at most: W per W, by node index."""

    nodes: Ints
    most: Floats


def greatest_parts(chain: Chain) -> Floats:
    """The greatest part of its lower node's load that each edge may carry, shape (e,).

    After the failure of the largest other source of its tier: weight ÷ (sum - largest other). A
    lone source, and each source of a transfer switch, may have to carry everything.
    """
    count = len(chain.switches)
    tiers = int(chain.tier.max(initial=0)) + 1
    group = chain.down * tiers + chain.tier
    size = count * tiers
    total = np.bincount(group, weights=chain.weight, minlength=size)
    largest, second = np.zeros(size), np.zeros(size)
    order = np.lexsort((-chain.weight, group))
    first = np.ones(len(order), dtype=bool)
    first[1:] = group[order][1:] != group[order][:-1]
    leader = np.zeros(len(group), dtype=bool)
    leader[order[first]] = True
    largest[group[leader]] = chain.weight[leader]
    follow = order[np.flatnonzero(first[:-1] & ~first[1:]) + 1] if len(order) > 1 else order[:0]
    second[group[follow]] = chain.weight[follow]
    other = np.where(leader, second[group], largest[group])
    left = total[group] - other
    known = left > _TINY
    part = np.divide(chain.weight, left, out=np.ones(len(left)), where=known)
    alone = np.bincount(group, minlength=size)[group] == 1
    found: Floats = np.where(alone | chain.switches[chain.down], 1.0, np.minimum(part, 1.0))
    return found


def reach(chain: Chain, starts: Ints) -> tuple[Floats, Floats]:
    """What one watt more at each start may add to each node, without losses, shape (n, starts).

    Also what a watt at the bottom has grown to at each node's output by losses, shape (n,).
    However many ways lead to a node, a watt passes it once.
    """
    count = len(chain.switches)
    carried = np.zeros((count, len(starts)))
    carried[starts, np.arange(len(starts))] = 1.0
    grown = np.ones(count)
    part = greatest_parts(chain)
    # Sources come first, so that going down the numbers every node is done before those above it.
    order = np.argsort(-chain.down, kind="stable")
    down, up, parts = chain.down[order], chain.up[order], part[order]
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(down)) + 1, [len(down)]])
    for low, high in pairwise(cuts):
        if low == high:
            continue
        node = down[low]
        mine = np.minimum(carried[node], 1.0)
        carried[node] = mine
        if mine.any():
            carried[up[low:high]] += mine * parts[low:high, None]
            above = grown[node] / chain.efficiency[node]
            grown[up[low:high]] = np.maximum(grown[up[low:high]], above)
    return np.minimum(carried, 1.0), grown


def dominators(chain: Chain, roots: Flags) -> list[frozenset[int]]:
    """Of each node the nodes, itself included, without any one of which no power reaches it.

    roots: nodes that have power of their own, shape (n,).
    """
    count = len(chain.switches)
    above: list[list[int]] = [[] for _ in range(count)]
    for up, down in zip(chain.up.tolist(), chain.down.tolist(), strict=True):
        above[down].append(up)
    found: list[frozenset[int]] = []
    for node in range(count):
        own = frozenset((node,))
        ways = [found[source] for source in above[node]]
        common = frozenset.intersection(*ways) if ways and not roots[node] else frozenset()
        found.append(own | common)
    return found


def load_of(carried: Floats, grown: Floats, starts: Sequence[int]) -> Load:
    """The load of a rack that may draw each watt through any of some starts (columns)."""
    total = np.minimum(carried[:, list(starts)].sum(axis=1), 1.0)
    nodes = np.flatnonzero(total > _TINY)
    return Load(nodes, total[nodes] * grown[nodes])


def headroom(margin: Floats, load: Load) -> float:
    """W more that no node on the way is overloaded by; NaN where no margin is known."""
    known = ~np.isnan(margin[load.nodes])
    if not known.any():
        return float("nan")
    return float((margin[load.nodes][known] / load.most[known]).min())


def fill(margin: Floats, loads: Sequence[Load], wants: Floats) -> Floats:
    """W that can be added to each rack together, the racks in order each as much as still goes.

    margin: W or VA left on each node in the worst case, NaN unknown. wants: the most each rack
    takes for itself, W. What comes out is always possible, though not always the most there is.
    """
    left = np.where(np.isnan(margin), np.inf, margin)
    taken = np.zeros(len(wants))
    for index, load in enumerate(loads):
        room = float((left[load.nodes] / load.most).min()) if len(load.nodes) else np.inf
        taken[index] = max(min(float(wants[index]), room), 0.0)
        left[load.nodes] -= taken[index] * load.most
    return taken


def of_sides(values: Floats, redundant: Flags) -> float:
    """What the feeds of a rack give together when any one of them, or any one side, may fail.

    With feeds of both sides the weaker side's sum; else the sum without the largest, or the one
    feed there is. NaN where a figure is unknown or there is no feed.
    """
    if not len(values) or np.isnan(values).any():
        return float("nan")
    if redundant.any() and not redundant.all():
        return float(min(values[redundant].sum(), values[~redundant].sum()))
    return float(values.sum() - (values.max() if len(values) > 1 else 0.0))


def firm(ratings: Floats, scheme: str) -> float:
    """What a redundancy group carries with as many members failed as its scheme allows.

    ratings: usable W or VA of each member; NaN where one is unknown or there is none. N+1, block
    and distributed redundant: without the largest; N+2: without the two largest; 2N: half;
    2N+1: half of what is left without the largest.
    """
    if not len(ratings) or np.isnan(ratings).any():
        return float("nan")
    ordered = np.sort(ratings)[::-1]
    total = float(ordered.sum())
    if scheme == "n":
        return total
    if scheme == "2n":
        return total / 2
    if scheme == "2n+1":
        return (total - float(ordered[0])) / 2
    return total - float(ordered[: 2 if scheme == "n+2" else 1].sum())


def split(owner: Ints, values: Ints) -> dict[int, Ints]:
    """The values of each owner, by owner."""
    order = np.argsort(owner, kind="stable")
    ids, first = np.unique(owner[order], return_index=True)
    parts = np.split(values[order], first[1:]) if len(ids) else []
    return {int(pk): part for pk, part in zip(ids, parts, strict=True)}
