"""What is wrong with a layout, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core import units
from facilities.choices import FloorItemKind
from facilities.engine.clearance import FRONT, REAR, WALL, looks_at, outside, shortfalls
from facilities.engine.shapes import Rect, overlapping
from facilities.floor.sources import Standing
from facilities.models import FloorPlan

ERROR, WARNING = "error", "warning"
FINDINGS_MAX = 500
# Parts of the building may run into one another.
BUILDING = {FloorItemKind.WALL, FloorItemKind.COLUMN}
SOLID = {*BUILDING, FloorItemKind.CRAC, FloorItemKind.OTHER, "rack", "equipment"}
OVERHEAD = {"busway"}
COLD, HOT = FloorItemKind.COLD_AISLE.value, FloorItemKind.HOT_AISLE.value
_AISLES = {COLD: "cold aisle", HOT: "hot aisle"}
_SIDES = {FRONT: "in front of", REAR: "behind"}


@dataclass(frozen=True)
class Finding:
    """Something wrong: the keys of what it is about, how bad it is, and a sentence."""

    keys: list[str]
    level: str
    text: str


def rect(thing: Standing) -> Rect:
    """A thing's shape."""
    return Rect(thing.x, thing.y, thing.width, thing.depth, thing.rotation)


def room(plan: FloorPlan) -> list[tuple[float, float]]:
    """The corners of the plan's outline, or of its sheet."""
    whole = [(0, 0), (plan.width, 0), (plan.width, plan.depth), (0, plan.depth)]
    return [(x, y) for x, y in plan.outline or whole]


def find(plan: FloorPlan, standing: Sequence[Standing]) -> list[Finding]:
    """The faults of a layout, errors first."""
    # What wants clearance comes first, as the engine has it.
    solid = sorted(
        (each for each in standing if each.kind in SOLID and each.symbol not in OVERHEAD),
        key=lambda each: each.front_clearance is None,
    )
    found = [*_overlaps(solid), *_outside(plan, solid), *_clearances(plan, solid)]
    found += _aisles(standing)
    return sorted(found, key=lambda each: each.level)[:FINDINGS_MAX]


def name(thing: Standing) -> str:
    """What a sentence calls a thing."""
    if thing.label:
        return thing.label
    return f"a {FloorItemKind(thing.kind).label.lower()}" if thing.kind in SOLID else thing.title


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _overlaps(solid: Sequence[Standing]) -> Iterator[Finding]:
    for i, j in sorted(overlapping([rect(each) for each in solid])):
        one, other = solid[i], solid[j]
        if not {one.kind, other.kind} <= BUILDING:
            text = _sentence(f"{name(one)} overlaps {name(other)}.")
            yield Finding([one.key, other.key], ERROR, text)


def _outside(plan: FloorPlan, solid: Sequence[Standing]) -> Iterator[Finding]:
    movable = [each for each in solid if each.kind not in BUILDING]
    for n in outside([rect(each) for each in movable], room(plan)):
        text = _sentence(f"{name(movable[n])} is not wholly within the room.")
        yield Finding([movable[n].key], ERROR, text)


def _clearances(plan: FloorPlan, solid: Sequence[Standing]) -> Iterator[Finding]:
    racks = [each for each in solid if each.front_clearance is not None]
    wanted = [(each.front_clearance or 0, each.rear_clearance or 0) for each in racks]
    shapes = [rect(each) for each in solid]
    for short in shortfalls(shapes[: len(racks)], wanted, shapes, room(plan)):
        thing = racks[short.thing]
        by = "the wall" if short.obstacle == WALL else name(solid[short.obstacle])
        keys = [thing.key] if short.obstacle == WALL else [thing.key, solid[short.obstacle].key]
        text = (
            f"{name(thing)} has {_told(short.free)} {_SIDES[short.side]} it, to {by};"
            f" {_told(short.wanted)} are wanted."
        )
        yield Finding(keys, WARNING, _sentence(text))


def _told(length: float) -> str:
    if units.symbol("mm") != "mm":
        return units.told(length, "mm")
    return f"{length:,.0f} mm"


def _aisles(standing: Sequence[Standing]) -> Iterator[Finding]:
    racks = [each for each in standing if each.kind == "rack"]
    aisles = [each for each in standing if each.kind in _AISLES]
    shapes, lanes = [rect(each) for each in racks], [rect(each) for each in aisles]
    for side, wrong, text in (
        (FRONT, HOT, "{} faces a {}."),
        (REAR, COLD, "{} has a {} behind it."),
    ):
        seen: dict[int, dict[str, str]] = {}
        for n, place in looks_at(shapes, side, lanes):
            seen.setdefault(n, {})[aisles[place].kind] = aisles[place].key
        for n, kinds in sorted(seen.items()):
            if kinds.keys() == {wrong}:
                told = text.format(name(racks[n]), _AISLES[wrong])
                yield Finding([racks[n].key, kinds[wrong]], WARNING, _sentence(told))
    for i, j in sorted(overlapping([*shapes, *lanes])):
        if i < len(racks) <= j:
            aisle = aisles[j - len(racks)]
            told = f"{name(racks[i])} stands in {aisle.label or f'a {_AISLES[aisle.kind]}'}."
            yield Finding([racks[i].key, aisle.key], WARNING, _sentence(told))
