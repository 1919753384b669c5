"""The power chain above the racks of one site: their feeds, and what each node has left."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from capacity import site_queries
from capacity.engine import supply as engine
from capacity.engine.supply import Floats, Ints, Load
from power.plant import Plant
from power.reckoning import Reckoning, share_of

NO_NODES: Ints = np.zeros(0, dtype=np.int64)


class Upstream:
    """What feeds the racks of one site. Nodes are row indices of the plant."""

    def __init__(self, site: int, found: Reckoning, rack_of_device: tuple[Ints, Ints]) -> None:
        self.site, self.found = site, found
        self.plant: Plant = found.plant
        self.rack_of_device = rack_of_device

    @cached_property
    def margin(self) -> Floats:
        """What each node has left in the worst case, W or VA, whichever is less; NaN unknown."""
        watts, va = self.found.usable
        worst = self.found.worst
        found: Floats = np.fmin(watts - worst.watts, va - worst.va)
        return found

    @cached_property
    def percent(self) -> Floats:
        """The worst case of each node, percent of what it may carry."""
        return share_of(self.found.worst.watts, self.found.worst.va, self.plant)

    @cached_property
    def feeds(self) -> dict[int, Ints]:
        """The feeds of each rack, by node: those recorded for it and those cabled to its PDUs."""
        plant, start = self.plant, self.plant.start
        rows = plant.rows
        feed_nodes = np.arange(start["feed"], start["pdu"])
        pairs = [(feed_nodes, plant.tables["feed"]["rack"])]
        inlet_rack = self._rack_of(plant.pdu)
        cabled = (rows.edge_up >= start["feed"]) & (rows.edge_up < start["pdu"])
        cabled &= (rows.edge_down >= start["pdu"]) & (rows.edge_down < start["bank"])
        pairs.append((rows.edge_up[cabled], inlet_rack[rows.edge_down[cabled] - start["pdu"]]))
        nodes = np.concatenate([pair[0] for pair in pairs])
        racks = np.concatenate([pair[1] for pair in pairs])
        alive = ~rows.dead[nodes] & (racks > 0)
        both = np.unique(np.stack([racks[alive], nodes[alive]], axis=1), axis=0)
        return engine.split(both[:, 0], both[:, 1])

    @cached_property
    def inlets(self) -> dict[int, Ints]:
        """The inlets of each rack's PDUs, by node."""
        racks = self._rack_of(self.plant.pdu)
        here = np.flatnonzero(racks)
        return engine.split(racks[here], here + self.plant.start["pdu"])

    def _rack_of(self, devices: Ints) -> Ints:
        ids, racks = self.rack_of_device
        if not len(ids):
            return np.zeros(len(devices), dtype=np.int64)
        place = np.minimum(np.searchsorted(ids, devices), len(ids) - 1)
        return np.where(ids[place] == devices, racks[place], 0)

    @cached_property
    def chain(self) -> tuple[engine.Chain, Ints]:
        """Equipment, links and panels, sources first, and the row index of each."""
        graph, top = self.plant.graph, self.plant.start["feed"]
        upper = np.flatnonzero(graph.order < top)
        number = np.full(len(graph.order), -1, dtype=np.int64)
        number[upper] = np.arange(len(upper))
        kept = (number[graph.up] >= 0) & (number[graph.down] >= 0)
        lowest = graph.efficiency.copy()
        for index, (_, values) in enumerate(self.plant.rows.curves):
            lowest[graph.curve == index] = values.min()
        return (
            engine.Chain(
                up=number[graph.up[kept]],
                down=number[graph.down[kept]],
                tier=graph.tier[kept],
                weight=graph.weight[kept],
                switches=graph.switches[upper],
                efficiency=lowest[upper],
            ),
            graph.order[upper],
        )

    @cached_property
    def panel_of(self) -> dict[int, int]:
        """The panel above each feed, by node."""
        rows, start = self.plant.rows, self.plant.start
        into = (rows.edge_down >= start["feed"]) & (rows.edge_down < start["pdu"])
        return dict(zip(map(int, rows.edge_down[into]), map(int, rows.edge_up[into]), strict=True))

    @cached_property
    def reached(self) -> tuple[list[int], Floats, Floats]:
        """The panels above feeds, by node, and what a watt on each puts on the nodes of `chain`.

        Shapes (nodes, panels) without losses, and (nodes,) what a watt has grown to by losses.
        """
        chain, rows = self.chain
        number = {int(row): index for index, row in enumerate(rows)}
        starts = sorted(set(self.panel_of.values()))
        places = np.array([number[panel] for panel in starts], dtype=np.int64)
        return (starts, *engine.reach(chain, places))

    @cached_property
    def loads(self) -> dict[int, Load]:
        """What a watt more in each rack puts on the nodes above its feeds."""
        _, rows = self.chain
        panels = {
            pk: tuple(sorted({self.panel_of[int(f)] for f in feeds if int(f) in self.panel_of}))
            for pk, feeds in self.feeds.items()
        }
        starts, carried, grown = self.reached
        column = {panel: index for index, panel in enumerate(starts)}
        made: dict[tuple[int, ...], Load] = {}
        for each in set(panels.values()):
            found = engine.load_of(carried, grown, [column[panel] for panel in each])
            made[each] = Load(rows[found.nodes], found.most)
        return {pk: made[each] for pk, each in panels.items()}

    @cached_property
    def redundant(self) -> Any:
        """Whether each node is a feed of the redundant side."""
        feeds = site_queries.feeds(self.site)
        start = self.plant.start
        flags = np.zeros(len(self.plant.pk), dtype=bool)
        here = self.plant.pk[start["feed"] : start["pdu"]]
        second = feeds["id"][feeds["redundant"] > 0]
        flags[start["feed"] : start["pdu"]] = np.isin(here, second)
        return flags

    def worst(self, nodes: Ints) -> dict[str, Any]:
        """The fullest of some nodes in the worst case, and the failure that makes it so."""
        known = nodes[~np.isnan(self.percent[nodes])] if len(nodes) else nodes
        if not len(known):
            return {"worst": None, "worst_percent": None}
        node = int(known[np.argmax(self.percent[known])])
        cause = int(self.found.worst.cause[node])
        return {
            "worst": float(self.found.worst.watts[node]),
            "worst_percent": float(self.percent[node]),
            "worst_node": self.name(node),
            "worst_cause": self.name(self.found.failures[cause][0]) if cause >= 0 else "",
        }

    def name(self, node: int) -> str:
        """The reference of a node, such as `feed:3`."""
        kind = self.plant.kind_of(node)
        pk = self.plant.pdu[node - self.plant.start["pdu"]] if kind == "pdu" else None
        return f"{kind}:{int(self.plant.pk[node] if pk is None else pk)}"
