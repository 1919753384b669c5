"""What is wrong with a power chain, or missing from its record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from power.engine import Basis
from power.engine.feeds import imbalance
from power.models import SitePowerPolicy
from power.reckoning import Reckoning

Ints = np.ndarray
IMBALANCE = 20  # percent, where a site has no policy


@dataclass(frozen=True)
class Finding:
    """A kind of finding: its name, what it says, and whether it lists devices or nodes."""

    name: str
    label: str
    sentence: str
    of_devices: bool
    find: Callable[[Reckoning], Ints]


def not_diverse(found: Reckoning) -> Ints:
    """Devices that could lose a supply, and yet are taken down by one failure."""
    plant = found.plant
    graph = plant.graph
    supplies = np.bincount(plant.rows.supply_device, minlength=plant.rows.devices)
    spare = supplies > graph.required
    return np.flatnonzero(spare & found.now.up & (found.worst.taken_down_by >= 0))


def unconnected(found: Reckoning) -> Ints:
    """Devices with a supply that no power comes to."""
    loose = found.plant.graph.attach < 0
    return np.unique(found.plant.rows.supply_device[loose])


def unpowered(found: Reckoning) -> Ints:
    """Devices that are down now though everything they have is plugged in somewhere."""
    down = np.flatnonzero(~found.now.up)
    return np.setdiff1d(down, unconnected(found))


def unknown_demand(found: Reckoning) -> Ints:
    """Devices of which no draw is known."""
    return np.flatnonzero(found.demand.basis == Basis.UNKNOWN)


def without_source(found: Reckoning) -> Ints:
    """Panels and their feeds with nothing recorded above; they count as live."""
    plant = found.plant
    fed = np.bincount(plant.rows.edge_down, minlength=len(plant.pk)) > 0
    panels = plant.nodes("panel")
    lone = np.flatnonzero(~fed[panels]) + panels.start
    below = plant.rows.edge_down[np.isin(plant.rows.edge_up, lone)]
    return np.sort(np.concatenate([lone, below]))


def overloaded(found: Reckoning) -> Ints:
    """Nodes that carry more than they may, now or after a single failure."""
    return np.flatnonzero(np.nan_to_num(found.percent) > 100.0001)


def unknown_rating(found: Reckoning) -> Ints:
    """Equipment, links, panels and feeds of which neither VA nor W is known."""
    upper = slice(0, found.plant.start["pdu"])
    watts, va = found.usable
    return np.flatnonzero(np.isnan(watts[upper]) & np.isnan(va[upper]))


def unbalanced(found: Reckoning) -> Ints:
    """Three-phase nodes one line of which differs from the mean by more than the site's limit."""
    plant = found.plant
    limits = dict(
        SitePowerPolicy.objects.filter(site__in=plant.sites)
        .order_by()
        .values_list("site", "imbalance_limit")
    )
    upper = np.arange(plant.start["bank"])
    limit = np.array([limits.get(int(site), IMBALANCE) for site in plant.site[upper]]) / 100
    three = (plant.rows.phases[upper] == 3) & (found.now.watts[upper] > 0)
    off = np.nan_to_num(imbalance(found.now.amperes[upper])) > limit + 1e-9
    return upper[three & off]


def in_circles(found: Reckoning) -> Ints:
    """PDUs that are cabled in a circle."""
    return np.array(sorted(found.plant.circles), dtype=np.int64)


FINDINGS = (
    Finding(
        "overloaded",
        "Over what they may carry",
        "In the worst case over single failures these carry more than their usable rating.",
        False,
        overloaded,
    ),
    Finding(
        "not_diverse",
        "Not truly A/B",
        "These could lose a supply, but one failure takes all they have.",
        True,
        not_diverse,
    ),
    Finding(
        "unpowered", "Without power", "These are down as the chain is recorded.", True, unpowered
    ),
    Finding(
        "unconnected",
        "Unconnected supplies",
        "At least one supply of these is plugged in nowhere.",
        True,
        unconnected,
    ),
    Finding(
        "without_source",
        "Without a source",
        "Nothing is recorded above these panels and feeds; they count as live.",
        False,
        without_source,
    ),
    Finding(
        "in_circles",
        "Cabled in a circle",
        "These PDUs feed one another; the cables between them are left out.",
        False,
        in_circles,
    ),
    Finding(
        "unbalanced",
        "Unbalanced",
        "The current of a line differs from the mean of the three by more than the site's limit.",
        False,
        unbalanced,
    ),
    Finding(
        "unknown_demand",
        "Unknown draw",
        "No draw of these is recorded; they count as 0 W.",
        True,
        unknown_demand,
    ),
    Finding(
        "unknown_rating",
        "Unknown rating",
        "What these may carry is not recorded, so neither is their headroom.",
        False,
        unknown_rating,
    ),
)
BY_NAME = {each.name: each for each in FINDINGS}
