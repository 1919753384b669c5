"""Network racks: spines, rails, routers, firewalls, console servers, and the panels between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from power.demo.kit import PortKind
from power.demo.parts import DevicePlan, End, RackPlan
from power.demo.planner import Planner
from power.demo.servers import UPLINK, Leaf
from power.demo.wiring import COPPER

HUNDRED = "100gbase-x-qsfp28"
FOUR_HUNDRED = "400gbase-x-qsfpdd"
FAST_UPLINK = ("400gbase-x-osfp",)
NDR = "infiniband-ndr"
FABRIC_PANEL = "LC-48-port Fiber Patch Panel"
COPPER_PANEL = "48-port Copper Patch Panel"

# What stands in each network rack, top down: type, name, role.
HALL_RACKS: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (
        (FABRIC_PANEL, "pp", "patch-panel"),
        (FABRIC_PANEL, "pp", "patch-panel"),
        ("CM8148-10G", "con", "console-server"),
        ("SN4600C", "spine", "spine"),
        ("SN4600C", "spine", "spine"),
        ("SN4700", "gspine", "spine"),
        ("SN4700", "gspine", "spine"),
        ("DCS-7280SR2-48YC6-F", "border", "border-router"),
        ("PA-5260", "fw", "firewall"),
        ("DCS-7368", "core", "core-router"),
    ),
    (
        (FABRIC_PANEL, "pp", "patch-panel"),
        (FABRIC_PANEL, "pp", "patch-panel"),
        ("CM8148-10G", "con", "console-server"),
        ("SN4600C", "spine", "spine"),
        ("SN4600C", "spine", "spine"),
        ("SN4700", "gspine", "spine"),
        ("SN4700", "gspine", "spine"),
        ("DCS-7280SR2-48YC6-F", "border", "border-router"),
        ("PA-5260", "fw", "firewall"),
        ("DCS-7368", "core", "core-router"),
    ),
    (
        (FABRIC_PANEL, "pp", "patch-panel"),
        ("CM8148-10G", "con", "console-server"),
        ("PowerSwitch S4148F-ON", "oob-agg", "management-switch"),
        *[("QM9700", "rail", "leaf")] * 4,
        *[("QM9700", "ib-spine", "spine")] * 2,
        ("BIG-IP i5800", "lb", "load-balancer"),
        ("IB-1420", "ddi", "network-services"),
    ),
    (
        (FABRIC_PANEL, "pp", "patch-panel"),
        (COPPER_PANEL, "cp", "patch-panel"),
        ("CM8148-10G", "con", "console-server"),
        ("PowerSwitch S4148F-ON", "oob-agg", "management-switch"),
        *[("QM9700", "rail", "leaf")] * 4,
        *[("QM9700", "ib-spine", "spine")] * 2,
        ("BIG-IP i5800", "lb", "load-balancer"),
        ("IB-1420", "ddi", "network-services"),
        ("EX4100-F-48T", "stack", "access-switch"),
        ("EX4100-F-48T", "stack", "access-switch"),
    ),
)
CAGE_RACKS = (
    (
        (FABRIC_PANEL, "pp", "patch-panel"),
        ("CM8148-10G", "con", "console-server"),
        ("PowerSwitch S4148F-ON", "oob-agg", "management-switch"),
        ("SN3700C", "spine", "spine"),
        ("DCS-7280SR2-48YC6-F", "border", "border-router"),
        ("PA-5260", "fw", "firewall"),
    ),
    (
        (COPPER_PANEL, "cp", "patch-panel"),
        ("SN3700C", "spine", "spine"),
        ("DCS-7280SR2-48YC6-F", "border", "border-router"),
        ("PA-5260", "fw", "firewall"),
        ("IB-1420", "ddi", "network-services"),
    ),
)


@dataclass
class Fabric:
    """The network gear of a hall or cage, by name, and its management switches by rack."""

    gear: dict[str, list[DevicePlan]] = field(default_factory=dict)
    oob: dict[RackPlan, DevicePlan] = field(default_factory=dict)

    def __getitem__(self, name: str) -> list[DevicePlan]:
        return self.gear.get(name, [])

    @property
    def devices(self) -> list[DevicePlan]:
        """All of it."""
        return [device for devices in self.gear.values() for device in devices]


def build(
    planner: Planner,
    racks: Sequence[RackPlan],
    contents: Sequence[Sequence[tuple[str, str, str]]],
    panels: dict[str, str],
    feed: tuple[str, int, int],
    tag: str,
    switched: Sequence[str] = (),
) -> Fabric:
    """The network racks with their power and management; `tag` ends the names of gear.

    Members of the stack, which have one supply, are fed by the `switched` panels behind static
    transfer switches, one each.
    """
    fabric = Fabric()
    model, voltage, amperage = feed
    for rack, wanted in zip(racks, contents, strict=True):
        pdus = planner.supply(rack, model, panels, voltage=voltage, amperage=amperage)
        oob = planner.device(
            "CCS-720DT-48S-2F", f"oob-{rack.short}", "management-switch", rack, top=True
        )
        fabric.oob[rack] = oob
        planner.wiring.power(oob, pdus)
        for kind, name, role in wanted:
            made = fabric.gear.setdefault(name, [])
            chassis = (f"stack-{tag}", len(made) + 1) if name == "stack" else None
            device = planner.device(
                kind,
                f"{name}-{len(made) + 1}-{tag}",
                role,
                rack,
                top=True,
                chassis=chassis,
                added=management_ports(kind),
            )
            made.append(device)
            if name == "stack" and switched:
                _switched(planner, device, switched[len(made) - 1], f"S{len(made)}")
            else:
                planner.wiring.power(device, pdus, "AB" if len(made) % 2 else "BA")
            planner.wiring.manage(device, oob)
        for pdu in pdus:
            planner.wiring.manage(pdu, oob)
    _interconnect(planner, fabric)
    return fabric


def _switched(planner: Planner, device: DevicePlan, panel: str, suffix: str) -> None:
    """A feed and PDU of its own for a device with one supply."""
    feed = planner.feed(device.rack, suffix, panel, 208, 30)
    planner.wiring.power(device, [planner.pdu("PX3-5664U", suffix, feed)], "S")


def management_ports(kind: str) -> list[PortKind]:
    """A port for management where the catalogue's type has none."""
    return [PortKind("Management1", "1000base-t", mgmt=True)] if kind == "DCS-7368" else []


