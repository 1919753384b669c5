"""Which port of one side goes with which of the other, and what their cables are called.

Pure functions.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
MOST = 500  # cables in one request
COLUMNS = ("a_device", "a_port", "b_device", "b_port")
FURTHER = ("label", "type", "color", "length", "length_unit", "status")
_NUMBER = re.compile(r"\{n\}")


@dataclass(frozen=True)
class Order:
    """Which ports of a list are taken: all but the first `skip`, every `step`-th, backwards."""

    skip: int = 0
    step: int = 1
    reverse: bool = False

    def of(self, ports: Sequence[T]) -> list[T]:
        """The ports in the order in which they are paired. The end that is skipped is the first."""
        found = list(reversed(ports)) if self.reverse else list(ports)
        return found[self.skip :: self.step]


@dataclass(frozen=True)
class Line:
    """A pair by names, as it was typed: its line from 1, four names, and what else is given."""

    number: int
    a: tuple[str, str]
    b: tuple[str, str]
    values: dict[str, str] = field(default_factory=dict)


def labels(pattern: str, start: str, count: int) -> list[str]:
    """Labels by a pattern in which `{n}` counts up from `start`, as wide as that is written.

    Without `{n}` all have the same label. Raises ValueError for a start that is no number.
    """
    if not _NUMBER.search(pattern):
        return [pattern] * count
    text = start.strip() or "1"
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise ValueError("The start is a whole number, such as 1 or 001.")
    first = int(text)
    return [pattern.replace("{n}", str(first + n).zfill(len(text))) for n in range(count)]


def lines(text: str) -> list[Line]:
    """The pairs in a text, one a line: `port, port` or `device, port, device, port[, label]`.

    Columns are parted by tabs, semicolons or commas. Where the first line names columns
    (`a_device`, `a_port`, `b_device`, `b_port`, `label`, …) they may be others and in any order.
    Raises ValueError for a line that cannot be understood, or for too many.
    """
    rows = [
        (number, cells)
        for number, cells in enumerate(_rows(text), start=1)
        if any(cell.strip() for cell in cells)
    ]
    if not rows:
        return []
    first = [cell.strip().lower().replace(" ", "_") for cell in rows[0][1]]
    named = "a_port" in first and "b_port" in first
    if named:
        unknown = [name for name in first if name and name not in (*COLUMNS, *FURTHER)]
        if unknown:
            raise ValueError(f"There is no column {unknown[0]}.")
        rows = rows[1:]
    if len(rows) > MOST:
        raise ValueError(f"These are {len(rows)} pairs; {MOST} can be connected at once.")
    return [_line(number, cells, first if named else None) for number, cells in rows]


def _rows(text: str) -> list[list[str]]:
    found = [text.count(each) for each in "\t;,"]
    delimiter = "\t;,"[next((n for n, count in enumerate(found) if count), 2)]
    return [
        next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
        for line in text.splitlines()
    ]


def _line(number: int, cells: list[str], names: list[str] | None) -> Line:
    cells = [cell.strip() for cell in cells]
    if names is None:
        if len(cells) == 2:
            names = ["a_port", "b_port"]
        elif len(cells) in (4, 5):
            names = [*COLUMNS, "label"][: len(cells)]
        else:
            raise ValueError(
                f"Line {number} has {len(cells)} columns. Write two ports, or device and port "
                "of both ends, or name the columns in the first line."
            )
    elif len(cells) > len(names):
        raise ValueError(f"Line {number} has {len(cells)} columns, the first {len(names)}.")
    given = dict(zip(names, cells, strict=False))
    values = {name: given[name] for name in FURTHER if given.get(name)}
    return Line(
        number,
        (given.get("a_device", ""), given.get("a_port", "")),
        (given.get("b_device", ""), given.get("b_port", "")),
        values,
    )
