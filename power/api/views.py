"""Flow, graph and findings of the power chain over REST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core import access, registry
from core.api import page_bounds
from core.rest import base_url, read_context
from dcim.models import Device
from power import findings
from power.api.asked import Asked, PowerView
from power.api.describe import BASIS, LOCATION, SITE, PowerSchema, parameter
from power.engine import Basis, NodeKind
from power.reckoning import (
    Names,
    Reckoning,
    causes,
    demand_told,
    figures,
    number,
    visible,
    word,
)

Json = dict[str, Any]
LIMIT = parameter("limit", "integer", "Rows a page, at most 1,000; 50 by default.")
OFFSET = parameter("offset", "integer", "The row to begin with.")
ORDERS = ("name", "percent", "headroom", "load")


def paged(request: Request, count: int, rows: Sequence[Any]) -> Json:
    """A page in the form of every list."""
    limit, offset = page_bounds(request)

    def link(start: int) -> str:
        query = request.query_params.copy()
        query["limit"], query["offset"] = str(limit), str(start)
        return f"{base_url(request)}{request.path}?{query.urlencode()}"

    return {
        "count": count,
        "next": link(offset + limit) if offset + limit < count else None,
        "previous": link(max(offset - limit, 0)) if offset else None,
        "results": rows,
    }


def ordered(request: Request, found: Reckoning, nodes: np.ndarray) -> np.ndarray:
    """Nodes in the order asked for; the chain's own by default. Unknown figures come last."""
    word = request.query_params.get("ordering") or ""
    name = word.lstrip("-")
    if not word or name == "name":
        return nodes[::-1] if word.startswith("-") else nodes
    if name not in ORDERS:
        raise ValidationError({"ordering": [f"Choose one of {', '.join(ORDERS)}."]})
    columns = {"percent": found.percent, "headroom": found.margin, "load": found.worst.va}
    values = columns[name][nodes]
    values = -values if word.startswith("-") else values
    return nodes[np.argsort(np.where(np.isnan(values), np.inf, values), kind="stable")]


class FlowView(PowerView):
    """What every node of the power chain carries now and in the worst case over single failures.

    Nodes are equipment, links, panels, feeds and PDU inlets; with `detail` outlet banks too. Loads
    are in W, var, VA and A; `usable` is the rating after derating, `headroom` that less the worst
    case. What is unknown is null.
    """

    schema = PowerSchema()
    parameters: ClassVar[list[Json]] = [
        *(SITE, LOCATION, BASIS, LIMIT, OFFSET),
        parameter("kind", "string", "Such as ups, link, panel, feed, pdu.", many=True),
        parameter("detail", "boolean", "Outlet banks too."),
        parameter("ordering", "string", f"One of {', '.join(ORDERS)}; a minus turns it round."),
    ]
    body: ClassVar[Json] = {}

    def get(self, request: Request) -> Response:
        """A page of nodes with their figures."""
        query = self.query(request)
        found = query.reckoning()
        context = read_context(request)
        nodes = self.chosen(request, query, found)
        limit, offset = page_bounds(request)
        page = [int(node) for node in ordered(request, found, nodes)[offset : offset + limit]]
        names = Names(found.plant, context).want([*page, *causes(found, page)])
        counts = {
            each.name: len(each.find(found))
            for each in findings.FINDINGS
            if access.unlimited(self.user)
        }
        return Response(
            {
                **paged(request, len(nodes), [figures(found, node, names) for node in page]),
                "basis": found.basis.name.lower(),
                "demand": demand_told(found),
                "findings": counts,
            }
        )

    def chosen(self, request: Request, query: Asked, found: Reckoning) -> np.ndarray:
        """The nodes that were asked for and may be seen."""
        given = request.query_params
        nodes = found.shown_nodes()
        kinds = set(given.getlist("kind"))
        if given.get("detail") in ("1", "true") or "bank" in kinds:
            nodes = np.arange(found.plant.start["outlet"])
        if kinds:
            codes = {int(kind): word(kind) for kind in NodeKind}
            unknown = kinds - set(codes.values())
            if unknown:
                raise ValidationError({"kind": [f"There is no kind {min(unknown)[:100]}."]})
            wanted = [code for code, word in codes.items() if word in kinds]
            nodes = nodes[np.isin(found.plant.rows.kind[nodes], wanted)]
        return visible(found.plant, query.within(found, nodes), self.user)


class GraphView(PowerView):
    """The power chain as nodes and edges, down to the feeds; PDUs too with `expand`."""

    schema = PowerSchema()
    parameters: ClassVar[list[Json]] = [
        *(SITE, LOCATION, BASIS),
        parameter("expand", "boolean", "PDUs too."),
    ]
    body: ClassVar[Json] = {}

    def get(self, request: Request) -> Response:
        """Nodes with a few figures each, and edges between them."""
        query = self.query(request)
        expand = request.query_params.get("expand") in ("1", "true")
        return Response(graph(query, self.user, read_context(request), expand=expand))


def graph(query: Asked, user: access.Actor, context: Any, *, expand: bool = False) -> Json:
    """What the diagram draws: the nodes in the locations, and all that feeds them."""
    found = query.reckoning()
    plant = found.plant
    last = plant.start["bank" if expand else "pdu"]
    nodes = np.arange(last)
    if query.locations is not None:
        nodes = _with_above(found, query.within(found, nodes))
    nodes = visible(plant, nodes, user)
    shown = np.zeros(len(plant.pk), dtype=bool)
    shown[nodes] = True
    names = Names(plant, context).want([*nodes, *causes(found, nodes)])
    up, down = plant.rows.edge_up, plant.rows.edge_down
    edges = np.flatnonzero(shown[up] & shown[down])
    reference = {int(node): _reference(names, int(node)) for node in nodes}
    return {
        "basis": found.basis.name.lower(),
        "demand": demand_told(found),
        "nodes": [_drawn(found, int(node), names) for node in nodes],
        "edges": [
            {
                "from": reference[int(up[edge])],
                "to": reference[int(down[edge])],
                "share": number(found.now.share[edge], 4),
                "open": bool(plant.rows.edge_open[edge]),
            }
            for edge in edges
        ],
    }


