"""Small pieces of HTML used by templates and cells."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.web.marks import Mark

# Percent: up to each of them a share of use is on a step of its own, and above the last too.
USE_STEPS = (50, 70, 85, 100)


def use_level(percent: float) -> int:
    """The step of the scale of use, 1 to 5, that a share in percent is on."""
    return 1 + sum(percent > step for step in USE_STEPS)


@lru_cache(maxsize=1)
def icons() -> dict[str, str]:
    """The icons of the sprite by name, each as the data of a path."""
    path = finders.find("vendor/icons.svg")
    if not isinstance(path, str):
        return {}
    text = Path(path).read_text(encoding="utf-8")
    return dict(re.findall(r'<symbol id="([a-z0-9-]+)"[^>]*><path d="([^"]+)"/>', text))


@lru_cache(maxsize=1024)
def icon(name: str, classes: str = "") -> SafeString:
    """An icon; a box where there is none of that name.

    Drawn in its place: a page has a hundred, and a reference to the sprite costs a browser several
    times as much, since it copies the symbol for each.
    """
    found = icons()
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>',
        f"icon {classes}".strip(),
        found.get(name) or found.get("box", ""),
    )


def imported(name: str) -> SafeString:
    """Links to all modules that a module imports: asked for at once, not one after another."""
    return _imported(name, get_script_prefix())


@lru_cache(maxsize=64)
def _imported(name: str, prefix: str) -> SafeString:
    # The prefix is part of the addresses.
    found = dict.fromkeys(_modules(name))
    return format_html_join(
        "", '<link rel="modulepreload" href="{}">', ((static(each),) for each in found)
    )


def _modules(name: str) -> Iterator[str]:
    path = finders.find(name)
    text = Path(path).read_text(encoding="utf-8") if isinstance(path, str) else ""
    for relative in re.findall(r'^import .*?"(\.[^"]+)";$', text, flags=re.MULTILINE):
        found = posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))
        yield found
        yield from _modules(found)


@lru_cache(maxsize=1024)
def swatch(color: str) -> SafeString:
    """A small square of a colour given as six hexadecimal digits."""
    digits = color if re.fullmatch(r"[0-9a-fA-F]{6}", color or "") else "9e9e9e"
    # An attribute of SVG: the policy of pages allows no style in an attribute.
    return format_html('<svg class="swatch" color="#{}" aria-hidden="true"></svg>', digits)


def mark(found: Mark | None) -> SafeString | str:
    """The mark of a record, such as its open alerts; nothing where it has none."""
    if found is None:
        return ""
    return format_html(
        '<span class="mark tone-{}" title="{}">{}<span class="visually-hidden"> {}</span></span>',
        found.tone,
        found.text,
        found.short,
        found.text,
    )


def meter(value: float, maximum: float, label: str = "", text: str = "") -> SafeString:
    """How full something is: a bar with its figure, its colour by steps of use."""
    share = 100 * float(value) / float(maximum) if maximum else 0.0
    return format_html(
        '<span class="meter meter-{}" role="meter" aria-label="{}" aria-valuenow="{}" '
        'aria-valuemin="0" aria-valuemax="100"><svg viewBox="0 0 100 6" '
        'preserveAspectRatio="none" aria-hidden="true"><rect class="meter-fill" width="{}" '
        'height="6"/></svg><span class="meter-text">{}</span></span>',
        use_level(share),
        label or "Used",
        min(round(share), 100),
        round(min(share, 100), 1),
        text or f"{round(share)} %",
    )


def sparkline(values: Sequence[float], days: Sequence[int] = ()) -> SafeString | str:
    """The course of some percents, from 0 at the bottom; nothing for less than two.

    `days` are those that they are of, counted from any; without them there is one a day.
    """
    if len(values) < 2:
        return ""
    days = days or range(len(values))
    span = days[-1] - days[0]
    points = " ".join(
        f"{60 * (day - days[0]) / span:.1f},{15 - 14 * min(value, 110) / 110:.1f}"
        for day, value in zip(days, values, strict=True)
    )
    change = values[-1] - values[0]
    label = f"{change:+.0f} points in {span + 1} days"
    return format_html(
        '<svg class="spark" viewBox="0 0 60 16" role="img" aria-label="{}"><title>{}</title>'
        '<polyline points="{}"/></svg>',
        label,
        label,
        points,
    )
