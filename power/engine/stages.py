"""What happens after a failure, stage by stage: batteries first, then generators, then neither."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from power.engine.demand import Demand
from power.engine.flow import Flow, flow
from power.engine.graph import Graph
from power.engine.rows import Flags, Floats, NodeKind


@dataclass(frozen=True)
class Stored:
    """A node that lives on its store: W it gives, seconds until it is empty, W above its limit."""

    node: int
    watts: float
    seconds: float
    excess: float


@dataclass(frozen=True)
class Stage:
    """A time after a failure: when it begins, s; what flows; what is drawn from storage."""

    name: str
    after: float
    flow: Flow
    stored: list[Stored]


@dataclass(frozen=True)
class Simulation:
    """Now, and the stages after the failure."""

    now: Flow
    stages: list[Stage]

    def down(self) -> Flags:
        """Devices that are up now and down in some stage, shape (m,)."""
        lost = np.zeros_like(self.now.up)
        for each in self.stages:
            lost |= self.now.up & ~each.flow.up
        return lost


def runtime(energy_wh: float, watts: float) -> float:
    """Seconds that stored energy lasts at constant power: Wh ÷ W; infinite at none."""
    return energy_wh / watts * 3600.0 if watts > 0 else float("inf")


def simulate(
    graph: Graph, demand: Demand, failed: Iterable[int], extra: Floats | None = None
) -> Simulation:
    """What happens when the nodes `failed` (row indices) go out at once.

    1. `instant`: batteries carry; generators with a start delay that carry nothing now stand.
    2. `empty`: storage that cannot wait for them is empty, from the first to be so. Left out where
       there is none.
    3. `generators`: after the longest of those delays they run. Left out where none of them comes
       to carry anything.
    4. `sustained`: storage that still had to give is empty; with the seconds the first needs for
       it. This is the state that lasts, and what `n_minus_1` reckons with.
    """
    gone = list(failed)
    now = flow(graph, demand, extra=extra)
    rows = graph.rows
    starting = (rows.kind == NodeKind.GENERATOR) & (rows.start_delay > 0) & (now.watts <= 0)
    waiting = np.flatnonzero(starting & ~rows.dead)
    late = [*gone, *map(int, waiting)]
    stages = [_stage(graph, "instant", 0.0, flow(graph, demand, late, storage=True, extra=extra))]
    if len(waiting):
        delay = float(rows.start_delay[waiting].max())
        short = [each for each in stages[0].stored if each.seconds < delay]
        exhausted = [each.node for each in short]
        if short:
            gap = flow(graph, demand, late, storage=True, extra=extra, exhausted=exhausted)
            stages.append(_stage(graph, "empty", min(each.seconds for each in short), gap))
        running = flow(graph, demand, gone, storage=True, extra=extra, exhausted=exhausted)
        if running.watts[waiting].any():
            stages.append(_stage(graph, "generators", delay, running))
    begins = stages[-1].after
    if stages[-1].stored:
        begins = max(begins, min(each.seconds for each in stages[-1].stored))
    stages.append(_stage(graph, "sustained", begins, flow(graph, demand, gone, extra=extra)))
    return Simulation(now, stages)


def _stage(graph: Graph, name: str, after: float, found: Flow) -> Stage:
    rows = graph.rows
    stored = []
    for node in np.flatnonzero(found.stored & (found.watts > 0)):
        watts = float(found.watts[node])
        most = float(rows.discharge_w[node])
        excess = max(watts - most, 0.0) if most == most else 0.0
        seconds = runtime(float(rows.energy_wh[node]), watts)
        stored.append(Stored(int(node), watts, seconds, excess))
    return Stage(name, after, found, stored)
