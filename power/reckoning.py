"""The reckoning of some sites: what pages and REST show of it."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Model

from core import access, registry
from core.access import Actor
from core.read import ReadContext
from dcim.models import Device, PowerOutlet
from power import plant as plants
from power.engine import Basis, Demand, Flow, NodeKind, WorstCase, choose, flow, n_minus_1
from power.engine.feeds import imbalance
from power.engine.rows import Floats
from power.models import OutletBank, PowerEquipment, PowerFeed, PowerLink, PowerPanel
from power.plant import NODES, Plant

Json = dict[str, Any]
MODELS: dict[str, type[Model]] = {
    "equipment": PowerEquipment,
    "link": PowerLink,
    "panel": PowerPanel,
    "feed": PowerFeed,
    "pdu": Device,
    "bank": OutletBank,
    "outlet": PowerOutlet,
}
KEPT = 4  # reckonings a process keeps


@dataclass(frozen=True)
class Reckoning:
    """One plant on one basis: now, and the worst over single failures."""

    plant: Plant
    basis: Basis
    demand: Demand
    now: Flow

    @cached_property
    def failures(self) -> list[list[int]]:
        """The single failures that `worst` is over."""
        return self.plant.single_failures()

    @cached_property
    def worst(self) -> WorstCase:
        """The most each node carries over `failures`."""
        return n_minus_1(self.plant.graph, self.demand, self.failures)

    @cached_property
    def usable(self) -> tuple[Floats, Floats]:
        """What each node may carry, W and VA; NaN where unknown."""
        return self.plant.rows.usable_w, self.plant.rows.usable_va

    @cached_property
    def percent(self) -> Floats:
        """The worst case as percent of what may be carried, by the tighter of W and VA."""
        return share_of(self.worst.watts, self.worst.va, self.plant)

    @cached_property
    def percent_now(self) -> Floats:
        """The load now as percent of what may be carried."""
        return share_of(self.now.watts, self.now.va, self.plant)

    @cached_property
    def margin(self) -> Floats:
        """Headroom in VA, or in W where only that is rated; NaN where neither is."""
        watts, va = self.usable
        return np.where(np.isnan(va), watts - self.worst.watts, va - self.worst.va)

    def shown_nodes(self) -> np.ndarray:
        """Nodes of a list: all but banks and outlets."""
        return np.arange(self.plant.start["bank"])


def share_of(watts: Floats, va: Floats, plant: Plant) -> Floats:
    """Load in percent of what may be carried, the tighter of W and VA; NaN where unknown."""
    by_w, by_va = watts / plant.rows.usable_w, va / plant.rows.usable_va
    found: Floats = np.fmax(by_w, by_va) * 100
    return found


_kept: OrderedDict[tuple[Any, ...], Reckoning] = OrderedDict()
_lock = threading.Lock()


def reckon(sites: Sequence[int], basis: Basis = Basis.ALLOCATED) -> Reckoning:
    """The reckoning of some sites (ids).

    Kept in this process for as long as the database is as it was: the key is the snapshot, which
    changes with every transaction that writes. A page with several panels reckons once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), pg_current_snapshot()::text")
        key = (*cursor.fetchone(), tuple(sorted(sites)), basis)
    usable = not connection.in_atomic_block  # inside a transaction of our own more may be visible
    with _lock:
        if usable and key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    plant = plants.load(sorted(sites))
    demand = choose(plant.demand, basis)
    made = Reckoning(plant, basis, demand, flow(plant.graph, demand))
    if usable:
        with _lock:
            _kept[key] = made
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    return made


class Names:
    """What nodes are called, for somebody who may not see all of them."""

    def __init__(self, plant: Plant, context: ReadContext) -> None:
        self.plant, self.context = plant, context
        self.tables: dict[str, dict[int, Json]] = {kind: {} for kind in NODES}

    def pk(self, node: int) -> int:
        """The id of a node's object; of an inlet the device's."""
        start = self.plant.start["pdu"]
        if self.plant.kind_of(node) == "pdu":
            return int(self.plant.pdu[node - start])
        return int(self.plant.pk[node])

    def want(self, nodes: Iterable[int]) -> Names:
        """Load the names of some nodes; one statement a kind."""
        wanted: dict[str, set[int]] = {}
        for node in nodes:
            kind, pk = self.plant.kind_of(int(node)), self.pk(int(node))
            if pk not in self.tables[kind]:
                wanted.setdefault(kind, set()).add(pk)
        for kind, ids in wanted.items():
            resource = registry.of_model(MODELS[kind])
            found = self.context.load(resource, tuple(resource.nested), ids)
            self.tables[kind] |= {pk: found.get(pk, {}) for pk in ids}
        return self

    def of(self, node: int) -> Json:
        """Reference, kind and brief object of a node; `hidden` for one that may not be seen."""
        kind, pk = self.plant.kind_of(node), self.pk(node)
        found = self.tables[kind].get(pk)
        if not found:
            return {"hidden": True, "kind": self.kind(node)}
        return {
            "node": f"{kind}:{pk}",
            "kind": self.kind(node),
            "display": found["display"],
            "object_type": registry.of_model(MODELS[kind]).object_type,
            "object_id": pk,
            "object": found,
        }

    def kind(self, node: int) -> str:
        """What a node is, in a word."""
        return word(NodeKind(int(self.plant.rows.kind[node])))


