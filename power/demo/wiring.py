"""Which port goes to which: power, data, management and console cables of a site."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from dcim.models import COMPATIBLE
from power.demo.kit import EstateError
from power.demo.parts import CablePlan, DevicePlan, End, FeedPlan, RackPlan, SitePlan

RED, BLUE, GREY, GREEN, YELLOW, AQUA, ORANGE = (
    "f44336", "2196f3", "9e9e9e", "4caf50", "ffc107", "00bcd4", "ff9800",
)  # fmt: skip
SIDE_COLORS = {"A": RED, "B": BLUE, "S": ORANGE}
# Lengths that are sold, in meters.
LENGTHS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100)
RACK_WIDTH, ROW_PITCH, RISER = 0.7, 3.0, 4.0  # meters; the riser is up to the tray and down again

COPPER = ("1000base-t", "10gbase-t", "100base-tx")
SHORT_OPTICS = ("10gbase-x-sfpp", "25gbase-x-sfp28")
SOCKETS = {
    "iec-60320-c20": "iec-60320-c19",
    "iec-60320-c14": "iec-60320-c13",
    "iec-60320-c16": "iec-60320-c13",
}


class Wiring:
    """Adds cables to a site's plan."""

    def __init__(self, plan: SitePlan) -> None:
        self.plan = plan

    def run(
        self,
        a: End | Sequence[End],
        b: End | Sequence[End],
        type_: str,
        color: str,
        *,
        profile: str | None = None,
        bundle: str | None = None,
    ) -> None:
        """One cable; planned when what is at either end is."""
        near = [a] if isinstance(a, End) else list(a)
        far = [b] if isinstance(b, End) else list(b)
        if any(end.kind not in COMPATIBLE[near[0].kind] for end in far):
            raise EstateError(f"A {near[0].kind} does not go to a {far[0].kind}.")
        planned = any(end.of.status == "planned" for end in (*near, *far))
        self.plan.cables.append(
            CablePlan(
                near,
                far,
                type_,
                color,
                length_between(near[0].rack, far[0].rack),
                "planned" if planned else "connected",
                profile,
                bundle,
                f"{self.plan.code}-{len(self.plan.cables) + 1:06d}",
            )
        )

    def feed(self, feed: FeedPlan, device: DevicePlan, inlet: int = 0) -> None:
        """From a feed to an inlet of a PDU or of what needs none."""
        end = device.end("powerport", device.inlets[inlet].name)
        self.run(End(feed, "powerfeed", feed.name), end, "power", SIDE_COLORS[feed.side])

    def power(self, device: DevicePlan, pdus: Sequence[DevicePlan], sides: str = "AB") -> None:
        """Every inlet to an outlet, side by side in turn, on the PDU and leg with least load."""
        each = device.watts / max(1, len(device.inlets))
        for number, inlet in enumerate(device.inlets):
            side = sides[number % len(sides)]
            pdu, name, leg = self._outlet(device, [p for p in pdus if p.side == side], inlet.type)
            pdu.leg_watts[leg] = pdu.leg_watts.get(leg, 0) + each
            near, far = pdu.end("poweroutlet", name), device.end("powerport", inlet.name)
            self.run(near, far, "power", SIDE_COLORS[side])

    @staticmethod
    def _outlet(
        device: DevicePlan, pdus: Sequence[DevicePlan], inlet: str
    ) -> tuple[DevicePlan, str, str]:
        socket = SOCKETS.get(inlet, "iec-60320-c13")
        best: tuple[float, float, int, int] | None = None
        found: tuple[DevicePlan, str, str] | None = None
        for n, pdu in enumerate(pdus):
            total = sum(pdu.leg_watts.values())
            for m, port in enumerate(pdu.free("poweroutlet", socket)):
                score = (total, pdu.leg_watts.get(port.leg, 0.0), n, m)
                if best is None or score < best:
                    best, found = score, (pdu, port.name, port.leg)
        if found is None:
            raise EstateError(f"{device.rack.name} has no {socket} left for {device.name}.")
        return found

    def manage(self, device: DevicePlan, switch: DevicePlan) -> None:
        """The first two management ports of a device, to the rack's management switch."""
        ports = device.free("interface", mgmt=True) or [
            port
            for port in device.free("interface", *COPPER)
            if port.name.lower().startswith(("mgmt", "management", "eth0"))
        ]
        for port in ports[:2]:
            if port.type in COPPER:
                far = switch.take("interface", *COPPER, mgmt=False)
                self.run(device.end("interface", port.name), far, "cat6", GREEN)

    def console(self, device: DevicePlan, servers: Sequence[DevicePlan]) -> None:
        """The first console port, to the first console server with a port left."""
        if not device.free("consoleport"):
            return
        for server in servers:
            if server is not device and server.free("consoleserverport"):
                near = device.take("consoleport")
                self.run(near, server.take("consoleserverport"), "cat5e", ORANGE)
                return
        raise EstateError(f"No console server has a port left for {device.name}.")

    def data(self, a: End, b: End, port_type: str) -> None:
        """Two interfaces, by what their type and the distance ask for."""
        if port_type in COPPER:
            self.run(a, b, "cat6a", GREY)
        elif a.rack is b.rack:
            self.run(a, b, "dac-passive", "")
        elif a.rack.row == b.rack.row and port_type not in SHORT_OPTICS:
            self.run(a, b, "aoc", AQUA)
        else:
            self.run(a, b, "smf-os2", YELLOW)

    def uplinks(
        self,
        switches: Sequence[DevicePlan],
        port_types: Sequence[str],
        panel: DevicePlan,
        far_panels: Sequence[DevicePlan],
        spines: Sequence[DevicePlan],
        spine_type: str,
    ) -> None:
        """Every switch to every spine, through the rack's panel and trunks to the spines' panel."""
        count = len(switches) * len(spines)
        far_panel = next((p for p in far_panels if len(p.free("rearport")) >= count), None)
        if far_panel is None:
            raise EstateError(f"No panel has {count} ports left for {panel.rack.name}.")
        near_rear = [panel.take("rearport") for _ in range(count)]
        far_rear = [far_panel.take("rearport") for _ in range(count)]
        bundle = f"{panel.rack.name} to {far_panel.rack.name}"
        for start in range(0, count, 4):
            ends = near_rear[start : start + 4], far_rear[start : start + 4]
            profile = f"trunk-{len(ends[0])}c1p"
            self.run(*ends, "smf-os2", YELLOW, profile=profile, bundle=bundle)
        lanes = iter(zip(near_rear, far_rear, strict=True))
        for switch in switches:
            for spine in spines:
                near, far = next(lanes)
                port = switch.take("interface", *port_types, last=True)
                self.run(port, panel.end("frontport", near.name), "smf-os2", YELLOW)
                front = far_panel.end("frontport", far.name)
                self.run(front, spine.take("interface", spine_type), "smf-os2", YELLOW)


def length_between(a: RackPlan, b: RackPlan) -> Decimal:
    """The length that is sold and reaches from rack to rack, in meters."""
    if a is b:
        return Decimal(2)
    rows, columns = abs(a.at[0] - b.at[0]), abs(a.at[1] - b.at[1])
    needed = RISER + rows * ROW_PITCH + columns * RACK_WIDTH
    return Decimal(next((length for length in LENGTHS if length >= needed), LENGTHS[-1]))
