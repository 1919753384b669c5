"""The outline of a room: what makes a list of points one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Point = tuple[int, int]

POINTS_MIN, POINTS_MAX = 3, 200


def is_outline(value: Any, width: int, depth: int) -> bool:
    """Whether a value is a simple polygon of whole millimetres within a sheet of this size.

    An empty list is one too: the whole sheet. The edges may not cross, touch or turn back on
    themselves; the last point is joined to the first.
    """
    if value == []:
        return True
    if not isinstance(value, list) or not POINTS_MIN <= len(value) <= POINTS_MAX:
        return False
    for point in value:
        if not isinstance(point, list | tuple) or len(point) != 2:
            return False
        if any(isinstance(each, bool) or not isinstance(each, int) for each in point):
            return False
        if not (0 <= point[0] <= width and 0 <= point[1] <= depth):
            return False
    return is_simple([(x, y) for x, y in value])


def is_simple(points: Sequence[Point]) -> bool:
    """Whether the edges of a closed polygon meet only where one follows another."""
    count = len(points)
    for i in range(count):
        before, here, after = points[i - 1], points[i], points[(i + 1) % count]
        if here == after or _turns_back(before, here, after):
            return False
        for j in range(i + 2, count):
            if (j + 1) % count != i and _meet(here, after, points[j], points[(j + 1) % count]):
                return False
    return True


def _turns_back(a: Point, b: Point, c: Point) -> bool:
    along = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])
    return _side(a, b, c) == 0 and along < 0


def _side(a: Point, b: Point, c: Point) -> int:
    """Above 0 where c is on one side of the line through a and b, below on the other."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _within(a: Point, b: Point, c: Point) -> bool:
    """Whether c, which is on the line through a and b, is between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the edges from a to b and from c to d have a point in common."""
    of_c, of_d = _side(a, b, c), _side(a, b, d)
    of_a, of_b = _side(c, d, a), _side(c, d, b)
    if of_c * of_d < 0 and of_a * of_b < 0:
        return True
    return (
        (of_c == 0 and _within(a, b, c))
        or (of_d == 0 and _within(a, b, d))
        or (of_a == 0 and _within(c, d, a))
        or (of_b == 0 and _within(c, d, b))
    )
