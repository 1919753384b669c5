"""The forecast on histories whose course is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.engine.forecast import LEVEL, TREND, enough, forecast, reached, weekly
from tests.examples import examples

HORIZON = 400
NOTHING = np.zeros(HORIZON)


def days(count: int) -> np.ndarray:
    return np.arange(739_000, 739_000 + count)


def of(values, capacity=None, planned=NOTHING, level=0.8):
    return forecast(days(len(values)), np.asarray(values, float), capacity, planned, level)


def noisy(slope: float, noise: float, count: int = 240, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 100 + slope * np.arange(count) + rng.normal(0, noise, count)


def test_a_line_goes_on_as_a_line():
    found = of(100 + 0.5 * np.arange(200), capacity=250)
    assert found.model == TREND
    assert found.slope == pytest.approx(0.5, rel=0.02)
    # 199.5 now, half a unit a day: 101 days.
    assert found.full == pytest.approx(101, abs=2)
    assert found.earliest <= found.full <= found.latest
    assert found.error.mae < 0.1 * found.error.naive


def test_what_does_not_grow_is_never_full():
    found = of(np.full(120, 40.0), capacity=41)
    assert (found.model, found.full, found.earliest) == (LEVEL, None, None)
    assert np.ptp(found.high) == 0


def test_noise_is_no_trend():
    found = of(noisy(0, 3), capacity=400)
    assert abs(found.slope) < 0.02
    assert found.full is None


def test_one_delivery_is_no_slope():
    values = np.concatenate([np.full(100, 50.0), np.full(100, 80.0)])
    found = of(values, capacity=100)
    assert abs(found.slope) < 0.03
    assert found.middle[0] == pytest.approx(80, abs=0.1)
    assert found.full is None


def test_a_delivery_every_month_is_one():
    found = of(50 + 10 * (np.arange(360) // 30), capacity=1000)
    assert found.slope == pytest.approx(10 / 30, rel=0.15)


def test_decommissioning_goes_down_and_not_below_nothing():
    found = of(200 - 0.5 * np.arange(240), capacity=300)
    assert found.slope < 0
    assert found.full is None
    assert found.middle[-1] == 0
    assert found.low.min() == 0


def test_too_little_history_has_no_answer():
    assert of(np.arange(13.0)) is None
    assert of(np.arange(28.0)) is None
    assert of(np.arange(29.0)) is not None
    assert not enough(np.array([1, 40]))


def test_planned_additions_come_on_their_day():
    planned = np.zeros(HORIZON)
    planned[50:] = 30
    found = of(np.full(100, 60.0), capacity=85, planned=planned)
    assert found.full == 51
    assert found.middle[49] == 60
    assert found.middle[50] == 90


def test_gaps_are_weeks_as_before():
    there = np.array([0, 1, 2, 30, 31])
    assert list(weekly(there, np.array([1.0, 1, 1, 5, 5]))) == [1, 1, 1, 1, 5]


def test_the_band_holds_about_as_many_courses_as_it_says():
    """Random walks with drift, told 8 weeks ahead: the band of 80 % holds 65 to 98 % of them."""
    held = 0
    rounds = 60
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        walk = 500 + np.cumsum(rng.normal(0.3, 1.0, 300))
        found = of(walk[:244], planned=np.zeros(56))
        held += found.low[-1] <= walk[299] <= found.high[-1]
    assert 0.65 <= held / rounds <= 0.98


series = st.lists(st.floats(0, 1000), min_size=40, max_size=120)


@settings(max_examples=examples(20))
@given(values=series, capacity=st.floats(1, 2000), shift=st.integers(0, 10_000))
def test_what_always_holds(values, capacity, shift):
    found = of(values, capacity)
    assert (found.low <= found.middle + 1e-9).all()
    assert (found.middle <= found.high + 1e-9).all()
    assert found.middle.min() >= 0
    wider = of(values, capacity, level=0.95)
    assert (wider.high >= found.high - 1e-6).all()
    assert (wider.low <= found.low + 1e-6).all()
    moved = forecast(days(len(values)) + shift, np.array(values), capacity, NOTHING)
    assert np.allclose(moved.middle, found.middle)
    more = of(values, capacity, planned=np.full(HORIZON, 5.0))
    never = HORIZON + 1
    assert (more.full or never) <= (found.full or never)
    scaled = of(np.array(values) * 10, capacity * 10)
    assert np.allclose(scaled.middle, found.middle * 10, atol=1e-4)


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0, 100))
def test_reached_is_the_first_day(course, capacity):
    found = reached(np.array(course), capacity)
    over = [day for day, value in enumerate(course, 1) if value >= capacity - 1e-9]
    assert found == (over[0] if over else None)
    assert reached(np.array(course), None) is None
