"""Figures with their units."""

from __future__ import annotations

UNKNOWN = "unknown"
THIN = "\u202f"


def kilo(value: float | None, unit: str) -> str:
    """A power: in thousands from 10,000 up, `unknown` for none."""
    if value is None:
        return UNKNOWN
    if abs(value) >= 10_000:
        return f"{value / 1000:,.1f}{THIN}k{unit}".replace(",", THIN)
    return f"{value:,.0f}{THIN}{unit}".replace(",", THIN)


def percent(value: float | None) -> str:
    """A percentage without needless decimals; empty for none."""
    if value is None:
        return ""
    return f"{value:.0f}{THIN}%" if value >= 10 else f"{value:.1f}{THIN}%"


def ampere(value: float | None) -> str:
    """A current; empty for none."""
    if value is None:
        return ""
    return f"{value:.0f}{THIN}A" if value >= 100 else f"{value:.1f}{THIN}A"


def duration(seconds: float) -> str:
    """A time in the largest unit that leaves a figure."""
    if seconds == 0:
        return "at once"
    if seconds < 120:
        return f"after {seconds:.0f}{THIN}s"
    if seconds < 7200:
        return f"after {seconds / 60:.0f}{THIN}min"
    return f"after {seconds / 3600:.1f}{THIN}h"
