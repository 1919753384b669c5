"""The way of a device's power, from each of its supplies up to the sources, on its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from core import access
from core.gather import Steps
from core.registry import of_model
from core.web.page import actor, address, page, reading, root
from dcim.choices import DeviceStatus
from dcim.models import Device, PowerOutlet, PowerPort
from power.engine import Basis, NodeKind
from power.reckoning import Names, Reckoning, reckon, visible
from power.web.node_panels import first_of_device, one_line
from power.web.shown import Line, called, lines, page_of
from power.web.units import kilo

# What a path is not told by: breakers and sockets between two things with names.
PASSED = (NodeKind.LINK, NodeKind.BANK, NodeKind.OUTLET)
MOST = 60  # nodes above one supply
SIDE_BY_SIDE = 2  # shown of one step


@dataclass(frozen=True)
class Hop:
    """A node on the way; without a line the reader may not see it. Shared: all supplies need it."""

    name: str
    line: Line | None
    shared: bool


@dataclass(frozen=True)
class Step:
    """What stands side by side on the way: the fullest, and the names of those not shown."""

    hops: list[Hop]
    more: list[str]


@dataclass(frozen=True)
class Way:
    """A supply and what feeds it, the nearest first."""

    name: str
    url: str
    steps: list[Step]


def panel(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
    """The panel of devices that draw power; filled by a request of its own."""
    drawing, passing = yield [first_of_device(kind).of([pk]) for kind in (PowerPort, PowerOutlet)]
    if passing or not drawing:
        return None
    later = {"address": f"{root()}/power/path/{pk}/"}
    return render_to_string("power/path_later.html", later, request)


@require_safe
@page
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The paths with their figures, and whether a single failure takes the device down."""
    row = access.visible(Device, actor(request)).filter(pk=pk)
    found_row = row.values_list("site", "status").first()
    if found_row is None:
        raise Http404(f"There is no device {pk}.")
    site, status = found_row
    found = reckon([site])
    here = np.flatnonzero(found.plant.tables["device"]["id"] == pk)
    context: dict[str, Any] = {"one_line": one_line(request, site)}
    if not len(here):
        context["absent"] = DeviceStatus(status).label.lower()
        return render(request, "power/path.html", context)
    device = int(here[0])
    ways, basis = _ways(request, found, device), Basis(int(found.demand.basis[device]))
    context |= {
        "ways": ways,
        "loose": [way.name for way in ways if not way.steps],
        "up": bool(found.now.up[device]),
        "draw": "" if basis == Basis.UNKNOWN else kilo(float(found.demand.watts[device]), "W"),
        "basis": basis.name.lower(),
        **_fallen(request, found, device),
    }
    return render(request, "power/path.html", context)


def _fallen(request: HttpRequest, found: Reckoning, device: int) -> dict[str, str]:
    """The failure that takes the device down, by name and page; empty where none does."""
    by = int(found.worst.taken_down_by[device])
    if by < 0:
        return {"by": "", "by_url": ""}
    node = found.failures[by][0]
    told = Names(found.plant, reading(request)).want([node]).of(node)
    return {"by": called(told), "by_url": page_of(told)}


def above(found: Reckoning, node: int) -> list[list[int]]:
    """What feeds a node, step by step from itself to the sources; what is passed is left out."""
    rows = found.plant.rows
    steps: list[list[int]] = []
    seen, current = {node}, [node]
    while current and len(seen) <= MOST:
        kept = [each for each in current if rows.kind[each] not in PASSED]
        if kept:
            steps.append(kept)
        parents = np.unique(rows.edge_up[np.isin(rows.edge_down, current)])
        current = [int(each) for each in parents if int(each) not in seen]
        seen.update(current)
    return steps


def _ways(request: HttpRequest, found: Reckoning, device: int) -> list[Way]:
    rows, plant = found.plant.rows, found.plant
    supplies = np.flatnonzero(rows.supply_device == device)
    paths = [
        above(found, int(node)) if (node := rows.supply_node[supply]) >= 0 else []
        for supply in supplies
    ]
    ids = [int(plant.supply_port[supply]) for supply in supplies]
    resource, context = of_model(PowerPort), reading(request)
    ports = context.load(resource, ("id", "display", "name"), ids)
    hops = _hops(request, found, paths)
    made = [
        Way(
            ports.get(pk, {}).get("display", "A supply"),
            address(resource, pk) if pk in ports else "",
            [_step(found, step, hops) for step in path],
        )
        for pk, path in zip(ids, paths, strict=True)
    ]
    return sorted(made, key=lambda way: way.name)


def _step(found: Reckoning, nodes: list[int], hops: dict[int, Hop]) -> Step:
    """A step with room for few: the fullest in the worst case come first."""
    ordered = sorted(nodes, key=lambda node: -float(np.nan_to_num(found.percent[node], nan=-1.0)))
    kept = ordered if len(ordered) <= SIDE_BY_SIDE else ordered[: SIDE_BY_SIDE - 1]
    rest = [hops[node].name for node in nodes if node not in kept]
    return Step([hops[node] for node in nodes if node in kept], rest)


def _hops(
    request: HttpRequest, found: Reckoning, paths: Iterable[list[list[int]]]
) -> dict[int, Hop]:
    """The nodes of all paths by number; a statement or two a kind."""
    sets = [{node for step in path for node in step} for path in paths]
    every = sorted(set().union(*sets)) if sets else []
    common = set.intersection(*sets) if len(sets) > 1 else set[int]()
    nodes = np.array(every, dtype=np.int64)
    seen = [int(node) for node in visible(found.plant, nodes, actor(request))]
    drawn = dict(zip(seen, lines(found, seen, reading(request)), strict=True))
    names = Names(found.plant, reading(request))
    return {
        node: Hop(
            drawn[node].name if node in drawn else called(names.of(node)),
            drawn.get(node),
            node in common,
        )
        for node in every
    }
