"""Marks that upper apps put on records wherever they are drawn, such as open alerts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.db.models import Model

from core.access import Actor


@dataclass(frozen=True)
class Mark:
    """What a mark says, its tone, and a short figure for it."""

    text: str
    tone: str
    short: str


# A model, some of its ids and who looks, to the marks of those that have one.
Finder = Callable[[type[Model], Collection[int], Actor], Mapping[int, Mark]]
_finders: list[Finder] = []


def add_marks(finder: Finder) -> None:
    """Let `finder` mark records; it takes a fixed number of statements."""
    _finders.append(finder)


def marks(model: type[Model], ids: Collection[int], user: Actor) -> dict[int, Mark]:
    """The mark of each record that has one; of several that of the first finder."""
    found: dict[int, Mark] = {}
    for finder in _finders:
        found = {**finder(model, ids, user), **found}
    return found
