"""What a placement is found in and for: the room, its power, the devices, the wishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


class Rule(StrEnum):
    """A family of rules, as it is named when it binds."""

    SPACE = "space"
    RESERVATION = "reservation"
    WEIGHT = "weight"
    FLOOR_LOAD = "floor-load"
    POINT_LOAD = "point-load"
    AIR_COOLING = "air-cooling"
    LIQUID_COOLING = "liquid-cooling"
    POWER = "power"  # contracted for a rack, cage or place
    OUTLET = "outlet"
    DIVERSITY = "diversity"
    FEED = "feed"  # a feed and what serves one rack below it: inlets, banks
    UPSTREAM = "upstream"
    PORT = "port"
    AT_MOST = "at-most"
    KEEP = "keep"


class Face(StrEnum):
    """A side of a rack."""

    FRONT = "front"
    REAR = "rear"


class Level(StrEnum):
    """What devices stand near each other or apart in."""

    RACK = "rack"
    ROW = "row"
    SITE = "site"
    FEED = "feed"


class Goal(StrEnum):
    """Together: in as few of them as can be. Apart: as evenly over them as can be."""

    TOGETHER = "together"
    APART = "apart"


@dataclass(frozen=True)
class Sparse:
    """Rows of a sparse matrix: row i has `data[indptr[i]:indptr[i + 1]]` in columns `indices[…]`.

    `data` may be left out where only the places count.
    """

    indptr: Ints
    indices: Ints
    data: Floats | None = None

    def row(self, index: int) -> list[tuple[int, float]]:
        """The columns and values of a row."""
        low, high = int(self.indptr[index]), int(self.indptr[index + 1])
        columns = self.indices[low:high].tolist()
        values = [1.0] * (high - low) if self.data is None else self.data[low:high].tolist()
        return list(zip(columns, values, strict=True))


@dataclass(frozen=True)
class Budget:
    """A quantity that devices in a rack use up: of each rack, or of racks together.

    rule: which, and so the unit: WEIGHT, FLOOR_LOAD and POINT_LOAD are in kg; AIR_COOLING,
    LIQUID_COOLING and POWER in W.
    left: shape (groups,), what is left; nan is unknown and limits nothing, which is told.
    group: shape (racks,), the index into `left` of each rack, -1 for none; None: one a rack.
    total: shape (groups,), the whole limit, of which a wished share is kept; where it is None or
    nan, that share of what is left is kept.
    """

    rule: Rule
    left: Floats
    group: Ints | None = None
    total: Floats | None = None


@dataclass(frozen=True)
class Ports:
    """Free switch ports of a speed.

    rack: shape (racks,), free ports of the rack's own switches, -1 for unknown.
    pool: shape (racks,), the pool whose ports the rack may use too, -1 for none; `shared` has what
    each pool has. Speeds nothing is told of are absent: no rack has any.
    """

    speed: str
    rack: Ints
    pool: Ints | None = None
    shared: Ints | None = None


@dataclass(frozen=True)
class Outlets:
    """Free outlets, all of shape (outlets,).

    rack: index of the rack. side: row of `Nodes.share`. bank: index of the bank breaker's node, -1
    for none. connector: the caller's number of the connector type.
    """

    id: Ints
    rack: Ints
    side: Ints
    bank: Ints
    connector: Ints


@dataclass(frozen=True)
class Room:
    """The racks that may be used, of shape (racks,) unless told otherwise.

    id, order: its key, and where it comes in the order in which equal racks are filled.
    row, site: indices, -1 for none.
    front, rear, reserved: shape (racks, half units): taken or beyond the rack; reserved for
    others. Column j is half unit `first + j`, `first` being even (unit 1 is half units 2 and 3).
    size: half units in the rack.
    descending: numbers run downwards, so that the highest number is at the floor.
    sides: of each rack, the rows of `Nodes.share` it may be plugged into.
    """

    id: Ints
    order: Ints
    row: Ints
    site: Ints
    first: Ints
    size: Ints
    descending: Flags
    front: Flags
    rear: Flags
    reserved: Flags
    sides: tuple[tuple[int, ...], ...]
    outlets: Outlets
    budgets: tuple[Budget, ...] = ()
    ports: tuple[Ports, ...] = ()


@dataclass(frozen=True)
class Nodes:
    """The power chain above the outlets.

    A side is what outlets hang on: the inlet of a rack PDU, or the feed where nothing is between.
    headroom: W, shape (nodes,), usable less worst case; nan is unknown and limits nothing.
    usable: W, shape (nodes,), of which a wished share is kept; None or nan as in `Budget`.
    share: sides by nodes, the greatest part of a watt drawn from the side that can land on the
    node in the worst case, 0 to 1; the side's own nodes (inlet, feed) included, banks not.
    feed: shape (sides,), the node of the side's feed.
    fatal: sides by nodes, the nodes whose loss takes the side down and which devices that are to be
    diverse may not have in common; None: the feeds alone.
    local: shape (nodes,), what serves one rack only (feed, inlet, bank): it is told apart from what
    is upstream when it binds. None: feeds and banks.
    """

    headroom: Floats
    share: Sparse
    feed: Ints
    usable: Floats | None = None
    fatal: Sparse | None = None
    local: Flags | None = None


@dataclass(frozen=True)
class Item:
    """Devices of a type.

    height: half units, 0 for what hangs at the side of a rack. A height in whole units stands on
    whole units, any other at any half unit. What is not of full depth takes `face` alone; with
    full depth `face` is where its front is.
    weight: kg. watts: W. liquid: part of the watts that goes to liquid, 0 to 1. nan: unknown.
    inputs, required: supplies, and how many have to live.
    connectors: the connector types that its supplies fit, None for any. With `needs_outlets`
    False it draws from the sides but uses no recorded outlet.
    diverse: the loss of no single feed (or node of `Nodes.fatal`) may take it down.
    ports: how many of which speed. at_most: of this item in a rack.

    Raises ValueError for what cannot be meant, such as a diverse device that needs all its inputs.
    """

    name: str
    count: int
    height: int
    full_depth: bool = True
    face: Face = Face.FRONT
    weight: float = 0.0
    watts: float = 0.0
    liquid: float = 0.0
    inputs: int = 1
    required: int = 1
    connectors: frozenset[int] | None = None
    needs_outlets: bool = True
    diverse: bool = False
    ports: Mapping[str, int] = field(default_factory=dict)
    at_most: int | None = None

    def __post_init__(self) -> None:
        if min(self.count, self.height, self.inputs) < 0:
            raise ValueError("counts and sizes are not negative")
        if self.inputs and not 1 <= self.required <= self.inputs:
            raise ValueError("a device needs between one and all of its inputs")
        if self.diverse and self.required >= self.inputs:
            raise ValueError("a device that needs all its inputs cannot be diverse")

    @property
    def input_watts(self) -> float:
        """The most that one input carries, W, while as many live as have to."""
        return 0.0 if not self.inputs or np.isnan(self.watts) else self.watts / self.required


@dataclass(frozen=True)
class Aim:
    """A goal at a level."""

    goal: Goal
    level: Level


@dataclass(frozen=True)
class Wishes:
    """How the devices are wished to stand.

    aims: the most important first; packing is TOGETHER at the RACK, spreading APART there.
    at_most: of all items, to a rack. keep: part of every node's and budget's limit, 0 to 1.
    seconds: time to look for an answer, and as much again to say why there is none.
    """

    aims: tuple[Aim, ...] = ()
    at_most: int | None = None
    keep: float = 0.0
    seconds: float = 5.0


@dataclass(frozen=True)
class Case:
    """All that is given, and the rules that are left out."""

    room: Room
    nodes: Nodes
    items: tuple[Item, ...]
    wishes: Wishes
    without: frozenset[Rule] = frozenset()

    def less(self, *rules: Rule) -> Case:
        """The same with further rules left out."""
        return replace(self, without=self.without.union(rules))
