"""Whether an answer holds: the load flow with the devices in place, over every single failure.

It knows nothing of how the answer was found: the devices are plugged into the outlets named, and
the whole chain is reckoned anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capacity.engine.placement import Item, Position
from capacity.supply import SiteReckoning
from power.engine import Demand, Rows, build, n_minus_1
from power.plant import Plant
from power.reckoning import share_of

SLACK = 0.01  # percent


@dataclass(frozen=True)
class Overload:
    """A node that the devices put over what it may carry: percent before and after, worst case."""

    site: int
    node: int
    before: float
    after: float


def overloads(
    reckonings: Mapping[int, SiteReckoning],
    items: Sequence[Item],
    positions: Sequence[Position],
    site_of: Mapping[int, int],
) -> list[Overload]:
    """Nodes over 100 % in the worst case, and more so than without the devices.

    `site_of` is the site of each rack. Devices without outlets or of unknown draw put no load.
    """
    found = []
    for site, reckoning in reckonings.items():
        plant = reckoning.plant
        new = [each for each in positions if site_of[each.rack] == site and each.outlets]
        if not new:
            continue
        place = {
            int(pk): node + plant.start["outlet"]
            for node, pk in enumerate(plant.pk[plant.start["outlet"] :])
        }
        rows, demand = _with(plant, reckoning.found.demand, items, new, place)
        worst = n_minus_1(build(rows), demand, reckoning.found.failures)
        before = reckoning.found.percent
        after = share_of(worst.watts, worst.va, plant)
        over = (after > 100 + SLACK) & ~(after <= before + SLACK)
        for node in np.flatnonzero(over):
            found.append(Overload(site, int(node), float(before[node]), float(after[node])))
    return found


def _with(
    plant: Plant,
    demand: Demand,
    items: Sequence[Item],
    new: Sequence[Position],
    place: Mapping[int, int],
) -> tuple[Rows, Demand]:
    rows = plant.rows
    columns: dict[str, list[int]] = defaultdict(list)
    watts = []
    for offset, position in enumerate(new):
        item = items[position.item]
        watts.append(0.0 if np.isnan(item.watts) else item.watts)
        columns["required"].append(item.required)
        for outlet in position.outlets:
            columns["supply_device"].append(rows.devices + offset)
            columns["supply_node"].append(place[outlet])
            columns["supply_leg"].append(-1)
    more = np.array(watts)
    longer: Any = {
        name: np.concatenate([getattr(rows, name), np.array(values, dtype=np.int64)])
        for name, values in columns.items()
    }
    return (
        replace(rows, **longer),
        Demand(
            np.concatenate([demand.watts, more]),
            np.concatenate([demand.var, np.zeros(len(more))]),
            np.concatenate([demand.basis, np.zeros(len(more), dtype=np.int64)]),
            np.concatenate([demand.partial, np.zeros(len(more), dtype=bool)]),
        ),
    )