def word(kind: NodeKind) -> str:
    """A kind of node as REST writes it."""
    return "pdu" if kind == NodeKind.INLET else kind.name.lower().replace("_", "-")


def visible(plant: Plant, nodes: np.ndarray, user: Actor) -> np.ndarray:
    """Those of some nodes whose object the user may see."""
    if access.unlimited(user):
        return nodes
    kept = []
    for kind in NODES:
        here = plant.nodes(kind)
        mine = nodes[(nodes >= here.start) & (nodes < here.stop)]
        if not len(mine):
            continue
        ids = plant.pdu[mine - here.start] if kind == "pdu" else plant.pk[mine]
        seen = access.visible(MODELS[kind], user).filter(pk__in=set(map(int, ids)))
        known = np.fromiter(seen.order_by().values_list("pk", flat=True), dtype=np.int64)
        kept.append(mine[np.isin(ids, known)])
    return np.concatenate(kept) if kept else nodes[:0]


def number(value: Any, places: int = 1) -> float | None:
    """A figure for JSON: rounded, null where unknown."""
    found = float(value)
    return None if math.isnan(found) else round(found, places) + 0.0


def load(watts: Any, var: Any, amperes: Any = None) -> Json:
    """A load with its units: W, var, VA, and A of the fullest line."""
    found = {
        "w": number(watts),
        "var": number(var),
        "va": number(math.hypot(float(watts), float(var))),
    }
    if amperes is not None:
        known = amperes[~np.isnan(amperes)]
        found["a"] = number(known.max(), 2) if len(known) else None
    return found


def legs(node: int, plant: Plant, watts: Floats, amperes: Floats) -> list[Json] | None:
    """W and A on the three lines; null of a single-phase or unknown node."""
    if plant.rows.phases[node] != 3:
        return None
    return [
        {"leg": leg, "w": number(watts[node, place]), "a": number(amperes[node, place], 2)}
        for place, leg in enumerate("ABC")
    ]


def figures(found: Reckoning, node: int, names: Names) -> Json:
    """Everything REST tells of a node's load."""
    plant, now, worst = found.plant, found.now, found.worst
    rows = plant.rows
    cause = int(worst.cause[node])
    usable_w, usable_va = found.usable
    spare_w, spare_va = usable_w[node] - worst.watts[node], usable_va[node] - worst.va[node]
    by_w, by_va = worst.watts[node] / usable_w[node], worst.va[node] / usable_va[node]
    three = rows.phases[node] == 3
    return {
        **names.of(node),
        "live": bool(now.live[node]),
        "load": load(now.watts[node], now.var[node], now.amperes[node]),
        "losses_w": number(now.losses[node]),
        "rating": {"va": number(plant.rated_va[node]), "a": number(plant.rated_a[node])},
        "usable": {"w": number(usable_w[node]), "va": number(usable_va[node])},
        "worst": {
            **load(worst.watts[node], worst.var[node], worst.amperes[node]),
            "percent": number(found.percent[node]),
            "cause": names.of(found.failures[cause][0]) if cause >= 0 else None,
            "legs": legs(node, plant, worst.legs, worst.amperes),
        },
        "headroom": {
            "w": number(spare_w),
            "va": number(spare_va),
            "binding": _binding(by_w, by_va),
        },
        "percent": number(found.percent_now[node]),
        "legs": legs(node, plant, now.legs, now.amperes),
        "imbalance": number(imbalance(now.amperes[node : node + 1])[0] * 100) if three else None,
    }


def _binding(by_w: float, by_va: float) -> str | None:
    if math.isnan(by_w) and math.isnan(by_va):
        return None
    return "w" if math.isnan(by_va) or by_w > by_va else "va"


def causes(found: Reckoning, nodes: Iterable[int]) -> list[int]:
    """The nodes to name for the worst cases of some nodes."""
    chosen = {int(found.worst.cause[node]) for node in nodes} - {-1}
    return [found.failures[cause][0] for cause in chosen]


def demand_told(found: Reckoning) -> Json:
    """How many watts and devices rest on which basis."""
    by_basis = found.demand.by_basis()
    partial = found.demand.partial
    return {
        "watts": number(found.demand.watts.sum()),
        "by_basis": {
            **{basis.name.lower(): number(w) for basis, (_, w) in by_basis.items()},
            "partial": number(found.demand.watts[partial].sum()),
        },
        "devices": {
            **{basis.name.lower(): count for basis, (count, _) in by_basis.items()},
            "partial": int(partial.sum()),
        },
    }
