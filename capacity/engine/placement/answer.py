"""What is found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from capacity.engine.placement.given import Aim, Face, Rule


class Status(StrEnum):
    """What is known of an answer.

    OPTIMAL: nothing better exists. FEASIBLE: all stand, time ended before it was known to be best.
    INFEASIBLE: proved that not all fit. UNKNOWN: time ended before either.
    """

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, order=True)
class Position:
    """A place for one device: index of its item, id of the rack, lowest half unit, face.

    `low` is None for a device without height. `sides` has the row of `Nodes.share` of each input,
    `outlets` the outlet ids in the same order (empty where the item uses none).
    """

    item: int
    rack: int
    low: int | None
    face: Face
    sides: tuple[int, ...] = ()
    outlets: tuple[int, ...] = ()


@dataclass(frozen=True)
class Assumption:
    """A limit that is unknown and was taken not to bind: `count` of them, or of the items."""

    rule: Rule
    count: int
    of_items: bool = False


@dataclass(frozen=True)
class Shortage:
    """What would have to be freed at one place for all to fit.

    `of` says what `index` counts: "rack" (an id), "node", "group" of budget number `budget`,
    or "pool". `amount` is in the rule's unit: W, kg, half units, ports, outlets,
    devices.
    """

    rule: Rule
    of: str
    index: int
    amount: float
    budget: int = -1


@dataclass(frozen=True)
class Binding:
    """A rule that keeps devices out.

    fits: how many would fit without it, at least; enough: all would. shortages: the least that
    would have to be freed for all to fit, where that is enough and can be told in amounts; `proved`
    is False where time ended before it was known to be the least. Space that is short of no half
    units has them in the wrong places: what stands there has to be moved.
    """

    rule: Rule
    fits: int
    enough: bool
    shortages: tuple[Shortage, ...] = ()
    proved: bool = True


@dataclass(frozen=True)
class Reached:
    """How far an aim was reached: `value` of it, and at least `bound` in any answer.

    Together: the racks (rows, sites, feeds) used. Apart: the sum of squares of the devices in each.
    """

    aim: Aim
    value: int
    bound: int

    @property
    def gap(self) -> float:
        """The part of the value that might yet be saved, 0 to 1."""
        return (self.value - self.bound) / self.value if self.value else 0.0


@dataclass(frozen=True)
class Progress:
    """Where the search is: devices placed in the best answer so far, and what it is about.

    `aim` is None while places are sought for all, `value` and `bound` then counting devices;
    afterwards they are of the aim.
    """

    seconds: float
    placed: int
    value: int
    bound: int
    aim: Aim | None = None


@dataclass(frozen=True)
class Answer:
    """Positions, and how good they are.

    positions: of all devices, or of the most that fit. fits: how many those are; most: more than
    that certainly do not fit. aims: how far each was reached, the most important first; empty where
    not all fit.
    binding: where not all fit, the rules that keep devices out, those that are enough alone first.
    together: where none is enough alone, rules that are together, none to spare; shortages: what
    would have to be freed in them. unchecked: rules that time did not suffice to look into.
    """

    status: Status
    positions: tuple[Position, ...]
    asked: int
    fits: int
    most: int
    seconds: float
    aims: tuple[Reached, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    binding: tuple[Binding, ...] = ()
    together: tuple[Rule, ...] = ()
    shortages: tuple[Shortage, ...] = ()
    unchecked: tuple[Rule, ...] = ()

    @property
    def gap(self) -> float:
        """The gap of the most important aim that has one."""
        return next((each.gap for each in self.aims if each.gap), 0.0)
