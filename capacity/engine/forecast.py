"""When a place will be full: a robust trend, what is planned by date, and a band around both."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_DAYS, LEAST_POINTS = 28, 14  # of history, without which there is no forecast
WEEK = 7
MOST_WEEKS = 104
FOLDS = 4  # times the last weeks are held out
TREND, LEVEL = "trend", "level"
_TINY = 1e-9


@dataclass(frozen=True)
class Error:
    """How wrong a model was on held-out history.

    mae: mean absolute error over the weeks held out, in the unit of the series. naive: the same of
    the last value kept as it was. weeks: how far ahead was told. scaled: mae ÷ naive, NaN where the
    naive forecast was right.
    """

    mae: float
    naive: float
    weeks: int

    @property
    def scaled(self) -> float:
        """The error as a part of that of the naive forecast."""
        return self.mae / self.naive if self.naive > _TINY else float("nan")


@dataclass(frozen=True)
class Forecast:
    """The course to come, from the day after the last snapshot, shape (days,), in the unit.

    model: `trend` (Theil and Sen's line) or `level` (as it is now), whichever was less wrong on
    held-out history. slope: a day. low, high: between these the course runs with the level asked
    for. planned: what is planned and what-if growth, already in all three.
    full, earliest, latest: days from the last snapshot until capacity is reached on the middle
    path, on the upper, on the lower; None where that is not within the horizon.
    """

    model: str
    slope: float
    error: Error
    middle: Floats
    low: Floats
    high: Floats
    planned: Floats
    full: int | None
    earliest: int | None
    latest: int | None


def enough(days: Ints) -> bool:
    """Whether a history is long enough: 28 days with 14 snapshots."""
    return len(days) >= LEAST_POINTS and int(days[-1] - days[0]) >= LEAST_DAYS


def weekly(days: Ints, values: Floats) -> Floats:
    """The median of each week, the last week the one that ends with the last day.

    Weeks without a snapshot take the value of the week before.
    """
    week = (days[-1] - days) // WEEK
    count = min(int(week[0]) + 1, MOST_WEEKS)
    found = np.full(count, np.nan)
    for back in range(count):
        here = values[week == back]
        if len(here):
            found[count - 1 - back] = np.median(here)
    for place in range(1, count):
        if np.isnan(found[place]):
            found[place] = found[place - 1]
    known: Floats = found[~np.isnan(found)]
    return known


def forecast(
    days: Ints,
    used: Floats,
    capacity: float | None,
    planned: Floats,
    level: float = 0.8,
) -> Forecast | None:
    """The course of one series, or None where there is not enough history.

    days: ordinals of the snapshots, rising, shape (n,). used: shape (n,). planned: what is added to
    the course by each day of the horizon, shape (days,), deliveries and what-if growth together.
    level: part of the courses that the band is to hold.

    The trend is Theil and Sen's: the median of the slopes between all pairs of weeks (Sen 1968),
    which a delivery of one day does not tilt as it does a least-squares line. It goes on from the
    last week's level. It is held against keeping the level, on the last weeks of the history, four
    times; the one that was less wrong is taken. The band is the wider of the slope's confidence
    interval and the spread of a random walk with drift, z · s · √(h · (1 + h ÷ n)) for h weeks
    with the standard deviation s of the weekly changes.
    """
    if not enough(days):
        return None
    weeks = weekly(days, used)
    errors = {model: _held_out(weeks, model) for model in (LEVEL, TREND)}
    model = TREND if errors[TREND].mae < errors[LEVEL].mae - _TINY else LEVEL
    slope, lowest, highest = _slope(weeks, level) if model == TREND else (0.0, 0.0, 0.0)
    ahead = np.arange(1, len(planned) + 1) / WEEK
    spread = _spread(weeks, slope, level) * np.sqrt(ahead * (1 + ahead / len(weeks)))
    start = float(used[-1])
    middle = start + slope * ahead + planned
    high = middle + np.maximum((highest - slope) * ahead, spread)
    low = middle - np.maximum((slope - lowest) * ahead, spread)
    return Forecast(
        model=model,
        slope=slope / WEEK,
        error=errors[model],
        middle=np.maximum(middle, 0.0),
        low=np.maximum(low, 0.0),
        high=np.maximum(high, 0.0),
        planned=planned,
        full=reached(middle, capacity),
        earliest=reached(high, capacity),
        latest=reached(low, capacity),
    )


def reached(course: Floats, capacity: float | None) -> int | None:
    """Days until a course reaches a capacity for the first time; None where it does not."""
    if capacity is None:
        return None
    over = np.flatnonzero(course >= capacity - _TINY)
    return int(over[0]) + 1 if len(over) else None


def _slope(weeks: Floats, level: float) -> tuple[float, float, float]:
    """Theil and Sen's slope a week with its confidence interval.

    The median of the slopes between all pairs of weeks. Its interval is between those slopes whose
    ranks lie half of z times the deviation of Kendall's statistic from the middle, which equal
    values lessen (Sen 1968, 2.6).
    """
    count = len(weeks)
    if count < 3 or np.ptp(weeks) <= _TINY:
        return 0.0, 0.0, 0.0
    first, second = np.triu_indices(count, 1)
    slopes = np.sort((weeks[second] - weeks[first]) / (second - first))
    slope = float(np.median(slopes))
    equal = np.unique(weeks, return_counts=True)[1]
    ties = int(np.sum(equal * (equal - 1) * (2 * equal + 5)))
    variance = (count * (count - 1) * (2 * count + 5) - ties) / 18
    reach = NormalDist().inv_cdf(0.5 + level / 2) * variance**0.5
    lowest = slopes[max(round((len(slopes) - reach) / 2) - 1, 0)]
    highest = slopes[min(round((len(slopes) + reach) / 2), len(slopes) - 1)]
    return slope, min(float(lowest), slope), max(float(highest), slope)


def _spread(weeks: Floats, slope: float, level: float) -> float:
    """z times the standard deviation of the weekly changes around the trend."""
    changes = np.diff(weeks) - slope
    deviation = float(np.sqrt(np.mean(changes**2))) if len(changes) else 0.0
    return NormalDist().inv_cdf(0.5 + level / 2) * deviation


def _held_out(weeks: Floats, model: str) -> Error:
    """How wrong a model is on the last weeks, told from what was before them."""
    ahead = max(1, min(8, len(weeks) // 4))
    wrong, naive = [], []
    for fold in range(FOLDS):
        end = len(weeks) - fold * max(1, ahead // 2)
        known, later = weeks[: end - ahead], weeks[end - ahead : end]
        if len(known) < 2:
            break
        slope = _slope(known, 0.8)[0] if model == TREND else 0.0
        told = known[-1] + slope * np.arange(1, len(later) + 1)
        wrong.append(np.abs(later - told))
        naive.append(np.abs(later - known[-1]))
    if not wrong:
        return Error(float("inf"), float("nan"), ahead)
    return Error(
        float(np.mean(np.concatenate(wrong))), float(np.mean(np.concatenate(naive))), ahead
    )
