"""The tokens of the design: one scale of use, apart for every kind of sight."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import pytest

from core.web.parts import meter, use_level
from racks.colouring import LEVELS, level

CSS = Path(__file__).resolve().parents[2] / "frontend" / "css"
USE = re.compile(r"--use-(\d): light-dark\(oklch\(([\d. ]+)\), oklch\(([\d. ]+)\)\)")
# Machado, Oliveira and Fernandes (2009), severity 1, on linear sRGB.
SIGHTS = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "no blue": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# A step that is seen at a glance, as a distance in Oklab; 0.02 is what is just noticeable.
APART = 0.08


def scale(theme: str) -> list[tuple[float, ...]]:
    """The five colours as linear sRGB."""
    found = USE.findall((CSS / "tokens.css").read_text(encoding="utf-8"))
    assert [step for step, *_ in found] == ["1", "2", "3", "4", "5"]
    return [linear(*map(float, row[1 + (theme == "dark")].split())) for row in found]


def linear(light: float, chroma: float, hue: float) -> tuple[float, ...]:
    """Linear sRGB of an OKLCH colour (Ottosson 2020)."""
    a, b = (chroma * turn(math.radians(hue)) for turn in (math.cos, math.sin))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    found = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return tuple(min(1.0, max(0.0, each)) for each in found)


def oklab(colour: tuple[float, ...]) -> tuple[float, float, float]:
    r, g, b = colour
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    middle = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def seen(colour: tuple[float, ...], sight: str) -> tuple[float, float, float]:
    parts = (sum(m * c for m, c in zip(row, colour, strict=True)) for row in SIGHTS[sight])
    return oklab(tuple(min(1.0, max(0.0, part)) for part in parts))


def hexadecimal(colour: tuple[float, ...]) -> str:
    coded = (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in colour)
    return "".join(f"{round(255 * each):02x}" for each in coded)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_the_steps_of_use_are_apart_for_every_kind_of_sight(theme: str, sight: str) -> None:
    colours = [seen(colour, sight) for colour in scale(theme)]
    assert min(math.dist(a, b) for a, b in itertools.combinations(colours, 2)) >= APART


def test_drawings_have_the_scale_of_the_pages() -> None:
    assert [hexadecimal(colour) for colour in scale("light")] == list(LEVELS)


@pytest.mark.parametrize("percent", [0, 50, 50.1, 85, 100, 100.5, 240])
def test_meters_and_drawings_are_on_the_same_step(percent: float) -> None:
    assert f"meter-{use_level(percent)}" in meter(percent, 100)
    assert level(percent).color == LEVELS[use_level(percent) - 1]


def test_every_variable_that_styles_use_is_declared() -> None:
    root = CSS.parents[1]
    sheets = [*CSS.glob("*.css"), *root.glob("*/static/*/*.css")]
    texts = [sheet.read_text(encoding="utf-8") for sheet in sheets]
    declared = {name for text in texts for name in re.findall(r"(--[a-z0-9-]+)\s*:", text)}
    used = {name for text in texts for name in re.findall(r"var\((--[a-z0-9-]+)", text)}
    assert used - declared == set()
