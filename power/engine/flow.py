"""Load flow: what is live, and what every node carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from power.engine.demand import Demand
from power.engine.feeds import currents
from power.engine.graph import Graph
from power.engine.rows import Flags, Floats, Ints

# Columns of a load: W, var, and the W on legs A, B, C.
WIDTH = 5
_THIRD = 1.0 / 3.0


@dataclass(frozen=True)
class State:
    """Inside of a flow, by inner node and by edge; see `Flow` for what it means.

    live, shape (n,); share of its lower node's load that each edge carries, shape (e,);
    out and taken: load at the output and at the input of each node, shape (n, 5);
    stored: nodes that live on what they have stored; inputs: live supplies of each device, and
    whether it is up, shape (m,).
    """

    live: Flags
    share: Floats
    out: Floats
    taken: Floats
    stored: Flags
    inputs: Ints
    up: Flags


@dataclass(frozen=True)
class Flow:
    """What each node carries, by row index; shape (n,) unless told otherwise.

    live: whether power reaches it. watts, var: at its output, of all that it feeds.
    losses: W turned into heat in it. legs: W on legs A, B, C of the output, shape (n, 3).
    amperes: in the lines, shape (n, 3), of a single-phase node in the first; NaN where unknown.
    share: of its lower node's load that each edge of the rows carries, 0 to 1, shape (e,).
    stored: whether it lives on its battery, which then gives `watts`.
    up: whether each device is up; unserved: the W of those that are not, shape (m,).
    """

    live: Flags
    watts: Floats
    var: Floats
    losses: Floats
    legs: Floats
    amperes: Floats
    share: Floats
    stored: Flags
    up: Flags
    unserved: Floats

    @property
    def va(self) -> Floats:
        """Apparent power at the output, VA."""
        return np.hypot(self.watts, self.var)


def flow(
    graph: Graph,
    demand: Demand,
    failed: Iterable[int] = (),
    *,
    storage: bool = False,
    extra: Floats | None = None,
    exhausted: Iterable[int] = (),
) -> Flow:
    """What every node carries when the nodes `failed` (row indices) carry nothing.

    1. From the sources down: a node is live when it has not failed and a node above it is live.
       Sources are utilities, generators, and what nothing more is recorded above. With `storage`
       a UPS or battery with energy in it is live without input, but for those `exhausted`.
    2. A transfer switch takes its load from its first live source in order of preference. Other
       nodes take theirs from the firmest live sources, and of several by rated capacity, equally
       where one is unknown. Firm is what a utility feeds; then come normally open switches, then
       generators, then batteries.
    3. From the devices up: a device with as many live supplies as it needs draws its demand in
       equal parts through them, else it is down and draws nothing. What a node takes is what it
       gives ÷ its efficiency; a power factor of its own decides the var at its input.

    `extra` is W that is drawn at the output of each node besides, shape (n,).
    """
    state = settle(graph, demand, _mask(graph, failed), storage, extra, _mask(graph, exhausted))
    back = graph.inner
    out = state.out[back]
    watts, var, legs = out[:, 0], out[:, 1], out[:, 2:]
    share = np.empty(len(graph.up))
    share[graph.edge_rows] = state.share
    rows = graph.rows
    return Flow(
        live=state.live[back],
        watts=watts,
        var=var,
        losses=(state.taken[:, 0] - state.out[:, 0])[back],
        legs=legs,
        amperes=amperes(watts, var, legs, rows.volts, rows.phases, rows.neutral),
        share=share,
        stored=state.stored[back],
        up=state.up,
        unserved=np.where(state.up, 0.0, demand.watts),
    )


def amperes(
    watts: Floats, var: Floats, legs: Floats, volts: Floats, phases: Ints, neutral: Flags
) -> Floats:
    """Amperes in the lines, shape (n, 3): each leg at the power factor of the whole."""
    va = np.hypot(watts, var)
    ratio = np.divide(va, watts, out=np.ones_like(va), where=watts > 0)
    return currents(va, legs * ratio[:, None], volts, phases, neutral)


def _mask(graph: Graph, rows: Iterable[int]) -> Flags:
    found = np.zeros(len(graph.order), dtype=bool)
    found[graph.inner[np.fromiter(rows, dtype=np.int64)]] = True
    return found


def settle(
    graph: Graph,
    demand: Demand,
    failed: Flags,
    storage: bool = False,
    extra: Floats | None = None,
    exhausted: Flags | None = None,
) -> State:
    """The flow by inner node; `failed` and `exhausted` are masks of inner nodes."""
    live, share, stored = _downward(graph, failed, storage, exhausted)
    powered = powering(graph, live, failed)
    inputs = np.bincount(graph.rows.supply_device[powered], minlength=graph.rows.devices)
    is_up = inputs >= graph.required
    out = np.zeros((len(live), WIDTH))
    _plug(graph, demand, powered, inputs, is_up, out)
    if extra is not None:
        drawn = np.where(live, extra[graph.order], 0.0)
        out[:, 0] += drawn
        out[:, 2:] += (drawn * _THIRD)[:, None]
    taken = _upward(graph, share, out)
    return State(live, share, out, taken, stored, inputs, is_up)


def _downward(
    graph: Graph, failed: Flags, storage: bool, exhausted: Flags | None
) -> tuple[Flags, Floats, Flags]:
    well = ~failed & ~graph.dead
    live = graph.root & well
    held = graph.has_storage & well if storage else np.zeros_like(well)
    if exhausted is not None:
        held &= ~exhausted
    stored = np.zeros_like(live)
    share = np.zeros(len(graph.up))
    for level in range(graph.depth):
        a, b = graph.levels[level], graph.levels[level + 1]
        low, high = graph.edges[level], graph.edges[level + 1]
        if low < high:
            down = graph.down[low:high] - a
            part, fed = divide(graph, slice(low, high), live[graph.up[low:high]], down, b - a)
            share[low:high] = part
            live[a:b] |= fed & well[a:b]
        alone = held[a:b] & ~live[a:b]
        stored[a:b] = alone
        live[a:b] |= alone
    share[~live[graph.down]] = 0.0
    return live, share, stored


def divide(
    graph: Graph, edges: slice | Ints, alive: Flags, group: Ints, count: int
) -> tuple[Floats, Flags]:
    """The share of each edge in the load of its lower node, and which lower nodes are fed.

    `edges` are sorted by lower node, then as preferred; `group` numbers their lower nodes from 0
    to `count` - 1 in that order; `alive` tells which upper ends are live.
    """
    place = np.flatnonzero(alive)
    first = np.full(count, len(alive))
    first[group[place][::-1]] = place[::-1]
    fed = first < len(alive)
    best = np.where(fed, first, 0)[group]
    tier, down = graph.tier[edges], graph.down[edges]
    # The first live edge of a node has its best tier; a transfer switch stops at that edge.
    used = alive & np.where(graph.switches[down], np.arange(len(alive)) == best, tier == tier[best])
    weight = np.where(used, graph.weight[edges], 0.0)
    total = np.bincount(group, weights=weight, minlength=count)
    return np.divide(weight, total[group], out=np.zeros_like(weight), where=used), fed


def powering(graph: Graph, live: Flags, failed: Flags) -> Flags:
    """Which supplies have power. An outlet that was folded has it from above unless it failed."""
    # The last place is for supplies that are plugged in nowhere.
    found: Flags = np.append(live, False)[graph.attach] & ~np.append(failed, True)[graph.plug]
    return found


def per_supply(graph: Graph, demand: Demand, devices: Ints, inputs: Ints, legs: Ints) -> Floats:
    """What one of several live supplies of each device takes, shape (k, 5)."""
    found = np.empty((len(devices), WIDTH))
    found[:, 0] = demand.watts[devices] / inputs
    found[:, 1] = demand.var[devices] / inputs
    found[:, 2:] = spread(found[:, 0], legs)
    return found


def spread(watts: Floats, legs: Ints) -> Floats:
    """W on each leg, shape (k, 3): all on the given one, or a third each where it is -1."""
    given = watts[:, None] * (legs[:, None] == _LEGS)
    return np.where(legs[:, None] < 0, (watts * _THIRD)[:, None], given)


_LEGS = np.arange(3)


def _plug(
    graph: Graph, demand: Demand, powered: Flags, inputs: Ints, is_up: Flags, out: Floats
) -> None:
    device = graph.rows.supply_device
    drawing = powered & is_up[device]
    taking = device[drawing]
    load = per_supply(graph, demand, taking, inputs[taking], graph.leg[drawing])
    node = graph.attach[drawing]
    for column in range(WIDTH):
        out[:, column] += np.bincount(node, weights=load[:, column], minlength=len(out))


def _upward(graph: Graph, share: Floats, out: Floats) -> Floats:
    """Adds what lower nodes take to `out`, from the lowest level up; what each node takes."""
    taken = np.zeros_like(out)
    for level in range(graph.depth - 1, -1, -1):
        a, b = graph.levels[level], graph.levels[level + 1]
        loaded = a + np.flatnonzero(out[a:b].any(axis=1))
        taken[loaded] = intake(graph, loaded, out[loaded])
        low, high = graph.edges[level], graph.edges[level + 1]
        if low == high:
            continue
        used = low + np.flatnonzero(share[low:high] * taken[graph.down[low:high], 0])
        load = share[used, None] * taken[graph.down[used]]
        for column in range(WIDTH):
            out[:a, column] += np.bincount(graph.up[used], weights=load[:, column], minlength=a)
    return taken


def intake(graph: Graph, nodes: Ints, out: Floats) -> Floats:
    """What nodes take at their inputs when they give `out`, shapes (k, 5)."""
    efficiency = graph.efficiency[nodes]
    curve = graph.curve[nodes]
    for each in np.unique(curve[curve >= 0]):
        here = curve == each
        efficiency[here] = _on_curve(graph, int(each), nodes[here], out[here, 0])
    found = out / efficiency[:, None]
    own = graph.var_per_watt[nodes]
    found[:, 1] = np.where(np.isnan(own), out[:, 1], found[:, 0] * own)
    even = graph.balances[nodes]
    found[even, 2:] = (found[even, 0] * _THIRD)[:, None]
    leg = graph.own_leg[nodes]
    onto = leg >= 0
    if onto.any():
        found[onto, 2:] = spread(found[onto, 0], leg[onto])
    return found


def _on_curve(graph: Graph, curve: int, nodes: Ints, watts: Floats) -> Floats:
    """Efficiency at a load: linear between the points, held beyond; the lowest, unrated."""
    fractions, values = graph.rows.curves[curve]
    rated = graph.rated_w[nodes]
    known = rated > 0
    fraction = np.divide(watts, rated, out=np.zeros_like(watts), where=known)
    return np.where(known, np.interp(fraction, fractions, values), values.min())
