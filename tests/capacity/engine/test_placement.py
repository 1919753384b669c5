"""Where devices can go: held against trying everything, and against a checker of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capacity.engine.placement import (
    Aim,
    Budget,
    Face,
    Goal,
    Item,
    Level,
    Nodes,
    Outlets,
    Ports,
    Room,
    Rule,
    Shortage,
    Sparse,
    Status,
    Wishes,
    solve,
)
from tests.capacity.engine.placement_check import Rules
from tests.examples import examples

QUICK = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
PACK = Aim(Goal.TOGETHER, Level.RACK)
SPREAD = Aim(Goal.APART, Level.RACK)


def sparse(rows: list[dict[int, float]]) -> Sparse:
    pointers = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.array([node for row in rows for node in row], dtype=np.int64)
    values = np.array([share for row in rows for share in row.values()], dtype=np.float64)
    return Sparse(pointers, columns, values)


def hall(racks: int = 2, units: int = 4, sides: int = 2, outlets: int = 4, **room: Any) -> Room:
    """Empty racks, each with its sides and so many outlets a side."""
    shape = (racks, units * 2)
    given = [(r, r * sides + s) for r in range(racks) for s in range(sides) for _ in range(outlets)]
    columns = np.array(given, dtype=np.int64).reshape(-1, 2)
    none = np.zeros(len(given), dtype=np.int64)
    plain: dict[str, Any] = {
        "id": np.arange(racks) + 100,
        "order": np.arange(racks),
        "row": np.zeros(racks, dtype=np.int64),
        "site": np.zeros(racks, dtype=np.int64),
        "first": np.full(racks, 2),
        "size": np.full(racks, units * 2),
        "descending": np.zeros(racks, dtype=bool),
        "front": np.zeros(shape, dtype=bool),
        "rear": np.zeros(shape, dtype=bool),
        "reserved": np.zeros(shape, dtype=bool),
        "sides": tuple(tuple(range(r * sides, (r + 1) * sides)) for r in range(racks)),
        "outlets": Outlets(np.arange(len(given)), columns[:, 0], columns[:, 1], none - 1, none),
    }
    return Room(**plain | room)


def feeds(room: Room, watts: float = 1000.0, above: float = 5000.0) -> Nodes:
    """A feed a side, and a panel for each number among a rack's sides."""
    count = sum(len(sides) for sides in room.sides)
    width = max(1, *(len(sides) for sides in room.sides))
    headroom = np.array([watts] * count + [above] * width)
    place = {side: n for sides in room.sides for n, side in enumerate(sides)}
    rows = [{side: 1.0, count + place[side]: 1.0} for side in range(count)]
    return Nodes(headroom, sparse(rows), np.arange(count))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Room, Nodes, tuple[Item, ...], Wishes]:
    """Two or three small racks, up to four devices, and any of the rules."""
    racks, units = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    sides, outlets = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    flags = st.lists(st.booleans(), min_size=racks * units * 2, max_size=racks * units * 2)

    def taken(some: bool) -> Any:
        shape = (racks, units * 2)
        if not some:
            return np.zeros(shape, dtype=bool)
        return np.array(draw(flags)).reshape(shape) & np.array(draw(flags)).reshape(shape)

    def numbers(low: int, high: int, count: int) -> Any:
        return np.array(draw(st.lists(st.integers(low, high), min_size=count, max_size=count)))

    room = hall(
        racks,
        units,
        sides,
        outlets,
        front=taken(draw(st.booleans())),
        rear=taken(draw(st.booleans())),
        reserved=taken(draw(st.booleans())),
        size=units * 2 - 2 * numbers(0, units - 1, racks) * draw(st.integers(0, 1)),
        descending=np.full(racks, draw(st.booleans())),
        row=numbers(-1, 1, racks),
    )
    count = racks * sides * outlets
    total = racks * sides
    banked = draw(st.booleans())
    room = replace(
        room,
        outlets=replace(
            room.outlets,
            connector=numbers(0, 1, count),
            bank=room.outlets.side + total + 2 if banked else np.full(count, -1),
        ),
        budgets=draw(budgets(racks)),
        ports=draw(ports(racks)),
    )
    shares = [
        {side: 1.0, total + side % 2: draw(st.sampled_from([0.5, 1.0]))} for side in range(total)
    ]
    shared = draw(st.booleans())
    nodes = Nodes(
        np.array(numbers(0, 6, total * 2 + 2), dtype=float) * 100,
        sparse(shares),
        np.arange(total),
        usable=np.full(total * 2 + 2, 800.0) if draw(st.booleans()) else None,
        fatal=sparse([{total + side % 2 * (not shared): 1.0} for side in range(total)])
        if draw(st.booleans())
        else None,
    )
    chosen = draw(st.lists(items(), min_size=1, max_size=2))
    aims = [Aim(goal, level) for goal in Goal for level in Level]
    wishes = Wishes(
        tuple(draw(st.lists(st.sampled_from(aims), max_size=2, unique=True))),
        draw(st.sampled_from([None, None, 1, 2])),
        draw(st.sampled_from([0.0, 0.25])),
        seconds=20,
    )
    return room, nodes, tuple(chosen), wishes