def _reference(names: Names, node: int) -> str:
    """A node's reference in a diagram; one of several inlets of a PDU has its own."""
    kind, pk = names.plant.kind_of(node), int(names.plant.pk[node])
    return f"{'inlet' if kind == 'pdu' else kind}:{pk}"


def _drawn(found: Reckoning, node: int, names: Names) -> Json:
    cause = int(found.worst.cause[node])
    told = names.of(node)
    usable_w, usable_va = found.usable
    return {
        "id": _reference(names, node),
        **{key: told[key] for key in ("node", "kind", "display", "object_type", "object_id")},
        "url": told["object"].get("url"),
        "live": bool(found.now.live[node]),
        "w": number(found.now.watts[node], 0),
        "va": number(found.now.va[node], 0),
        "usable_w": number(usable_w[node], 0),
        "usable_va": number(usable_va[node], 0),
        "percent": number(found.percent_now[node]),
        "worst_va": number(found.worst.va[node], 0),
        "worst_percent": number(found.percent[node]),
        "cause": names.of(found.failures[cause][0]).get("display") if cause >= 0 else None,
        "headroom_va": number(found.margin[node], 0),
    }


def _with_above(found: Reckoning, nodes: np.ndarray) -> np.ndarray:
    """Some nodes and everything above them."""
    rows = found.plant.rows
    kept = np.zeros(len(found.plant.pk), dtype=bool)
    kept[nodes] = True
    while True:
        above = rows.edge_up[kept[rows.edge_down] & ~kept[rows.edge_up]]
        if not len(above):
            return np.flatnonzero(kept)
        kept[above] = True


class DiverseView(PowerView):
    """What is wrong with the chain or missing from its record; a page of one kind with `list`."""

    schema = PowerSchema()
    parameters: ClassVar[list[Json]] = [
        *(SITE, LOCATION, BASIS, LIMIT, OFFSET),
        {
            "name": "list",
            "in": "query",
            "schema": {"type": "string", "enum": list(findings.BY_NAME)},
            "description": "The kind of finding to list; all of them, briefly, by default.",
        },
    ]
    body: ClassVar[Json] = {}

    def get(self, request: Request) -> Response:
        """Findings with a count each, or one as a list."""
        query, context = self.query(request), read_context(request)
        word = request.query_params.get("list")
        if word and word not in findings.BY_NAME:
            raise ValidationError({"list": [f"Choose one of {', '.join(findings.BY_NAME)}."]})
        found = query.reckoning()
        if word:
            limit, offset = page_bounds(request)
            count, rows = listed(query, found, word, context, slice(offset, offset + limit))
            return Response({**paged(request, count, rows), "basis": found.basis.name.lower()})
        told: Json = {"basis": found.basis.name.lower()}
        for each in findings.FINDINGS:
            count, rows = listed(query, found, each.name, context, slice(0, 50))
            told[each.name] = {"count": count, "says": each.sentence, "results": rows}
        return Response(told)


def listed(
    query: Asked, found: Reckoning, name: str, context: Any, page: slice
) -> tuple[int, list[Json]]:
    """How many there are of a finding, and a page of them."""
    finding = findings.BY_NAME[name]
    if not finding.of_devices:
        nodes = query.within(found, finding.find(found))
        nodes = visible(found.plant, nodes, context.user)
        shown = [int(node) for node in nodes[page]]
        names = Names(found.plant, context).want([*shown, *causes(found, shown)])
        return len(nodes), [figures(found, node, names) for node in shown]
    table = found.plant.tables["device"]
    places = finding.find(found)
    if query.locations is not None:
        wanted = np.fromiter(query.locations, dtype=np.int64)
        places = places[np.isin(table["location"][places], wanted)]
    if not access.unlimited(context.user):
        ids = set(map(int, table["id"][places]))
        rows = access.visible(Device, context.user).filter(pk__in=ids).order_by()
        seen = np.fromiter(rows.values_list("pk", flat=True), dtype=np.int64)
        places = places[np.isin(table["id"][places], seen)]
    return len(places), devices_told(found, places[page], context, shared=name == "not_diverse")


def devices_told(
    found: Reckoning, places: np.ndarray, context: Any, *, shared: bool = False
) -> list[Json]:
    """Devices with their draw; with `shared` the node that their supplies have in common."""
    resource = registry.of_model(Device)
    ids = [int(pk) for pk in found.plant.tables["device"]["id"][places]]
    names_of = (*resource.nested, "role", "tenant", "rack", "position")
    table = context.load(resource, tuple(dict.fromkeys(names_of)), ids)
    by = found.worst.taken_down_by[places] if shared else np.full(len(places), -1)
    common = [found.failures[int(each)][0] if each >= 0 else -1 for each in by]
    names = Names(found.plant, context).want([node for node in common if node >= 0])
    return [
        {
            "device": table.get(pk),
            "watts": number(found.demand.watts[place]),
            "basis": Basis(int(found.demand.basis[place])).name.lower(),
            **({"shared": names.of(node)} if node >= 0 else {}),
        }
        for pk, place, node in zip(ids, places, common, strict=True)
        if pk in table
    ]
