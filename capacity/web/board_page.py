"""The capacity board: how full every place is, and what runs out first."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from capacity import board
from capacity.board import Asked, Line
from capacity.choices import ResourceKind as Kind
from capacity.models import Utilization
from capacity.store import PLACES
from capacity.web import figures
from core import access
from core.registry import of_model
from core.web.page import actor, address, page, reading, require, root
from facilities.models import Location, Site

ROWS_A_PAGE = 100
NO_CAPACITY = "—"
SORTS = ("first", "name", board.FULL, *board.COLUMNS, board.WORST)


@require_safe
@page
def show(request: HttpRequest) -> HttpResponse:
    """The board of all sites, of a site, or of a location."""
    require(request, access.VIEW, of_model(Utilization))
    asked = _asked(request)
    user = actor(request)
    own = board.own(asked, user)
    if (asked.site or asked.location) and own is None:
        raise Http404("There is no such place.")
    shown, count, current = _lines(request, asked)
    pages = max(1, -(-count // ROWS_A_PAGE))
    every = [*([own] if own else []), *shown]
    columns = [kind for kind in board.COLUMNS if any(kind in line.cells for line in every)]
    names = figures.node_names(every, reading(request))
    context: dict[str, Any] = {
        "crumbs": _crumbs(request, asked),
        "heading": own.name if own else "Capacity board",
        "columns": [_column(request, asked, kind) for kind in _across(columns)],
        "by_name": _with(request, sort="name"),
        "by_first": _with(request, sort="first"),
        "by_full": _with(request, sort=board.FULL),
        "sort": asked.sort,
        "own": own and _row(own, columns, names),
        "rows": [_row(line, columns, names) for line in shown],
        "count": count,
        "shows": [
            (label, _with(request, show=name), name == asked.show)
            for name, (label, _) in board.SHOW.items()
            if not (asked.location and name == "groups")
        ],
        "previous": _with(request, page=current - 1) if current > 1 else "",
        "next": _with(request, page=current + 1) if current < pages else "",
        "export": _export(asked),
        "updated": _updated(),
    }
    return render(request, "capacity/board.html", context)


def _lines(request: HttpRequest, asked: Asked) -> tuple[list[Line], int, int]:
    """The lines of the page asked for, how many there are on all, and the page's number.

    The first page where there is no such one.
    """
    given = request.GET.get("page", "1")
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else 1
    user = actor(request)
    if number > 1:
        shown, count = board.lines(asked, user, (number - 1) * ROWS_A_PAGE, ROWS_A_PAGE)
        if shown:
            return shown, count, number
    return *board.lines(asked, user, 0, ROWS_A_PAGE), 1


def _asked(request: HttpRequest) -> Asked:
    given = request.GET
    ids = {}
    for name in ("site", "location"):
        value = given.get(name, "")
        if value and not (value.isascii() and value.isdecimal() and len(value) < 19):
            raise Http404(f"{value[:50]} is no id of a {name}.")
        ids[name] = int(value) if value else None
    show, sort = given.get("show", "places"), given.get("sort", "first")
    if show not in board.SHOW or sort not in SORTS:
        raise Http404("There is no such view of the board.")
    return Asked(site=ids["site"], location=ids["location"], show=show, sort=sort)


def _across(columns: list[Kind]) -> list[str]:
    """The columns, the worst case of power behind power."""
    found: list[str] = []
    for kind in columns:
        found.append(kind)
        if kind == Kind.POWER:
            found.append(board.WORST)
    return found


def _column(request: HttpRequest, asked: Asked, name: str) -> dict[str, Any]:
    label = "Worst case" if name == board.WORST else str(Kind(name).label)
    return {"label": label, "url": _with(request, sort=name), "sorted": asked.sort == name}


def _row(line: Line, columns: list[Kind], names: dict[str, str]) -> dict[str, Any]:
    cells = [
        figures.cell(
            line.cells.get(Kind.POWER if name == board.WORST else name),
            names,
            worst=name == board.WORST,
        )
        for name in _across(columns)
    ]
    resource = of_model(PLACES[line.place])
    inside = line.place in ("site", "location")
    return {
        "name": line.name,
        "kind": resource.name,
        "icon": resource.icon,
        "url": address(resource, line.pk),
        "inside": f"{root()}/capacity/board/?{line.place}={line.pk}" if inside else "",
        "cells": cells,
        "full": figures.full(line),
        "forecast": figures.forecast_address(line.place, line.pk),
    }


def _crumbs(request: HttpRequest, asked: Asked) -> list[tuple[str, str]]:
    """The board, then the places above the one shown."""
    base = f"{root()}/capacity/board/"
    if not (asked.site or asked.location):
        return []
    found = [(base, "Capacity board")]
    if asked.location:
        user = actor(request)
        row = access.visible(Location, user).filter(pk=asked.location).order_by()
        site, path = row.values_list("site", "path").get()
        name = access.visible(Site, user).filter(pk=site).order_by().values_list("name", flat=True)
        found += [(f"{base}?site={site}", each) for each in name]
        above = access.visible(Location, user).filter(pk__in=path[:-1]).order_by("sort_path")
        found += [(f"{base}?location={pk}", name) for pk, name in above.values_list("pk", "name")]
    return found


def _with(request: HttpRequest, **changes: Any) -> str:
    query = {name: value for name, value in request.GET.items() if name != "page"}
    query.update({name: str(value) for name, value in changes.items()})
    return f"?{urlencode(query)}"


def _export(asked: Asked) -> str:
    """The list of the same figures, from which they can be exported."""
    place = {"location_id": asked.location} if asked.location else {"site_id": asked.site}
    query = urlencode({name: value for name, value in place.items() if value})
    return f"{root()}/capacity/utilization/{'?' + query if query else ''}"


def _updated() -> Any:
    rows = Utilization.objects.order_by("-updated").values_list("updated", flat=True)
    return rows.first()
