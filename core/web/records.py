"""The page of one record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.db.models import Count as CountOf
from django.db.models import IntegerField, Model, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from core import access, registry
from core.custom_fields.definitions import Kind
from core.fields import Absent, Field
from core.gather import AmongGiven, Around, Fetch, Load, Steps, compiled
from core.models import CustomField
from core.resource import HEAD, TAIL, Resource
from core.special_fields import Count, CustomFields, Tags
from core.web import cells, navigation, table
from core.web.custom_fields import LEGEND
from core.web.links import groups as links_of
from core.web.page import actor, address, may, may_row, page, reading, root
from core.web.panels import Tab, record_actions, render_panels, tabs_of
from core.web.readers import page_reader

KEY_FACTS = 6
APART = ("comments", "description", "status")
WIDE = (Kind.LONGTEXT, Kind.JSON)
_told_elsewhere: set[type[Field]] = set()


def tell_elsewhere(kind: type[Field]) -> None:
    """Leave fields of an app's own kind out of a record's groups, as a panel tells of them."""
    _told_elsewhere.add(kind)


@dataclass(frozen=True)
class Fact:
    """A field's label and value."""

    label: str
    html: SafeString
    wide: bool = False


@dataclass(frozen=True)
class Group:
    """Facts under a heading; the empty ones by label only."""

    label: str
    facts: list[Fact]
    empty: list[str]


@dataclass(frozen=True)
class Crumb:
    """A step of the way down to the record."""

    label: str
    url: str


@dataclass(frozen=True)
class Related:
    """How many rows of another resource belong to the record, and where they are listed."""

    label: str
    icon: str
    count: int
    url: str


