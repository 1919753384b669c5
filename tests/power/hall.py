"""A small 2N hall in the database: utility to supply, with figures that can be checked by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from facilities.models import Site, Tenant
from tests.dcim.factories import (
    DeviceFactory,
    PowerOutletFactory,
    PowerPortFactory,
    RackFactory,
    connect,
)
from tests.facilities.factories import SiteFactory
from tests.power.factories import (
    PowerEquipmentFactory,
    PowerFeedFactory,
    PowerLinkFactory,
    PowerPanelFactory,
)

SOURCE = {"input_voltage": None, "input_phase": None}


@dataclass
class Side:
    """One side: utility - link - UPS (efficiency 0.95) - link - panel - feed - PDU."""

    utility: Any
    ups: Any
    panel: Any
    feed: Any
    pdu: Any
    inlet: Any
    outlets: list[Any]


@dataclass
class Hall:
    """A site with sides A and B and a rack; devices are plugged into both in turn."""

    site: Site
    rack: Any
    sides: list[Side]
    used: int = 0
    devices: list[Any] = field(default_factory=list)

    def add(self, *draws: int | None, tenant: Tenant | None = None, sides: str = "AB") -> Any:
        """A device with a supply for each draw (W), plugged into the sides in turn."""
        device = DeviceFactory(site=self.site, rack=self.rack, tenant=tenant)
        for place, draw in enumerate(draws):
            port = PowerPortFactory(device=device, allocated_draw=draw)
            side = self.sides["AB".index(sides[place % len(sides)])]
            connect(side.outlets.pop(0), port)
        self.devices.append(device)
        return device


def two_n(outlets: int = 6, **feed: Any) -> Hall:
    """A hall whose feeds are by default 208 V three-phase, 60 A: 17,292 VA."""
    site = SiteFactory()
    rack = RackFactory(site=site)
    values = {"voltage": 208, "amperage": 60, "phase": "three-phase", **feed}
    sides = []
    for name in "AB":
        utility = PowerEquipmentFactory(site=site, name=f"Utility {name}", kind="utility", **SOURCE)
        ups = PowerEquipmentFactory(
            site=site, name=f"UPS {name}", rated_kva=100, rated_kw=90, efficiency=95
        )
        PowerLinkFactory(upstream=utility, downstream_equipment=ups, breaker_amperage=400, poles=3)
        panel = PowerPanelFactory(site=site, name=f"Panel {name}")
        PowerLinkFactory(upstream=ups, downstream_panel=panel, breaker_amperage=100, poles=3)
        circuit = PowerFeedFactory(power_panel=panel, rack=rack, name=f"Feed {name}", **values)
        pdu = DeviceFactory(site=site, rack=rack, name=f"PDU {name}")
        inlet = PowerPortFactory(device=pdu, name="Inlet")
        connect(circuit, inlet)
        sockets = PowerOutletFactory.create_batch(outlets, device=pdu, power_port=inlet)
        sides.append(Side(utility, ups, panel, circuit, pdu, inlet, sockets))
    return Hall(site, rack, sides)