def _interconnect(planner: Planner, fabric: Fabric) -> None:
    """Borders to spines, cores and firewalls; rails to InfiniBand spines; the stack's ring."""
    wire = planner.wiring
    for border in fabric["border"]:
        for spine in fabric["spine"]:
            _link(planner, border, spine, HUNDRED)
        for core in fabric["core"]:
            _link(planner, border, core, HUNDRED)
        for firewall in fabric["fw"]:
            far = firewall.take("interface", "10gbase-x-sfpp")
            wire.data(border.take("interface", "25gbase-x-sfp28"), far, "10gbase-x-sfpp")
        for balancer in fabric["lb"]:
            far = balancer.take("interface", "10gbase-x-sfpp")
            wire.data(border.take("interface", "25gbase-x-sfp28"), far, "10gbase-x-sfpp")
    for rail in fabric["rail"]:
        for spine in fabric["ib-spine"]:
            for _ in range(4):
                far = spine.take("interface", NDR)
                wire.data(rail.take("interface", NDR, last=True), far, NDR)
    stack = fabric["stack"]
    if len(stack) == 2:
        for _ in range(2):
            _link(planner, stack[0], stack[1], "10gbase-x-sfpp", last=True)
    for member, aggregation in zip(stack, fabric["oob-agg"], strict=False):
        _link(planner, member, aggregation, "10gbase-x-sfpp")
    for services in fabric["ddi"]:
        _copper(wire_end(services), fabric.oob[services.rack], planner)


def wire_end(device: DevicePlan) -> End:
    """The first copper interface of a device."""
    return device.take("interface", *COPPER)


def _copper(near: End, switch: DevicePlan, planner: Planner) -> None:
    far = switch.take("interface", "1000base-t", mgmt=False)
    planner.wiring.data(near, far, "1000base-t")


def _link(
    planner: Planner, a: DevicePlan, b: DevicePlan, port_type: str, *, last: bool = False
) -> None:
    near = a.take("interface", port_type, mgmt=False, last=last)
    far = b.take("interface", port_type, mgmt=False, last=last)
    planner.wiring.data(near, far, port_type)


def attach(planner: Planner, fabric: Fabric, leaves: Sequence[Leaf]) -> None:
    """Uplinks of the racks' switches through patch panels, management uplinks, and consoles."""
    wire = planner.wiring
    for leaf in leaves:
        spines = fabric["gspine" if leaf.dense else "spine"]
        near = FAST_UPLINK if leaf.dense else UPLINK
        far = FOUR_HUNDRED if leaf.dense else HUNDRED
        wire.uplinks(leaf.switches, near, leaf.panel, fabric["pp"], spines, far)
    for oob in (*(leaf.oob for leaf in leaves), *fabric.oob.values()):
        for aggregation in fabric["oob-agg"]:
            near_port = oob.take("interface", "10gbase-x-sfpp", mgmt=False)
            far_port = aggregation.take("interface", "10gbase-x-sfpp", mgmt=False)
            wire.data(near_port, far_port, "10gbase-x-sfpp")
    consoles = fabric["con"]
    for leaf in leaves:
        for device in (*leaf.switches, leaf.oob):
            wire.console(device, consoles)
    for device in (*fabric.devices, *fabric.oob.values()):
        if device.role != "console-server":
            wire.console(device, consoles)
