"""The course of a resource as a drawing: what was, and the band of what is to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from capacity.forecasting import Told
from capacity.web.figures import amount

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 24
POINTS = 160  # that a line is drawn with


def chart(told: Told) -> SafeString:
    """History, forecast with its band, capacity, and the day of being full.

    Described in words for those who do not see it; the same figures stand in a table beside it.
    """
    course = told.course
    ahead = len(course.middle) if course else 180
    last = int(told.days[-1]) if len(told.days) else told.today.toordinal()
    first = int(told.days[0]) if len(told.days) else last - 30
    # As much of what is to come as is told, but no more than four times the history.
    ahead = min(ahead, max(4 * (last - first), 180))
    full = course.full if course else told.alone
    if full is not None:
        ahead = max(min(ahead, int(full * 1.4) + 30), 90)
    end = last + ahead
    capacity, unit = told.row.capacity, told.row.unit
    figures = [float(value) for value in told.used]
    if course:
        figures += [float(course.high[: ahead or 1].max())]
    top = max([*figures, capacity or 0.0, 1e-9]) * 1.06

    def x(day: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - first) / max(end - first, 1)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(value, top) / top

    def line(points: Iterable[tuple[float, float]]) -> str:
        return " ".join(f"{x(day):.1f},{y(value):.1f}" for day, value in points)

    parts = [_grid(x, y, first, end, top, unit)]
    if course:
        days = [last + 1 + n for n in _some(ahead)]
        band = [(d, course.high[d - last - 1]) for d in days]
        band += [(d, course.low[d - last - 1]) for d in reversed(days)]
        parts.append(format_html('<polygon class="chart-band" points="{}"/>', line(band)))
        middle = [(last, float(told.used[-1])), *((d, course.middle[d - last - 1]) for d in days)]
        parts.append(format_html('<polyline class="chart-ahead" points="{}"/>', line(middle)))
    if len(told.days) > 1:
        step = max(1, len(told.days) // POINTS)
        past = list(zip(told.days[::step], told.used[::step], strict=True))
        past.append((told.days[-1], told.used[-1]))
        parts.append(format_html('<polyline class="chart-past" points="{}"/>', line(past)))
    if capacity is not None:
        parts.append(_level(y(capacity), f"{amount(capacity, unit)}"))
    if full is not None and full <= ahead:
        parts.append(_mark(x(last + full), y(capacity or 0.0), told.date(full)))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH,
        HEIGHT,
        sentence(told),
        mark_safe("".join(parts)),  # noqa: S308 - each part is escaped where it is made
    )


def _some(count: int) -> list[int]:
    step = max(1, count // POINTS)
    return [*range(0, count - 1, step), count - 1]


def _grid(x: object, y: object, first: int, end: int, top: float, unit: str) -> SafeString:
    horizontal = format_html_join(
        "",
        '<line class="chart-grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="chart-label" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (
                LEFT,
                WIDTH - RIGHT,
                round(y(value), 1),  # type: ignore[operator]
                round(y(value), 1),  # type: ignore[operator]
                LEFT - 6,
                round(y(value) + 4, 1),  # type: ignore[operator]
                amount(round(value, 3 if top < 10 else 0), unit),
            )
            for value in (0.0, top / 3, 2 * top / 3)
        ),
    )
    months = format_html_join(
        "",
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (round(x(day.toordinal()), 1), HEIGHT - 6, f"{day:%Y-%m}")  # type: ignore[operator]
            for day in _months(first, end)
        ),
    )
    return format_html("{}{}", horizontal, months)


def _months(first: int, end: int) -> list[dt.date]:
    """First days of months, about six of them."""
    found, day = [], dt.date.fromordinal(first).replace(day=1)
    while day.toordinal() <= end:
        if day.toordinal() >= first:
            found.append(day)
        day = (day + dt.timedelta(days=32)).replace(day=1)
    return found[:: max(1, -(-len(found) // 7))]


def _level(height: float, label: str) -> SafeString:
    return format_html(
        '<line class="chart-capacity" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="chart-label" x="{}" y="{}">capacity {}</text>',
        LEFT,
        WIDTH - RIGHT,
        round(height, 1),
        round(height, 1),
        LEFT + 4,
        round(height - 4, 1),
        label,
    )


def _mark(at: float, height: float, day: dt.date | None) -> SafeString:
    return format_html(
        '<circle class="chart-full" cx="{}" cy="{}" r="4"/>'
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle">{}</text>',
        round(at, 1),
        round(height, 1),
        round(min(max(at, LEFT + 30), WIDTH - 40), 1),
        round(height + 18, 1),
        f"{day:%Y-%m-%d}" if day else "",
    )


def sentence(told: Told) -> str:
    """The forecast in words."""
    course, row = told.course, told.row
    planned = told.date(told.alone)
    alone = f" What is planned alone fills it on {planned}." if planned else ""
    if row.capacity is None:
        return "Its limit is not known, so there is no day on which it is full."
    if course is None:
        return f"Not enough history: 28 days with 14 daily figures are needed.{alone}"
    if course.full is None:
        return f"Not full within {len(course.middle)} days.{alone}"
    earliest, latest = told.date(course.earliest), told.date(course.latest)
    until = f"at the latest {latest}" if latest else "perhaps much later"
    return f"Full on {told.date(course.full)}: at the earliest {earliest}, {until}.{alone}"
