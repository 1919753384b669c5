"""What upper apps add to a record's page: panels and tabs, registered at start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse

# (request, pk, the page's template context) to HTML, or None for nothing to show.
Panel = Callable[[HttpRequest, int, dict[str, Any]], str | None]

_panels: dict[type[Model], list[tuple[int, Panel]]] = defaultdict(list)
_tabs: dict[type[Model], list[Tab]] = defaultdict(list)


@dataclass(frozen=True)
class Tab:
    """A page of its own below a record: `/<path>/<pk>/<slug>/`.

    `view(request, resource, pk, context)` returns a response; `context` holds what the template
    `core/tab.html` needs.
    """

    slug: str
    label: str
    view: Callable[..., HttpResponse]


def add_panel(model: type[Model], order: int, panel: Panel) -> None:
    """Show `panel` on the pages of `model`; lower `order` is higher up.

    Below 0 it spans the page above the record's own fields.
    """
    _panels[model].append((order, panel))
    _panels[model].sort(key=lambda item: item[0])


def add_tab(model: type[Model], slug: str, label: str, view: Callable[..., HttpResponse]) -> None:
    """Give the pages of `model` a tab. Raises ValueError when its slug is taken."""
    if any(tab.slug == slug for tab in _tabs[model]):
        raise ValueError(f"{model.__name__} has a tab {slug} already")
    _tabs[model].append(Tab(slug, label, view))


def tabs_of(model: type[Model]) -> list[Tab]:
    """The tabs of a model in order of registration."""
    return list(_tabs.get(model, ()))


def render_panels(request: HttpRequest, pk: int, context: dict[str, Any]) -> dict[str, list[str]]:
    """HTML of the panels by place: `above` and `beside` the record's own fields."""
    found: dict[str, list[str]] = {"above": [], "beside": []}
    for order, panel in _panels.get(context["resource"].model, ()):
        html = panel(request, pk, context)
        if html:
            found["above" if order < 0 else "beside"].append(html)
    return found
