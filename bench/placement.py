"""How long the placement finder takes: 200 devices over 1,000 half-full racks.

    python -m bench.placement                 or: make bench-placement
    python -m bench.placement --racks 5000 --seconds 20 --json figures.json

No database: the room is made up, the same each time. Racks stand in rows of twenty, each with an A
and a B feed, a panel a row and side, a floor PDU for five rows, two UPSs; every second unit is
taken, and what is left of weight, cooling, power, ports and outlets differs from rack to rack.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from capacity.engine.placement import (
    Aim,
    Answer,
    Budget,
    Goal,
    Item,
    Level,
    Nodes,
    Outlets,
    Ports,
    Progress,
    Room,
    Rule,
    Sparse,
    Wishes,
    solve,
)

UNITS, ROW, OUTLETS = 42, 20, 20
ROWS_A_PDU = 5
KINDS = (
    ("server", 2, 18.0, 450.0, 2),
    ("GPU server", 8, 80.0, 3000.0, 4),
    ("switch", 2, 8.0, 150.0, 2),
    ("storage", 4, 40.0, 600.0, 2),
)
TOGETHER, APART = Goal.TOGETHER, Goal.APART
AIMS: dict[str, tuple[Aim, ...]] = {
    "any": (),
    "pack": (Aim(TOGETHER, Level.RACK),),
    "spread": (Aim(APART, Level.RACK),),
    "near": (Aim(TOGETHER, Level.ROW), Aim(TOGETHER, Level.RACK)),
    "apart": (Aim(APART, Level.ROW), Aim(APART, Level.RACK)),
}


def main() -> None:
    """Measure one and four types of device, under each wish, and what cannot be done."""
    parser = argparse.ArgumentParser(prog="bench.placement", description=__doc__)
    parser.add_argument("--racks", type=int, default=1000)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    import ortools.sat.python.cp_model  # noqa: F401  (a worker has it already)

    print(f"{options.devices} devices, {options.racks} racks, load {os.getloadavg()[0]:.1f}")
    figures: list[dict[str, Any]] = []
    for kinds in (1, len(KINDS)):
        room, nodes = hall(options.racks)
        for name, aims in AIMS.items():
            items = wanted(kinds, options.devices)
            figures.append(measure(name, room, nodes, items, Wishes(aims, seconds=options.seconds)))
        items = wanted(kinds, options.racks * 12)
        figures.append(measure("too many", room, nodes, items, Wishes(seconds=options.seconds)))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def measure(
    name: str, room: Room, nodes: Nodes, items: tuple[Item, ...], wishes: Wishes
) -> dict[str, Any]:
    """One case's figures, printed as a line."""
    first: list[float] = []

    def told(progress: Progress) -> None:
        if progress.aim is None and not first and progress.placed == asked:
            first.append(progress.seconds)

    asked = sum(item.count for item in items)
    start = time.perf_counter()
    answer = solve(room, nodes, items, wishes, told)
    taken = time.perf_counter() - start
    found = {
        "wish": name,
        "types": len(items),
        "first s": round(first[0], 2) if first else None,
        "s": round(taken, 2),
        "status": answer.status.value,
        "fits": f"{answer.fits}/{asked}",
        "aims": _aims(answer),
        "binding": " ".join(each.rule.value for each in answer.binding if each.enough),
    }
    print("  ".join(f"{key} {value}" for key, value in found.items() if value != ""), flush=True)
    return found


def _aims(answer: Answer) -> str:
    return ", ".join(
        f"{each.aim.goal.value} {each.aim.level.value} {each.value} (at least {each.bound})"
        for each in answer.aims
    )


def wanted(kinds: int, devices: int) -> tuple[Item, ...]:
    """So many devices of so many types, with diverse feeds and two ports each."""
    return tuple(
        Item(
            name,
            devices // kinds,
            height,
            weight=weight,
            watts=watts,
            inputs=inputs,
            required=inputs // 2,
            diverse=True,
            connectors=frozenset({0} if height < 8 else {1}),
            ports={"25g": 2},
        )
        for name, height, weight, watts, inputs in KINDS[:kinds]
    )


def hall(racks: int) -> tuple[Room, Nodes]:
    """The room and its power chain."""
    random = np.random.default_rng(0)
    rows = -(-racks // ROW)
    taken = np.repeat(random.random((racks, UNITS)) < 0.5, 2, axis=1)
    outlet = np.flatnonzero(random.random(racks * OUTLETS * 2) < 0.6)
    rack, side = outlet // (OUTLETS * 2), outlet // (OUTLETS * 2) * 2 + outlet % 2
    room = Room(
        id=np.arange(racks) + 1,
        order=np.arange(racks),
        row=np.arange(racks) // ROW,
        site=np.zeros(racks, dtype=np.int64),
        first=np.full(racks, 2),
        size=np.full(racks, UNITS * 2),
        descending=np.zeros(racks, dtype=bool),
        front=taken,
        rear=taken,
        reserved=np.zeros_like(taken),
        sides=tuple((2 * n, 2 * n + 1) for n in range(racks)),
        outlets=Outlets(
            outlet, rack, side, np.full(len(outlet), -1), (outlet // 2 % 4 == 0).astype(np.int64)
        ),
        budgets=(
            Budget(Rule.WEIGHT, random.uniform(50, 600, racks)),
            Budget(Rule.AIR_COOLING, random.uniform(1000, 8000, racks)),
            Budget(Rule.FLOOR_LOAD, random.uniform(500, 3000, rows), np.arange(racks) // ROW),
        ),
        ports=(Ports("25g", random.integers(0, 20, racks)),),
    )
    return room, _chain(racks, rows, random)


def _chain(racks: int, rows: int, random: np.random.Generator) -> Nodes:
    sides, pdus = 2 * racks, -(-rows // ROWS_A_PDU)
    headroom = np.concatenate(
        [
            random.uniform(400, 6000, sides),
            random.uniform(12_000, 40_000, 2 * rows),
            random.uniform(60_000, 200_000, 2 * pdus),
            np.full(2, 1000.0 * racks),
        ]
    )
    side = np.arange(sides)
    row, letter = side // 2 // ROW, side % 2
    panel = sides + 2 * row + letter
    pdu = sides + 2 * rows + 2 * (row // ROWS_A_PDU) + letter
    ups = sides + 2 * rows + 2 * pdus + letter
    chain = np.stack([side, panel, pdu, ups], axis=1)
    share = Sparse(np.arange(sides + 1) * 4, chain.ravel(), np.ones(sides * 4))
    return Nodes(headroom, share, side, usable=headroom * 2)


if __name__ == "__main__":
    main()
