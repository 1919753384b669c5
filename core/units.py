"""Lengths, areas, weights and temperatures in the units that their reader wants.

What is stored, what forms take and what REST gives keep their units; pages show them through here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core import preferences

THIN = "\u202f"  # between thousands


@dataclass(frozen=True)
class _Other:
    """The other system's unit of the same size, how a value becomes one, and decimals worth it."""

    unit: str
    convert: Callable[[float], float]
    decimals: int


def _times(unit: str, factor: float, decimals: int) -> _Other:
    return _Other(unit, lambda value: value * factor, decimals)


_INCH, _FOOT, _MILE = 25.4, 0.3048, 1.609344  # mm, m, km: exact since 1959
_POUND, _OUNCE = 0.45359237, 28.349523125  # kg, g: exact since 1959
IMPERIAL = {
    "mm": _times("in", 1 / _INCH, 2),
    "cm": _times("in", 10 / _INCH, 2),
    "m": _times("ft", 1 / _FOOT, 2),
    "km": _times("mi", 1 / _MILE, 2),
    "m²": _times("ft²", 1 / _FOOT**2, 1),
    "g": _times("oz", 1 / _OUNCE, 2),
    "kg": _times("lb", 1 / _POUND, 1),
    "t": _times("lb", 1000 / _POUND, 0),
    "kg/m²": _times("lb/ft²", _FOOT**2 / _POUND, 1),
    "°C": _Other("°F", lambda value: value * 9 / 5 + 32, 1),
}
METRIC = {
    "in": _times("mm", _INCH, 0),
    "ft": _times("m", _FOOT, 2),
    "mi": _times("km", _MILE, 2),
    "oz": _times("g", _OUNCE, 0),
    "lb": _times("kg", _POUND, 1),
}
_SYSTEMS = {"imperial": IMPERIAL, "metric": METRIC}


def _other(unit: str) -> _Other | None:
    return _SYSTEMS.get(preferences.current.get().units, {}).get(unit)


def known(unit: str) -> bool:
    """Whether values of a unit may be shown in another."""
    return unit in IMPERIAL or unit in METRIC


def symbol(unit: str) -> str:
    """The unit in which its reader is shown values of `unit`."""
    other = _other(unit)
    return other.unit if other else unit


def value(number: float, unit: str) -> float:
    """A value of `unit` in the unit of `symbol(unit)`."""
    other = _other(unit)
    return other.convert(float(number)) if other else number


def figure(number: float, unit: str) -> str:
    """The digits of a value in the unit of `symbol(unit)`.

    Two decimals at most as recorded, or those that are worth it after conversion.
    """
    other = _other(unit)
    if other:
        return f"{other.convert(float(number)):,.{other.decimals}f}".replace(",", THIN)
    text = f"{number:,.2f}".rstrip("0").rstrip(".")
    return text.replace(",", THIN)


def told(number: float, unit: str) -> str:
    """A value of `unit` for its reader, with the unit it is shown in."""
    return f"{figure(number, unit)} {symbol(unit)}"
