"""Limits, plans and thresholds."""

from __future__ import annotations

from tests.capacity import factories as capacity
from tests.contract.payloads.making import Body, example
from tests.dcim import factories as dcim
from tests.facilities import factories as places
from tests.racks import factories as racks

example(
    "capacity/place-limits",
    lambda n: {"site": places.SiteFactory().pk},
    skip=["location"],
)


def _on_loop(body: Body, n: int) -> Body:
    rack = racks.RackFactory()
    return {
        "rack": rack.pk,
        "cooling_loop": capacity.CoolingLoopFactory(site=rack.site).pk,
    }


example("capacity/rack-limits", lambda n: {"rack": racks.RackFactory().pk}, _on_loop)
example(
    "capacity/cooling-loops",
    lambda n: {"name": f"Loop {n}", "site": places.SiteFactory().pk},
)
example("capacity/device-dates", lambda n: {"device": dcim.DeviceFactory().pk})
example("capacity/device-type-cooling", lambda n: {"device_type": dcim.DeviceTypeFactory().pk})
example(
    "capacity/reservation-terms",
    lambda n: {"reservation": racks.RackReservationFactory().pk},
)
example(
    "capacity/thresholds",
    lambda n: {
        "resource": "space",
        "rack": racks.RackFactory().pk,
        "warn_percent": 80,
        "critical_percent": 90,
    },
    skip=["site", "location"],
)