@st.composite
def items(draw: st.DrawFn) -> Item:
    inputs = draw(st.integers(0, 2))
    required = draw(st.integers(1, max(1, inputs)))
    return Item(
        "item",
        draw(st.integers(1, 2)),
        draw(st.sampled_from([0, 1, 2, 2, 3, 4])),
        draw(st.booleans()),
        draw(st.sampled_from(Face)),
        weight=draw(st.sampled_from([0.0, 5.5, 10.0])),
        watts=draw(st.sampled_from([0.0, 100.0, 250.0])),
        liquid=draw(st.sampled_from([0.0, 0.5])),
        inputs=inputs,
        required=required,
        connectors=draw(st.sampled_from([None, frozenset({0}), frozenset({0, 1})])),
        needs_outlets=draw(st.booleans()),
        diverse=required < inputs and draw(st.booleans()),
        ports=draw(st.sampled_from([{}, {}, {"25g": 1}, {"25g": 2}])),
        at_most=draw(st.sampled_from([None, None, 1])),
    )


@st.composite
def budgets(draw: st.DrawFn, racks: int) -> tuple[Budget, ...]:
    found = []
    rules = (Rule.WEIGHT, Rule.POWER, Rule.AIR_COOLING, Rule.LIQUID_COOLING)
    for rule in draw(st.lists(st.sampled_from(rules), max_size=2, unique=True)):
        together = draw(st.booleans())
        size = 1 if together else racks
        amount = st.sampled_from([0.0, 11.0, 20.0, np.inf])
        left = np.array(draw(st.lists(amount, min_size=size, max_size=size)))
        left = left * (1 if rule is Rule.WEIGHT else 20)
        group = np.array([n % 2 - 1 for n in range(racks)]) if together else None
        found.append(Budget(rule, left, group))
    return tuple(found)


@st.composite
def ports(draw: st.DrawFn, racks: int) -> tuple[Ports, ...]:
    own = np.array(draw(st.lists(st.integers(-1, 2), min_size=racks, max_size=racks)))
    pool = np.array([n % 2 - 1 for n in range(racks)])
    shared = np.array([draw(st.integers(0, 2))])
    return draw(st.sampled_from([(), (Ports("25g", own),), (Ports("25g", own, pool, shared),)]))


@settings(QUICK, max_examples=examples(25))
@given(cases())
def test_it_finds_what_trying_everything_finds(case: Any) -> None:
    *_, wanted, wishes = case
    answer = solve(*case)
    rules = Rules(*case)
    assert rules.broken(answer.positions) == ""
    fits, values = rules.best()
    assert (answer.fits, answer.most, len(answer.positions)) == (fits, fits, fits)
    if fits < sum(item.count for item in wanted):
        assert answer.status is Status.INFEASIBLE
    else:
        assert answer.status is Status.OPTIMAL
        assert tuple(each.value for each in answer.aims) == values
        assert tuple(rules.value(aim, answer.positions) for aim in wishes.aims) == values


@settings(QUICK, max_examples=examples(10))
@given(cases())
def test_it_says_which_rule_keeps_devices_out_and_what_to_free(case: Any) -> None:
    room, nodes, wanted, wishes = case
    asked = sum(item.count for item in wanted)
    answer = solve(room, nodes, wanted, replace(wishes, aims=()))
    for binding in answer.binding:
        assert binding.fits > answer.fits
        assert binding.enough == (binding.fits == asked)
        assert Rules(*without(case, binding.rule)).best()[0] == binding.fits
        short = [each for each in binding.shortages if each.of != "rack" or each.budget >= 0]
        if short and len(short) == len(binding.shortages) and not wishes.keep:
            assert Rules(*freed(case, short, 1.0)).best()[0] == asked
            assert Rules(*freed(case, short, 0.5)).best()[0] < asked
    if answer.together:
        assert len(answer.together) > 1
        assert not any(each.enough for each in answer.binding)
        for rule in answer.together:
            case = without(case, rule)
        assert Rules(*case).best()[0] == asked


