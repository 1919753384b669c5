"""What the overview says of capacity: the sites as cards, and what runs out first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from capacity import board
from capacity.board import Asked, Line
from capacity.choices import ResourceKind as Kind
from capacity.models import Utilization
from capacity.store import PLACES
from capacity.web import figures
from core import access, registry
from core.gather import Lookup, Steps
from core.web.page import actor, address, may, reading, root
from facilities.models import Site
from power.web.units import percent

CARDS, LINES = 24, 8
SHOWN = (Kind.SPACE, Kind.POWER, Kind.AIR_COOLING, Kind.LIQUID_COOLING)
_FIELDS = ("object", "object_type", "object_id", "resource", "percent", "full_on", "full_earliest")


def sites(request: HttpRequest) -> Steps:
    """A card a site, the fullest first: space, power now and in the worst case, cooling."""
    if not access.may(actor(request), access.VIEW, Site):
        return None
    lines, count = yield board.line_steps(Asked(), actor(request), 0, CARDS, SHOWN)
    resource = registry.of_model(Site)
    names = yield figures.name_steps(lines)
    told = {
        "cards": [_card(line, names) for line in lines],
        "more": count > CARDS,
        "count": count,
        "list": address(resource),
        "board": f"{root()}/capacity/board/",
        "may_add": may(request, resource, "add"),
        "add": address(resource, action="add"),
    }
    return render_to_string("capacity/sites.html", told, request)


def _card(line: Line, names: dict[str, str]) -> dict[str, Any]:
    return {
        "name": line.name,
        "url": address(registry.of_model(Site), line.pk),
        "board": f"{root()}/capacity/board/?site={line.pk}",
        "cells": figures.cells(line, SHOWN, names),
        "full": figures.full(line),
        "forecast": figures.forecast_address(line.place, line.pk),
    }


_FIRST_OUT = Lookup(
    lambda _, user: (
        access.visible(Utilization, user)
        .filter(full_on__isnull=False)
        .order_by("full_on", "pk")
        .values_list("pk")[:LINES]
    )
)


def first_out(request: HttpRequest) -> Steps:
    """The places and resources that will be full first, by last night's forecast."""
    if not access.may(actor(request), access.VIEW, Utilization):
        return None
    context = reading(request)
    ids = [pk for (pk,) in (yield _FIRST_OUT.template(context.user))]
    found = yield registry.of_model(Utilization).reader(("id", *_FIELDS)).among(ids, context)
    rows = _rows(found[pk] for pk in ids if pk in found)
    told = {"rows": rows, "all": f"{root()}/capacity/board/?sort=full"}
    return render_to_string("capacity/first_out.html", told, request)


def _rows(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    places = {model: place for place, model in PLACES.items()}
    shown = []
    for row in found:
        resource = registry.of_type(row["object_type"])
        shown.append(
            {
                **row,
                "name": row["object"]["display"] if row["object"] else "",
                "kind": resource.name,
                "url": figures.forecast_address(places[resource.model], row["object_id"]),
                "label": row["resource"]["label"],
                "used": percent(row["percent"]),
            }
        )
    return shown
