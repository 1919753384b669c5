"""What a node of the power chain carries now and in the worst case, on the pages of records."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string

from core import registry
from core.web.page import actor, address, reading
from dcim.models import PowerPort
from power.api.asked import BASES
from power.engine import Basis
from power.models import PowerFeed
from power.reckoning import MODELS, Names, Reckoning, causes, figures, reckon, visible
from racks.models import Rack

Json = dict[str, Any]
UNKNOWN = "unknown"
ROWS = 60  # nodes a table names
THIN = "\u202f"


@dataclass(frozen=True)
class Line:
    """A node in a table: its figures as text, and how full it is in the worst case."""

    name: str
    url: str
    kind: str
    now: str
    worst: str
    percent_now: str
    percent: str
    cause: str
    cause_url: str
    headroom: str
    over: bool
    live: bool
    depth: int = 0


def amount(value: float | None, unit: str) -> str:
    """A figure with its unit, in thousands from 10,000 up; "unknown" for None and NaN."""
    if value is None or math.isnan(value):
        return UNKNOWN
    if abs(value) >= 10_000:
        return f"{value / 1000:,.1f} k{unit}".replace(",", THIN)
    return f"{value:,.0f} {unit}".replace(",", THIN)


def share(value: float | None) -> str:
    """A percentage; "unknown" for None."""
    return UNKNOWN if value is None else f"{value:.1f} %"


def amperes(value: float | None) -> str:
    """A current; "unknown" for None."""
    return UNKNOWN if value is None else f"{value:.1f} A"


def page_of(told: Json) -> str:
    """The page of a node that was told; nothing for one that may not be seen."""
    if "node" not in told:
        return ""
    kind = told["node"].split(":")[0]
    model = MODELS[kind]
    resource = registry.of_model(model)
    if "detail" in resource.detail_only:
        return ""
    return address(resource, told["object_id"])


def called(told: Json | None) -> str:
    """What a node is called, also one that may not be named."""
    if told is None:
        return "nothing: now is the worst"
    return told.get("display") or f"a {told['kind']} you may not see"


def headroom(told: Json) -> str:
    """What is left in the worst case, by the margin that decides."""
    spare = told["headroom"]
    binding = spare["binding"]
    return UNKNOWN if binding is None else amount(spare[binding], binding.upper())


def line(told: Json, depth: int = 0) -> Line:
    """A node as a row."""
    worst, cause = told["worst"], told["worst"]["cause"]
    return Line(
        name=called(told),
        url=page_of(told),
        kind=told["kind"],
        now=amount(told["load"]["va"], "VA"),
        worst=amount(worst["va"], "VA"),
        percent_now=share(told["percent"]),
        percent=share(worst["percent"]),
        cause=called(cause),
        cause_url=page_of(cause) if cause else "",
        headroom=headroom(told),
        over=(worst["percent"] or 0) > 100.0001,
        live=told["live"],
        depth=depth,
    )


def _table(found: Reckoning, node: int, *, up: bool) -> list[tuple[int, int]]:
    """Nodes above or below one with their distance, nearest first, down to the PDUs."""
    rows = found.plant.rows
    near, far = (rows.edge_down, rows.edge_up) if up else (rows.edge_up, rows.edge_down)
    last, seen = found.plant.start["bank"], {node}
    frontier, depth, listed = np.array([node]), 0, []
    while len(frontier):
        depth += 1
        reached = np.unique(far[np.isin(near, frontier)])
        frontier = np.array([n for n in reached if n < last and int(n) not in seen], dtype=int)
        seen.update(map(int, frontier))
        listed += [(int(n), depth) for n in frontier]
    return listed


def _relatives(
    found: Reckoning, node: int, request: HttpRequest, names: Names, *, up: bool
) -> Json:
    listed = _table(found, node, up=up)
    seen = set(
        map(int, visible(found.plant, np.array([n for n, _ in listed], int), names.context.user))
    )
    told = [(n, depth) for n, depth in listed if n in seen][:ROWS]
    nodes = [n for n, _ in told]
    names.want([*nodes, *causes(found, nodes)])
    return {
        "title": "Upstream" if up else "Downstream",
        "lines": [line(figures(found, n, names), depth) for n, depth in told],
        "more": len(seen) - len(told),
        "nothing": "Nothing is recorded above." if up else "Nothing is recorded below.",
    }


def _basis(request: HttpRequest) -> Basis:
    return BASES.get(request.GET.get("basis", ""), Basis.ALLOCATED)


def _legs(told: Json) -> list[Json] | None:
    if told["legs"] is None:
        return None
    worst = told["worst"]["legs"] or [{"a": None, "w": None}] * len(told["legs"])
    return [
        {
            "leg": now["leg"],
            "now": amperes(now["a"]),
            "now_w": amount(now["w"], "W"),
            "worst": amperes(then["a"]),
            "worst_w": amount(then["w"], "W"),
        }
        for now, then in zip(told["legs"], worst, strict=True)
    ]


def _store(found: Reckoning, node: int) -> list[tuple[str, str]] | None:
    """Minutes that a store lasts, at what it carries now and in the worst case."""
    energy = found.plant.rows.energy_wh[node]
    if math.isnan(energy):
        return None
    loads = ((found.now.watts[node], "now"), (found.worst.watts[node], "in the worst case"))
    return [
        (f"Lasts at the load {when}", f"{energy / watts * 60:.1f} min" if watts > 0 else "no load")
        for watts, when in loads
    ]


def _facts(told: Json) -> list[tuple[str, str, str]]:
    """Rows of the table of figures: label, now, worst."""
    now, worst = told["load"], told["worst"]
    return [
        ("Apparent power", amount(now["va"], "VA"), amount(worst["va"], "VA")),
        ("Real power", amount(now["w"], "W"), amount(worst["w"], "W")),
        ("Current, fullest line", amperes(now.get("a")), amperes(worst.get("a"))),
        ("Of what may be carried", share(told["percent"]), share(worst["percent"])),
    ]


def _usable(usable: Json) -> str:
    """What may be carried, in the units it is known in."""
    known = [amount(usable[name], name.upper()) for name in ("va", "w") if usable[name] is not None]
    return ", ".join(known) or UNKNOWN


def load_panel(
    kind: str, site: Callable[[Any], int], *, relatives: bool = False
) -> Callable[[HttpRequest, int, dict[str, Any]], str | None]:
    """A panel for records of a kind of node; `site` tells a record's site (id)."""
    model: type[Model] = MODELS[kind]

    def panel(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
        record = model._default_manager.get(pk=pk)
        found = reckon((site(record),), _basis(request))
        nodes = found.plant.find(kind, pk)
        if not nodes:
            return render_to_string("power/load_panel.html", {"absent": True}, request)
        node = nodes[0]
        names = _Named(found, request).want([node, *causes(found, [node])])
        told = figures(found, node, names)
        shown = {
            "told": told,
            "row": line(told),
            "facts": _facts(told),
            "legs": _legs(told),
            "imbalance": told["imbalance"],
            "losses": amount(told["losses_w"], "W"),
            "usable": _usable(told["usable"]),
            "store": _store(found, node),
            "basis": found.basis.name.lower(),
            "relatives": [
                _relatives(found, node, request, names, up=up) for up in (True, False) if relatives
            ],
        }
        return render_to_string("power/load_panel.html", shown, request)

    return panel


class _Named(Names):
    """Names on pages: addresses are paths of this server."""

    def __init__(self, found: Reckoning, request: HttpRequest) -> None:
        super().__init__(found.plant, reading(request))


def rack_panel(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
    """What a rack's feeds and PDUs carry, leg by leg, and the failure that hurts it most."""
    site = Rack.objects.values_list("site_id", flat=True).get(pk=pk)
    found = reckon((site,), _basis(request))
    plant = found.plant
    device = plant.tables["device"]
    inside = np.flatnonzero(device["rack"] == pk)
    user = actor(request)
    nodes = visible(plant, _rack_nodes(found, pk), user)
    if not len(nodes) and not len(inside):
        return None
    listed = [int(node) for node in nodes]
    names = _Named(found, request).want([*listed, *causes(found, listed)])
    told = [figures(found, node, names) for node in listed]
    shown = {
        "rows": [(line(each), _legs(each), each["imbalance"]) for each in told],
        "basis": found.basis.name.lower(),
        "draw": amount(float(found.demand.watts[inside].sum()), "W"),
        "devices": len(inside),
        "unknown": int((found.demand.basis[inside] == Basis.UNKNOWN).sum()),
        "worst": _hurts(found, inside, names),
    }
    return render_to_string("power/rack_power.html", shown, request)


def _rack_nodes(found: Reckoning, rack: int) -> np.ndarray:
    """The feeds of a rack and the inlets of the PDUs in it."""
    plant = found.plant
    feeds = list(PowerFeed.objects.filter(rack=rack).order_by().values_list("pk", flat=True))
    ports = list(
        PowerPort.objects.filter(device__rack=rack).order_by().values_list("pk", flat=True)
    )
    chosen = []
    for kind, ids in (("feed", feeds), ("pdu", ports)):
        here = plant.nodes(kind)
        chosen.append(here.start + np.flatnonzero(np.isin(plant.pk[here], ids)))
    return np.concatenate(chosen)


def _hurts(found: Reckoning, inside: Sequence[int] | np.ndarray, names: Names) -> Json | None:
    """The single failure that takes down most devices of a rack, with how many and their draw."""
    by = found.worst.taken_down_by[inside]
    hit = by[by >= 0]
    if not len(hit):
        return None
    failures, counts = np.unique(hit, return_counts=True)
    most = int(failures[np.argmax(counts)])
    node = found.failures[most][0]
    told = names.want([node]).of(node)
    watts = found.demand.watts[inside][by == most].sum()
    return {
        "count": int(counts.max()),
        "name": called(told),
        "url": page_of(told),
        "watts": amount(float(watts), "W"),
    }
