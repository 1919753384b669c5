"""What racks standing side by side may be coloured by; upper apps register figures of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from core.read import ReadContext
from core.registry import of_model
from core.web.cells import tone
from core.web.parts import use_level
from racks.models import Rack

# Six hexadecimal digits each, readable on light and on dark ground.
TONES = {
    "good": "3f9b73",
    "plan": "3f86d0",
    "stage": "8b67cf",
    "warn": "c48a1d",
    "bad": "c9592a",
    "idle": "858d93",
}
# How full, from little to over the limit: the pages' --use-1 to --use-5 on light ground.
LEVELS = ("69a4d9", "29808c", "c1a43c", "ce6712", "9c2219")
LEVEL_TEXTS = ("to 50 %", "to 70 %", "to 85 %", "to 100 %", "over 100 %")
AGES = (
    (1, LEVELS[0], "under 1 year"),
    (3, LEVELS[1], "1 to 3 years"),
    (5, LEVELS[2], "3 to 5 years"),
)
OLD = (LEVELS[3], "5 years or more")
AGE_TEXTS = (*(text for _, _, text in AGES), OLD[1])
# Colours of things that have none of their own, in turn: told apart by colour-blind people too.
PALETTE = ("4477aa", "ee6677", "228833", "ccbb44", "66ccee", "aa3377", "e69f00", "9467bd", "8c6d31")
NONE = "b4babd"
DAYS_A_YEAR = 365.25
# Steps of a scale in their order, not by name.
ORDERED = {meaning: place for place, meaning in enumerate((*LEVEL_TEXTS, *AGE_TEXTS, "unknown"), 1)}


@dataclass(frozen=True)
class Shade:
    """A colour of six hexadecimal digits, what it means, and what is told of this one rack."""

    color: str
    meaning: str
    text: str = ""


@dataclass(frozen=True)
class Colouring:
    """A way to colour racks. `load` gives the shade of each rack by id, in few statements.

    One that is `first` is offered before the others, so it is what a plan shows unasked.
    """

    name: str
    label: str
    load: Callable[[Collection[int], ReadContext], Mapping[int, Shade]]
    first: bool = False


_known: dict[str, Colouring] = {}


def add_colouring(colouring: Colouring) -> None:
    """Offer a way to colour racks. Raises ValueError when its name is taken."""
    if colouring.name in _known:
        raise ValueError(f"racks are coloured by {colouring.name} already")
    _known[colouring.name] = colouring


def colourings() -> dict[str, Colouring]:
    """The ways to colour racks by name: what comes first, then in the order they were added."""
    return dict(sorted(_known.items(), key=lambda item: not item[1].first))


def level(percent: float | None) -> Shade:
    """The shade of a share in percent; None is unknown."""
    if percent is None:
        return Shade(NONE, "unknown", "unknown")
    step = use_level(percent) - 1
    return Shade(LEVELS[step], LEVEL_TEXTS[step], f"{percent:.0f} %")


def state(value: Mapping[str, Any] | None) -> Shade:
    """The shade of a status as a resource reads it."""
    if not value:
        return Shade(NONE, "none", "none")
    return Shade(TONES.get(tone(value["value"]), NONE), value["label"], value["label"])


def by_name(references: Mapping[int, Mapping[str, Any] | None]) -> dict[int, Shade]:
    """A shade for each thing referred to: its own colour, or the next of a palette by name."""
    plain = sorted({r["display"] for r in references.values() if r and not r.get("color")})
    turn = {name: PALETTE[n % len(PALETTE)] for n, name in enumerate(plain)}
    found = {}
    for pk, each in references.items():
        name = each["display"] if each else "none"
        color = (each.get("color") or turn[name]) if each else NONE
        found[pk] = Shade(color, name, name)
    return found


def age(since: dt.datetime | dt.date | None, now: dt.datetime) -> Shade:
    """The shade of how long ago something began."""
    if since is None:
        return Shade(NONE, "unknown", "unknown")
    day = since.date() if isinstance(since, dt.datetime) else since
    years = (now.date() - day).days / DAYS_A_YEAR
    for limit, color, meaning in AGES:
        if years < limit:
            return Shade(color, meaning, f"{years:.1f} years")
    return Shade(*OLD, f"{years:.0f} years")


def legend(shades: Iterable[Shade]) -> list[tuple[str, str]]:
    """Meanings and their colours: steps of a scale in their order, other things by name."""
    meanings = {(shade.meaning, shade.color) for shade in shades}
    return sorted(meanings, key=lambda entry: (ORDERED.get(entry[0], 0), entry[0]))


def _rows(name: str, ids: Collection[int], context: ReadContext) -> Mapping[int, Any]:
    rows = context.load(of_model(Rack), ("id", name), ids)
    return {pk: row[name] for pk, row in rows.items()}


def _status(ids: Collection[int], context: ReadContext) -> dict[int, Shade]:
    return {pk: state(value) for pk, value in _rows("status", ids, context).items()}


def _role(ids: Collection[int], context: ReadContext) -> dict[int, Shade]:
    return by_name(_rows("role", ids, context))


def _tenant(ids: Collection[int], context: ReadContext) -> dict[int, Shade]:
    return by_name(_rows("tenant", ids, context))


def _age(ids: Collection[int], context: ReadContext) -> dict[int, Shade]:
    now = timezone.now()
    return {pk: age(value, now) for pk, value in _rows("created", ids, context).items()}


add_colouring(Colouring("rack-status", "Rack status", _status))
add_colouring(Colouring("rack-role", "Rack role", _role))
add_colouring(Colouring("rack-tenant", "Tenant", _tenant))
add_colouring(Colouring("rack-age", "Age of the record", _age))
