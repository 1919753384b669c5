"""Texts in drawings: whether they fit, whether they can be read, what units are called."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from racks.engine import unit_label

# Widths of characters in hundredths of the font size, by kind; a bit wide, so that texts stay in.
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[] "), frozenset("mwMWGOQ@%")


def span(low: int, size: int) -> str:
    """Half units as people name them: `U12`, or the first and the last with a dash."""
    end = low + size - 1
    top = end - 1 if end % 2 and size > 1 else end
    if low == top or (size == 2 and low % 2 == 0):
        return unit_label(low)
    return f"{unit_label(low)}\u2013{unit_label(top)}"


@lru_cache(maxsize=1024)
def ink(color: str) -> str:
    """Black or white, whichever reads better on a colour of six hexadecimal digits.

    The contrast ratio of WCAG 2.2: with black it is higher above a luminance of 0.179.
    """
    channels = [int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    red, green, blue = linear
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"


@lru_cache(maxsize=4096)
def measure(text: str, size: float) -> float:
    """About how wide a text is, in pixels."""
    return sum(_width(char) for char in text) * size / 100


def _width(char: str) -> int:
    if char in _NARROW:
        return 36
    if char in _WIDE:
        return 90
    if ord(char) > 0x2E80:
        return 100
    return 68 if char.isupper() else 58


def fitted(text: str, room: float, size: float) -> str:
    """`text`, cut with an ellipsis where it would be wider than `room` pixels."""
    if measure(text, size) <= room:
        return text
    kept, used = "", size * 0.9
    for char in text:
        used += _width(char) * size / 100
        if used > room:
            break
        kept += char
    return f"{kept.rstrip()}…" if kept.strip() else ""


def chosen(texts: Sequence[str], room: float, size: float) -> str:
    """The first of `texts` that fits, else what fits of the last where that says something."""
    for text in texts:
        if measure(text, size) <= room:
            return text
    cut = fitted(texts[-1], room, size) if texts else ""
    return cut if len(cut) > 8 else ""
