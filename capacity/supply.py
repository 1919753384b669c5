"""Power and cooling of one site: of its racks, locations, redundancy groups, and what is stranded.

The power chain is reckoned as a whole, with its worst case over single failures; what a rack may
draw more is what every node above it has left in that case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from capacity import site_queries, store
from capacity.choices import ResourceKind as Kind
from capacity.contents import places_of
from capacity.engine import supply as engine
from capacity.engine.supply import Floats, Ints, Load
from capacity.models import Utilization
from capacity.store import Row
from capacity.stranding import stranded_rows
from capacity.upstream import NO_NODES, Upstream
from dcim.choices import DeviceStatus
from power.engine import Basis, Demand
from power.engine.sets import distinct
from power.plant import Plant, draws
from power.queries import Columns
from power.reckoning import Reckoning, reckon

RESOURCES = (Kind.POWER, Kind.AIR_COOLING, Kind.LIQUID_COOLING)
BASIS = Basis.ALLOCATED
NOT_PLANNED = [value for value in DeviceStatus.values if value != DeviceStatus.PLANNED]


@dataclass(frozen=True)
class Draw:
    """What devices draw, shape (m,), W; `known` is False where it rests on nothing or in part."""

    device: Ints
    rack: Ints
    location: Ints
    tenant: Ints
    watts: Floats
    liquid: Floats
    measured: Floats
    planned: Any
    known: Any


def draw(device: Columns, sites: Sequence[int], now: tuple[Ints, Demand] | None = None) -> Draw:
    """Every device of some sites that draws power, those to come included.

    `device` is what `site_queries.devices` tells of them, `now` what is reckoned already.
    """
    ids, demand = now or draws(sites, BASIS, ("planned", "inventory"))
    more, coming = draws(sites, BASIS, NOT_PLANNED)
    every = np.concatenate([ids, more])
    place = np.searchsorted(device["id"], every)
    watts = np.concatenate([demand.watts, coming.watts])
    parts = [each.partial | (each.basis == int(Basis.UNKNOWN)) for each in (demand, coming)]
    return Draw(
        device=every,
        rack=device["rack"][place],
        location=device["location"][place],
        tenant=device["tenant"][place],
        watts=watts,
        liquid=watts * device["liquid"][place],
        measured=device["measured"][place],
        planned=device["planned"][place] > 0,
        known=~np.concatenate(parts),
    )


def refresh_site(site: int) -> list[int]:
    """Bring power, cooling and what is stranded up to date in one site.

    Returns the ids of the rows that changed.
    """
    made = SiteReckoning(site)
    rows = [*made.racks(), *made.places(), *made.groups()]
    scope = made.scope()
    kinds = ["rack", "location", "site", "redundancy_group"]
    changed = store.write(rows, RESOURCES, kinds, scope)
    within = [place for place in scope if place[0] != "redundancy_group"]
    return changed + store.strand(stranded_rows(site, made.branches), within)


class _Sums:
    """Of some places: what is used, reserved, planned, measured, W, and what is not known."""

    def __init__(self) -> None:
        self.used: dict[int, float] = defaultdict(float)
        self.planned: dict[int, float] = defaultdict(float)
        self.reserved: dict[int, float] = defaultdict(float)
        self.measured: dict[int, float] = {}
        self.unknown: dict[int, int] = defaultdict(int)

    def figures(self, pk: int) -> dict[str, Any]:
        return {
            "used": self.used[pk],
            "planned": self.planned[pk],
            "reserved": self.reserved[pk],
            "unknown": self.unknown[pk],
        }

    def taken(self, pk: int) -> float:
        return self.used[pk] + self.planned[pk] + self.reserved[pk]


class SiteReckoning:
    """Power and cooling of one site: what is drawn, what its limits are, what stands above."""

    def __init__(self, site: int) -> None:
        self.site = site
        self.found: Reckoning = reckon([site], BASIS)
        self.plant: Plant = self.found.plant
        self.rack: Columns = site_queries.racks(site)
        self.branches = site_queries.branches(site)
        self.contracts = site_queries.contracts(site)
        self.cooling = site_queries.cooling(site)
        device = site_queries.devices([site])
        self.draw = draw(device, [site], (self.plant.tables["device"]["id"], self.found.demand))
        self.up = Upstream(site, self.found, (device["id"], device["rack"]))
        self.place = {int(pk): index for index, pk in enumerate(self.rack["id"])}
        self.sums = {
            (place, kind): self._sums(place, kind)
            for place in ("rack", "location", "site")
            for kind in RESOURCES
        }

    # what adds up

    def _sums(self, place: str, kind: Kind) -> _Sums:
        found, draw = _Sums(), self.draw
        wet, dry = draw.liquid, draw.watts - draw.liquid
        watts = {Kind.POWER: draw.watts, Kind.AIR_COOLING: dry, Kind.LIQUID_COOLING: wet}[kind]
        for pk, index in self._members(place, draw.rack, draw.location):
            here, planned = watts[index], draw.planned[index]
            found.used[pk] += float(here[~planned].sum())
            found.planned[pk] += float(here[planned].sum())
            found.unknown[pk] += int((~draw.known[index] & ~planned).sum())
            measured = draw.measured[index]
            if kind == Kind.POWER and (known := ~np.isnan(measured)).any():
                found.measured[pk] = found.measured.get(pk, 0.0) + float(measured[known].sum())
        kept, wet_kept = self.rack["kept"], self.rack["wet"]
        reserved = {
            Kind.POWER: kept,
            Kind.AIR_COOLING: kept - wet_kept,
            Kind.LIQUID_COOLING: wet_kept,
        }[kind]
        for pk, index in self._members(place, self.rack["id"], self.rack["location"]):
            found.reserved[pk] += float(reserved[index].sum())
        return found

    def _members(self, place: str, rack: Ints, location: Ints) -> Iterable[tuple[int, Ints]]:
        """Places with the indices of what is in them; in a location what its branch holds."""
        if place == "site":
            yield self.site, np.arange(len(rack))
            return
        of = rack if place == "rack" else location
        for pk, index in engine.split(of, np.arange(len(of))).items():
            if not pk:
                continue
            if place == "rack":
                yield pk, index
            for above in self.branches.get(pk, ()) if place == "location" else ():
                yield above, index

    # racks

    @cached_property
    def rack_free(self) -> dict[int, float]:
        """W more that each rack may draw whatever fails; NaN where no limit is known.

        Within what its own feeds and limit give, what every node above has left, and what the
        contracts of the places it is in leave.
        """
        found = {}
        redundant = self.up.redundant
        for pk, index in self.place.items():
            feeds = self.up.feeds.get(pk, np.zeros(0, dtype=np.int64))
            taken = self.sums["rack", Kind.POWER].taken(pk)
            coming = taken - self.sums["rack", Kind.POWER].used[pk]
            limit = float(self.rack["power"][index])
            own = engine.of_sides(np.maximum(self.up.margin[feeds], 0.0), redundant[feeds])
            above = (
                engine.headroom(self.up.margin, self.up.loads[pk])
                if pk in self.up.loads
                else np.nan
            )
            left = [limit - taken, own - coming, above - coming, self._contract_left(index)]
            known = [value for value in left if not np.isnan(value)]
            found[pk] = max(min(known), 0.0) if known else float("nan")
        return found

    def _contract_left(self, index: int) -> float:
        location = int(self.rack["location"][index])
        left = [
            self.contracts[place] - self.sums[place[0], Kind.POWER].taken(place[1])
            for place in (
                ("site", self.site),
                *(("location", pk) for pk in self.branches.get(location, ())),
            )
            if place in self.contracts
        ]
        return min(left, default=float("nan"))

    def rack_capacity(self, index: int, redundant: Any) -> float:
        """What a rack may draw: its limit, or what its feeds give when one side fails, W."""
        pk = int(self.rack["id"][index])
        feeds = self.up.feeds.get(pk, np.zeros(0, dtype=np.int64))
        watts, va = self.found.usable
        given = engine.of_sides(np.fmin(watts[feeds], va[feeds]), redundant[feeds])
        return float(np.fmin(float(self.rack["power"][index]), given))

    @cached_property
    def capacities(self) -> dict[int, float]:
        redundant = self.up.redundant
        return {pk: self.rack_capacity(index, redundant) for pk, index in self.place.items()}

    def racks(self) -> Iterable[Row]:
        """Power and cooling of each rack."""
        wet = self.loops_left()
        for pk, index in self.place.items():
            where: dict[str, Any] = {
                "rack_id": pk,
                "location_id": int(self.rack["location"][index]) or None,
                "site_id": self.site,
            }
            power = self.sums["rack", Kind.POWER]
            nodes = [self.up.feeds.get(pk), self.up.inlets.get(pk)]
            here = np.concatenate([each for each in nodes if each is not None] or [NO_NODES])
            yield store.row(
                "rack",
                pk,
                Kind.POWER,
                capacity=_known(self.capacities[pk]),
                free=_known(self.rack_free[pk]),
                measured=power.measured.get(pk),
                **power.figures(pk),
                **self.up.worst(here),
                **where,
            )
            for kind, column in ((Kind.AIR_COOLING, "air"), (Kind.LIQUID_COOLING, "liquid")):
                sums, limit = self.sums["rack", kind], float(self.rack[column][index])
                if kind == Kind.LIQUID_COOLING and np.isnan(limit) and not sums.taken(pk):
                    continue
                left = [limit - sums.taken(pk)]
                if kind == Kind.LIQUID_COOLING:
                    left.append(wet.get(int(self.rack["loop"][index]), np.nan))
                known = [value for value in left if not np.isnan(value)]
                yield store.row(
                    "rack",
                    pk,
                    kind,
                    capacity=_known(limit),
                    free=max(min(known), 0.0) if known else None,
                    **sums.figures(pk),
                    **where,
                )

    def loops_left(self) -> dict[int, float]:
        """What each cooling loop of known capacity has left, W."""
        sums = self.sums["rack", Kind.LIQUID_COOLING]
        left = self.loops_total()
        for pk, index in self.place.items():
            loop = int(self.rack["loop"][index])
            if loop in left:
                left[loop] -= sums.taken(pk)
        return left

    def loops_total(self) -> dict[int, float]:
        """What each cooling loop carries away, W, where it is known."""
        return site_queries.loops(self.site)

    # places

    def places(self) -> Iterable[Row]:
        """Power and cooling of the site and of its locations."""
        for place, pk, index in self._racks_of_places():
            where: dict[str, Any] = {
                "location_id": pk if place == "location" else None,
                "site_id": self.site,
            }
            racks = [int(self.rack["id"][i]) for i in index]
            power = self.sums[place, Kind.POWER]
            yield store.row(
                place,
                pk,
                Kind.POWER,
                capacity=self._capacity(place, pk, racks),
                free=self._free(place, pk, racks),
                measured=power.measured.get(pk),
                **power.figures(pk),
                **self.up.worst(self._nodes(place, pk, racks)),
                **where,
            )
            for slot, (kind, column) in enumerate(
                ((Kind.AIR_COOLING, "air"), (Kind.LIQUID_COOLING, "liquid"))
            ):
                sums = self.sums[place, kind]
                own = self.cooling.get((place, pk), (None, None))[slot]
                limits = self.rack[column][index]
                known = limits[~np.isnan(limits)]
                capacity = own if own is not None else (float(known.sum()) if len(known) else None)
                if kind == Kind.LIQUID_COOLING and capacity is None and not sums.taken(pk):
                    continue
                yield store.row(place, pk, kind, capacity=capacity, **sums.figures(pk), **where)

    def _racks_of_places(self) -> Iterable[tuple[str, int, Ints]]:
        yield "site", self.site, np.arange(len(self.rack["id"]))
        branches: dict[int, list[int]] = {pk: [] for pk in self.branches}
        for index, location in enumerate(self.rack["location"]):
            for above in self.branches.get(int(location), ()):
                branches[above].append(index)
        used = self.sums["location", Kind.POWER]
        for pk, members in sorted(branches.items()):
            if members or used.taken(pk) or ("location", pk) in self.contracts | self.cooling:
                yield "location", pk, np.array(members, dtype=np.int64)

    def _capacity(self, place: str, pk: int, racks: list[int]) -> float | None:
        contract = self.contracts.get((place, pk))
        if contract is not None:
            return contract
        known = [self.capacities[r] for r in racks if not np.isnan(self.capacities[r])]
        return float(sum(known)) if known else None

    def _free(self, place: str, pk: int, racks: list[int]) -> float | None:
        """What its racks can take together, whatever fails, within the place's contract."""
        able = [r for r in racks if not np.isnan(self.rack_free[r])]
        if not able:
            if (place, pk) not in self.contracts:
                return None
            left = self.contracts[place, pk] - self.sums[place, Kind.POWER].taken(pk)
            return max(left, 0.0)
        wants = np.array([self.rack_free[r] for r in able])
        loads = [self.up.loads.get(r, Load(NO_NODES, np.zeros(0))) for r in able]
        total = float(engine.fill(self.margin_left(), loads, wants).sum())
        for above in self._above(place, pk):
            if above in self.contracts:
                left = self.contracts[above] - self.sums[above[0], Kind.POWER].taken(above[1])
                total = min(total, max(left, 0.0))
        return total

    def margin_left(self) -> Floats:
        """The margin of each node less what is reserved and planned below it."""
        left = self.up.margin.copy()
        power = self.sums["rack", Kind.POWER]
        for pk, load in self.up.loads.items():
            coming = power.planned[pk] + power.reserved[pk]
            if coming:
                left[load.nodes] -= coming * load.most
                left[self.up.feeds[pk]] -= coming
        return left

    def _above(self, place: str, pk: int) -> list[tuple[str, int]]:
        if place == "site":
            return [("site", pk)]
        return [("site", self.site), *(("location", each) for each in self.branches.get(pk, ()))]

    def _nodes(self, place: str, pk: int, racks: list[int]) -> Ints:
        """The nodes that feed a place: those in it, the feeds of its racks and all above them."""
        start = self.plant.start["bank"]
        if place == "site":
            return np.arange(start)
        inside = [one for one, path in self.branches.items() if pk in path]
        found = [np.flatnonzero(np.isin(self.plant.location[:start], inside))]
        for rack in racks:
            found += [self.up.feeds.get(rack, NO_NODES), self.up.inlets.get(rack, NO_NODES)]
            if rack in self.up.loads:
                found.append(self.up.loads[rack].nodes)
        return distinct(np.concatenate(found))

    # redundancy groups

    def groups(self) -> Iterable[Row]:
        """Power of each redundancy group: what it carries with its spare members failed."""
        schemes = site_queries.groups(self.site)
        member = self.plant.tables["equipment"]["group"]
        watts, va = self.found.usable
        usable = np.fmin(watts, va)
        for pk, scheme in sorted(schemes.items()):
            nodes = np.flatnonzero(member == pk)
            if not len(nodes):
                continue
            yield store.row(
                "redundancy_group",
                pk,
                Kind.POWER,
                capacity=_known(engine.firm(usable[nodes], scheme)),
                used=float(self.found.now.watts[nodes].sum()),
                redundancy_group_id=pk,
                site_id=self.site,
                **self.up.worst(nodes),
            )

    def scope(self) -> list[tuple[str, int]]:
        """Every place of the site, also those that were in it."""
        known = Utilization.objects.filter(site=self.site).order_by()
        racks = set(map(int, self.rack["id"]))
        racks |= set(known.filter(object_type=store.kind("rack")).values_list("rack", flat=True))
        groups = set(site_queries.groups(self.site))
        old = known.filter(object_type=store.kind("redundancy_group"))
        groups |= set(old.values_list("object_id", flat=True))
        return [
            *(("rack", pk) for pk in sorted(racks)),
            *(places_of([self.site]) or ()),
            *(("redundancy_group", pk) for pk in sorted(groups)),
        ]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
