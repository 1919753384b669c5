"""What can be done and opened from the search: actions by name, for those who may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Model
from django.http import HttpRequest

from core import access, registry
from core.web import navigation
from core.web.page import actor, address, may, root

SHOWN = 4
# Shown before anything is typed, for those who may.
FIRST = ("Open overview", "Add device", "Add rack", "Add cable", "Open rack elevations")


@dataclass(frozen=True)
class Command:
    """An action: what it is called, where it leads, and its icon."""

    label: str
    url: str
    icon: str


@dataclass(frozen=True)
class _Added:
    label: str
    path: str
    icon: str
    model: type[Model] | None
    action: str


_added: list[_Added] = []


def add_command(
    label: str, path: str, icon: str, model: type[Model] | None = None, action: str = access.VIEW
) -> None:
    """Offer an app's own action to those who may do `action` on rows of `model`."""
    _added.append(_Added(label, path, icon, model, action))


def _all(request: HttpRequest) -> Iterator[Command]:
    user = actor(request)
    yield Command("Open overview", f"{root()}/", "layout-dashboard")
    for each in _added:
        if each.model is None or access.may(user, each.action, each.model):
            yield Command(each.label, f"{root()}{each.path}", each.icon)
    for resource in registry.resources():
        if resource.menu and may(request, resource, access.ADD):
            yield Command(f"Add {resource.name}", address(resource, action="add"), "plus")
    for group in navigation.groups(request):
        for entry in group.entries:
            label = entry.label[:1].lower() + entry.label[1:] if entry.label[1:2].islower() else ""
            yield Command(f"Open {label or entry.label}", entry.url, entry.icon)
    yield Command("Open your account", f"{root()}/account/", "user")
    yield Command("Open REST documentation", f"{root()}/api/docs/", "book-open")


def matching(request: HttpRequest, text: str) -> list[Command]:
    """The actions of which each word typed begins a word; without a text the usual ones."""
    if not text:
        known = {command.label: command for command in _all(request)}
        return [known[label] for label in FIRST if label in known]
    wanted = [word for word in text.lower().split() if word not in ("a", "an", "the", "new")]
    if not wanted:
        return []
    found = []
    for command in _all(request):
        words = command.label.lower().replace("-", " ").split()
        if all(any(word.startswith(each) for word in words) for each in wanted):
            # What begins with the text, and then what has fewer words, is meant sooner.
            found.append((not command.label.lower().startswith(wanted[0]), len(words), command))
    found.sort(key=lambda entry: entry[:2])
    return [command for _, _, command in found[:SHOWN]]
