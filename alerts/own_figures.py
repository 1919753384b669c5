"""Figures that no place's utilization has: the power chain's nodes, supplies, dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

import numpy as np
from django.db.models import Model

from alerts.figures import Figure, Floats, Reading, Values, register
from capacity.models import DeviceDates, ReservationTerms
from dcim.models import Cable, Device, Module, PowerOutlet, PowerPort
from facilities.models import Lease
from power import findings
from power.engine.feeds import imbalance
from power.models import (
    DevicePowerProfile,
    DeviceTypePowerProfile,
    OutletBank,
    PowerEquipment,
    PowerFeed,
    PowerLink,
    PowerPanel,
    SitePowerPolicy,
)
from power.reckoning import Reckoning
from racks.models import RackReservation

CHAIN: tuple[type[Model], ...] = (
    *(PowerEquipment, PowerLink, PowerPanel, PowerFeed, OutletBank, SitePowerPolicy),
    *(DevicePowerProfile, DeviceTypePowerProfile),
    *(Device, Module, PowerPort, PowerOutlet, Cable),
)
PAUSE = 2.0  # seconds; a device is plugged in by several changes, and a reckoning is no trifle

_NODES: tuple[tuple[str, str, type[Model]], ...] = (
    ("equipment", "power equipment", PowerEquipment),
    ("panel", "a power panel", PowerPanel),
    ("feed", "a power feed", PowerFeed),
)


def _of_nodes(kind: str, values: Callable[[Reckoning], Floats]) -> Callable[[Reading], Values]:
    def read(reading: Reading) -> Values:
        found = reading.power
        here = found.plant.nodes(kind)
        return Values(np.asarray(found.plant.pk[here], dtype=np.int64), values(found)[here])

    return read


def _imbalance(found: Reckoning) -> Floats:
    three = (found.plant.rows.phases == 3) & (found.now.watts > 0)
    return np.where(three, imbalance(found.now.amperes) * 100, np.nan)


for _kind, _name, _model in _NODES:
    for _figure, _label, _values in (
        ("percent", "Load now of", lambda found: found.percent_now),
        ("worst-percent", "Worst-case load of", lambda found: found.percent),
        ("imbalance", "Imbalance between the lines of", _imbalance),
    ):
        register(
            Figure(
                f"{_kind}.{_figure}",
                f"{_label} {_name}",
                "%",
                _model,
                _of_nodes(_kind, _values),
                CHAIN,
                PAUSE,
            )
        )


def _found(find: Callable[[Reckoning], np.ndarray]) -> Callable[[Reading], Values]:
    """1 at the devices that a finding lists, 0 at the others."""

    def read(reading: Reading) -> Values:
        found = reading.power
        ids = np.asarray(found.plant.tables["device"]["id"], dtype=np.int64)
        values = np.zeros(len(ids))
        values[find(found)] = 1
        return Values(ids, values)

    return read


def _loose_supplies(reading: Reading) -> Values:
    found = reading.power
    ids = np.asarray(found.plant.tables["device"]["id"], dtype=np.int64)
    loose = found.plant.graph.attach < 0
    owners = found.plant.rows.supply_device[loose]
    return Values(ids, np.bincount(owners, minlength=len(ids)).astype(np.float64))


register(
    Figure(
        "device.not-diverse",
        "Device is not truly A/B (1: one failure takes all supplies)",
        "",
        Device,
        _found(findings.not_diverse),
        CHAIN,
        PAUSE,
        state="not truly A/B, one failure takes all its supplies",
    )
)
register(
    Figure(
        "device.unpowered",
        "Device is down as the chain is recorded (1: it is)",
        "",
        Device,
        _found(findings.unpowered),
        CHAIN,
        PAUSE,
        state="down, as the chain is recorded",
    )
)
register(
    Figure(
        "device.unconnected-supplies",
        "Supplies of a device that are plugged in nowhere",
        "supplies",
        Device,
        _loose_supplies,
        CHAIN,
        PAUSE,
    )
)


def _days(rows: Iterable[tuple[int, dt.date]], today: dt.date) -> Values:
    return Values.of((pk, float((day - today).days)) for pk, day in rows)


def _leases(reading: Reading) -> Values:
    today = reading.now.date()
    rows = Lease.objects.filter(ends__gte=today).order_by().values_list("pk", "ends")
    return _days(rows, today)  # type: ignore[arg-type]


def _warranties(reading: Reading) -> Values:
    rows = DeviceDates.objects.filter(warranty_ends__isnull=False).order_by()
    return _days(rows.values_list("device_id", "warranty_ends"), reading.now.date())  # type: ignore[arg-type]


def _reservations(reading: Reading) -> Values:
    today = reading.now.date()
    rows = ReservationTerms.objects.filter(ends__gte=today).order_by()
    return _days(rows.values_list("reservation_id", "ends"), today)  # type: ignore[arg-type]


register(
    Figure("lease.days-left", "Days until a lease ends", "days", Lease, _leases, (Lease,)),
)
register(
    Figure(
        "device.warranty-days-left",
        "Days until a device's warranty ends",
        "days",
        Device,
        _warranties,
        (DeviceDates,),
    )
)
register(
    Figure(
        "reservation.days-left",
        "Days until a reservation lapses",
        "days",
        RackReservation,
        _reservations,
        (ReservationTerms,),
    )
)
