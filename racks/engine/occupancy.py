"""What takes which half units of a rack on which face, and what is left."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from racks.engine.units import Frame


class Face(StrEnum):
    """A side of a rack."""

    FRONT = "front"
    REAR = "rear"

    @property
    def other(self) -> Face:
        """The opposite side."""
        return Face.REAR if self is Face.FRONT else Face.FRONT


class Overlap(ValueError):
    """Two blocks claim one half unit of one face; `keys` are theirs."""

    def __init__(self, first: int, second: int, half: int, face: Face) -> None:
        super().__init__(f"{first} and {second} both take half unit {half} on the {face}")
        self.keys = (first, second)


@dataclass(frozen=True)
class Block:
    """Something mounted: `size` half units from `low`, on one face or through the whole depth.

    `counted` is False for what does not count as used space, such as blanking panels.
    """

    key: int
    low: int
    size: int
    face: Face
    full_depth: bool = True
    counted: bool = True

    def takes(self, face: Face) -> bool:
        """Whether the block takes up space on `face`."""
        return self.full_depth or self.face is face

    @property
    def halves(self) -> range:
        """The half units it takes."""
        return range(self.low, self.low + self.size)


@dataclass(frozen=True, order=True)
class Run:
    """Half units without a gap: `size` of them from `low`."""

    low: int
    size: int

    @property
    def units(self) -> float:
        """The length in rack units."""
        return self.size / 2


def runs(halves: Iterable[int]) -> list[Run]:
    """The runs that a set of half units forms, lowest first."""
    found: list[Run] = []
    for half in sorted(set(halves)):
        if found and half == found[-1].low + found[-1].size:
            found[-1] = Run(found[-1].low, found[-1].size + 1)
        else:
            found.append(Run(half, 1))
    return found


@dataclass(frozen=True)
class Occupancy:
    """The blocks of one rack by half unit and face.

    Raises Overlap when two blocks claim the same half unit of a face. What lies outside the frame
    takes nothing.
    """

    frame: Frame
    blocks: tuple[Block, ...]
    _taken: dict[Face, dict[int, Block]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        taken: dict[Face, dict[int, Block]] = {face: {} for face in Face}
        first, end = self.frame.first, self.frame.end
        for block in self.blocks:
            halves = range(max(block.low, first), min(block.low + block.size, end))
            for face, found in taken.items():
                if block.takes(face):
                    _claim(found, block, halves, face)
        object.__setattr__(self, "_taken", taken)

    def at(self, half: int, face: Face) -> Block | None:
        """What takes a half unit on a face."""
        return self._taken[face].get(half)

    def from_top(self, face: Face) -> Iterator[tuple[int, Block | None]]:
        """Each half unit from the top and what takes it on `face`."""
        taken = self._taken[face]
        return ((half, taken.get(half)) for half in self.frame.from_top())

    def free(
        self, faces: Collection[Face] = (Face.FRONT, Face.REAR), without: Collection[int] = ()
    ) -> list[int]:
        """Half units that are free on all of `faces` and not among `without`, lowest first."""
        gone = {half for face in faces for half in self._taken[face]}.union(without)
        return [half for half in range(self.frame.first, self.frame.end) if half not in gone]

    def free_runs(
        self, faces: Collection[Face] = (Face.FRONT, Face.REAR), without: Collection[int] = ()
    ) -> list[Run]:
        """The runs of free half units, lowest first."""
        return runs(self.free(faces, without))

    def longest_free_run(
        self, faces: Collection[Face] = (Face.FRONT, Face.REAR), without: Collection[int] = ()
    ) -> Run | None:
        """The longest run of free half units, the lowest of several; None in a full rack."""
        return max(
            self.free_runs(faces, without), key=lambda run: (run.size, -run.low), default=None
        )

    @property
    def used(self) -> int:
        """Half units in which, on either face, something stands that counts as used space."""
        counted = (half for each in self._taken.values() for half, b in each.items() if b.counted)
        return len(set(counted))


def _claim(taken: dict[int, Block], block: Block, halves: range, face: Face) -> None:
    for half in halves:
        other = taken.setdefault(half, block)
        if other is not block:
            raise Overlap(other.key, block.key, half, face)
