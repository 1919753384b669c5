"""Figures with their units."""

from __future__ import annotations

UNKNOWN = "unknown"
THIN = "\u202f"  # between thousands
GAP = "\u00a0"  # between a figure and its unit


def kilo(value: float | None, unit: str) -> str:
    """A power: in thousands from 10,000 up, `unknown` for none."""
    if value is None:
        return UNKNOWN
    if abs(value) >= 10_000:
        return f"{value / 1000:,.1f}{GAP}k{unit}".replace(",", THIN)
    return f"{value:,.0f}{GAP}{unit}".replace(",", THIN)


def percent(value: float | None) -> str:
    """A percentage without needless decimals; empty for none."""
    if value is None:
        return ""
    return f"{value:.0f}{GAP}%" if value >= 10 else f"{value:.1f}{GAP}%"


def ampere(value: float | None) -> str:
    """A current; empty for none."""
    if value is None:
        return ""
    return f"{value:.0f}{GAP}A" if value >= 100 else f"{value:.1f}{GAP}A"


def duration(seconds: float) -> str:
    """A time in the largest unit that leaves a figure."""
    if seconds == 0:
        return "at once"
    if seconds < 120:
        return f"after {seconds:.0f}{GAP}s"
    if seconds < 7200:
        return f"after {seconds / 60:.0f}{GAP}min"
    return f"after {seconds / 3600:.1f}{GAP}h"
