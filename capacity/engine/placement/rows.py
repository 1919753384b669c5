"""Whole numbers to be found and the rows over them, as the solver takes them.

kg are reckoned in grams and W in milliwatts, needs rounded up and what is left rounded down.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from capacity.engine.placement.answer import Assumption
from capacity.engine.placement.given import Case, Floats, Rule
from capacity.engine.placement.wiring import Wiring

FINE = 1000  # parts of a kg or W
_ROUNDING = 1e-6

Terms = list[tuple[int, int]]  # column, coefficient


def fine(amount: float) -> int:
    """A need as a whole number, rounded up."""
    return math.ceil(amount * FINE - _ROUNDING)


def coarse(amount: float) -> int:
    """What is left as a whole number, rounded down."""
    return math.floor(amount * FINE + _ROUNDING)


def kept(left: Floats, total: Floats | None, keep: float) -> list[float]:
    """What is left when a part of the limit (of what is left, where that is unknown) is kept."""
    if not keep:
        return [float(each) for each in left]
    of = left if total is None else np.where(np.isnan(total), left, total)
    return [float(each) for each in left - keep * np.where(np.isinf(left), 0.0, of)]


@dataclass
class Row:
    """The sum of terms (column, coefficient) is at most `limit`.

    `of`, `index` and `budget` say what it is about, as in `Shortage`. `rack` is the position of the
    only rack it is about, -1 for several. A unit of the rule is `scale` of the row's. A hard row is
    kept even where its rule gives way. overdrawn: by how much the limit is exceeded before.
    """

    rule: Rule
    of: str
    index: int
    terms: Terms
    limit: int
    rack: int = -1
    budget: int = -1
    scale: int = 1
    hard: bool = False
    overdrawn: int = 0


@dataclass
class Columns:
    """Whole numbers to be found, from 0 to `most`.

    A column with an item counts devices in the rack at position `rack`, wired as told; the others
    (item -1) are parts of such counts.
    """

    most: list[int] = field(default_factory=list)
    item: list[int] = field(default_factory=list)
    rack: list[int] = field(default_factory=list)
    wiring: list[Wiring] = field(default_factory=list)

    def add(self, most: int, rack: int, item: int = -1, wiring: Wiring = ()) -> int:
        """A new column's index."""
        self.most.append(most)
        self.item.append(item)
        self.rack.append(rack)
        self.wiring.append(wiring)
        return len(self.most) - 1


@dataclass
class Pool:
    """Outlets of a rack that are the same to every item: of a side and, where it counts, a bank.

    side: its position among the rack's sides. fits: for each item whether it can use them.
    """

    side: int
    fits: tuple[bool, ...]
    bank: int
    outlets: list[int] = field(default_factory=list)


@dataclass
class Program:
    """The columns and rows of a case.

    racks: the room's rack index at each position; racks stand in their own order, so that the order
    of the room's rows means nothing. by_rack: at each position the columns of each item. equal:
    terms whose sum is 0. pools: at each position the outlets. plugs: for a position, item and side
    the pools its inputs may be in, each with the column that counts them, -1 where there is one
    pool alone. The rows of the rules `elastic` may be exceeded by what is freed.
    """

    case: Case
    elastic: frozenset[Rule] = frozenset()
    racks: list[int] = field(default_factory=list)
    columns: Columns = field(default_factory=Columns)
    by_rack: list[dict[int, list[int]]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    equal: list[Terms] = field(default_factory=list)
    pools: list[list[Pool]] = field(default_factory=list)
    plugs: dict[tuple[int, int, int], list[tuple[int, int]]] = field(default_factory=dict)
    assumed: dict[tuple[Rule, bool], int] = field(default_factory=lambda: defaultdict(int))

    def has(self, rule: Rule) -> bool:
        """Whether a rule is to be kept."""
        return rule not in self.case.without

    @property
    def keep(self) -> float:
        """The part of every limit that is to be kept."""
        return self.case.wishes.keep if self.has(Rule.KEEP) else 0.0

    def add(self, row: Row) -> None:
        """A row, unless its rule is left out. What is overdrawn already has nothing left."""
        if row.terms and self.has(row.rule):
            row.limit, row.overdrawn = max(0, row.limit), max(0, -row.limit)
            self.rows.append(row)

    def tighten(self) -> None:
        """No column may be larger than a row allows it alone."""
        most = self.columns.most
        for row in self.rows:
            if row.rule not in self.elastic and all(need > 0 for _, need in row.terms):
                for column, need in row.terms:
                    most[column] = min(most[column], row.limit // need)

    def prune(self) -> None:
        """Rows that cannot bind say nothing."""
        most = self.columns.most
        self.rows = [
            row
            for row in self.rows
            if sum(most[column] * max(0, need) for column, need in row.terms) > row.limit
        ]

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """The limits that are unknown."""
        found = sorted(self.assumed.items())
        return tuple(Assumption(rule, count, items) for (rule, items), count in found)
