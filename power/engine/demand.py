"""What devices draw, and on what that figure rests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from power.engine.rows import Flags, Floats, Ints


class Basis(IntEnum):
    """On what a device's watts rest."""

    MEASURED = 0
    ALLOCATED = 1
    BUDGET = 2
    MAXIMUM = 3
    UNKNOWN = 4


# Where a device lacks the basis asked for, the next of these is taken.
ORDERS: dict[Basis, tuple[Basis, ...]] = {
    Basis.MEASURED: (Basis.MEASURED, Basis.ALLOCATED, Basis.BUDGET, Basis.MAXIMUM),
    Basis.ALLOCATED: (Basis.ALLOCATED, Basis.BUDGET, Basis.MAXIMUM),
    Basis.BUDGET: (Basis.BUDGET, Basis.MAXIMUM, Basis.ALLOCATED),
    Basis.MAXIMUM: (Basis.MAXIMUM, Basis.ALLOCATED),
}


@dataclass(frozen=True)
class DemandRows:
    """What is recorded of `m` devices and their `s` supplies; unknown is NaN.

    required: supplies that must be live, 0 for all but one and at least one, shape (m,).
    measured: peak of the whole device, W. budget: share of the nameplate, 0 to 1.
    power_factor: of the device's draw. All shape (m,).
    supply_device: index of the device; allocated, maximum: watts of the supply; rating: rated
        watts of the supply, which comes before `maximum`. All shape (s,).
    """

    required: Ints
    measured: Floats
    budget: Floats
    power_factor: Floats
    supply_device: Ints
    allocated: Floats
    maximum: Floats
    rating: Floats


@dataclass(frozen=True)
class Demand:
    """What each device draws, shape (m,): W, var, the `Basis`, and whether part of it is missing.

    `partial` marks a figure of which some supplies lack their part; UNKNOWN draws 0 W in sums.
    """

    watts: Floats
    var: Floats
    basis: Ints
    partial: Flags

    def by_basis(self) -> dict[Basis, tuple[int, float]]:
        """Devices and watts that rest on each basis."""
        return {
            basis: (int((self.basis == basis).sum()), float(self.watts[self.basis == basis].sum()))
            for basis in Basis
        }


def choose(rows: DemandRows, basis: Basis) -> Demand:
    """Each device's draw on the basis asked for, or on the next in `ORDERS` that is known.

    A figure of which every supply has its part comes before one with gaps, whatever the order.
    The nameplate is the sum of the ratings of as many supplies as must be live, the largest: a
    device cannot draw more than the supplies it needs can give. A negative figure is unknown.
    """
    count = len(rows.required)
    nameplate, plate_whole = _nameplate(rows)
    allocated, allocated_whole = _sum(rows.supply_device, rows.allocated, count)
    sure = np.ones(count, dtype=bool)
    found = {
        Basis.MEASURED: (rows.measured, sure),
        Basis.ALLOCATED: (allocated, allocated_whole),
        Basis.BUDGET: (nameplate * rows.budget, plate_whole),
        Basis.MAXIMUM: (nameplate, plate_whole),
    }
    watts = np.full(count, np.nan)
    chosen = np.full(count, int(Basis.UNKNOWN), dtype=np.int64)
    partial = np.zeros(count, dtype=bool)
    for gaps in (False, True):
        for each in ORDERS[basis]:
            value, whole = found[each]
            take = np.isnan(watts) & (value >= 0) & (whole | gaps)
            watts[take], chosen[take], partial[take] = value[take], int(each), gaps
    watts = np.where(np.isnan(watts), 0.0, watts)
    factor = np.where(np.isnan(rows.power_factor), 1.0, rows.power_factor)
    return Demand(watts, watts * reactive(factor), chosen, partial)


def reactive(power_factor: Floats) -> Floats:
    """var per watt at a (lagging) power factor: tan(arccos PF)."""
    found: Floats = np.sqrt(np.maximum(1.0 - power_factor**2, 0.0)) / power_factor
    return found


def _sum(device: Ints, values: Floats, count: int) -> tuple[Floats, Flags]:
    """Sum of the known values of each device, NaN where none is; whether all are known."""
    known = ~np.isnan(values)
    total = np.bincount(device[known], weights=values[known], minlength=count)
    have = np.bincount(device[known], minlength=count)
    all_of = np.bincount(device, minlength=count)
    return np.where(have > 0, total, np.nan), have == all_of


def _nameplate(rows: DemandRows) -> tuple[Floats, Flags]:
    rating = np.where(np.isnan(rows.rating), rows.maximum, rows.rating)
    count = len(rows.required)
    supplies = np.bincount(rows.supply_device, minlength=count)
    required = np.where(rows.required > 0, rows.required, np.maximum(supplies - 1, 1))
    _, whole = _sum(rows.supply_device, rating, count)
    order = np.lexsort((-np.nan_to_num(rating, nan=-1.0), rows.supply_device))
    device = rows.supply_device[order]
    place = np.arange(len(order)) - (np.cumsum(supplies) - supplies)[device]
    largest = order[place < required[device]]
    total, _ = _sum(rows.supply_device[largest], rating[largest], count)
    return total, whole