def without(case: Any, rule: Rule) -> Any:
    """The case as it would be without a rule."""
    room, nodes, wanted, wishes = case
    if rule in (Rule.SPACE, Rule.RESERVATION):
        names = ("front", "rear") if rule is Rule.SPACE else ("reserved",)
        room = replace(room, **{name: np.zeros_like(room.front) for name in names})
    elif rule is Rule.OUTLET:
        wanted = tuple(replace(item, needs_outlets=False) for item in wanted)
    elif rule is Rule.DIVERSITY:
        wanted = tuple(replace(item, diverse=False) for item in wanted)
    elif rule in (Rule.FEED, Rule.UPSTREAM):
        local = np.isin(np.arange(len(nodes.headroom)), [*nodes.feed, *room.outlets.bank])
        lifted = local if rule is Rule.FEED else ~local
        nodes = replace(nodes, headroom=np.where(lifted, np.inf, nodes.headroom))
    elif rule is Rule.PORT:
        speeds = [Ports("25g", np.full(len(room.id), -1))]
        room = replace(room, ports=tuple(speeds))
    elif rule is Rule.AT_MOST:
        wanted = tuple(replace(item, at_most=None) for item in wanted)
        wishes = replace(wishes, at_most=None)
    elif rule is Rule.KEEP:
        wishes = replace(wishes, keep=0.0)
    else:
        room = replace(room, budgets=tuple(b for b in room.budgets if b.rule is not rule))
    return room, nodes, wanted, wishes


def freed(case: Any, short: list[Shortage], part: float) -> Any:
    """The case with a part of what is short freed."""
    room, nodes, wanted, wishes = case
    headroom = nodes.headroom.copy()
    left = [budget.left.copy() for budget in room.budgets]
    shared = [None if p.shared is None else p.shared.astype(float) for p in room.ports]
    for each in short:
        if each.of == "node":
            headroom[each.index] += each.amount * part
        elif each.of == "pool":
            shared[0][each.index] += each.amount * part
        else:
            at = room.id.tolist().index(each.index) if each.of == "rack" else each.index
            left[each.budget][at] += each.amount * part
    budgets = tuple(replace(b, left=each) for b, each in zip(room.budgets, left, strict=True))
    ports = tuple(replace(p, shared=each) for p, each in zip(room.ports, shared, strict=True))
    return (
        replace(room, budgets=budgets, ports=ports),
        replace(nodes, headroom=headroom),
        wanted,
        wishes,
    )


@settings(QUICK, max_examples=examples(8))
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_means_nothing(case: Any, random: Any) -> None:
    room, nodes, wanted, wishes = case
    answer = solve(*case)
    assert replace(solve(*case), seconds=0) == replace(answer, seconds=0)
    racks, plugs = list(range(len(room.id))), list(range(len(room.outlets.id)))
    random.shuffle(racks)
    random.shuffle(plugs)
    other = solve(shuffled(room, racks, plugs), nodes, wanted, wishes)
    assert other.positions == answer.positions
    assert other.aims == answer.aims


def shuffled(room: Room, racks: list[int], plugs: list[int]) -> Room:
    """The same room with its racks and outlets in another order."""
    place = np.argsort(racks)
    moved = {name: getattr(room, name)[racks] for name in PER_RACK}
    columns = {name: getattr(room.outlets, name)[plugs] for name in ("id", "side", "bank")}
    outlets = Outlets(
        rack=place[room.outlets.rack[plugs]], connector=room.outlets.connector[plugs], **columns
    )
    given = [
        replace(b, left=b.left[racks], total=None)
        if b.group is None
        else replace(b, group=b.group[racks])
        for b in room.budgets
    ]
    switches = [
        replace(p, rack=p.rack[racks], pool=None if p.pool is None else p.pool[racks])
        for p in room.ports
    ]
    sides = tuple(room.sides[r] for r in racks)
    return replace(
        room, sides=sides, outlets=outlets, budgets=tuple(given), ports=tuple(switches), **moved
    )


PER_RACK = (
    *("id", "order", "row", "site", "first", "size", "descending", "front", "rear"),
    "reserved",
)
