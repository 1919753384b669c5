"""Rack units taken and free, of many racks at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Blocks:
    """What is mounted or kept, shape (b,): index of the rack, lowest half unit from 0, half units.

    planned: not there yet. counted: counts as used space (a blanking panel does not).
    """

    rack: Ints
    low: Ints
    size: Ints
    planned: Flags
    counted: Flags


@dataclass(frozen=True)
class Space:
    """Of each rack, shape (r,), in rack units: a unit is taken when either face is.

    used + reserved + planned + free is what the rack has, less what stands there uncounted.
    longest is the longest run of free units.
    """

    used: Floats
    reserved: Floats
    planned: Floats
    free: Floats
    longest: Floats


def space(halves: Ints, mounted: Blocks, reserved: Blocks) -> Space:
    """Add up racks of `halves` half units, shape (r,), with what is mounted and reserved in them.

    What is reserved and taken counts as taken, what is planned and taken as well. Parts of blocks
    outside their rack take nothing.
    """
    # One cell more than the rack has keeps runs of neighbouring racks apart.
    start = np.concatenate([[0], np.cumsum(halves + 1)]).astype(np.int64)
    count = int(start[-1])
    there = mounted.counted & ~mounted.planned
    used = _taken(halves, start, mounted, there)
    standing = _taken(halves, start, mounted, ~mounted.planned)
    coming = _taken(halves, start, mounted, mounted.planned & mounted.counted) & ~standing
    blocked = standing | _taken(halves, start, mounted, mounted.planned)
    kept = _taken(halves, start, reserved, np.ones(len(reserved.rack), dtype=bool)) & ~blocked
    free = ~blocked & ~kept
    free[start[1:] - 1] = False

    def total(cells: Flags) -> Floats:
        sums = np.concatenate([[0], np.cumsum(cells)])
        found: Floats = (sums[start[1:]] - sums[start[:-1]]) / 2
        return found

    owner = np.repeat(np.arange(len(halves)), halves + 1)
    return Space(total(used), total(kept), total(coming), total(free), _runs(free, owner, count))


def _taken(halves: Ints, start: Ints, blocks: Blocks, which: Flags) -> Flags:
    found = np.zeros(int(start[-1]), dtype=bool)
    rack = blocks.rack[which]
    low = np.maximum(blocks.low[which], 0)
    high = np.minimum(blocks.low[which] + blocks.size[which], halves[rack])
    size = np.maximum(high - low, 0)
    first = np.repeat(start[rack] + low, size)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(size) - size, size)
    found[first + offset] = True
    return found


def _runs(free: Flags, owner: Ints, count: int) -> Floats:
    """The longest run of true cells of each owner, in rack units."""
    racks = int(owner[-1]) + 1 if count else 0
    edges: Any = np.diff(np.concatenate([[False], free, [False]]).astype(np.int8))
    begin, end = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    longest = np.zeros(racks)
    np.maximum.at(longest, owner[begin], (end - begin) / 2)
    return longest
