"""The racks that may be used and the power above them, as the solver takes them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity import store
from capacity.choices import ResourceKind as Kind
from capacity.contents import FEET
from capacity.engine import supply as engine
from capacity.engine.placement import Budget, Nodes, Outlets, Ports, Room, Rule, Sparse
from capacity.engine.supply import Floats, Ints
from capacity.finder import queries
from capacity.finder.asking import Question
from capacity.models import Utilization
from capacity.supply import SiteReckoning
from power.queries import Columns

Places = dict[int, int]
Groups = list[tuple[str, int]]


@dataclass(frozen=True)
class Found:
    """The room and its power, with what their numbers mean.

    nodes_of: (site, row index in its plant) of each node. sides_of: node of each side's inlet.
    groups: what each group of each budget is, as (kind, id). connectors: number of each outlet
    type.
    """

    room: Room
    nodes: Nodes
    reckonings: dict[int, SiteReckoning]
    nodes_of: list[tuple[int, int]]
    groups: list[Groups]
    connectors: dict[str, int]


def load(asked: Question) -> Found:
    """Everything about the racks of a question; the power chain of their sites is reckoned."""
    rack = queries.racks(asked.racks)
    sites = [int(pk) for pk in np.unique(rack["site"])]
    power = _Power({site: SiteReckoning(site) for site in sites})
    free = queries.free_outlets(asked.racks)
    connectors = {name: place for place, name in enumerate(sorted({each[2] for each in free}))}
    place = {int(pk): index for index, pk in enumerate(rack["id"])}
    outlets, sides = power.outlets(free, place, connectors, rack)
    budgets, groups = _budgets(rack, place, power.reckonings)
    room = Room(
        id=rack["id"],
        order=np.arange(len(rack["id"])),
        row=_indices(rack["location"]),
        site=_indices(rack["site"]),
        first=rack["first"] * 2,
        size=rack["units"] * 2,
        descending=rack["descending"] > 0,
        **_faces(asked, rack, place),
        sides=tuple(tuple(sorted(each)) for each in sides),
        outlets=outlets,
        budgets=tuple(budgets),
        ports=_ports(asked, rack, place),
    )
    return Found(room, power.nodes(), power.reckonings, power.nodes_of, groups, connectors)


def _indices(ids: Ints) -> Ints:
    """Ids as indices, -1 for 0."""
    known = np.unique(ids[ids > 0])
    return np.where(ids > 0, np.searchsorted(known, ids), -1)


def _faces(asked: Question, rack: Columns, place: Places) -> dict[str, Any]:
    count, width = len(rack["id"]), int(rack["units"].max(initial=1)) * 2
    beyond = np.arange(width)[None, :] >= (rack["units"] * 2)[:, None]
    faces = {"front": beyond.copy(), "rear": beyond.copy()}
    mounted = queries.mounted(asked.racks, asked.date)
    for pk, low, size, front, rear in zip(
        *(mounted[name] for name in ("rack", "low", "size", "front", "rear")), strict=True
    ):
        index = place[int(pk)]
        start = max(int(low - rack["first"][index] * 2), 0)
        end = max(int(low + size - rack["first"][index] * 2), 0)
        if front:
            faces["front"][index, start:end] = True
        if rear:
            faces["rear"][index, start:end] = True
    kept = np.zeros((count, width), dtype=bool)
    tenant = asked.where.get("tenant")
    units = queries.reserved(asked.racks, asked.date, tenant)
    for pk, low in zip(units["rack"], units["low"], strict=True):
        index = place[int(pk)]
        start = int(low - rack["first"][index] * 2)
        kept[index, start : start + 2] = True
    return {**faces, "reserved": kept}


class _Power:
    """The chains of some sites side by side; outlets are left out, banks are not."""

    def __init__(self, reckonings: dict[int, SiteReckoning]) -> None:
        self.reckonings = reckonings
        self.offset: dict[int, int] = {}
        self.nodes_of: list[tuple[int, int]] = []
        for site, found in reckonings.items():
            self.offset[site] = len(self.nodes_of)
            top = found.plant.start["outlet"]
            self.nodes_of += [(site, node) for node in range(top)]
        self.sides: dict[tuple[int, int], int] = {}
        self.side_rows: list[tuple[int, int, int | None]] = []
        self.above = {site: _parents(found) for site, found in reckonings.items()}

    def outlets(
        self,
        free: list[tuple[int, int, str]],
        place: Places,
        connectors: dict[str, int],
        rack: Columns,
    ) -> tuple[Outlets, list[set[int]]]:
        """Free outlets with their side and bank, and the sides of each rack."""
        rows = []
        sides: list[set[int]] = [set() for _ in place]
        number = {
            site: dict(
                zip(found.plant.pk[here].tolist(), range(here.start, here.stop), strict=True)
            )
            for site, found in self.reckonings.items()
            for here in [found.plant.nodes("outlet")]
        }
        for pk, rack_id, connector in free:
            index = place[rack_id]
            site = int(rack["site"][index])
            node = number[site].get(pk)
            side, bank = self._side(site, node) if node is not None else (None, -1)
            if side is None:
                continue
            sides[index].add(side)
            rows.append((pk, index, side, bank, connectors[connector]))
        columns = list(zip(*rows, strict=True)) or [()] * 5
        made = [np.array(column, dtype=np.int64) for column in columns]
        return Outlets(made[0], made[1], made[2], made[3], made[4]), sides

    def _side(self, site: int, node: int) -> tuple[int | None, int]:
        """The side of an outlet and the node of its bank, -1 for none; None without a live feed."""
        plant, above = self.reckonings[site].plant, self.above[site]
        bank, inlet = -1, above.get(node)
        if inlet is not None and inlet >= plant.start["bank"]:
            bank, inlet = inlet, above.get(inlet)
        if inlet is None:
            return None, -1
        key = (site, inlet)
        if key not in self.sides:
            feed: int | None = inlet
            while feed is not None and feed >= plant.start["pdu"]:
                feed = above.get(feed)
            if feed is None or feed < plant.start["feed"] or plant.rows.dead[feed]:
                return None, -1
            self.sides[key] = len(self.side_rows)
            self.side_rows.append((site, inlet, feed))
        return self.sides[key], bank + self.offset[site] if bank >= 0 else -1

    def nodes(self) -> Nodes:
        """Headroom of every node, and which sides load which."""
        headroom, usable, local = [], [], []
        upper: dict[int, Floats] = {}
        dominated: dict[int, list[frozenset[int]]] = {}
        for site, found in self.reckonings.items():
            plant, (chain, rows) = found.plant, found.up.chain
            top = plant.start["outlet"]
            _, carried, grown = found.up.reached
            losses = np.ones(top)
            losses[rows] = grown
            watts, va = found.found.usable
            # A watt below a node has grown by the losses in between when it gets there.
            headroom.append(np.maximum(found.margin_left()[:top], 0.0) / losses)
            usable.append(np.fmin(watts, va)[:top] / losses)
            local.append(np.arange(top) >= plant.start["feed"])
            upper[site] = carried
            graph = plant.graph
            dominated[site] = engine.dominators(chain, graph.root[graph.inner[rows]])
        share, fatal = _Rows(), _Rows()
        left, whole = np.concatenate(headroom), np.concatenate(usable)
        for site, inlet, feed in self.side_rows:
            if feed is not None and np.isnan(left[inlet + self.offset[site]]):
                # An inlet has no rating of its own: it carries what its feed does.
                for each in (left, whole):
                    each[inlet + self.offset[site]] = each[feed + self.offset[site]]
            found, offset = self.reckonings[site], self.offset[site]
            _, rows = found.up.chain
            own = [inlet, *([] if feed is None else [feed])]
            starts, _, _ = found.up.reached
            panel = found.up.panel_of.get(feed) if feed is not None else None
            parts = [(node + offset, 1.0) for node in own]
            common = set(own)
            if panel is not None:
                column = upper[site][:, starts.index(panel)]
                reached = np.flatnonzero(column > 1e-9)
                parts += [(int(rows[each]) + offset, float(column[each])) for each in reached]
                at = int(np.flatnonzero(rows == panel)[0])
                common |= {int(rows[each]) for each in dominated[site][at]}
            share.add(parts)
            fatal.add([(node + offset, 1.0) for node in sorted(common)])
        return Nodes(
            headroom=left,
            share=share.sparse(),
            feed=np.array(
                [self.offset[s] + (i if f is None else f) for s, i, f in self.side_rows],
                dtype=np.int64,
            ),
            usable=whole,
            fatal=fatal.sparse(),
            local=np.concatenate(local),
        )


class _Rows:
    """Rows of a sparse matrix as they come."""

    def __init__(self) -> None:
        self.bounds, self.columns, self.values = [0], list[int](), list[float]()

    def add(self, row: list[tuple[int, float]]) -> None:
        for column, value in sorted(row):
            self.columns.append(column)
            self.values.append(value)
        self.bounds.append(len(self.columns))

    def sparse(self) -> Sparse:
        return Sparse(
            np.array(self.bounds, dtype=np.int64),
            np.array(self.columns, dtype=np.int64),
            np.array(self.values),
        )


def _parents(found: SiteReckoning) -> Places:
    """What each inlet, bank and outlet draws from, the first by preference."""
    rows, start = found.plant.rows, found.plant.start["pdu"]
    here = rows.edge_down >= start
    order = np.lexsort((rows.edge_up[here], rows.edge_rank[here], rows.edge_down[here]))
    down, up = rows.edge_down[here][order], rows.edge_up[here][order]
    parents: Places = {}
    for node, source in zip(down.tolist(), up.tolist(), strict=True):
        parents.setdefault(node, source)
    return parents


def _budgets(
    rack: Columns, place: Places, reckonings: dict[int, SiteReckoning]
) -> tuple[list[Budget], list[Groups]]:
    """What racks and places have left of weight, cooling and contracted power."""
    budgets, groups = [], []

    def add(
        rule: Rule, left: Any, total: Any, of: list[tuple[str, int]], group: Any = None
    ) -> None:
        known = np.array(left, dtype=float)
        made = Budget(rule, np.maximum(known, 0.0), group, np.array(total, dtype=float))
        budgets.append(made)
        groups.append(of)

    each = [("rack", int(pk)) for pk in rack["id"]]
    for resource, rule, factor in (
        (Kind.WEIGHT, Rule.WEIGHT, 1),
        (Kind.POINT_LOAD, Rule.POINT_LOAD, FEET),
        (Kind.AIR_COOLING, Rule.AIR_COOLING, 1),
        (Kind.LIQUID_COOLING, Rule.LIQUID_COOLING, 1),
    ):
        figures = _figures("rack", list(place), resource)
        left = [factor * _left(figures.get(pk)) for _, pk in each]
        total = [factor * _capacity(figures.get(pk)) for _, pk in each]
        if not np.isnan(left).all():
            add(rule, left, total, each)
    for site, found in reckonings.items():
        inside = rack["site"] == site
        limits = found.rack["power"]
        watts = [float(limits[found.place[pk]]) if pk in found.place else np.nan for _, pk in each]
        taken = [found.sums["rack", Kind.POWER].taken(pk) for _, pk in each]
        if not np.isnan(watts).all():
            add(Rule.POWER, np.array(watts) - taken, watts, each)
        _shared(found, rack, inside, add)
    return budgets, groups


def _shared(found: SiteReckoning, rack: Columns, inside: Any, add: Any) -> None:
    """Limits that racks of a place have together."""
    paths = found.branches
    below: dict[tuple[str, int], Any] = {("site", found.site): inside}
    for pk in paths:
        members = [pk in paths.get(int(location), ()) for location in rack["location"]]
        below["location", pk] = inside & np.array(members, dtype=bool)

    def of(place: tuple[str, int], rule: Rule, left: float, total: float) -> None:
        if below[place].any():
            add(rule, [left], [total], [place], np.where(below[place], 0, -1))

    for place, watts in found.contracts.items():
        of(place, Rule.POWER, watts - found.sums[place[0], Kind.POWER].taken(place[1]), watts)
    for place, limits in found.cooling.items():
        for limit, kind, rule in zip(
            limits,
            (Kind.AIR_COOLING, Kind.LIQUID_COOLING),
            (Rule.AIR_COOLING, Rule.LIQUID_COOLING),
            strict=True,
        ):
            if limit is not None:
                left = limit - found.sums[place[0], kind].taken(place[1])
                of(place, rule, left, limit)
    for place in below:
        figures = _figures(place[0], [place[1]], Kind.FLOOR_LOAD).get(place[1])
        if figures:
            of(place, Rule.FLOOR_LOAD, _left(figures), _capacity(figures))
    _loops(found, rack, add)


def _loops(found: SiteReckoning, rack: Columns, add: Any) -> None:
    left, total = found.loops_left(), found.loops_total()
    known = sorted(left)
    group = np.full(len(rack["id"]), -1, dtype=np.int64)
    for index, pk in enumerate(rack["id"]):
        place = found.place.get(int(pk))
        loop = int(found.rack["loop"][place]) if place is not None else 0
        if loop in left:
            group[index] = known.index(loop)
    if (group >= 0).any():
        of = [("loop", pk) for pk in known]
        add(Rule.LIQUID_COOLING, [left[p] for p in known], [total[p] for p in known], of, group)


Figures = tuple[float | None, float | None]


def _figures(kind: str, ids: list[int], resource: Kind) -> dict[int, Figures]:
    rows = Utilization.objects.filter(
        object_type=store.kind(kind), object_id__in=ids, resource=resource, variant=""
    ).order_by()
    return {
        pk: (capacity, free)
        for pk, capacity, free in rows.values_list("object_id", "capacity", "free")
    }


def _left(figures: Figures | None) -> float:
    return float("nan") if figures is None or figures[1] is None else figures[1]


def _capacity(figures: Figures | None) -> float:
    return float("nan") if figures is None or figures[0] is None else figures[0]


def _ports(asked: Question, rack: Columns, place: Places) -> tuple[Ports, ...]:
    """Free ports by speed: of the rack's own switches, or of all in its location."""
    speeds = sorted({name for each in asked.given["devices"] for name in each.get("ports") or {}})
    if not speeds:
        return ()
    shared = asked.wishes.get("ports_from") == "row"
    kind = "location" if shared else "rack"
    ids = sorted({int(pk) for pk in rack["location" if shared else "id"]} - {0})
    rows = Utilization.objects.filter(
        object_type=store.kind(kind), object_id__in=ids, resource=Kind.SWITCH_PORTS
    ).order_by()
    free: dict[str, dict[int, int]] = defaultdict(dict)
    for pk, speed, left in rows.values_list("object_id", "variant", "free"):
        free[speed][pk] = int(left or 0)
    made = []
    for speed in speeds:
        if shared:
            pool = np.array(
                [ids.index(int(pk)) if pk else -1 for pk in rack["location"]], dtype=np.int64
            )
            each = np.array([free[speed].get(pk, 0) for pk in ids], dtype=np.int64)
            made.append(Ports(speed, np.zeros(len(place), dtype=np.int64), pool, each))
        else:
            own = np.array([free[speed].get(int(pk), 0) for pk in rack["id"]], dtype=np.int64)
            made.append(Ports(speed, own))
    return tuple(made)
