"""The power chain of some sites, from columns of the database to what the engine reckons with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from power import queries
from power.engine import Basis, Demand, DemandRows, Graph, NodeKind, Ring, Rows, build, choose
from power.engine.feeds import ROOT3
from power.engine.rows import Flags, Floats, Ints
from power.queries import Columns

# Above this, in V line to line, three-phase loads stand between a line and neutral: 230/400 and
# 277/480 systems; below, as at 208 V, between two lines. A bank's own voltage tells better.
NEUTRAL_FROM = 380.0
NODES = ("equipment", "link", "panel", "feed", "pdu", "bank", "outlet")
_BALANCING = (
    NodeKind.UTILITY,
    NodeKind.GENERATOR,
    NodeKind.SOLAR,
    NodeKind.BATTERY,
    NodeKind.TRANSFORMER,
    NodeKind.UPS,
)
_STORAGE = (NodeKind.UPS, NodeKind.BATTERY)


@dataclass(frozen=True)
class Plant:
    """A power chain ready to be reckoned.

    Nodes stand in the order of `NODES`, each table by id; `pk` is the id of each node's row (of an
    inlet the power port's). rated_a is the breaker's rating in A, rated_va that of equipment or
    what breaker and voltage give, before derating; NaN where unknown. location and site are ids,
    0 for none. `tables` holds the columns as they were read.
    circles: the inlets that cables join in a circle; what closes it is left out.
    """

    sites: tuple[int, ...]
    tables: dict[str, Columns]
    rows: Rows
    demand: DemandRows
    start: dict[str, int]
    pk: Ints
    site: Ints
    location: Ints
    rated_a: Floats
    rated_va: Floats
    supply_port: Ints
    graph: Graph
    circles: list[int]

    @cached_property
    def pdu(self) -> Ints:
        """The device of each inlet, in the order of inlets."""
        return np.asarray(self.tables["inlets"]["device"])

    def nodes(self, kind: str) -> slice:
        """Where the nodes of a kind of `NODES` stand."""
        index = NODES.index(kind)
        end = self.start[NODES[index + 1]] if index + 1 < len(NODES) else len(self.pk)
        return slice(self.start[kind], end)

    def kind_of(self, node: int) -> str:
        """The word of `NODES` for a node."""
        return next(kind for kind in reversed(NODES) if node >= self.start[kind])

    def find(self, kind: str, pk: int) -> list[int]:
        """The nodes that a reference such as `feed:3` means; of a PDU all its inlets."""
        here = self.nodes(kind)
        ids = self.pdu if kind == "pdu" else self.pk[here]
        return [here.start + int(place) for place in np.flatnonzero(ids == pk)]

    def single_failures(self) -> list[list[int]]:
        """Every node by itself that can fail: equipment, links, panels, feeds, PDUs."""
        upper = [[node] for node in range(self.start["pdu"])]
        inlets = self.nodes("pdu")
        order = np.argsort(self.pdu, kind="stable")
        cuts = np.flatnonzero(np.diff(self.pdu[order])) + 1
        pdus = np.split(order + inlets.start, cuts) if len(order) else []
        return upper + [list(map(int, each)) for each in pdus]


class _Places:
    """Index of ids in a sorted column."""

    def __init__(self, ids: Ints, offset: int = 0) -> None:
        self.ids, self.offset = ids, offset

    def of(self, wanted: Ints) -> Ints:
        """The place of each id, -1 where it is not there."""
        if not len(self.ids):
            return np.full(len(wanted), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[place] == wanted, place + self.offset, -1)


def load(sites: Sequence[int]) -> Plant:
    """Read the chain of some sites: one statement a table."""
    tables = {
        "equipment": queries.equipment(sites),
        "link": queries.links(sites),
        "panel": queries.panels(sites),
        "feed": queries.feeds(sites),
        "port": queries.ports(sites),
        "outlet": queries.outlets(sites),
        "bank": queries.banks(sites),
        "device": queries.devices(sites),
        "cable": queries.cables(sites),
    }
    curved = tables["equipment"]["id"][tables["equipment"]["curved"] > 0]
    curves = queries.curves([int(pk) for pk in curved]) if len(curved) else {}
    return _Maker(tuple(sites), tables, curves).plant()


_NO_SUPPLIES = {"allocated": np.zeros(0), "maximum": np.zeros(0)}


def draws(sites: Sequence[int], basis: Basis, absent: Sequence[str]) -> tuple[Ints, Demand]:
    """Ids of the devices that draw power, but for those of the statuses `absent`, and their draw.

    What passes power on to others draws none itself.
    """
    device = queries.devices(sites, absent)
    if not len(device["id"]):
        return device["id"], choose(_demand_rows(device, _NO_SUPPLIES, device["id"]), basis)
    port = queries.ports(sites, absent)
    outlet, bank = queries.outlets(sites, absent), queries.banks(sites, absent)
    gives = np.isin(port["device"], np.union1d(outlet["device"], bank["device"]))
    supplies = {name: values[~gives] for name, values in port.items()}
    drawing = np.isin(device["id"], supplies["device"])
    device = {name: values[drawing] for name, values in device.items()}
    owner = _Places(device["id"]).of(supplies["device"])
    return device["id"], choose(_demand_rows(device, supplies, owner), basis)


def _demand_rows(device: Columns, supplies: Columns, owner: Ints) -> DemandRows:
    return DemandRows(
        required=device["required"],
        measured=device["measured"],
        budget=device["budget"],
        power_factor=device["power_factor"],
        supply_device=owner,
        allocated=supplies["allocated"],
        maximum=supplies["maximum"],
        rating=device["rating"][owner] if len(owner) else np.zeros(0),
    )


def uncircled(rows: Rows) -> tuple[Rows, Graph, list[int]]:
    """Rows without the cables that join PDUs in a circle, their graph, and the inlets of these.

    The database refuses circles of links, and lets PDUs be cabled to one another as they are found.
    Raises Ring for a circle without such a cable.
    """
    circles: list[int] = []
    while True:
        try:
            return rows, build(rows), circles
        except Ring as ring:
            inside = np.isin(rows.edge_up, ring.nodes) & np.isin(rows.edge_down, ring.nodes)
            cut = inside & (rows.kind[rows.edge_down] == NodeKind.INLET)
            if not cut.any():
                raise
            circles += map(int, np.unique(rows.edge_down[cut]))
            kept = {
                name: getattr(rows, name)[~cut]
                for name in ("edge_up", "edge_down", "edge_rank", "edge_open")
            }
            rows = replace(rows, **kept)


class _Maker:
    """Puts the tables together."""

    def __init__(
        self, sites: tuple[int, ...], tables: dict[str, Columns], curves: dict[int, Any]
    ) -> None:
        self.sites, self.tables, self.curves = sites, tables, curves
        port, outlet = tables["port"], tables["outlet"]
        # Whatever has outlets passes power on; its ports are inlets.
        gives = np.isin(port["device"], np.union1d(outlet["device"], tables["bank"]["device"]))
        tables["inlets"] = {name: values[gives] for name, values in port.items()}
        tables["supplies"] = {name: values[~gives] for name, values in port.items()}
        drawing = np.isin(tables["device"]["id"], tables["supplies"]["device"])
        tables["device"] = {name: values[drawing] for name, values in tables["device"].items()}
        of_node = {"pdu": "inlets"}
        self.table = {kind: tables[of_node.get(kind, kind)] for kind in NODES}
        sizes = [len(self.table[kind]["id"]) for kind in NODES]
        self.start = dict(
            zip(NODES, map(int, np.concatenate([[0], np.cumsum(sizes[:-1])])), strict=True)
        )
        self.count = int(sum(sizes))
        self.places = {kind: _Places(self.table[kind]["id"], self.start[kind]) for kind in NODES}
        self.edges: list[tuple[Ints, Ints, Ints, Flags]] = []

    def column(self, name: str, missing: float = np.nan, **values: Any) -> Any:
        """A column of all nodes: of each kind its own column of that name, or what is given."""
        parts = []
        for kind in NODES:
            size = len(self.table[kind]["id"])
            value = values.get(kind, self.table[kind].get(name, missing))
            parts.append(np.broadcast_to(np.asarray(value), size))
        return np.concatenate(parts)

    def join(self, up: Ints, down: Ints, rank: Any = 1, is_open: Any = False) -> None:
        """Edges, without those an end of which is not there."""
        good = (up >= 0) & (down >= 0)
        self.edges.append(
            (
                up[good],
                down[good],
                np.broadcast_to(np.asarray(rank), len(up))[good],
                np.broadcast_to(np.asarray(is_open), len(up))[good],
            )
        )

    def plant(self) -> Plant:
        """The plant."""
        supplies = self.tables["supplies"]
        plugged = self._edges()
        volts, phases, neutral = self._voltages()
        device = _Places(self.tables["device"]["id"]).of(supplies["device"])
        kind = self._kinds()
        given = self._figures(kind, volts, phases)
        up, down, rank, is_open = (np.concatenate(part) for part in zip(*self.edges, strict=True))
        curve, curves = self._curves()
        rows = Rows.of(
            kind=kind,
            usable_va=given["usable_va"],
            usable_w=self.column("usable_w", pdu=self.tables["inlets"]["maximum"]),
            rated_w=self.column("rated_w"),
            efficiency=self.column("efficiency"),
            curve=curve,
            curves=curves,
            power_factor=self.column("power_factor"),
            volts=volts,
            phases=phases,
            neutral=neutral,
            leg=self.column("leg", -1),
            balances=self._balances(kind),
            transfers=self._transfers(kind),
            dead=self.column("dead", 0) > 0,
            start_delay=self.column("start_delay", 0.0),
            energy_wh=np.where(np.isin(kind, _STORAGE), self.column("energy_wh"), np.nan),
            discharge_w=self.column("discharge_w"),
            edge_up=up,
            edge_down=down,
            edge_rank=rank,
            edge_open=is_open,
            supply_device=device,
            supply_node=plugged,
            required=self.tables["device"]["required"],
        )
        rows, graph, circles = uncircled(rows)
        rated, amperes = self.column("rated_va"), self.column("amperes")
        root = np.where(phases == 3, ROOT3, 1.0)
        return Plant(
            sites=self.sites,
            tables=self.tables,
            rows=rows,
            graph=graph,
            circles=circles,
            demand=_demand_rows(self.tables["device"], self.tables["supplies"], device),
            start=self.start,
            pk=self.column("id"),
            site=self._through_owner("site"),
            location=self._through_owner("location"),
            rated_a=amperes,
            rated_va=np.where(np.isnan(rated), amperes * volts * root, rated),
            supply_port=supplies["id"],
        )

    def _edges(self) -> Ints:
        """All edges; the node each supply is plugged into."""
        link, feed = self.table["link"], self.table["feed"]
        own = {kind: self.places[kind].of(self.table[kind]["id"]) for kind in NODES}
        upper = self.places["equipment"].of(link["up"])
        self.join(upper, own["link"])
        # Of what is not there yet nothing comes.
        link["dead"] = np.where(upper < 0, 1, link["dead"])
        for lower in ("equipment", "panel"):
            ends = self.places[lower].of(link[lower])
            self.join(own["link"], ends, link["preference"], link["open"] > 0)
        self.join(self.places["panel"].of(feed["panel"]), own["feed"])
        self._join_pdus(own)
        cable = self.tables["cable"]
        giver = np.where(
            cable["from_feed"] > 0,
            self.places["feed"].of(cable["near"]),
            self.places["outlet"].of(cable["near"]),
        )
        self.join(giver, self.places["pdu"].of(cable["far"]))
        supplies = self.tables["supplies"]["id"]
        plugged = np.full(len(supplies), -1, dtype=np.int64)
        place = _Places(supplies).of(cable["far"])
        good = (place >= 0) & (giver >= 0)
        plugged[place[good]] = giver[good]
        return plugged

    def _join_pdus(self, own: dict[str, Ints]) -> None:
        """Inlets to banks and outlets.

        An outlet draws from its bank, else its port, else the device's only inlet. Where a device
        has several inlets and nothing says which, it takes the first live one by name, as a rack
        transfer switch does.
        """
        inlets, bank, outlet = (self.table[kind] for kind in ("pdu", "bank", "outlet"))
        banked = self.places["bank"].of(outlet["bank"])
        self.join(banked, own["outlet"])
        for kind, rows, left in (
            ("bank", bank, np.ones(len(bank["id"]), dtype=bool)),
            ("outlet", outlet, banked < 0),
        ):
            named = self.places["pdu"].of(rows["port"])
            self.join(np.where(left, named, -1), own[kind])
            lost = np.flatnonzero(left & (named < 0))
            pairs = _matches(rows["device"][lost], inlets["device"])
            self.join(own["pdu"][pairs[1]], own[kind][lost[pairs[0]]], self._ranks(pairs[1]))

    def _ranks(self, inlets: Ints) -> Ints:
        """The order of some inlets by name."""
        if not len(inlets):
            return inlets
        ids = self.table["pdu"]["id"]
        used = np.unique(inlets)
        names = queries.names_of_ports([int(pk) for pk in ids[used]])
        order = sorted(used, key=lambda place: (names.get(int(ids[place]), ""), place))
        rank = np.zeros(len(ids), dtype=np.int64)
        rank[order] = np.arange(1, len(order) + 1)
        found: Ints = rank[inlets]
        return found

    def _kinds(self) -> Ints:
        found = self.column(
            "kind",
            link=int(NodeKind.LINK),
            panel=int(NodeKind.PANEL),
            feed=int(NodeKind.FEED),
            pdu=int(NodeKind.INLET),
            bank=int(NodeKind.BANK),
            outlet=int(NodeKind.OUTLET),
        )
        return found.astype(np.int64)

    def _voltages(self) -> tuple[Floats, Ints, Flags]:
        """Volts, phases and whether loads stand against neutral, of each node."""
        volts, phases = self.column("volts"), self.column("phases", 0).astype(np.int64)
        link = slice(self.start["link"], self.start["panel"])
        table = self.table["link"]
        above = self.places["equipment"].of(table["up"])
        if len(above):
            poles = table["poles"]
            phases[link] = np.where(poles == 3, 3, np.where(poles > 0, 1, phases[above]))
            single = np.where((poles == 1) & (phases[above] == 3), ROOT3, 1.0)
            volts[link] = np.where(np.isnan(volts[link]), volts[above] / single, volts[link])
        bank = slice(self.start["bank"], self.start["outlet"])
        poles = self.table["bank"]["poles"]
        phases[bank] = np.where(poles == 3, 3, np.where(poles > 0, 1, 0))
        # Panels and PDUs have the voltage of what feeds them, a panel with no link that of a feed.
        for up, down, _, _ in reversed(self.edges):
            take = np.isnan(volts[down]) & ~np.isnan(volts[up])
            take &= down < self.start["bank"]
            volts[down[take]], phases[down[take]] = volts[up[take]], phases[up[take]]
        for up, down, _, _ in self.edges:
            take = np.isnan(volts[up]) & ~np.isnan(volts[down]) & (phases[down] == 3)
            volts[up[take]], phases[up[take]] = volts[down[take]], phases[down[take]]
        return volts, phases, volts >= NEUTRAL_FROM

    def _figures(self, kind: Ints, volts: Floats, phases: Ints) -> dict[str, Floats]:
        """What each node may carry, VA."""
        usable = self.column("usable_va")
        for name in ("link", "bank"):
            here = slice(self.start[name], self.start[name] + len(self.table[name]["id"]))
            table = self.table[name]
            root = np.where(phases[here] == 3, ROOT3, 1.0)
            usable[here] = table["amperes"] * volts[here] * root * table["percent"] / 100
        # A panel carries what its closed links may bring together.
        link = self.table["link"]
        panel = self.places["panel"].of(link["panel"])
        closed = (panel >= 0) & (link["open"] == 0) & (link["dead"] == 0)
        brought = np.full(self.count, np.nan)
        brought[np.unique(panel[closed])] = 0.0
        np.add.at(brought, panel[closed], usable[self.start["link"] :][: len(panel)][closed])
        panels = kind == NodeKind.PANEL
        usable[panels] = brought[panels]
        return {"usable_va": usable}

    def _curves(self) -> tuple[Ints, list[tuple[Floats, Floats]]]:
        index = np.full(self.count, -1, dtype=np.int64)
        made: list[tuple[Floats, Floats]] = []
        for pk, points in self.curves.items():
            if points:
                index[self.places["equipment"].of(np.array([pk]))] = len(made)
                fractions, values = np.array(points, dtype=float).T
                made.append((fractions, values))
        return index, made

    def _balances(self, kind: Ints) -> Flags:
        table = self.table["equipment"]
        found: Flags = np.isin(kind, _BALANCING)
        pdu = table["kind"] == NodeKind.FLOOR_PDU
        found[: len(pdu)] |= pdu & (np.abs(table["input_volts"] - table["volts"]) > 1)
        return found

    def _transfers(self, kind: Ints) -> Flags:
        """Transfer switches, and outlets and banks that may draw from several inlets."""
        feeders = np.bincount(np.concatenate([e[1] for e in self.edges]), minlength=self.count)
        racked = np.isin(kind, (NodeKind.BANK, NodeKind.OUTLET)) & (feeders > 1)
        found: Flags = np.isin(kind, (NodeKind.ATS, NodeKind.STS)) | racked
        return found

    def _through_owner(self, name: str) -> Ints:
        """Site or location: of a link that of its upper end, of PDUs their device's."""
        link = self.table["link"]
        upper = self.places["equipment"].of(link["up"])
        own = self.table["equipment"][name]
        of_link = np.where(upper >= 0, own[upper], 0) if len(own) else np.zeros(len(upper))
        parts = {kind: self.table[kind].get(name, 0) for kind in ("equipment", "panel", "feed")}
        found = self.column(name, 0, **parts, link=of_link)
        return found.astype(np.int64)


def _matches(wanted: Ints, owners: Ints) -> tuple[Ints, Ints]:
    """Pairs of places (in `wanted`, in `owners`) with the same value."""
    order = np.argsort(owners, kind="stable")
    ordered = owners[order]
    low, high = np.searchsorted(ordered, wanted), np.searchsorted(ordered, wanted, side="right")
    first = np.repeat(np.arange(len(wanted)), high - low)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    return first, order[low[first] + offset]
