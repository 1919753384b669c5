"""The space in a rack, against a slow and obvious reckoning on a grid."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racks.engine import Block, Face, Frame, Occupancy, Overlap, Run, runs, unit_label

FACES = st.sampled_from(Face)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    return Frame(draw(st.integers(1, 30)), draw(st.integers(1, 20)), draw(st.booleans()))


@st.composite
def filled(draw: st.DrawFn) -> Occupancy:
    """A rack with blocks put in one after the other where they still fit."""
    frame = draw(frames())
    grid: dict[tuple[int, Face], int] = {}
    blocks: list[Block] = []
    for key in range(draw(st.integers(0, 12))):
        low = draw(st.integers(frame.first, frame.end - 1))
        size = draw(st.integers(1, 8))
        block = Block(
            key, low, size, draw(FACES), full_depth=draw(st.booleans()), counted=draw(st.booleans())
        )
        cells = [(half, face) for half in block.halves for face in Face if block.takes(face)]
        if frame.holds(low, size) and not any(cell in grid for cell in cells):
            grid.update(dict.fromkeys(cells, key))
            blocks.append(block)
    return Occupancy(frame, tuple(blocks))


def halves(frame: Frame) -> range:
    return range(frame.start * 2, (frame.start + frame.height) * 2)


@given(frames())
def test_the_half_units_from_the_top_are_all_of_them_in_one_direction(frame: Frame) -> None:
    seen = list(frame.from_top())
    assert sorted(seen) == list(halves(frame))
    assert len(seen) == frame.steps
    assert seen == sorted(seen, reverse=not frame.descending)


@given(frames(), st.data())
def test_an_offset_is_where_the_topmost_half_unit_is_seen(
    frame: Frame, data: st.DataObject
) -> None:
    low = data.draw(st.integers(frame.first, frame.end - 1))
    size = data.draw(st.integers(1, frame.end - low))
    order = list(frame.from_top())
    assert frame.offset(low, size) == min(order.index(h) for h in range(low, low + size))


@given(filled())
def test_each_half_unit_is_free_or_taken_by_the_block_that_claims_it(rack: Occupancy) -> None:
    for face in Face:
        claims = {h: b for b in rack.blocks if b.takes(face) for h in b.halves}
        assert dict(rack.from_top(face)) == {h: claims.get(h) for h in halves(rack.frame)}
        assert rack.free([face]) == [h for h in halves(rack.frame) if h not in claims]


@given(filled())
def test_what_is_free_through_the_depth_is_free_on_both_faces(rack: Occupancy) -> None:
    both = set(rack.free([Face.FRONT])) & set(rack.free([Face.REAR]))
    assert rack.free() == sorted(both)


@given(filled(), st.sets(st.integers(2, 100)))
def test_free_runs_are_whole_apart_and_cover_what_is_free(
    rack: Occupancy, reserved: set[int]
) -> None:
    found = rack.free_runs(without=reserved)
    covered = [h for run in found for h in range(run.low, run.low + run.size)]
    assert covered == [h for h in rack.free() if h not in reserved]
    assert all(after.low > before.low + before.size for before, after in pairwise(found))


@given(filled())
def test_nothing_longer_than_the_longest_free_run_fits(rack: Occupancy) -> None:
    longest = rack.longest_free_run()
    size = longest.size if longest else 0
    free = set(rack.free())
    lows = halves(rack.frame)
    assert not any(set(range(low, low + size + 1)) <= free for low in lows)
    if longest:
        assert set(range(longest.low, longest.low + size)) <= free
        assert not any(set(range(low, low + size)) <= free for low in range(lows[0], longest.low))


@given(filled())
def test_used_counts_half_units_once_and_leaves_out_what_does_not_count(rack: Occupancy) -> None:
    expected = {h for block in rack.blocks if block.counted for h in block.halves}
    assert rack.used == len(expected)


@given(filled(), st.data())
def test_a_block_on_taken_units_is_an_overlap(rack: Occupancy, data: st.DataObject) -> None:
    if not rack.blocks:
        return
    victim = data.draw(st.sampled_from(rack.blocks))
    half = data.draw(st.sampled_from(list(victim.halves)))
    intruder = Block(99, half, 1, victim.face, full_depth=False)
    with pytest.raises(Overlap) as caught:
        Occupancy(rack.frame, (*rack.blocks, intruder))
    assert caught.value.keys == (victim.key, 99)


def test_half_depth_blocks_share_a_unit_back_to_back() -> None:
    front = Block(1, 4, 2, Face.FRONT, full_depth=False)
    rear = Block(2, 4, 2, Face.REAR, full_depth=False)
    rack = Occupancy(Frame(4), (front, rear))
    assert rack.at(4, Face.FRONT) is front
    assert rack.at(5, Face.REAR) is rear


def test_a_full_depth_block_takes_the_opposite_face_too() -> None:
    block = Block(1, 4, 3, Face.FRONT)
    rack = Occupancy(Frame(4), (block,))
    assert [rack.at(h, Face.REAR) for h in range(3, 8)] == [None, block, block, block, None]


def test_a_block_outside_the_frame_takes_nothing_there() -> None:
    rack = Occupancy(Frame(2), (Block(1, 5, 4, Face.FRONT),))
    assert rack.free() == [2, 3, 4]


def test_names_of_half_units() -> None:
    assert [unit_label(half) for half in (2, 3, 84, 85)] == ["U1", "U1.5", "U42", "U42.5"]


def test_runs_of_scattered_half_units() -> None:
    assert runs([9, 2, 3, 4, 8]) == [Run(2, 3), Run(8, 2)]
    assert runs([]) == []
    assert Run(2, 3).units == 1.5


def test_a_rack_without_height_is_an_error() -> None:
    with pytest.raises(ValueError, match="one unit"):
        Frame(0)


def test_the_other_face() -> None:
    assert Face.FRONT.other is Face.REAR
    assert Face.REAR.other is Face.FRONT
