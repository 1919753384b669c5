"""Load and worst case on the pages of equipment, links, panels, feeds, PDUs and racks.

The page comes at once; the figures follow in a request of their own, since they take a reckoning of
the whole site.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from core import access
from core.gather import AmongGiven, Fetch, Steps, compiled
from core.web.page import actor, page, reading, root
from dcim.models import Device, PowerOutlet
from facilities.models import Site
from power.engine.stages import runtime
from power.models import PowerEquipment, PowerFeed, PowerLink, PowerPanel
from power.reckoning import Reckoning, reckon, visible
from power.web.shown import facts, lines
from racks.models import Rack

SHOWN = 200
KINDS = {"equipment": PowerEquipment, "link": PowerLink, "panel": PowerPanel, "feed": PowerFeed}
PLACES: dict[str, tuple[type[Model], str]] = {
    "equipment": (PowerEquipment, "site"),
    "link": (PowerLink, "upstream__site"),
    "panel": (PowerPanel, "site"),
    "feed": (PowerFeed, "power_panel__site"),
    "pdu": (Device, "site"),
    "rack": (Rack, "site"),
}


def panel(kind: str) -> Any:
    """The panel on the page of a node or rack: filled by a request of its own."""

    def show(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
        address = f"{root()}/power/load/{kind}/{pk}/"
        return render_to_string("power/load_later.html", {"address": address}, request)

    return show


def diagram_panel(parameter: str) -> Any:
    """A way to the diagram on the pages of sites and locations that have a power chain."""

    def show(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
        rows = access.visible(PowerEquipment, actor(request)).filter(**_within(parameter, pk))
        if not rows.exists():
            return None
        query = f"?{parameter}={pk}"
        return render_to_string("power/diagram.html", {"query": query}, request)

    return show


def _within(parameter: str, pk: int) -> dict[str, Any]:
    return {"site": pk} if parameter == "site" else {"location__path__contains": [pk]}


@cache
def first_of_device(model: type[Model]) -> Fetch:
    """A part of this kind of a device whose id it is given, if the device has one."""
    rows = model._default_manager.filter(AmongGiven("device_id")).order_by()
    return compiled(rows.values_list("pk")[:1])


def pdu_panel(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
    """The same for devices that pass power on."""
    outlets = yield first_of_device(PowerOutlet).of([pk])
    return panel("pdu")(request, pk, context) if outlets else None


def site_of(request: HttpRequest, kind: str, pk: int) -> int:
    """The site of what is asked for; Http404 where the user may not see it."""
    if kind not in PLACES:
        raise Http404(f"There is no {kind}.")
    model, path = PLACES[kind]
    row = access.visible(model, actor(request)).filter(pk=pk).order_by()
    site = row.values_list(path, flat=True).first()
    if site is None:
        raise Http404(f"There is no {kind} {pk}.")
    return int(site)


def one_line(request: HttpRequest, site: int) -> str:
    """The address of a site's diagram; empty where the user may not see the site."""
    if not access.visible(Site, actor(request)).filter(pk=site).exists():
        return ""
    return f"{root()}/power/one-line/?site={site}"


@require_safe
@page
def load(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """The figures of a node or rack: now and in the worst case, with what is above and below."""
    site = site_of(request, kind, pk)
    found = reckon([site])
    nodes = rack_nodes(found, pk) if kind == "rack" else found.plant.find(kind, pk)
    context: dict[str, Any] = {
        "kind": kind,
        "nodes": _lines(request, found, nodes),
        "one_line": one_line(request, site),
        "stored": _stored(found, nodes),
        **facts(found, reading(request)),
    }
    if kind != "rack":
        above, below = neighbours(found, nodes)
        context["above"] = _lines(request, found, above)
        context["below"] = _lines(request, found, below[:SHOWN])
        context["more"] = max(len(below) - SHOWN, 0)
    return render(request, "power/load.html", context)


def _lines(request: HttpRequest, found: Reckoning, nodes: Iterable[int]) -> list[Any]:
    wanted = np.array(sorted(set(nodes)), dtype=np.int64)
    seen = visible(found.plant, wanted, actor(request))
    return lines(found, [int(node) for node in seen], reading(request))


def rack_nodes(found: Reckoning, rack: int) -> list[int]:
    """The feeds of a rack and the inlets of its PDUs."""
    plant = found.plant
    feeds = np.flatnonzero(plant.tables["feed"]["rack"] == rack) + plant.start["feed"]
    devices = list(Device.objects.filter(rack=rack).order_by().values_list("pk", flat=True))
    inlets = np.flatnonzero(np.isin(plant.pdu, devices)) + plant.start["pdu"]
    return [*map(int, feeds), *map(int, inlets)]


def neighbours(found: Reckoning, nodes: list[int]) -> tuple[list[int], list[int]]:
    """What stands next above and below, past links."""
    return _next(found, nodes, up=True), _next(found, nodes, up=False)


def _next(found: Reckoning, nodes: list[int], *, up: bool) -> list[int]:
    rows, plant = found.plant.rows, found.plant
    here, there = (rows.edge_down, rows.edge_up) if up else (rows.edge_up, rows.edge_down)
    found_nodes = np.unique(there[np.isin(here, nodes)])
    links = plant.nodes("link")
    between = (found_nodes >= links.start) & (found_nodes < links.stop)
    beyond = np.unique(there[np.isin(here, found_nodes[between])])
    kept = np.union1d(found_nodes[~between], beyond)
    return [int(node) for node in kept if node < plant.start["bank"]]


def _stored(found: Reckoning, nodes: list[int]) -> float | None:
    """Minutes that storage would last at the load of now; None where there is none."""
    rows = found.plant.rows
    for node in nodes:
        energy = float(rows.energy_wh[node])
        if energy > 0 and found.now.watts[node] > 0:
            return runtime(energy, float(found.now.watts[node])) / 60
    return None
