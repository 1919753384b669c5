"""Placements whose answer is plain, tight packing, and halls too large to try everything in."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.placement import hall as large_hall
from bench.placement import wanted
from capacity.engine.placement import (
    Aim,
    Assumption,
    Budget,
    Face,
    Goal,
    Item,
    Level,
    Nodes,
    Progress,
    Room,
    Rule,
    Status,
    Wishes,
    solve,
)
from tests.capacity.engine.placement_check import Rules
from tests.capacity.engine.test_placement import PACK, QUICK, SPREAD, feeds, hall, sparse
from tests.examples import examples

SERVER = Item("server", 4, 2, watts=300, inputs=2, diverse=True)


def find(room: Room, *items: Item, nodes: Nodes | None = None, **wishes: Any) -> Any:
    """An answer that breaks no rule."""
    given = (room, nodes or feeds(room), items, Wishes(**wishes))
    answer = solve(*given)
    assert Rules(*given).broken(answer.positions) == ""
    return answer


def test_it_fills_from_the_floor_up_the_highest_first() -> None:
    room = hall(1, descending=np.array([True]))
    for down, lows in ((False, [6, 2]), (True, [4, 6])):
        room = replace(room, descending=np.array([down]))
        answer = find(room, replace(SERVER, count=1), replace(SERVER, count=1, height=4))
        assert [p.low for p in answer.positions] == lows


def test_packing_takes_few_racks_and_spreading_many() -> None:
    room = hall(4, row=np.array([0, 0, 1, -1]))
    nodes = feeds(room, 5000, 9000)
    for aims, racks in (((PACK,), 1), ((SPREAD,), 4)):
        answer = find(room, SERVER, nodes=nodes, aims=aims)
        assert len({p.rack for p in answer.positions}) == racks
        assert answer.status is Status.OPTIMAL
    apart = (Aim(Goal.APART, Level.ROW), PACK)
    answer = find(room, SERVER, nodes=nodes, aims=apart)
    assert [each.value for each in answer.aims] == [6, 3]  # 2, 1 and 1 in the rows


def test_each_side_and_all_above_it_carries_the_whole_draw_of_what_it_feeds() -> None:
    """Two feeds of 1,000 W hold three devices of 300 W, not six, and one shared panel not twice."""
    room = hall(1, units=20, outlets=20)
    assert find(room, replace(SERVER, count=9)).fits == 3
    shared = sparse([{0: 1.0, 2: 1.0}, {1: 1.0, 2: 1.0}])
    nodes = Nodes(np.array([9000.0, 9000.0, 1500.0]), shared, np.arange(2))
    assert find(room, replace(SERVER, count=9), nodes=nodes).fits == 5
    spine = replace(SERVER, count=9, watts=1200, inputs=4, required=2)
    nodes = Nodes(np.array([2500.0, 2500.0, 9000.0]), shared, np.arange(2))
    assert find(room, spine, nodes=nodes).fits == 2  # two of four inputs a side: all of it


def test_what_is_overdrawn_takes_nothing_and_has_to_be_freed_too() -> None:
    room = hall(1)
    nodes = feeds(room, above=100)
    nodes.headroom[0] = -50
    answer = find(room, replace(SERVER, count=1), nodes=nodes)
    assert (answer.status, answer.fits) == (Status.INFEASIBLE, 0)
    assert answer.together == (Rule.FEED, Rule.UPSTREAM)
    assert {(s.index, s.amount) for s in answer.shortages} == {(0, 350), (2, 200), (3, 200)}


def test_units_in_the_wrong_places_are_not_a_lack_of_units() -> None:
    gaps = np.tile([False, False, True, True], 2)[None]
    room = hall(1, front=gaps, rear=gaps)
    [binding] = find(room, replace(SERVER, count=1, height=4)).binding
    assert (binding.rule, binding.enough, binding.shortages) == (Rule.SPACE, True, ())
    [binding] = find(room, replace(SERVER, count=3)).binding
    assert [(s.of, s.index, s.amount) for s in binding.shortages] == [("rack", 100, 2)]


def test_a_limit_that_is_unknown_is_told_and_does_not_bind() -> None:
    left = np.array([np.nan, 0.0])
    room = hall(budgets=(Budget(Rule.WEIGHT, left),))
    nodes = feeds(room)
    nodes.headroom[-1] = np.nan
    answer = find(room, replace(SERVER, count=2, weight=20), nodes=nodes)
    assert {p.rack for p in answer.positions} == {100}
    assert set(answer.assumptions) == {Assumption(Rule.WEIGHT, 1), Assumption(Rule.UPSTREAM, 1)}


def test_a_diverse_device_shares_no_node_that_takes_both_down() -> None:
    room = hall(2, sides=2)
    both = [{0: 1.0, 4: 1.0}, {1: 1.0, 4: 1.0}, {2: 1.0, 4: 1.0}, {3: 1.0, 5: 1.0}]
    nodes = Nodes(np.full(6, 9000.0), sparse(both), np.arange(4), fatal=sparse(both))
    answer = find(room, replace(SERVER, count=1), nodes=nodes)
    assert [p.rack for p in answer.positions] == [101]


def test_what_hangs_at_the_side_takes_no_unit() -> None:
    taken = np.ones((1, 8), dtype=bool)
    answer = find(hall(1, front=taken, rear=taken), Item("pdu", 2, 0, inputs=0))
    assert [p.low for p in answer.positions] == [None, None]


def test_it_tells_of_each_answer_and_stops_when_told_to() -> None:
    room, told = hall(3), list[Progress]()
    find_aims = Wishes((PACK,))
    solve(room, feeds(room), (SERVER,), find_aims, told.append)
    assert (told[0].aim, told[0].placed) == (None, 4)
    assert told[-1].aim == PACK

    def stop(_: Progress) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        solve(room, feeds(room), (SERVER,), find_aims, stop)


@pytest.mark.parametrize(
    "wrong", [{"count": -1}, {"required": 3}, {"required": 2, "diverse": True}, {"required": 0}]
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"device|not negative"):
        replace(SERVER, **wrong)


HEIGHTS = st.sampled_from([1, 2, 2, 3, 4, 6, 8])


@settings(QUICK, max_examples=examples(20))
@given(st.data())
def test_packing_is_exact(data: st.DataObject) -> None:
    """Any free shape, half and full depth on both faces, heights that divide another or not."""
    size = 14
    free = st.lists(st.booleans(), min_size=size, max_size=size)
    lanes = [np.array(data.draw(free)) & np.array(data.draw(free)) for _ in range(2)]
    lanes[1] = lanes[data.draw(st.integers(0, 1))]
    kinds = data.draw(
        st.lists(st.tuples(HEIGHTS, st.booleans(), st.sampled_from(Face)), min_size=1, max_size=3)
    )
    counts = [data.draw(st.integers(1, 3)) for _ in kinds]
    items = [
        Item("x", n, height, deep, face, inputs=0)
        for n, (height, deep, face) in zip(counts, kinds, strict=True)
    ]
    room = hall(1, units=size // 2, front=lanes[0][None], rear=lanes[1][None])
    assert find(room, *items).fits == most(lanes, kinds, counts)


def most(lanes: list[Any], kinds: list[Any], counts: list[int]) -> int:
    """How many fit, trying each at each position from the lowest."""
    blocks = [
        sum(1 << (lane * 64 + half) for half, one in enumerate(taken) if one)
        for lane, taken in enumerate(lanes)
    ]
    end = len(lanes[0])
    shapes = [
        [
            sum(((1 << height) - 1) << (lane * 64 + low) for lane in which)
            for low in range(0, end - height + 1, 1 if height % 2 else 2)
        ]
        for height, deep, face in kinds
        for which in [(0, 1) if deep else ((0,) if face is Face.FRONT else (1,))]
    ]

    @cache
    def go(taken: int, k: int, left: int, start: int) -> int:
        if k == len(kinds):
            return 0
        best = go(taken, k + 1, counts[k + 1] if k + 1 < len(kinds) else 0, 0)
        for n in range(start, len(shapes[k]) if left else 0):
            if not taken & shapes[k][n]:
                best = max(best, 1 + go(taken | shapes[k][n], k, left - 1, n + 1))
        return best

    return go(sum(blocks), 0, counts[0], 0)


@pytest.mark.parametrize("aims", [(), (PACK,), (SPREAD,), (Aim(Goal.TOGETHER, Level.ROW), PACK)])
def test_no_rule_is_broken_in_a_large_hall(aims: tuple[Aim, ...]) -> None:
    room, nodes = large_hall(80)
    answer = find(room, *wanted(4, 24), nodes=nodes, aims=aims, keep=0.05, at_most=3, seconds=1)
    assert answer.fits == answer.asked == 24
    answer = find(room, *wanted(4, 400), nodes=nodes, aims=aims, seconds=0.5)
    assert answer.fits == len(answer.positions) < 400
