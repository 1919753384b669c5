"""The menu at the side: the registered resources by their group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.db.models import Model
from django.http import HttpRequest

from core import access, registry
from core.web.page import actor, root

# Groups in the order people work; one that is not named comes before the last two.
GROUPS = (
    "Facilities",
    "Racks",
    "Devices",
    "Components",
    "Connections",
    "Power",
    "Capacity",
    "Watch",
    "Catalogue",
    "Organisation",
    "Customisation",
    "Integration",
    "Administration",
)

FOLDED = (
    "Components",
    "Catalogue",
    "Organisation",
    "Customisation",
    "Integration",
    "Administration",
)


@dataclass(frozen=True)
class Entry:
    """A link of the menu."""

    label: str
    url: str
    icon: str
    current: bool


@dataclass(frozen=True)
class Group:
    """A heading of the menu with its links."""

    label: str
    entries: tuple[Entry, ...]

    @property
    def opened(self) -> bool:
        """Whether the group's links show at first: those of daily work, and the current one."""
        return self.label not in FOLDED or any(entry.current for entry in self.entries)


@dataclass(frozen=True)
class Page:
    """A page of an app that is no list: where in the menu, and who may see it.

    Who may view rows of `model`, and for None administrators only.
    """

    group: str
    label: str
    path: str
    icon: str
    model: type[Model] | None


_pages: list[Page] = []


def add_page(group: str, label: str, path: str, icon: str, model: type[Model]) -> None:
    """Put a page of an upper app into the menu for those who may view rows of `model`.

    Pages come before the lists of their group, in the order in which they were added.
    """
    _pages.append(Page(group, label, path, icon, model))


def add_staff_page(group: str, label: str, path: str, icon: str) -> None:
    """Put a page into the menu of administrators."""
    _pages.append(Page(group, label, path, icon, None))


def title(text: str) -> str:
    """`text` with its first letter a capital and the others as they are."""
    return text[:1].upper() + text[1:]


def rank(label: str) -> float:
    """The place of a group in the menu."""
    return GROUPS.index(label) if label in GROUPS else len(GROUPS) - 2.5


def _is_staff(user: access.Actor) -> bool:
    return bool(getattr(user, "is_superuser", False))


@cache
def _lists() -> tuple[Page, ...]:
    # The registry is complete when the first page is asked for.
    return tuple(
        Page(each.menu, title(each.plural), each.page_url(), each.icon, each.model)
        for each in registry.resources()
        if each.menu
    )


def shown(request: HttpRequest) -> tuple[tuple[Page, ...], str]:
    """What this user is offered, and the path of the place where the request is, if it is one."""
    user, here = actor(request), request.path_info
    found, current = [], ""
    for each in (*_pages, *_lists()):
        model = each.model
        if access.may(user, access.VIEW, model) if model else _is_staff(user):
            found.append(each)
            if here.startswith(each.path) and len(each.path) > len(current):
                current = each.path
    return tuple(found), current


def groups(request: HttpRequest) -> list[Group]:
    """The menu as this user sees it, the current place marked."""
    return grouped(*shown(request), root())


def grouped(pages: Sequence[Page], current: str, prefix: str) -> list[Group]:
    """These places by their groups."""
    found: dict[str, list[Entry]] = {}
    for each in pages:
        entry = Entry(each.label, f"{prefix}{each.path}", each.icon, each.path == current)
        found.setdefault(each.group, []).append(entry)
    return [Group(label, tuple(found[label])) for label in sorted(found, key=rank)]
