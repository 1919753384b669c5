"""The numbering of a rack. Half units are integers: unit 42 is half units 84 and 85."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    """A rack's height in units, the number of its first unit, and which way numbers run.

    With `descending`, unit `start` is at the top. Raises ValueError for a height below one unit.
    """

    height: int
    start: int = 1
    descending: bool = False

    def __post_init__(self) -> None:
        if self.height < 1:
            raise ValueError("a rack has at least one unit")

    @property
    def first(self) -> int:
        """The lowest half unit."""
        return self.start * 2

    @property
    def end(self) -> int:
        """The half unit after the highest."""
        return (self.start + self.height) * 2

    @property
    def steps(self) -> int:
        """How many half units there are."""
        return self.height * 2

    def from_top(self) -> range:
        """The half units in the order they are seen, from the top."""
        if self.descending:
            return range(self.first, self.end)
        return range(self.end - 1, self.first - 1, -1)

    def units_from_top(self) -> range:
        """The numbers of the whole units in the order they are seen, from the top."""
        if self.descending:
            return range(self.start, self.start + self.height)
        return range(self.start + self.height - 1, self.start - 1, -1)

    def offset(self, low: int, size: int) -> int:
        """Half units between the top of the rack and the top of what takes `size` from `low`."""
        return low - self.first if self.descending else self.end - low - size

    def holds(self, low: int, size: int) -> bool:
        """Whether `size` half units from `low` are all in the rack."""
        return size > 0 and self.first <= low and low + size <= self.end


def unit_label(half: int) -> str:
    """What a half unit is called: `U42`, `U42.5`."""
    return f"U{half // 2}.5" if half % 2 else f"U{half // 2}"
