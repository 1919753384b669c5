"""The first page: blocks that apps add, and what there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.db.models import Count as CountOf
from django.db.models import Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import access, registry
from core.gather import Fetch, Lookup, Steps, arrays, as_step, execute
from core.resource import Resource
from core.web import navigation
from core.web.page import actor, address, page, reading

# Tables beyond this are counted by PostgreSQL's own estimate.
COUNTED = 50_000
EMPTY = -2
# Groups of the menu that say nothing of what stands where.
APART = ("Administration", "Components", "Customisation")

# To HTML, or None for nothing to show; as a step it is served together with the others.
Block = Callable[[HttpRequest], str | Steps | None]
_blocks: list[tuple[int, Block]] = []


def add_block(order: int, block: Block) -> None:
    """Show `block(request)`'s HTML on the overview; lower `order` is higher up.

    Two stand side by side, but for those of class `overview-wide`.
    """
    _blocks.append((order, block))
    _blocks.sort(key=lambda item: item[0])


@dataclass(frozen=True)
class Tile:
    """A resource and how many there are."""

    label: str
    icon: str
    url: str
    count: int
    estimated: bool


@require_safe
@page
def show(request: HttpRequest) -> HttpResponse:
    """The blocks, then counts by resource."""
    needs = [tiles(request), *(as_step(block(request)) for _, block in _blocks)]
    found, *blocks = reading(request).run(needs)
    context = {"tiles": found, "blocks": [html for html in blocks if html]}
    return render(request, "core/overview.html", context)


# Rows of every table as PostgreSQL last estimated them: -1 for one never analysed, `EMPTY` for one
# that surely has no row.
ESTIMATES = Fetch(
    f"(SELECT {arrays(('relname', 'rows'))} FROM (SELECT relname, CASE WHEN relkind = 'r'"  # noqa: S608
    f" AND pg_relation_size(oid) = 0 THEN {EMPTY} ELSE reltuples::bigint END AS rows FROM pg_class"
    " WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace) AS tables)"
)


def estimates() -> dict[str, int]:
    """What `ESTIMATES` finds, by table."""
    return dict(execute([ESTIMATES])[0])


def tiles(request: HttpRequest) -> Steps:
    """A step to what there is of each resource in the menu that has any rows."""
    user = actor(request)
    shown = sorted(
        (
            resource
            for resource in registry.resources()
            if resource.menu not in ("", *APART) and access.may(user, access.VIEW, resource.model)
        ),
        key=lambda resource: navigation.rank(resource.menu),
    )
    if not shown:
        return []
    sizes = dict((yield ESTIMATES))
    shown = [r for r in shown if sizes.get(r.model._meta.db_table) != EMPTY]
    exact = [
        r
        for r in shown
        if sizes.get(r.model._meta.db_table, 0) <= COUNTED
        or not access.may_all(user, access.VIEW, r.model)
    ]
    numbers = yield [_number(resource).template(user) for resource in exact]
    counted = {r: rows[0][0] if rows else 0 for r, rows in zip(exact, numbers, strict=True)}
    found = []
    for resource in shown:
        estimated = resource not in counted
        count = sizes[resource.model._meta.db_table] if estimated else counted[resource]
        if count:
            label = navigation.title(resource.plural)
            found.append(Tile(label, resource.icon, address(resource), count, estimated))
    return found


@cache
def _number(resource: Resource) -> Lookup:
    """How many rows of a resource the user may see; no row for none."""
    return Lookup(
        lambda _, user: (
            access.visible(resource.model, user)
            .annotate(_all=Value(1))
            .values("_all")
            .annotate(_n=CountOf("pk"))
            .values_list("_n")
        )
    )
