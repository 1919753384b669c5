"""Random plants."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from power.engine import Demand, NodeKind, Rows

UPPER = [k for k in NodeKind if k < NodeKind.LINK]
CURVE = (np.array([0.1, 0.5, 1.0]), np.array([0.9, 0.96, 0.95]))


@st.composite
def plants(draw: Any) -> tuple[Rows, Demand]:
    """A chain of sources, equipment, links, panels, feeds, PDUs with outlets, and devices."""
    count = draw(st.integers(1, 14))
    kind = sorted(
        draw(
            st.lists(
                st.sampled_from([*UPPER, NodeKind.PANEL, NodeKind.FEED, NodeKind.INLET]),
                min_size=count,
                max_size=count,
            )
        )
    )
    edges: list[tuple[int, int, int, bool]] = []
    alone = (NodeKind.UTILITY, NodeKind.GENERATOR, NodeKind.SOLAR, NodeKind.BATTERY)
    for down in range(count):
        if kind[down] in alone or not down:
            continue
        most = 1 if kind[down] == NodeKind.FEED else 3
        above = draw(st.lists(st.integers(0, down - 1), max_size=most, unique=True))
        ranks = draw(st.permutations(range(1, len(above) + 1)))
        for up, rank in zip(above, ranks, strict=True):
            is_open = draw(st.booleans()) if len(above) > 1 else False
            if draw(st.booleans()) and kind[down] < NodeKind.LINK:
                kind.append(NodeKind.LINK)
                edges += [(up, len(kind) - 1, 1, False), (len(kind) - 1, down, rank, is_open)]
            else:
                edges.append((up, down, rank, is_open))
    outlets = []
    for _ in range(draw(st.integers(0, 4))):
        kind.append(NodeKind.OUTLET)
        outlets.append(len(kind) - 1)
        edges.append((draw(st.integers(0, count - 1)), len(kind) - 1, 1, False))
    n = len(kind)
    outlet = np.array(kind) == NodeKind.OUTLET
    devices = draw(st.integers(0, 6))
    supply_device, supply_node = [], []
    for device in range(devices):
        for _ in range(draw(st.integers(0, 3))):
            supply_device.append(device)
            supply_node.append(draw(st.sampled_from([-1, *range(count), *outlets])))

    # One draw stands for all figures: what matters to shrink is the shape.
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def figures(unknown: float, low: float = 1.0, high: float = 1000.0) -> Any:
        found = random.uniform(low, high, n)
        found[random.random(n) < unknown] = np.nan
        return found

    rows = Rows.of(
        kind=kind,
        usable_va=figures(0.3),
        usable_w=figures(0.3),
        rated_w=figures(0.3),
        efficiency=np.where(outlet, np.nan, figures(0.5, 0.8, 1.0)),
        curve=np.where(outlet, -1, random.choice([-1, -1, 0], n)),
        curves=[CURVE],
        dead=random.random(n) < 0.08,
        energy_wh=np.where(np.isin(kind, (NodeKind.UPS, NodeKind.BATTERY)), figures(0.3), np.nan),
        edge_up=[e[0] for e in edges],
        edge_down=[e[1] for e in edges],
        edge_rank=[e[2] for e in edges],
        edge_open=[e[3] for e in edges],
        supply_device=supply_device,
        supply_node=supply_node,
        required=draw(st.lists(st.integers(0, 2), min_size=devices, max_size=devices)),
    )
    return rows, demand(random.uniform(1, 1000, devices))


def demand(watts: Any) -> Demand:
    """Devices that draw so many W at power factor 1."""
    watts = np.asarray(watts, dtype=float)
    count = len(watts)
    return Demand(
        watts, np.zeros(count), np.ones(count, dtype=np.int64), np.zeros(count, dtype=bool)
    )
