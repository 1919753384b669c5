"""The one-line diagram of a site or hall, where any node can be failed to see what happens."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from core import access
from core.access import Actor
from core.web.marks import Mark, marks
from core.web.page import actor, page, reading, root
from facilities.models import Location, Site
from power.api.asked import BASES, Asked, asked
from power.api.simulating import told
from power.api.views import graph
from power.reckoning import MODELS, Json
from power.web.shown import facts, level
from power.web.units import duration, kilo, percent

MOST_FAILED = 100


@require_safe
@page
def show(request: HttpRequest) -> HttpResponse:
    """The diagram and its table; with `fail` also what happens."""
    _require_some(request)
    query, faults = _query(request)
    context: dict[str, Any] = {"faults": faults, "sites": _sites(request), **_chosen(request)}
    if query is None or not query.sites:
        return render(request, "power/one_line.html", context, status=400 if faults else 200)
    drawn = graph(query, actor(request), reading(request))
    _mark(drawn["nodes"], actor(request))
    failed = request.GET.getlist("fail")[:MOST_FAILED]
    known = {node["node"] for node in drawn["nodes"]}
    context |= {
        "graph": drawn,
        "rows": [_row(node, failed) for node in drawn["nodes"]],
        "failed": [each for each in failed if each in known],
        "site": query.sites[0],
        "locations": _locations(request, query.sites[0]),
        "findings_url": f"{root()}/power/findings/?{urlencode({'site': query.sites[0]})}",
        **facts(query.reckoning(), reading(request)),
    }
    if failed:
        context |= _consequences(request, query, failed)
    return render(request, "power/one_line.html", context)


@require_safe
@page
def consequences(request: HttpRequest) -> HttpResponse:
    """What happens when the nodes of `fail` do: a part of the page, with what changes as JSON."""
    _require_some(request)
    query, faults = _query(request)
    failed = request.GET.getlist("fail")[:MOST_FAILED]
    if query is None:
        context: dict[str, Any] = {"simulation_faults": faults}
    elif not failed:
        context = {}
    else:
        context = _consequences(request, query, failed)
    return render(request, "power/_consequences.html", context)


def _require_some(request: HttpRequest) -> None:
    """Raise PermissionDenied for those who may see no part of any chain."""
    if not any(access.may(actor(request), access.VIEW, model) for model in MODELS.values()):
        raise PermissionDenied


def _query(request: HttpRequest) -> tuple[Asked | None, list[str]]:
    """What the address asks, one site by default; or what is wrong with it."""
    sites, locations = request.GET.getlist("site"), request.GET.getlist("location")
    user = actor(request)
    sites, locations = [s for s in sites if s], [each for each in locations if each]
    if not sites and not locations:
        first = access.visible(Site, user).filter(power_equipment__isnull=False)
        pk = first.order_by("name_natural", "pk").values_list("pk", flat=True).first()
        pk = (
            pk
            or access.visible(Site, user)
            .order_by("name_natural")
            .values_list("pk", flat=True)
            .first()
        )
        if pk is None:
            return None, []
        sites = [str(pk)]
    try:
        return asked(sites[:1], locations[:1], request.GET.get("basis"), user), []
    except ValidationError as error:
        detail: Any = error.detail
        return None, [str(text) for texts in detail.values() for text in texts]


def _sites(request: HttpRequest) -> list[tuple[int, str]]:
    rows = access.visible(Site, actor(request)).order_by("name_natural", "pk")
    return list(rows.values_list("pk", "name")[:500])


def _locations(request: HttpRequest, site: int) -> list[tuple[int, str]]:
    rows = access.visible(Location, actor(request)).filter(site=site).order_by("sort_path")
    return [
        (pk, f"{'  ' * (len(path) - 1)}{name}")
        for pk, name, path in rows.values_list("pk", "name", "path")[:500]
    ]


def _chosen(request: HttpRequest) -> dict[str, Any]:
    return {
        "location": request.GET.get("location", ""),
        "bases": list(BASES),
        "chosen_basis": request.GET.get("basis") or "allocated",
    }


def _mark(nodes: list[Json], user: Actor) -> None:
    """Put its mark, such as open alerts, on each node; a statement or two a kind."""
    of_kind: dict[str, dict[int, Json]] = defaultdict(dict)
    for node in nodes:
        kind, _, pk = str(node["node"]).partition(":")
        of_kind[kind][int(pk)] = node
    for kind, here in of_kind.items():
        for number, mark in marks(MODELS[kind], list(here), user).items():
            here[number]["mark"] = asdict(mark)


def _row(node: Json, failed: list[str]) -> dict[str, Any]:
    """A node as a line of the table."""
    usable_va, usable_w = node["usable_va"], node["usable_w"]
    unit, usable, now = ("VA", usable_va, node["va"])
    if usable_va is None and usable_w is not None:
        unit, usable, now = "W", usable_w, node["w"]
    return {
        "node": node["node"],
        "name": node["display"],
        "url": str(node["url"] or "").replace("/api/", "/", 1),
        "kind": node["kind"],
        "now": kilo(now, unit),
        "usable": kilo(usable, unit),
        "percent": percent(node["percent"]),
        "worst_percent": percent(node["worst_percent"]),
        "level": level(node["worst_percent"], live=node["live"]),
        "cause": node["cause"] or "",
        "headroom": kilo(node["headroom_va"], unit),
        "live": node["live"],
        "failed": node["node"] in failed,
        "mark": Mark(**node["mark"]) if "mark" in node else None,
    }


def _consequences(request: HttpRequest, query: Asked, failed: list[str]) -> dict[str, Any]:
    try:
        found = told(query, failed, None, reading(request))
    except ValidationError as error:
        detail: Any = error.detail
        return {"simulation_faults": [str(t) for texts in detail.values() for t in texts]}
    return {
        "failed_names": [each.get("display", "hidden") for each in found["failed"]],
        "stages": [_stage(each) for each in _different(found["stages"])],
        "changed": found["changed"],
    }


def _different(stages: list[Json]) -> list[Json]:
    """The stages without those that are as the last: nothing is on battery, nothing starts."""
    last = stages[-1]
    same = ("down", "overloaded")
    kept = [s for s in stages[:-1] if s["storage"] or any(s[key] != last[key] for key in same)]
    return [*kept, last if kept else {**last, "stage": "only", "after_s": 0}]


_NAMES = {
    "only": "What happens",
    "instant": "Batteries carry",
    "empty": "Batteries are empty",
    "generators": "Generators run",
    "sustained": "What lasts",
}


def _stage(stage: Json) -> dict[str, Any]:
    down = stage["down"]
    return {
        "name": _NAMES[stage["stage"]],
        "when": duration(stage["after_s"]),
        "down": down["count"],
        "hidden": down["hidden"],
        "watts": kilo(down["watts"], "W"),
        "by": [
            (
                label,
                [
                    (row[key]["display"] if row[key] else "none", row["count"])
                    for row in down[f"by_{key}"]
                ],
            )
            for key, label in (("tenant", "Tenant"), ("role", "Role"))
        ],
        "devices": [
            (row["device"]["display"], str(row["device"]["url"]).replace("/api/", "/", 1))
            for row in down["devices"][:200]
        ],
        "overloaded": [
            {
                "name": row.get("display", "hidden"),
                "percent": percent(row["percent"]),
                "load": kilo(row["load"]["va"], "VA"),
                "usable": kilo(
                    row["usable"]["va"] if row["usable"]["va"] is not None else row["usable"]["w"],
                    "VA" if row["usable"]["va"] is not None else "W",
                ),
            }
            for row in stage["overloaded"]
        ],
        "storage": [
            {
                "name": row.get("display", "hidden"),
                "carried": kilo(row["carried_kw"] * 1000, "W"),
                "minutes": f"{row['minutes']:.0f}\u00a0min",
                "over": kilo(row["over_discharge_kw"] * 1000, "W")
                if row["over_discharge_kw"]
                else "",
            }
            for row in stage["storage"]
        ],
    }
