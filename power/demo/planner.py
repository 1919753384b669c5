"""Racks, devices and feeds of one site, one at a time: names, places, serial numbers, states."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from power.demo.kit import Kit, PortKind
from power.demo.parts import DevicePlan, FeedPlan, RackPlan, SitePlan
from power.demo.wiring import Wiring

# Modules for bays of power supplies, by the device type.
SUPPLIES = {
    "DCS-7050SX3-48YC8-F": "PWR-500AC-F",
    "DCS-7280SR2-48YC6-F": "PWR-500AC-F",
    "Nexus 93108TC-FX3P": "NXA-PAC-1100W-PE2",
    "ProLiant DL360 Gen10": "865414-B21",
    "ProLiant DL380 Gen10": "830272-B21",
}
CARDS = {"DCS-7368": {"Slot 1": "DCS-7368-16C", "Slot 2": "DCS-7368-16C", "Slot 9": "DCS-7368-SUP"}}
PLATFORMS = {
    "Arista": "eos",
    "Cisco": "nx-os",
    "Juniper": "junos",
    "Mellanox": "cumulus-linux",
    "Palo Alto": "pan-os",
    "Opengear": "opengear-ngcs",
}
STATES = (("active", 88), ("staged", 3), ("planned", 3), ("offline", 2), ("failed", 2),
          ("decommissioning", 2))  # fmt: skip
LETTERS = "0123456789ABCDEFGHJKLMNPQRSTVWXYZ"


class Planner:
    """Builds a site's plan. Everything that looks random comes from `rng`."""

    def __init__(self, kit: Kit, code: str, rng: random.Random) -> None:
        self.kit = kit
        self.code = code
        self.rng = rng
        self.plan = SitePlan(code)
        self.wiring = Wiring(self.plan)
        self.numbers: Counter[str] = Counter()

    def number(self, of: str) -> int:
        """The next number in a series."""
        self.numbers[of] += 1
        return self.numbers[of]

    def rack(self, row: str, at: tuple[int, int], role: str, **values: Any) -> RackPlan:
        """A rack at row and column; `row` is the location's key, such as `h1-r03`."""
        hall = row.split("-")[0].upper()
        name = f"{self.code}-{hall}-R{at[0]:02d}-C{at[1]:02d}"
        rack = RackPlan(name, row, at, role, **values)
        self.plan.racks.append(rack)
        return rack

    def device(
        self,
        model: str,
        name: str,
        role: str,
        rack: RackPlan,
        *,
        at: int | None = None,
        top: bool = False,
        **values: Any,
    ) -> DevicePlan:
        """A device in a rack, at a unit or at the lowest or highest place that is free."""
        kind = self.kit.devices[model]
        units = -(-kind.half_units // 2)
        if units and at is None:
            at = rack.highest(units) if top else rack.lowest(units)
            if at is None:
                raise ValueError(f"{rack.name} has no {units} units left for {name}.")
        if units and at is not None:
            rack.taken.update(range(at, at + units))
        modules = {bay: self.kit.modules[card] for bay, card in CARDS.get(model, {}).items()}
        if model in SUPPLIES:
            supply = self.kit.modules[SUPPLIES[model]]
            modules |= {bay: supply for bay, _ in kind.bays if bay.startswith("PS")}
        values.setdefault("platform", PLATFORMS.get(kind.maker))
        values.setdefault("status", "planned" if rack.status == "planned" else "active")
        values.setdefault("tenant", rack.tenant)
        device = DevicePlan(
            name,
            kind,
            role,
            rack,
            position=at if units else None,
            face="front" if units else "rear",
            modules=modules,
            serial=self.serial(kind.maker),
            asset_tag=f"{self.code}-{self.number('asset'):05d}",
            **values,
        )
        rack.devices.append(device)
        self.plan.devices.append(device)
        return device

    def serial(self, maker: str) -> str:
        """A serial number of the form the maker uses."""
        sizes = {"Dell": 7, "Cisco": 8, "HPE": 10, "Nvidia": 13}
        length = sizes.get(maker, 12)
        prefix = {"Cisco": "FDO", "Arista": "SSJ", "Juniper": "ZE"}.get(maker, "")
        return prefix + "".join(self.rng.choices(LETTERS, k=length - len(prefix)))

    def state(self) -> str:
        """What a server is in: mostly active."""
        names, weights = zip(*STATES, strict=True)
        return str(self.rng.choices(names, weights)[0])

    def supply(
        self,
        rack: RackPlan,
        model: str,
        panels: dict[str, str],
        *,
        voltage: int,
        amperage: int,
        pairs: int = 1,
    ) -> list[DevicePlan]:
        """Feeds and vertical PDUs of a rack: `pairs` of A and B."""
        pdus = []
        for number in range(1, pairs + 1):
            for side in "AB":
                suffix = f"{side}{number}" if pairs > 1 else side
                feed = self.feed(rack, suffix, panels[side], voltage, amperage)
                pdus.append(self.pdu(model, suffix, feed))
        return pdus

    def feed(
        self, rack: RackPlan, suffix: str, panel: str, voltage: int, amperage: int
    ) -> FeedPlan:
        """A feed of a rack; its side is the first letter of the suffix."""
        status = "planned" if rack.status == "planned" else "active"
        name = f"{rack.name}-{suffix}"
        found = FeedPlan(name, panel, rack, suffix[0], voltage, amperage, status)
        rack.feeds.append(found)
        self.plan.feeds.append(found)
        return found

    def pdu(self, model: str, suffix: str, feed: FeedPlan) -> DevicePlan:
        """A vertical PDU on a feed."""
        rack = feed.rack
        name = f"pdu-{suffix.lower()}-{rack.short}"
        found = self.device(model, name, "rack-pdu", rack, side=feed.side, tenant=None)
        self.wiring.feed(feed, found)
        return found

    def leaves(
        self, rack: RackPlan, model: str, mgmt: str, pdus: Sequence[DevicePlan]
    ) -> tuple[DevicePlan, list[DevicePlan], DevicePlan]:
        """What every rack of servers has at its top: fibre panel, two switches, one for management.

        The management ports of switches and PDUs are cabled, and their power.
        """
        panel_type = "LC-24-port Fiber Patch Panel"
        panel = self.device(
            panel_type, f"pp-{rack.short}", "patch-panel", rack, top=True, tenant=None
        )
        pair = [
            self.device(model, f"tor-{letter}-{rack.short}", "leaf", rack, top=True, tenant=None)
            for letter in "ab"
        ]
        switch = self.device(
            mgmt, f"oob-{rack.short}", "management-switch", rack, top=True, tenant=None
        )
        for device in (*pair, switch):
            self.wiring.power(device, pdus)
        for device in (*pdus, *pair, switch):
            if device is not switch:
                self.wiring.manage(device, switch)
        return panel, pair, switch


def side_capacity(rack: RackPlan) -> float:
    """What the weaker side of a rack may carry continuously, in volt-amperes."""
    return min(
        sum(feed.available for feed in rack.feeds if feed.side == side) for side in ("A", "B")
    )


def ocp_ports() -> list[PortKind]:
    """The ports of a 25 Gbit/s card in a server's OCP slot."""
    return [PortKind(f"ocp0-p{n}", "25gbase-x-sfp28") for n in (1, 2)]