@require_safe
@page
def show(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """The record's page; 404 for what the user may not see."""
    return render(request, "core/record.html", record_context(request, resource, pk))


@page
def show_tab(request: HttpRequest, resource: Resource, pk: int, tab: Tab) -> HttpResponse:
    """A tab that an app has added to the record's page."""
    context = record_context(request, resource, pk, current_tab=tab.slug)
    return tab.view(request, resource=resource, pk=pk, context=context)


def record_context(
    request: HttpRequest, resource: Resource, pk: int, *, current_tab: str = ""
) -> dict[str, Any]:
    """What the templates of a record's page need. Raises Http404 for what may not be seen.

    A tab's page needs only the head.
    """
    reads, tabs = reading(request), shown_tabs(request, resource)
    links = {} if current_tab else related_links(request, resource)
    parts = tuple(dict.fromkeys([*links, *(tab.rows for tab in tabs if tab.rows)]))
    found_rows, counts, own_links = reads.run(
        [
            page_reader(resource, resource.field_names).among([pk], reads),
            belonging(resource, pk, parts, reads.user),
            links_of(resource, pk, reads),
        ]
    )
    row = found_rows.get(pk)
    if row is None:
        raise Http404(f"There is no {resource.name} {pk}.")
    context = {
        "resource": resource,
        "pk": pk,
        "row": row,
        "status": _status(resource, row),
        "current_tab": current_tab,
        **tab_bar(counts, tabs, current_tab),
        "base": address(resource, pk),
        "may_add": may(request, resource, "add"),
        "may_change": may_row(request, resource, "change", pk),
        "may_delete": may_row(request, resource, "delete", pk),
    }
    if not current_tab:
        key_names = _key_names(resource, row)
        in_tabs = {tab.rows for tab in tabs}
        found = related({k: v for k, v in links.items() if k not in in_tabs}, counts, pk)
        context |= {
            "custom_links": own_links,
            "key_facts": [_fact(resource.field(name), row) for name in key_names],
            "groups": groups(resource, row, set(key_names)),
            "related": [entry for entry in found if entry.count],
            "none_related": [entry.label.lower() for entry in found if not entry.count],
            "created": cells.plain(row.get("created")),
            "last_updated": cells.plain(row.get("last_updated")),
            "tags": _value(resource, "tags", row),
            "comments": row.get("comments"),
        }
    needs = {
        "crumbs": crumbs(resource, row),
        "record_actions": record_actions(request, pk, context),
    }
    if not current_tab:
        needs["panels"] = render_panels(request, pk, context)
    return context | dict(zip(needs, reads.run(list(needs.values())), strict=True))


def _status(resource: Resource, row: dict[str, Any]) -> SafeString:
    return _value(resource, "status", row)


def _value(resource: Resource, name: str, row: dict[str, Any]) -> SafeString:
    if name not in row:
        return cells.EMPTY
    return cells.renderer(resource.field(name))(row[name], row)


def _fact(field: Field, row: dict[str, Any]) -> Fact:
    return Fact(cells.label(field), cells.renderer(field)(row.get(field.name), row))


# the way here


def crumbs(resource: Resource, row: dict[str, Any]) -> Steps:
    """A step to the list, then to what the record stands in: what it names, a tree's ancestors."""
    parts: list[Steps] = []
    for name in resource.crumbs:
        value = row.get(name)
        if isinstance(value, dict) and (url := cells.page_of(value)):
            target = getattr(resource.field(name), "target", None)
            above = target if target is not None and target.is_tree else None
            parts.append(_crumb(above, value["id"], Crumb(str(value.get("display", "")), url)))
    if resource.is_tree:
        parts.append(ancestors(resource, row["id"]))
    made = yield parts
    first = Crumb(navigation.title(resource.plural), address(resource))
    return [first, *(crumb for found in made for crumb in found)]


def _crumb(tree: Resource | None, pk: int, crumb: Crumb) -> Steps:
    above = (yield ancestors(tree, pk)) if tree is not None else []
    return [*above, crumb]


@cache
def _path(resource: Resource) -> Fetch:
    rows = resource.model._default_manager.order_by()
    return compiled(rows.filter(AmongGiven("pk")).values_list("path"))


def ancestors(resource: Resource, pk: int) -> Steps:
    """A step that finds what a row of a tree lies below, from the root down."""
    found = yield _path(resource).of([pk])
    path = found[0][0] if found else []
    names = yield Load(resource, ("id", "display"), path[:-1])
    return [
        Crumb(str(names[above]["display"]), address(resource, above))
        for above in path
        if above in names
    ]


# facts


def _is_shown(field: Field) -> bool:
    return not isinstance(field, Absent | Count | CustomFields | Tags)


def _key_names(resource: Resource, row: dict[str, Any]) -> list[str]:
    linked = table.link_column(resource, resource.table)
    found = []
    for name in resource.table:
        field = resource.field(name)
        if name == linked or name in APART or not _is_shown(field):
            continue
        if row.get(name) not in (None, "", []):
            found.append(name)
    return found[:KEY_FACTS]


FURTHER = "Further"  # what no form has


def groups(resource: Resource, row: dict[str, Any], shown: set[str]) -> list[Group]:
    """The record's fields by the groups of its form, then those that are not in the form."""
    plan = {label: list(names) for label, names in resource.form.items()}
    in_form = {name for names in plan.values() for name in names}
    rest = [
        name
        for name in row
        if name not in in_form and name not in (*HEAD, *TAIL) and not name.startswith("_")
    ]
    if rest:
        plan[FURTHER if plan else navigation.title(resource.name)] = rest
    custom, unset = custom_groups(resource, row)
    found: list[Group] = []
    empty: list[str] = []
    for label, names in plan.items():
        group = _group(resource, label, names, row, shown)
        if group.facts:
            found.append(group)
        elif label != FURTHER:
            empty.extend(group.empty)
    found.extend(custom)
    empty.extend(unset)
    return [*found, Group("", [], empty)] if empty else found


def custom_groups(resource: Resource, row: dict[str, Any]) -> tuple[list[Group], list[str]]:
    """The record's custom fields by their groups, and the labels of those without a value."""
    found: dict[str, Group] = {}
    empty: list[str] = []
    values = row.get("custom_fields") or {}
    for column in resource.custom_columns.values():
        field = column.definition
        html = cells.renderer(column)(values.get(field.name), row)
        if field.visible == CustomField.Visible.HIDDEN:
            continue
        if html:
            label = field.group or LEGEND
            group = found.setdefault(label, Group(label, [], []))
            group.facts.append(Fact(column.label, html, wide=field.type in WIDE))
        elif field.visible == CustomField.Visible.ALWAYS:
            empty.append(column.label)
    return list(found.values()), empty


def _group(
    resource: Resource, label: str, names: Iterable[str], row: dict[str, Any], shown: set[str]
) -> Group:
    facts, empty = [], []
    for name in names:
        if name not in row or name in APART or name in shown:
            continue
        field = resource.field(name)
        if type(field) in _told_elsewhere or not _is_shown(field):
            continue
        if row[name] == row.get("display") or cells.is_unit(resource, name):
            continue
        fact = _fact(field, row)
        if fact.html and row[name] not in ({}, []):
            facts.append(fact)
        else:
            empty.append(field.label)
    return Group(label, facts, empty)


# what belongs to it

# A list by its model and the query parameter that narrows it to one record.
Part = tuple[type[Model], str]


@dataclass(frozen=True)
class ShownTab:
    """A tab of the bar; `count` is None for one that is no list."""

    slug: str
    label: str
    count: int | None


def shown_tabs(request: HttpRequest, resource: Resource) -> list[Tab]:
    """The tabs whose rows the user may see."""
    user = actor(request)
    return [
        tab
        for tab in tabs_of(resource.model)
        if (tab.rows is None or access.may(user, access.VIEW, tab.rows[0]))
        and (tab.shown is None or tab.shown(request))
    ]


def tab_bar(counts: dict[Part, int], tabs: list[Tab], current: str) -> dict[str, list[ShownTab]]:
    """The tabs to show, and those that are empty, which fold away."""
    made = [ShownTab(t.slug, t.label, counts[t.rows] if t.rows else None) for t in tabs]
    empty = [tab for tab in made if tab.count == 0 and tab.slug != current]
    return {"tabs": [tab for tab in made if tab not in empty], "empty_tabs": empty}


def related_links(request: HttpRequest, resource: Resource) -> dict[Part, Resource]:
    """The lists of what refers to the record, as far as the user may see any of it."""
    found: dict[Part, Resource] = {}
    for relation in resource.model._meta.related_objects:
        link = cells.reverse_link(resource, relation.name)
        if link and access.may(actor(request), access.VIEW, link[0].model):
            found[link[0].model, link[1]] = link[0]
    return found


def belonging(resource: Resource, pk: int, parts: tuple[Part, ...], user: access.Actor) -> Steps:
    """A step that counts the rows of each of the lists for the record."""
    if not parts:
        return {}
    numbers = yield _numbers(resource, parts).fetch(pk, user)
    return dict(zip(parts, numbers[0] if numbers else [0] * len(parts), strict=True))


@lru_cache(maxsize=512)
def _numbers(resource: Resource, parts: tuple[Part, ...]) -> Around:
    lists = [(registry.of_model(model), name) for model, name in parts]

    def make(pk: int, user: access.Actor) -> QuerySet[Any, Any]:
        rows = resource.model._default_manager.filter(pk=pk).order_by()
        return rows.values_list(*[_count(user, target, name, pk) for target, name in lists])

    return Around(make)


def related(links: dict[Part, Resource], counts: dict[Part, int], pk: int) -> list[Related]:
    """The lists with their counts, those that have rows first."""
    entries = []
    for part, target in links.items():
        label = navigation.title(target.plural)
        if sum(other is target for other in links.values()) > 1:
            label = f"{label} ({table.label_of(target, part[1]).lower()})"
        url = f"{target.page_url(root())}?{part[1]}={pk}"
        entries.append(Related(label, target.icon, counts[part], url))
    return sorted(entries, key=lambda entry: (not entry.count, entry.label))


def _count(user: access.Actor, target: Resource, parameter: str, pk: int) -> Any:
    visible = access.restrict(target.model._default_manager.all(), user)
    rows = visible.filter(target.all_filters[parameter].condition([pk])).order_by()
    counted = rows.annotate(_all=Value(1)).values("_all").annotate(_n=CountOf("pk")).values("_n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
