"""What the reckoning is given: the power chain as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class NodeKind(IntEnum):
    """What a node of the graph is."""

    UTILITY = 0
    GENERATOR = 1
    SOLAR = 2
    BATTERY = 3
    SWITCHGEAR = 4
    TRANSFORMER = 5
    ATS = 6
    STS = 7
    UPS = 8
    FLOOR_PDU = 9
    RPP = 10
    BUSWAY = 11
    OTHER = 12
    LINK = 13
    PANEL = 14
    FEED = 15
    INLET = 16
    BANK = 17
    OUTLET = 18


# Of these one at a time feeds the load; the others share it.
TRANSFER = (NodeKind.ATS, NodeKind.STS)
# A node of these that nothing feeds is not connected; of the others nothing more is recorded.
CONNECTED = (NodeKind.INLET, NodeKind.BANK, NodeKind.OUTLET)


@dataclass(frozen=True)
class Rows:
    """Nodes, the edges between them, and the devices at the end; any order.

    For `n` nodes, `e` edges, `m` devices and `s` supplies. An unknown figure is NaN, never 0.

    Nodes, shape (n,):
        kind: a `NodeKind`.
        usable_va, usable_w: what the node may carry, VA and W, after derating.
        rated_w: the rating that the efficiency curve's load fractions are of, W.
        efficiency: output ÷ input, 0 < η ≤ 1; NaN: no losses are reckoned.
        curve: index into `curves`, or -1; comes before `efficiency`.
        power_factor: that the node presents at its input; NaN: that of its load.
        volts: line to line, or between the two conductors of a single-phase node, V.
        phases: 1 or 3; 0 unknown.
        neutral: of three phases, whether loads stand between a line and neutral (else between
            two lines).
        leg: of a node that draws from one leg of its parent 0, 1 or 2, else -1.
        balances: whether its input is balanced whatever its load (conversion, transformers).
        transfers: whether it takes its load from one source at a time, by `edge_rank`.
        dead: whether it carries nothing (failed, offline).
        start_delay: of a generator, seconds until it carries load.
        energy_wh: of storage, what can be drawn, Wh.
        discharge_w: of storage, the most it gives, W.
    Edges, shape (e,): `edge_up` feeds `edge_down`; `edge_rank`, the lowest first; `edge_open`
        for one that closes only when nothing else feeds the lower node.
    Supplies, shape (s,): the device, the node it is plugged into (-1: none), and the leg of that
        node it draws from, or -1.
    Devices, shape (m,): how many of its supplies must be live; 0 for all but one, at least one.
    """

    kind: Ints
    usable_va: Floats
    usable_w: Floats
    rated_w: Floats
    efficiency: Floats
    curve: Ints
    power_factor: Floats
    volts: Floats
    phases: Ints
    neutral: Flags
    leg: Ints
    balances: Flags
    transfers: Flags
    dead: Flags
    start_delay: Floats
    energy_wh: Floats
    discharge_w: Floats
    edge_up: Ints
    edge_down: Ints
    edge_rank: Ints
    edge_open: Flags
    supply_device: Ints
    supply_node: Ints
    supply_leg: Ints
    required: Ints
    curves: tuple[tuple[Floats, Floats], ...] = field(default=())

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.kind)

    @property
    def devices(self) -> int:
        """How many devices there are."""
        return len(self.required)

    @classmethod
    def of(cls, **given: Any) -> Rows:
        """Rows from sequences, with the default of what is left out. `kind` must be given.

        Raises ValueError for arrays of unlike lengths or an edge to no node.
        """
        n = len(given["kind"])
        lengths = {
            "edge": len(given.get("edge_up", ())),
            "supply": len(given.get("supply_device", ())),
        }
        made: dict[str, Any] = {"curves": tuple(given.pop("curves", ()))}
        for each in fields(cls):
            if each.name == "curves":
                continue
            group = each.name.partition("_")[0]
            length = lengths.get(group, len(given.get("required", ())))
            if group not in lengths and each.name != "required":
                length = n
            made[each.name] = _array(each.name, str(each.type), given, length)
        rows = cls(**made)
        for name in ("edge_up", "edge_down", "supply_node"):
            ends = getattr(rows, name)
            if len(ends) and (ends.max() >= n or ends.min() < (-1 if name == "supply_node" else 0)):
                raise ValueError(f"{name} names a node that is not there")
        return rows


_DEFAULTS = {
    "curve": -1,
    "leg": -1,
    "supply_leg": -1,
    "supply_node": -1,
    "edge_rank": 1,
    "phases": 3,
    "start_delay": 0.0,
}


def _array(name: str, kind: str, given: dict[str, Any], length: int) -> Any:
    dtype: Any = {"Floats": np.float64, "Ints": np.int64, "Flags": np.bool_}[kind]
    if name in given:
        found = np.asarray(given[name], dtype=dtype)
        if found.shape != (length,):
            raise ValueError(f"{name} has {found.shape}, not {(length,)}")
        return found
    default = _DEFAULTS.get(name, {"Floats": np.nan, "Ints": 0, "Flags": False}[kind])
    if name == "transfers":
        return np.isin(np.asarray(given["kind"]), TRANSFER)
    return np.full(length, default, dtype=dtype)
