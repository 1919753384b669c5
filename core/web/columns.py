"""What apps add to lists beside fields: columns that REST does not have, and actions of a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.resource import Resource


@dataclass(frozen=True)
class PageColumn:
    """A column of a list that is computed for the page alone.

    `load(request, ids)` gives the HTML of the rows shown, by id, in a fixed number of statements.
    Lists are not ordered by it, and it is not exported unless there is a field of its name.
    """

    name: str
    label: str
    load: Callable[[HttpRequest, Sequence[int]], dict[int, SafeString]]
    number: bool = False


@dataclass(frozen=True)
class RowAction:
    """A link at the end of a row; `label` says what it does."""

    label: str
    icon: str
    url: str


LoadActions = Callable[[HttpRequest, Sequence[int]], dict[int, list[RowAction]]]

_columns: dict[type[Model], dict[str, tuple[PageColumn, str]]] = defaultdict(dict)
_actions: dict[type[Model], list[LoadActions]] = defaultdict(list)


def add_column(model: type[Model], column: PageColumn, *, after: str = "") -> None:
    """Give the list of `model` a column, shown at first if `after` names the field before it.

    One with the name of a field is shown in its place.
    """
    _columns[model][column.name] = (column, after)


def add_row_actions(model: type[Model], load: LoadActions) -> None:
    """Give the rows of `model` further actions: `load(request, ids)` gives them by id."""
    _actions[model].append(load)


def page_columns(resource: Resource) -> dict[str, PageColumn]:
    """The columns that apps have added, by name."""
    return {name: column for name, (column, _) in _columns.get(resource.model, {}).items()}


def declared(resource: Resource) -> list[str]:
    """The columns that are shown at first, in order."""
    names = list(resource.table)
    for name, (_, after) in _columns.get(resource.model, {}).items():
        if name not in names and after in names:
            names.insert(names.index(after) + 1, name)
    return names


def row_actions(
    request: HttpRequest, resource: Resource, ids: Iterable[int]
) -> dict[int, list[RowAction]]:
    """The added actions of these rows, by id."""
    found: dict[int, list[RowAction]] = defaultdict(list)
    shown = list(ids)
    for load in _actions.get(resource.model, ()) if shown else ():
        for pk, actions in load(request, shown).items():
            found[pk].extend(actions)
    return found
