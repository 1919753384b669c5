"""The engine of the watch: states, matchers, hours. Nothing here needs a database."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.engine import conditions, matching
from alerts.engine.hours import Hours
from alerts.engine.past import DAY, replay
from alerts.engine.stepping import (
    CLEAR,
    Comparison,
    Limit,
    Phase,
    State,
    Transition,
    step,
    step_many,
)

VALUES = st.one_of(st.none(), st.integers(0, 12).map(float))


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    comparison = draw(st.sampled_from(Comparison))
    threshold = float(draw(st.integers(3, 9)))
    away = draw(st.integers(0, 3))
    rising = comparison in (Comparison.GT, Comparison.GTE)
    clear = draw(st.sampled_from([None, threshold - away if rising else threshold + away]))
    hold = float(draw(st.sampled_from([0, 2, 5])))
    made = Limit(comparison, threshold, clear, hold, draw(st.sampled_from(["warning", "critical"])))
    assert not made.fault
    return made


STATES = st.one_of(
    st.just(CLEAR),
    st.builds(State, st.just(Phase.PENDING), st.integers(-9, 0).map(float)),
    st.builds(
        State,
        st.just(Phase.FIRING),
        st.integers(-9, 0).map(float),
        st.sampled_from(["warning", "critical"]),
    ),
)
# When the value changes, and to what; what a timer looks at besides.
CHANGES = st.lists(st.tuples(st.integers(1, 30), VALUES), max_size=10, unique_by=lambda x: x[0])
TICKS = st.sets(st.integers(1, 30), max_size=20)


def run(rule: Limit, changes: list[tuple[int, float | None]], looks: set[int]) -> State:
    """The state at 31 of a rule that was looked at at these times, however often and by whom."""
    known = dict(changes)
    state, value = CLEAR, None
    for now in range(32):
        value = known.get(now, value)
        if now in looks or now == 31:
            state, _ = step(rule, state, value, float(now))
    return state


@given(limits(), CHANGES, TICKS)
def test_timer_and_events_lead_to_the_same_state(rule, changes, ticks):
    events = {now for now, _ in changes}
    assert run(rule, changes, events) == run(rule, changes, events | ticks)


@given(limits(), STATES, VALUES, st.integers(0, 20).map(float))
def test_a_step_that_comes_again_does_nothing(rule, state, value, now):
    after, _ = step(rule, state, value, now)
    assert step(rule, after, value, now) == (after, Transition.NONE)


@given(limits(), STATES, VALUES, st.integers(0, 20).map(float))
def test_what_is_told_is_what_changed(rule, state, value, now):
    after, did = step(rule, state, value, now)
    expected = {
        Transition.NONE: state,
        Transition.WITHDRAW: CLEAR,
        Transition.RESOLVE: CLEAR,
        Transition.PEND: State(Phase.PENDING, now),
        Transition.FIRE: State(Phase.FIRING, state.since if state.phase else now, rule.severity),
        Transition.CHANGE: State(Phase.FIRING, state.since, rule.severity),
    }
    assert after == expected[did]
    if did is Transition.FIRE:
        assert now - after.since >= rule.hold
    if did is Transition.RESOLVE:
        assert value is not None and not rule.lasts(value)


@given(limits(), st.lists(st.tuples(STATES, VALUES), max_size=30), st.integers(0, 20).map(float))
def test_many_at_once_go_as_one_by_one(rule, given_rows, now):
    phase = np.array([state.phase for state, _ in given_rows], dtype=np.int8)
    since = np.array([state.since for state, _ in given_rows], dtype=float)
    same = np.array([state.severity == rule.severity for state, _ in given_rows], dtype=bool)
    values = np.array([math.nan if v is None else v for _, v in given_rows], dtype=float)
    phases, sinces, did = step_many(rule, phase, since, same, values, now)
    for place, (state, value) in enumerate(given_rows):
        after, transition = step(rule, state, value, now)
        assert (phases[place], did[place]) == (after.phase, transition)
        if after.phase:
            assert sinces[place] == after.since


def test_between_the_thresholds_an_alert_neither_begins_nor_ends():
    rule = Limit(Comparison.GTE, 80, 75, hold=600)
    pending, did = step(rule, CLEAR, 80, 0)
    assert did is Transition.PEND
    assert step(rule, pending, 80, 599) == (pending, Transition.NONE)
    firing, did = step(rule, pending, 80, 600)
    assert did is Transition.FIRE and firing.since == 0
    assert step(rule, firing, 76, 700) == (firing, Transition.NONE)
    assert step(rule, firing, None, 700) == (firing, Transition.NONE)
    assert step(rule, CLEAR, 76, 700) == (CLEAR, Transition.NONE)
    assert step(rule, firing, 74, 700) == (CLEAR, Transition.RESOLVE)


def test_a_clear_threshold_beyond_the_threshold_is_refused():
    assert "below" in Limit(Comparison.GT, 80, 85).fault
    assert "above" in Limit(Comparison.LT, 10, 5).fault


@pytest.mark.parametrize(
    ("matcher", "met"),
    [
        ({"name": "severity", "op": "=", "value": "critical"}, True),
        ({"name": "severity", "op": "!=", "value": "critical"}, False),
        ({"name": "site", "op": "=~", "value": "aus.*"}, True),
        ({"name": "site", "op": "=~", "value": "us"}, False),
        ({"name": "site", "op": "!~", "value": "dal.*"}, True),
        ({"name": "tenant", "op": "=", "value": ""}, True),
    ],
)
def test_matchers(matcher, met):
    assert not matching.fault([matcher])
    assert matching.matches([matcher], {"severity": "critical", "site": "aus1"}) is met


@pytest.mark.parametrize(
    "matcher",
    [
        "x",
        {"name": "severity"},
        {"name": "colour", "op": "=", "value": "red"},
        {"name": "site", "op": "==", "value": "aus1"},
        {"name": "site", "op": "=", "value": 1},
        {"name": "site", "op": "=~", "value": "("},
    ],
)
def test_matchers_that_are_none(matcher):
    assert matching.fault([matcher])


def test_a_pattern_that_takes_too_long_is_not_met_negated_or_not():
    slow, labels = "(?:(?:a{1,500}){1,500}){1,500}b", {"object": "a" * 5000}
    for operator in ("=~", "!~"):
        matcher = {"name": "object", "op": operator, "value": slow}
        assert not matching.fault([matcher])
        assert not matching.matches([matcher], labels)
    condition = {"attr": "name", "op": "regex", "value": slow}
    assert not conditions.holds(condition, {"name": "a" * 5000})


def test_hours_over_midnight_belong_to_the_day_they_begin_on():
    nights = Hours({4}, dt.time(18), dt.time(8), "America/Chicago")  # Friday night

    def at(day: int, hour: int) -> dt.datetime:
        return dt.datetime(2026, 11, day, hour, tzinfo=dt.UTC)  # 6 hours ahead of Chicago

    assert nights.holds(at(28, 0)) and nights.holds(at(28, 13))  # Friday 18:00, Saturday 7:00
    assert not nights.holds(at(28, 14)) and not nights.holds(at(27, 23))
    assert not nights.holds(at(27, 7))  # Friday 1:00 belongs to Thursday
    assert Hours().holds(at(1, 0))
    assert not Hours({0}, dt.time(8), dt.time(17)).holds(at(23, 17))
    assert Hours({0}, dt.time(8), dt.time(17)).holds(at(23, 16))


@given(
    limits(),
    st.dictionaries(st.tuples(st.integers(1, 4), st.integers(700, 712)), st.integers(0, 12)),
)
def test_the_past_is_stepped_through_as_the_present(
    rule: Limit, kept: dict[tuple[int, int], int]
) -> None:
    days = sorted({day for _, day in kept})
    fired: dict[int, int] = {}
    states: dict[int, State] = {}
    count = []
    for day in days:
        for pk in {pk for pk, _ in kept}:
            value = kept.get((pk, day))
            told = None if value is None else float(value)
            states[pk], did = step(rule, states.get(pk, CLEAR), told, day * DAY)
            fired[pk] = fired.get(pk, 0) + (did == Transition.FIRE)
        count.append(sum(state.phase == Phase.FIRING for state in states.values()))
    found = replay(
        rule,
        np.array([pk for pk, _ in kept], dtype=np.int64),
        np.array([day for _, day in kept], dtype=np.int64),
        np.array(list(kept.values()), dtype=float),
    )
    assert found.days.tolist() == days
    assert found.open.tolist() == count
    assert found.began == sum(fired.values())
    assert found.objects == sum(n > 0 for n in fired.values())
