"""What fits between what stands in a rack: as linear conditions, and as positions.

Half units of a rack are columns. A lane is the front or the rear; what is of full depth takes both.
The conditions are exact: counts fulfil them if and only if the devices can be packed. Which form
they take depends on the shape of what is free:

- Heights that divide one another (1, 2, 4 units): for each height h, what is at least so high may
  not take more than the pieces of h that the free stretches hold. Enough, because packing by
  falling height never wastes a piece.
- Other heights: how many of each item stand in each stretch.
- Where something of half depth can lie across the border of a stretch that is free on both faces
  and one that is free on one: how many stand at each position.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from capacity.engine.placement.given import Face, Flags, Item
from capacity.engine.placement.rows import Terms


@dataclass(frozen=True)
class Kind:
    """How an item takes up space: `lanes` are 0 (front) and 1 (rear)."""

    height: int
    lanes: tuple[int, ...]

    @classmethod
    def of(cls, item: Item) -> Kind:
        """The kind of an item."""
        if item.full_depth:
            return cls(item.height, (0, 1))
        return cls(item.height, (0,) if item.face is Face.FRONT else (1,))

    @property
    def step(self) -> int:
        """What a position is a multiple of, in half units."""
        return 1 if self.height % 2 else 2


@dataclass
class Space:
    """Conditions on the counts of a rack's items.

    most: of each item by itself. rows: over the counts, (terms by item, limit). parts: further
    counts, (item, most); an item with parts has as many as they sum up to. part_rows: over those.
    """

    most: list[int]
    rows: list[tuple[Terms, int]] = field(default_factory=list)
    parts: list[tuple[int, int]] = field(default_factory=list)
    part_rows: list[tuple[Terms, int]] = field(default_factory=list)


@dataclass(frozen=True)
class _Stretch:
    """Free columns; of each set of items in `lanes` the heights may not exceed the size."""

    low: int
    size: int
    lanes: tuple[tuple[int, ...], ...]


def _runs(free: Flags) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], free, [False])).astype(np.int8)))
    return [(int(low), int(high)) for low, high in edges.reshape(-1, 2)]


def _holds(low: int, high: int, kind: Kind) -> int:
    return max(0, high - low - low % kind.step) // kind.height


def space(front: Flags, rear: Flags, kinds: Sequence[Kind], want: Sequence[int]) -> Space:
    """The conditions for kinds in a rack with these free columns, of each at most `want`."""
    lanes = (front, rear)
    sized = [k for k, kind in enumerate(kinds) if kind.height and want[k]]
    most = list(want)
    for k in sized:
        free = np.logical_and.reduce([lanes[lane] for lane in kinds[k].lanes])
        most[k] = min(want[k], sum(_holds(low, high, kinds[k]) for low, high in _runs(free)))
    found = Space(most)
    sized = [k for k in sized if most[k]]
    if not sized:
        return found
    full = tuple(k for k in sized if len(kinds[k].lanes) == 2)
    half = [tuple(k for k in sized if kinds[k].lanes == (lane,)) for lane in (0, 1)]
    odd = any(kinds[k].height % 2 for k in sized)
    crossing = bool(full) and any(
        _crosses(lanes[lane], front & rear, kinds[k]) for lane in (0, 1) for k in half[lane]
    )
    if crossing or (odd and full and half[0] and half[1]):
        _by_position(found, lanes, kinds, sized)
        return found
    stretches = _stretches(lanes, full, half)
    if not odd:
        stretches = [
            _Stretch(s.low + s.low % 2, (s.low + s.size) // 2 * 2 - s.low - s.low % 2, s.lanes)
            for s in stretches
        ]
    if len(stretches) == 1:
        for terms, limit in _knapsack(stretches[0], kinds):
            found.rows.append((terms, limit))
    elif not odd and _chained(stretches, kinds, full, half):
        found.rows += _pieces(stretches, kinds, full, half)
    else:
        _by_stretch(found, stretches, kinds)
    return found


def _crosses(lane: Flags, both: Flags, kind: Kind) -> bool:
    """Whether something in a lane can lie across a border of what is free in both."""
    borders = np.flatnonzero(lane[1:] & lane[:-1] & (both[1:] != both[:-1])) + 1
    if kind.height == 1 or not len(borders):
        return False
    return bool(kind.step == 1 or kind.height > 2 or np.any(borders % 2))


def _stretches(
    lanes: tuple[Flags, Flags], full: tuple[int, ...], half: list[tuple[int, ...]]
) -> list[_Stretch]:
    found = []
    both = lanes[0] & lanes[1] if full else np.zeros(len(lanes[0]), dtype=bool)
    if full:
        sets = [full + half[lane] for lane in (0, 1) if half[lane]] or [full]
        found += [_Stretch(low, high - low, tuple(sets)) for low, high in _runs(both)]
    for lane in (0, 1):
        if half[lane]:
            runs = _runs(lanes[lane] & ~both)
            found += [_Stretch(low, high - low, (half[lane],)) for low, high in runs]
    return found


def _knapsack(stretch: _Stretch, kinds: Sequence[Kind]) -> Iterator[tuple[Terms, int]]:
    """All heights in a stretch; where it starts half way up a unit, whole units start above."""
    for items in stretch.lanes:
        yield [(k, kinds[k].height) for k in items], stretch.size
        even = [(k, kinds[k].height) for k in items if kinds[k].step == 2]
        if stretch.low % 2 and even:
            yield even, stretch.size - 1


def _chained(
    stretches: list[_Stretch],
    kinds: Sequence[Kind],
    full: tuple[int, ...],
    half: list[tuple[int, ...]],
) -> bool:
    """Whether pieces say it all."""
    every = (*full, *half[0], *half[1])
    heights = sorted({kinds[k].height for k in every})
    if any(high % low for low, high in pairwise(heights)):
        return False
    if not full:
        return True
    if half[0] and half[1]:
        return False
    alone = half[0] or half[1]
    smallest = all(kinds[k].height == heights[0] for k in alone)
    return smallest or not any(s.lanes == (alone,) for s in stretches)


def _pieces(
    stretches: list[_Stretch],
    kinds: Sequence[Kind],
    full: tuple[int, ...],
    half: list[tuple[int, ...]],
) -> Iterator[tuple[Terms, int]]:
    sets = {full} if full else set()
    sets |= {full + alone for alone in half if alone}
    for items in sorted(sets):
        usable = [s for s in stretches if any(set(lane) & set(items) for lane in s.lanes)]
        if items == full:
            usable = [s for s in usable if any(set(full) <= set(lane) for lane in s.lanes)]
        for height in sorted({kinds[k].height for k in items}):
            terms = [(k, kinds[k].height) for k in items if kinds[k].height >= height]
            yield terms, height * sum(s.size // height for s in usable)


def _by_stretch(found: Space, stretches: list[_Stretch], kinds: Sequence[Kind]) -> None:
    for stretch in stretches:
        parts: dict[int, int] = {}
        for k in sorted({k for items in stretch.lanes for k in items}):
            most = _holds(stretch.low, stretch.low + stretch.size, kinds[k])
            if most:
                parts[k] = len(found.parts)
                found.parts.append((k, min(most, found.most[k])))
        for terms, limit in _knapsack(stretch, kinds):
            inner = [(parts[k], height) for k, height in terms if k in parts]
            if inner:
                found.part_rows.append((inner, limit))


def _by_position(
    found: Space, lanes: tuple[Flags, Flags], kinds: Sequence[Kind], sized: list[int]
) -> None:
    covering: dict[tuple[int, int], Terms] = {}
    for k in sized:
        kind = kinds[k]
        free = np.logical_and.reduce([lanes[lane] for lane in kind.lanes])
        for low in range(0, len(free) - kind.height + 1, kind.step):
            if free[low : low + kind.height].all():
                part = len(found.parts)
                found.parts.append((k, 1))
                for column in range(low, low + kind.height):
                    for lane in kind.lanes:
                        covering.setdefault((lane, column), []).append((part, 1))
    found.part_rows += [(terms, 1) for terms in covering.values() if len(terms) > 1]


def pack(
    front: Flags, rear: Flags, kinds: Sequence[Kind], counts: Sequence[int]
) -> list[tuple[int, int]] | None:
    """Columns for so many of each kind: (kind, lowest column), the lowest and highest first.

    None when they do not fit. Tries every arrangement, but none twice.
    """
    order = sorted(
        (k for k, kind in enumerate(kinds) if kind.height and counts[k]),
        key=lambda k: (-kinds[k].height, -len(kinds[k].lanes), k),
    )
    return _Packing((front, rear), kinds, order).place(tuple(counts[k] for k in order))


class _Packing:
    """A search from the lowest column up."""

    def __init__(
        self, lanes: tuple[Flags, Flags], kinds: Sequence[Kind], order: Sequence[int]
    ) -> None:
        self.kinds, self.order = kinds, order
        self.end = len(lanes[0])
        self.free = [[*lane.tolist(), False] for lane in lanes]
        # free columns of each lane from a column on
        self.after = [np.cumsum(np.append(lane, False)[::-1])[::-1].tolist() for lane in lanes]
        self.dead: set[tuple[int, int, int, tuple[int, ...]]] = set()

    def place(self, left: tuple[int, ...]) -> list[tuple[int, int]] | None:
        found: list[tuple[int, int]] = []
        return found if self._from(0, (0, 0), left, found) else None

    def _from(
        self,
        column: int,
        top: tuple[int, int],
        left: tuple[int, ...],
        found: list[tuple[int, int]],
    ) -> bool:
        if not any(left):
            return True
        column = max(column, min(top))
        key = (column, *top, left)
        if column >= self.end or key in self.dead or self._too_much(column, top, left):
            return False
        for index, k in enumerate(self.order):
            if left[index] and self._free(k, column, top):
                high = column + self.kinds[k].height
                lanes = self.kinds[k].lanes
                found.append((k, column))
                rest = (*left[:index], left[index] - 1, *left[index + 1 :])
                raised = (high if 0 in lanes else top[0], high if 1 in lanes else top[1])
                if self._from(column, raised, rest, found):
                    return True
                found.pop()
        if self._from(column + 1, top, left, found):
            return True
        self.dead.add(key)
        return False

    def _free(self, k: int, column: int, top: tuple[int, int]) -> bool:
        kind = self.kinds[k]
        return column % kind.step == 0 and all(
            column >= top[lane]
            and column + kind.height <= self.end
            and all(self.free[lane][column : column + kind.height])
            for lane in kind.lanes
        )

    def _too_much(self, column: int, top: tuple[int, int], left: tuple[int, ...]) -> bool:
        for lane in (0, 1):
            need = sum(
                n * self.kinds[k].height
                for n, k in zip(left, self.order, strict=True)
                if lane in self.kinds[k].lanes
            )
            if need and need > self.after[lane][min(max(column, top[lane]), self.end)]:
                return True
        return False
