"""Rectangles on a sheet, turned by any angle: corners, extents, overlap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

Corner = tuple[float, float]
Extent = tuple[float, float, float, float]  # left, top, right, bottom

QUARTER = 90
TOUCH = 1e-6  # mm; what reaches less far into another only touches it


@dataclass(frozen=True)
class Rect:
    """A rectangle by its centre in mm, its size before it is turned, and degrees clockwise.

    x runs to the right and y down. At 0 degrees the front looks down the sheet.
    """

    x: float
    y: float
    width: float
    depth: float
    rotation: int = 0

    @property
    def is_straight(self) -> bool:
        """Whether its sides run along the axes."""
        return self.rotation % QUARTER == 0

    @cached_property
    def axes(self) -> tuple[Corner, Corner]:
        """Unit vectors along its width and towards its front."""
        if self.is_straight:
            cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[self.rotation // QUARTER % 4]
        else:
            angle = math.radians(self.rotation)
            cos, sin = math.cos(angle), math.sin(angle)  # type: ignore[assignment]
        return (cos, sin), (-sin, cos)

    @cached_property
    def corners(self) -> tuple[Corner, Corner, Corner, Corner]:
        """Its corners in order: rear left, rear right, front right, front left."""
        (ax, ay), (bx, by) = self.axes
        w, d = self.width / 2, self.depth / 2
        return tuple(  # type: ignore[return-value]
            (self.x + ax * i * w + bx * j * d, self.y + ay * i * w + by * j * d)
            for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        )

    @cached_property
    def extent(self) -> Extent:
        """The upright box around it."""
        if self.is_straight:
            turned = self.rotation % 180 != 0
            w, d = (self.depth, self.width) if turned else (self.width, self.depth)
            return self.x - w / 2, self.y - d / 2, self.x + w / 2, self.y + d / 2
        xs, ys = zip(*self.corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


def overlap(a: Rect, b: Rect) -> bool:
    """Whether two rectangles share more than their edges, by separating axes."""
    if not boxes_overlap(a.extent, b.extent):
        return False
    if a.is_straight and b.is_straight:
        return True
    for ax, ay in (*a.axes, *b.axes):
        of_a = [x * ax + y * ay for x, y in a.corners]
        of_b = [x * ax + y * ay for x, y in b.corners]
        if min(max(of_a), max(of_b)) - max(min(of_a), min(of_b)) <= TOUCH:
            return False
    return True


def boxes_overlap(a: Extent, b: Extent) -> bool:
    """Whether two upright boxes share more than their edges."""
    return min(a[2], b[2]) - max(a[0], b[0]) > TOUCH and min(a[3], b[3]) - max(a[1], b[1]) > TOUCH


def near(boxes: Sequence[Extent], others: Sequence[Extent]) -> Iterator[tuple[int, int]]:
    """Pairs of a box and another that reach into each other; the other may be flat."""
    if not boxes or not others:
        return
    a, b = np.array(boxes).T[:, :, None], np.array(others).T[:, None, :]
    meet = (a[0] < b[2] - TOUCH) & (b[0] < a[2] - TOUCH)
    meet &= (a[1] < b[3] - TOUCH) & (b[1] < a[3] - TOUCH)
    rows, columns = np.nonzero(meet)
    yield from zip(rows.tolist(), columns.tolist(), strict=True)


def overlapping(rects: Sequence[Rect]) -> Iterator[tuple[int, int]]:
    """The places of each two rectangles that overlap, the lower first, in order."""
    boxes = [each.extent for each in rects]
    for i, j in near(boxes, boxes):
        if i < j and overlap(rects[i], rects[j]):
            yield i, j
