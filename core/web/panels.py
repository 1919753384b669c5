"""What upper apps add to a record's page: panels and tabs, registered at start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from core import registry
from core.gather import Steps, as_step
from core.resource import Resource
from core.web.page import may

# (request, pk, the page's template context) to HTML, or None for nothing to show. As a step
# (`core.rounds`) it is served together with the other panels of the page.
Panel = Callable[[HttpRequest, int, dict[str, Any]], str | Steps | None]

_panels: dict[type[Model], list[tuple[int, Panel]]] = defaultdict(list)
_form_panels: dict[type[Model], list[Callable[[HttpRequest], str | None]]] = defaultdict(list)
_tabs: dict[type[Model], list[Tab]] = defaultdict(list)


@dataclass(frozen=True)
class RecordAction:
    """A link among the actions of a record's page; with `folded` it is in the menu of the rest."""

    label: str
    icon: str
    url: str
    folded: bool = False


LoadRecordActions = Callable[[HttpRequest, int, dict[str, Any]], list[RecordAction] | Steps]
_list_actions: dict[type[Model], list[tuple[RecordAction, str]]] = defaultdict(list)
_record_actions: dict[type[Model], list[LoadRecordActions]] = defaultdict(list)


@dataclass(frozen=True)
class Tab:
    """A page of its own below a record: `/<path>/<pk>/<slug>/`.

    `view(request, resource, pk, context)` returns a response; `context` holds what the template
    `core/tab.html` needs. `rows` names the list of which the tab shows a part, by model and by
    the query parameter that is the record's id; the tab tells how many rows there are. `shown`
    tells whether the reader is offered the tab at all.
    """

    slug: str
    label: str
    view: Callable[..., HttpResponse]
    order: int = 50
    rows: tuple[type[Model], str] | None = None
    shown: Callable[[HttpRequest], bool] | None = None


def add_panel(model: type[Model], order: int, panel: Panel) -> None:
    """Show `panel` on the pages of `model`; lower `order` is higher up.

    Below 0 it spans the page above the record's own fields.
    """
    _panels[model].append((order, panel))
    _panels[model].sort(key=lambda item: item[0])


def add_record_actions(model: type[Model], load: LoadRecordActions) -> None:
    """Offer `load(request, pk, context)` beside Edit and Clone on the pages of `model`.

    As a step it is served together with the panels of the page.
    """
    _record_actions[model].append(load)


def record_actions(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
    """A step that gives the added actions of a record by place: `shown` and `folded`."""
    loads = _record_actions.get(context["resource"].model, ())
    made = yield [as_step(load(request, pk, context)) for load in loads]
    found = [action for actions in made for action in actions]
    return {
        "shown": [action for action in found if not action.folded],
        "folded": [action for action in found if action.folded],
    }


def add_list_action(model: type[Model], action: RecordAction, permission: str) -> None:
    """Offer `action`, its address without the root, above the list of `model` to those who may."""
    _list_actions[model].append((action, permission))


def list_actions(request: HttpRequest, resource: Resource) -> list[RecordAction]:
    """The added actions of a resource's list."""
    found = _list_actions.get(resource.model, ())
    return [action for action, permission in found if may(request, resource, permission)]


def add_form_panel(model: type[Model], panel: Callable[[HttpRequest], str | None]) -> None:
    """Show `panel(request)`'s HTML below the fields of the form of `model`."""
    _form_panels[model].append(panel)


def form_panels(request: HttpRequest, resource: Resource) -> list[str]:
    """HTML of what belongs below the fields of a resource's form."""
    made = (panel(request) for panel in _form_panels.get(resource.model, ()))
    return [html for html in made if html]


def add_tab(
    model: type[Model],
    slug: str,
    label: str,
    view: Callable[..., HttpResponse],
    *,
    order: int = 50,
    rows: tuple[type[Model], str] | None = None,
    shown: Callable[[HttpRequest], bool] | None = None,
) -> None:
    """Give the pages of `model` a tab. Raises ValueError when its slug is taken."""
    if any(tab.slug == slug for tab in _tabs[model]):
        raise ValueError(f"{model.__name__} has a tab {slug} already")
    _tabs[model].append(Tab(slug, label, view, order, rows, shown))


def add_rows_tab(model: type[Model], rows: type[Model], parameter: str, given: str = "") -> None:
    """Give the pages of `model` a tab with the list of the `rows` that belong to the record.

    `parameter` is the query parameter of that list which takes the record's id; a new row starts
    with the record as its field `given`, by default the one the parameter is called after.
    """
    from core.web.lists import show_rows  # the list's page knows the panels of records

    target = registry.of_model(rows)
    field = given or parameter.removesuffix("_id")

    def view(
        request: HttpRequest, resource: Resource, pk: int, context: dict[str, Any]
    ) -> HttpResponse:
        return show_rows(request, context, target, {parameter: str(pk)}, {field: str(pk)})

    label = target.plural[:1].upper() + target.plural[1:]
    add_tab(model, target.slug, label, view, order=10, rows=(rows, parameter))


def tabs_of(model: type[Model]) -> list[Tab]:
    """The tabs of a model by order, then as they were registered."""
    return sorted(_tabs.get(model, ()), key=lambda tab: tab.order)


def render_panels(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
    """A step that gives HTML of the panels by place: `above` and `beside` the record's fields."""
    found: dict[str, list[str]] = {"above": [], "beside": []}
    panels = _panels.get(context["resource"].model, ())
    made = yield [as_step(panel(request, pk, context)) for _, panel in panels]
    for (order, _), html in zip(panels, made, strict=True):
        if html:
            found["above" if order < 0 else "beside"].append(html)
    return found
