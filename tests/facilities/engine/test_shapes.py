"""Rectangles and outlines, against plainer ways to say the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facilities.engine.clearance import FRONT, REAR, WALL, outside, shortfalls
from facilities.engine.outline import is_outline
from facilities.engine.shapes import Rect, overlap, overlapping
from facilities.engine.tiles import column_letters, column_number, tile_name
from tests.examples import examples

SIDES = st.integers(1, 12).map(lambda n: 2 * n)
RECTS = st.builds(
    Rect,
    x=st.integers(0, 40),
    y=st.integers(0, 40),
    width=SIDES,
    depth=SIDES,
    rotation=st.sampled_from([0, 90, 180, 270]),
)
ANY = st.builds(
    Rect,
    x=st.integers(0, 40),
    y=st.integers(0, 40),
    width=SIDES,
    depth=SIDES,
    rotation=st.integers(0, 359),
)
ROOM = [(0.0, 0.0), (10_000.0, 0.0), (10_000.0, 8_000.0), (0.0, 8_000.0)]


def cells(rect: Rect) -> set[tuple[int, int]]:
    """The unit squares that an upright rectangle covers."""
    left, top, right, bottom = (int(each) for each in rect.extent)
    return {(x, y) for x in range(left, right) for y in range(top, bottom)}


@settings(max_examples=examples(150), deadline=None)
@given(RECTS, RECTS)
def test_straight_rectangles_overlap_where_they_share_squares(a: Rect, b: Rect) -> None:
    assert overlap(a, b) == bool(cells(a) & cells(b)) == overlap(b, a)


@settings(max_examples=examples(150), deadline=None)
@given(ANY, ANY, st.sampled_from([90, 180, 270]))
def test_turning_the_whole_sheet_changes_no_overlap(a: Rect, b: Rect, by: int) -> None:
    def turned(rect: Rect) -> Rect:
        x, y = rect.x, rect.y
        for _ in range(by // 90):
            x, y = -y, x
        return Rect(x, y, rect.width, rect.depth, (rect.rotation + by) % 360)

    assert overlap(a, b) == overlap(turned(a), turned(b)) == overlap(b, a)
    assert all(abs(x - a.x) <= 17 and abs(y - a.y) <= 17 for x, y in a.corners)


@settings(max_examples=examples(50), deadline=None)
@given(st.lists(ANY, max_size=8))
def test_every_pair_is_found(rects: list[Rect]) -> None:
    count = len(rects)
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    assert sorted(overlapping(rects)) == [(i, j) for i, j in pairs if overlap(rects[i], rects[j])]


@pytest.mark.parametrize(
    ("points", "right"),
    [
        ([], True),
        ([[0, 0], [9, 0], [9, 9]], True),
        ([[0, 0], [9, 0], [9, 9], [4, 3], [0, 9]], True),
        ([[0, 0], [9, 0]], False),
        ([[0, 0], [9, 9], [9, 0], [0, 9]], False),
        ([[0, 0], [9, 0], [5, 0], [5, 9]], False),
        ([[0, 0], [9, 0], [9, 0], [9, 9]], False),
        ([[0, 0], [9, 0], [9, 9], [5, 0]], False),
        ([[0, 0], [11, 0], [9, 9]], False),
        ([[0, 0], [9.5, 0], [9, 9]], False),
        ([[0, 0], [True, 0], [9, 9]], False),
        ([[0, 0], [9, 0, 1], [9, 9]], False),
        ({"a": 1}, False),
        (None, False),
    ],
)
def test_an_outline_is_a_simple_polygon_of_whole_numbers(points: object, right: bool) -> None:
    assert is_outline(points, 10, 10) is right


def told(things: list[Rect], **more: list[Rect]) -> list[tuple[int, int, float, int]]:
    obstacles = [*things, *more.get("obstacles", [])]
    wanted = [(1200.0, 900.0)] * len(things)
    found = shortfalls(things, wanted, obstacles, ROOM)
    return [(each.thing, each.side, each.free, each.obstacle) for each in found]


def test_clearance_is_measured_to_the_nearest_thing_or_wall() -> None:
    rack = Rect(5_000, 4_000, 600, 1_200)
    assert told([rack]) == []
    near_wall = Rect(5_000, 800, 600, 1_200, 180)  # its back looks down, its face at the wall
    assert told([near_wall]) == [(0, FRONT, 200, WALL)]
    facing = Rect(5_000, 4_000 + 600 + 1_199 + 600, 600, 1_200, 180)
    assert told([rack, facing]) == [(0, FRONT, 1_199, 1), (1, FRONT, 1_199, 0)]
    far = Rect(5_000, 6_400, 600, 1_200, 180)
    assert told([rack, far]) == []  # just what is wanted, for both
    beside = Rect(5_600, 4_000, 600, 1_200)
    assert told([rack, beside]) == []
    column = Rect(5_000, 3_000, 400, 400, 45)
    reach = 400 / 2**0.5
    [(_, side, free, obstacle)] = told([rack], obstacles=[column])
    assert (side, obstacle) == (REAR, 1)
    assert free == pytest.approx(3_400 - 3_000 - reach)


def test_what_crosses_a_wall_or_stands_beyond_it_is_outside() -> None:
    room = [(0.0, 0.0), (6_000.0, 0.0), (6_000.0, 4_000.0), (3_000.0, 4_000.0), (0.0, 1_000.0)]
    things = [
        Rect(300, 600, 600, 800),
        Rect(300, 600, 600, 1_200),
        Rect(4_000, 3_000, 600, 1_200),
        Rect(5_800, 1_000, 600, 600),
        Rect(500, 3_500, 600, 600),
        Rect(1_000, 2_000, 300, 300, 30),
    ]
    assert outside(things, room) == [1, 3, 4, 5]


def test_tiles_are_named_by_letters_across_and_numbers_down() -> None:
    assert tile_name(0, 0, (600, 600)) == "A1"
    assert tile_name(1_250, 4_199, (600, 600)) == "C7"
    assert tile_name(600 * 26, 0, (600, 600), ("B", 10)) == "AB10"
    for number in (1, 26, 27, 702, 703):
        assert column_number(column_letters(number)) == number
