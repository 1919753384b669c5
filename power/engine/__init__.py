"""The reckoning of the power chain: pure functions over arrays, without database or framework.

`build(rows)` makes a `Graph`; `flow` tells what each node carries when some have failed;
`n_minus_1` the most each carries over single failures; `simulate` what happens after a failure,
stage by stage. How it reckons, with worked plants, is told in `docs/power-reckoning.md`.
"""

from power.engine.demand import Basis, Demand, DemandRows, choose
from power.engine.flow import Flow, flow
from power.engine.graph import Graph, Ring, build
from power.engine.rows import NodeKind, Rows
from power.engine.stages import Simulation, Stage, simulate
from power.engine.worst import WorstCase, n_minus_1

__all__ = [
    "Basis",
    "Demand",
    "DemandRows",
    "Flow",
    "Graph",
    "NodeKind",
    "Ring",
    "Rows",
    "Simulation",
    "Stage",
    "WorstCase",
    "build",
    "choose",
    "flow",
    "n_minus_1",
    "simulate",
]
