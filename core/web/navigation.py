"""The menu at the side: the registered resources by their group."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model
from django.http import HttpRequest

from core import access, registry
from core.resource import Resource
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


def entry(resource: Resource, path: str) -> Entry:
    """The link to a resource's list."""
    url = resource.page_url(root())
    return Entry(title(resource.plural), url, resource.icon, path.startswith(url))


def _is_staff(user: access.Actor) -> bool:
    return bool(getattr(user, "is_superuser", False))


def groups(request: HttpRequest) -> list[Group]:
    """The menu as this user sees it, the current place marked."""
    user = actor(request)
    found: dict[str, list[Entry]] = {}
    for page in _pages:
        if access.may(user, access.VIEW, page.model) if page.model else _is_staff(user):
            url = f"{root()}{page.path}"
            shown = Entry(page.label, url, page.icon, request.path.startswith(url))
            found.setdefault(page.group, []).append(shown)
    for resource in registry.resources():
        if resource.menu and access.may(user, access.VIEW, resource.model):
            found.setdefault(resource.menu, []).append(entry(resource, request.path))
    return [Group(label, tuple(found[label])) for label in sorted(found, key=rank)]
