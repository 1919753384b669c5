"""A floor plan as one document: the sheet, what stands on it, and what is still to be placed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from django.core.files.storage import default_storage

from core import access
from core.read import ReadContext
from core.registry import of_model
from facilities.floor import findings
from facilities.floor.sources import Standing, Thing, sources
from facilities.models import FloorPlan

Json = dict[str, Any]
MARKS, SHORT_MIN = "-._ /", 2
# What of a plan is read and, but for its id, may be changed with its document.
SHEET = (
    "name",
    "width",
    "depth",
    "tile_width",
    "tile_depth",
    "first_column",
    "first_row",
    "outline",
    "front_clearance",
    "rear_clearance",
    "drawing_x",
    "drawing_y",
    "drawing_width",
    "drawing_opacity",
)


@dataclass(frozen=True)
class Layout:
    """A plan with what stands on it."""

    plan: FloorPlan
    standing: list[Standing]

    @property
    def version(self) -> str:
        """A digest of everything that can be changed with the document."""
        plan = self.plan
        told = [
            [getattr(plan, name) for name in SHEET],
            plan.drawing.name,
            [
                (s.key, s.kind, s.label, s.x, s.y, s.width, s.depth, s.rotation,
                 s.front_clearance, s.rear_clearance)
                for s in self.standing
            ],
        ]  # fmt: skip
        return hashlib.sha256(orjson.dumps(told)).hexdigest()[:16]


def load(plan: FloorPlan, context: ReadContext) -> Layout:
    """What stands on a plan and may be seen: one statement a source."""
    found = [each for source in sources() for each in source.standing(plan, context)]
    return Layout(plan, found)


def document(layout: Layout, context: ReadContext) -> Json:
    """The whole document, as the editor reads it."""
    plan = layout.plan
    unplaced: list[Thing] = []
    missing = 0
    for source in sources():
        things, count = source.unplaced(plan, context)
        unplaced += things
        missing += count
    short = short_labels([*layout.standing, *unplaced])
    return {
        "plan": _sheet(plan, context),
        "version": layout.version,
        "items": [_standing(each, short) for each in layout.standing],
        "unplaced": [_thing(each, short) for each in unplaced],
        "unplaced_count": missing,
        "findings": [asdict(each) for each in findings.find(plan, layout.standing)],
        "colourings": [
            {"name": name, "label": label}
            for source in sources()
            for name, label in source.colourings()
        ],
    }


def _sheet(plan: FloorPlan, context: ReadContext) -> Json:
    page = of_model(FloorPlan)
    user = context.user
    told = {name: getattr(plan, name) for name in SHEET if not name.startswith("drawing")}
    return {
        "id": plan.pk,
        **told,
        "display_url": page.display_url(plan.pk, context.base),
        "drawing": _drawing(plan, context),
        "may_change": access.may(user, access.CHANGE, FloorPlan)
        and not access.outside(FloorPlan, [plan.pk], user, access.CHANGE),
    }


def _drawing(plan: FloorPlan, context: ReadContext) -> Json | None:
    if not plan.drawing:
        return None
    width = plan.drawing_width or plan.width
    return {
        "url": context.absolute(default_storage.url(plan.drawing.name)),
        "x": plan.drawing_x,
        "y": plan.drawing_y,
        "width": width,
        "height": round(width * (plan.drawing_ratio or 1)),
        "opacity": plan.drawing_opacity,
    }


def _thing(thing: Thing, short: dict[str, str]) -> Json:
    told = dict(thing.__dict__)  # as `asdict`, which copies every value
    if thing.key in short:
        told["short"] = short[thing.key]
    if not thing.symbol:
        del told["symbol"]
    return told


def _standing(thing: Standing, short: dict[str, str]) -> Json:
    told = _thing(thing, short)
    if thing.front_clearance is None:
        del told["front_clearance"], told["rear_clearance"]
    return told


def short_labels(things: Sequence[Thing]) -> dict[str, str]:
    """Labels without what those of the same source all begin with.

    They are cut at a hyphen, dot, slash or blank, and two characters stay. What is only drawn
    keeps its label.
    """
    found: dict[str, str] = {}
    for kind in {thing.kind for thing in things}:
        same = [thing for thing in things if thing.kind == kind and thing.label]
        cut = 0
        if len(same) > 1 and not same[0].key.startswith("item:"):
            common = _common([thing.label for thing in same])
            spare = min(len(thing.label) for thing in same) - SHORT_MIN
            cut = max((n + 1 for n, c in enumerate(common) if c in MARKS and n < spare), default=0)
        found |= {thing.key: thing.label[cut:] for thing in same}
    return found


def _common(labels: Sequence[str]) -> str:
    """What all begin with: the first and the last in order differ the most."""
    first, last = min(labels), max(labels)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first[:same] if same is not None else min(first, last, key=len)
