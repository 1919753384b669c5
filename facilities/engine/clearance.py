"""What is free around things on a sheet: clearances, walls, overlaps, the aisles they look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facilities.engine.shapes import TOUCH, Corner, Extent, Rect, near

Floats = NDArray[np.float64]
Edge = tuple[Corner, Corner]
WALL = -1
FRONT, REAR = 1, -1
PROBE_MM = 300  # how far before and behind it a thing tells which aisle it stands at
TOLERANCE = 0.5  # mm; things of an odd size meet at half millimetres


@dataclass(frozen=True)
class Shortfall:
    """Less free than wanted in front of or behind a thing, in mm, and what is in the way.

    `thing` and `obstacle` are places in the given lists; an obstacle of `WALL` is the outline.
    """

    thing: int
    side: int
    free: float
    wanted: float
    obstacle: int


def zone(thing: Rect, side: int, depth: float) -> Rect:
    """The strip as wide as a thing, right before (`FRONT`) or behind (`REAR`) it."""
    away = side * (thing.depth + depth) / 2
    _, (bx, by) = thing.axes
    return Rect(thing.x + bx * away, thing.y + by * away, thing.width, depth, thing.rotation)


def edges(outline: Sequence[Corner]) -> list[Edge]:
    """The edges of a closed polygon."""
    return list(zip(outline, [*outline[1:], *outline[:1]], strict=True))


def shortfalls(
    things: Sequence[Rect],
    wanted: Sequence[tuple[float, float]],
    obstacles: Sequence[Rect],
    outline: Sequence[Corner],
) -> list[Shortfall]:
    """Where less is free than is wanted in front of and behind things.

    `wanted` has mm in front and behind, for each of `things`. The first of `obstacles` are the
    things themselves, in their order. The nearest obstacle of each side is told.
    """
    asked = [
        (n, side, depth)
        for n, pair in enumerate(wanted)
        for side, depth in zip((FRONT, REAR), pair, strict=True)
        if depth > 0
    ]
    zones = [zone(things[n], side, depth).extent for n, side, depth in asked]
    least: dict[int, tuple[float, int]] = {}

    def note(place: int, free: float | None, obstacle: int) -> None:
        if free is not None and free < least.get(place, (asked[place][2] - TOLERANCE, 0))[0]:
            least[place] = (free, obstacle)

    for place, other in near(zones, [each.extent for each in obstacles]):
        n, side, _ = asked[place]
        if other != n:
            note(place, _distance(things[n], side, edges(obstacles[other].corners)), other)
    walls = edges(outline)
    for place, wall in near(zones, [_extent(edge) for edge in walls]):
        n, side, _ = asked[place]
        note(place, _distance(things[n], side, [walls[wall]]), WALL)
    return [
        Shortfall(asked[place][0], asked[place][1], free, asked[place][2], obstacle)
        for place, (free, obstacle) in sorted(least.items())
    ]


def outside(things: Sequence[Rect], outline: Sequence[Corner]) -> list[int]:
    """The things that are not wholly within a polygon: their places."""
    if not things:
        return []
    walls = edges(outline)
    crossed = {
        n
        for n, wall in near([each.extent for each in things], [_extent(edge) for edge in walls])
        if _passes(things[n], walls[wall])
    }
    within = _contains(walls, np.array([(each.x, each.y) for each in things]))
    return [n for n in range(len(things)) if n in crossed or not within[n]]


def looks_at(
    things: Sequence[Rect], side: int, aisles: Sequence[Rect]
) -> Iterator[tuple[int, int]]:
    """The things with an aisle right before or behind them, each with its aisle."""
    probes = [zone(each, side, PROBE_MM).extent for each in things]
    yield from near(probes, [each.extent for each in aisles])


def _extent(edge: Edge) -> Extent:
    (ax, ay), (bx, by) = edge
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _local(thing: Rect, point: Corner) -> Corner:
    """A point as seen from a thing: along its width, and towards its front."""
    (ax, ay), (bx, by) = thing.axes
    x, y = point[0] - thing.x, point[1] - thing.y
    return x * ax + y * ay, x * bx + y * by


def _distance(thing: Rect, side: int, lines: Sequence[Edge]) -> float | None:
    """From a thing's face or back to the nearest point of lines in its strip; None for none."""
    half, face = thing.width / 2 - TOUCH, thing.depth / 2
    found = []
    for start, end in lines:
        (u, v), (p, q) = _local(thing, start), _local(thing, end)
        if u > p:
            (u, v), (p, q) = (p, q), (u, v)
        if p <= -half or u >= half:
            continue
        if p - u > TOUCH:
            slope = (q - v) / (p - u)
            v, q = v + slope * (max(u, -half) - u), v + slope * (min(p, half) - u)
        low, high = sorted((side * v, side * q))
        if high > face + TOUCH:  # what ends before is within the thing, or on its other side
            found.append(max(low - face, 0.0))
    return min(found, default=None)


def _passes(thing: Rect, edge: Edge) -> bool:
    """Whether an edge runs through a thing, by clipping it to the thing's sides."""
    (u, v), (p, q) = _local(thing, edge[0]), _local(thing, edge[1])
    low, high = 0.0, 1.0
    for start, step, half in ((u, p - u, thing.width / 2), (v, q - v, thing.depth / 2)):
        half -= TOUCH
        if abs(step) < TOUCH:
            if abs(start) >= half:
                return False
            continue
        first, last = sorted(((-half - start) / step, (half - start) / step))
        low, high = max(low, first), min(high, last)
    return high > low


def _contains(walls: Sequence[Edge], points: Floats) -> NDArray[np.bool_]:
    """Whether points are within a polygon, by how often a line to the right crosses its edges."""
    x, y = points[:, :1], points[:, 1:]
    lines = np.array(walls, dtype=np.float64)
    ax, ay, bx, by = lines[:, 0, 0], lines[:, 0, 1], lines[:, 1, 0], lines[:, 1, 1]
    spans = (ay > y) != (by > y)
    height = np.where(by == ay, 1.0, by - ay)
    crossing = ax + (y - ay) / height * (bx - ax)
    found: NDArray[np.bool_] = (spans & (x < crossing)).sum(axis=1) % 2 == 1
    return found
