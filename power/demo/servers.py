"""Racks of servers: general compute, and dense racks of GPU systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from power.demo.parts import DevicePlan, RackPlan
from power.demo.planner import Planner, ocp_ports, side_capacity

# PDU, volts, amperes of feeds for compute racks.
FEEDS = (
    ("PX3-5664U", 208, 30),
    ("AP8865", 208, 30),
    ("AP8868", 208, 50),
    ("AP8886", 208, 60),
)
TORS = {
    "copper": ("DCS-7050TX-72Q", "Nexus 93108TC-FX3P"),
    "fibre": ("DCS-7050SX3-48YC8-F", "PowerSwitch S5248F-ON"),
}
OOB = ("CCS-720DT-48S-2F", "DCS-7010T-48-F", "PowerSwitch N3248TE-ON")
ACCESS = ("10gbase-t", "25gbase-x-sfp28")
UPLINK = ("40gbase-x-qsfpp", "100gbase-x-qsfp28")
FULL = 0.82  # of one side's capacity, up to which a rack is filled

# What runs in a rack: name, role, platform, and models by the kind of network.
WORKLOADS = (
    ("web", "web-server", "ubuntu-24-04", {
        "copper": ("PowerEdge R640", "ProLiant DL360 Gen10", "ProLiant DL360 Gen9"),
        "fibre": ("PowerEdge R650xs", "PowerEdge R6525"),
    }),
    ("app", "application-server", "rhel-9", {
        "copper": ("PowerEdge R640", "AS-1123US-TR4"),
        "fibre": ("PowerEdge R6525", "PRIMERGY RX2530 M6"),
    }),
    ("k8s", "kubernetes-node", "ubuntu-24-04", {
        "copper": ("AS-1123US-TR4", "QuantaGrid D51B-2U"),
        "fibre": ("PowerEdge R7525", "PowerEdge R650xs"),
    }),
    ("hv", "hypervisor", "esxi-8", {
        "copper": ("ProLiant DL380 Gen10", "PowerEdge R740xd"),
        "fibre": ("PowerEdge R7525",),
    }),
    ("db", "database-server", "rhel-9", {
        "copper": ("PowerEdge R740xd", "ProLiant DL380 Gen10"),
        "fibre": ("PowerEdge R7525", "PowerEdge R6525"),
    }),
    ("stor", "storage-node", "ubuntu-24-04", {
        "copper": ("PowerEdge R740xd",),
        "fibre": ("2288H V5", "Dorado 3000 V6"),
    }),
)  # fmt: skip
WEIGHTS = (4, 3, 3, 2, 2, 1)
OWN_FIBRE = {"2288H V5", "Dorado 3000 V6"}


@dataclass
class Leaf:
    """A rack's way to the rest: what uplinks start from."""

    rack: RackPlan
    panel: DevicePlan
    switches: list[DevicePlan]
    oob: DevicePlan
    dense: bool


def compute(
    planner: Planner,
    rack: RackPlan,
    panels: dict[str, str],
    *,
    problem: str = "",
    leased: bool = False,
) -> Leaf:
    """Fill a rack with servers up to the power of one of its sides.

    `problem` puts something wrong into it; in a leased cage feeds have 30 A.
    """
    rng = planner.rng
    model, voltage, amperage = rng.choice(FEEDS[:2] if leased else FEEDS)
    network = rng.choice(("copper", "fibre"))
    if problem:
        network = "copper"
        model, voltage, amperage = FEEDS[0] if problem == "full_feed" else FEEDS[2]
    pdus = planner.supply(rack, model, panels, voltage=voltage, amperage=amperage)
    panel, pair, oob = planner.leaves(rack, rng.choice(TORS[network]), rng.choice(OOB), pdus)
    if problem == "overfull":
        servers = _overfull(planner, rack)
    else:
        [workload] = rng.choices(WORKLOADS, WEIGHTS)
        count = 14 if problem == "one_side" else rng.randint(14, 20)
        servers = _servers(planner, rack, network, workload, count)
    if problem == "full_feed":
        _fill_feed(rack, servers)
    for server in servers:
        planner.wiring.power(server, pdus, "A" if problem == "one_side" else "AB")
        planner.wiring.manage(server, oob)
        _join(planner, server, pair)
    return Leaf(rack, panel, pair, oob, dense=False)


def _servers(
    planner: Planner, rack: RackPlan, network: str, workload: tuple[str, str, str, dict], count: int
) -> list[DevicePlan]:
    rng = planner.rng
    name, role, platform, models = workload
    found: list[DevicePlan] = []
    unit = 1
    for _ in range(count):
        model = rng.choice(models[network])
        kind = planner.kit.devices[model]
        units = kind.half_units // 2
        unit += int(rng.random() < 0.1)
        watts = round(kind.assumed.watts * rng.uniform(0.85, 1.1))
        room = rack.taken.isdisjoint(range(unit, unit + units + 1))
        if not room or rack.watts + watts > FULL * side_capacity(rack):
            break
        own = network == "copper" or model in OWN_FIBRE
        status = planner.state()
        found.append(
            planner.device(
                model,
                f"{name}-{planner.code.lower()}-{planner.number(name):04d}",
                role,
                rack,
                at=unit,
                status=status,
                platform=platform if kind.maker != "Huawei" or model == "2288H V5" else None,
                budget=watts,
                added=[] if own else ocp_ports(),
                parts=[] if own else [("OCP 1", "network-card", "25GbE 2-port SFP28")],
                tags=("production",) if status == "active" and name != "k8s" else (),
            )
        )
        unit += units
    return found


def _overfull(planner: Planner, rack: RackPlan) -> list[DevicePlan]:
    """Every unit taken, by systems that weigh more than the rack may carry."""
    found = []
    for model in ("PowerEdge R940",) * 12 + ("PowerEdge R640",) * 2:
        name = f"db-{planner.code.lower()}-{planner.number('db'):04d}"
        device = planner.device(
            model, name, "database-server", rack, platform="rhel-9", tags=("production", "pci")
        )
        found.append(device)
    return found


def _fill_feed(rack: RackPlan, servers: Sequence[DevicePlan]) -> None:
    """Raise the servers' budgets until one side alone would be at 97 % of what it may carry."""
    ours = {id(server) for server in servers}
    others = sum(device.watts for device in rack.devices if id(device) not in ours)
    each = int((0.97 * side_capacity(rack) - others) / len(servers))
    for server in servers:
        server.budget = each


def _join(planner: Planner, server: DevicePlan, pair: Sequence[DevicePlan]) -> None:
    """Two interfaces of a server (four of one with eight) to the two switches in turn."""
    access = pair[0].free("interface", *ACCESS)[0].type
    if access == "25gbase-x-sfp28":
        ports = server.free("interface", "25gbase-x-sfp28", "10gbase-x-sfpp", mgmt=False)[:2]
    else:
        ports = server.free("interface", "1000base-t", "10gbase-t", mgmt=False)
        ports = ports[: 4 if len(ports) >= 8 else 2]
    for number, port in enumerate(ports):
        far = pair[number % 2].take("interface", access)
        planner.wiring.data(server.end("interface", port.name), far, access)


# --- dense racks ----------------------------------------------------------------------------
# Systems a rack: enough for 40 kW and more.
SYSTEMS = (("DGX H100", 4), ("SYS-821GE-TNHR", 4), ("AS-8125GS-TNHR", 4), ("DGX B200", 3))
RACK_SCALE = "Rack-scale GPU System 132 kW"
GPUS = {"DGX B200": "B200 SXM6", "DGX H100": "H100 SXM5", "SYS-821GE-TNHR": "H100 SXM5",
        "AS-8125GS-TNHR": "MI300X OAM"}  # fmt: skip
FAST = ("400gbase-x-osfp", "400gbase-x-qsfp112")


def dense(
    planner: Planner,
    rack: RackPlan,
    panels: dict[str, str],
    rails: Sequence[DevicePlan],
    system: tuple[str, int] | None,
) -> Leaf | None:
    """A rack of GPU systems on busway feeds; without a `system` its PDUs alone."""
    if planner.rng.random() < 0.5:
        pdus = planner.supply(
            rack, "Vertical PDU 415 V 60 A", panels, voltage=415, amperage=60, pairs=2
        )
    else:
        pdus = planner.supply(rack, "Vertical PDU 415 V 100 A", panels, voltage=415, amperage=100)
    if system is None:
        return None
    panel, pair, oob = planner.leaves(rack, "DCS-7060PX4-32", OOB[0], pdus)
    model, count = system
    for _ in range(count):
        name = f"gpu-{planner.code.lower()}-{planner.number('gpu'):04d}"
        planner_tags = ("gpu",) if rack.status == "planned" else ("gpu", "production")
        server = planner.device(
            model,
            name,
            "gpu-server",
            rack,
            platform="dgx-os" if model.startswith("DGX") else "ubuntu-24-04",
            tags=planner_tags,
            parts=[(f"GPU {n}", "gpu", GPUS[model]) for n in range(1, 9)],
        )
        planner.wiring.power(server, pdus)
        planner.wiring.manage(server, oob)
        _join_gpu(planner, server, pair, oob, rails)
    return Leaf(rack, panel, pair, oob, dense=True)


def rack_scale(planner: Planner, rack: RackPlan, panels: dict[str, str]) -> None:
    """A system that takes a whole rack, each of its power shelves on a feed of its own."""
    pdus = planner.supply(rack, "Vertical PDU 415 V 60 A", panels, voltage=415, amperage=60)
    _, _, oob = planner.leaves(rack, "DCS-7060PX4-32", OOB[0], pdus)
    name = f"gpu-{planner.code.lower()}-{planner.number('gpu'):04d}"
    system = planner.device(
        RACK_SCALE, name, "gpu-server", rack, platform="ubuntu-24-04", tags=("gpu", "production")
    )
    for number in range(len(system.inlets)):
        side = "AB"[number % 2]
        feed = planner.feed(rack, f"{side}{number // 2 + 1}", panels[side], 415, 80)
        planner.wiring.feed(feed, system, number)
    planner.wiring.manage(system, oob)


def _join_gpu(
    planner: Planner,
    server: DevicePlan,
    pair: Sequence[DevicePlan],
    oob: DevicePlan,
    rails: Sequence[DevicePlan],
) -> None:
    """InfiniBand port n to rail n; Ethernet to the rack's pair in turn; copper to management."""
    for rail, port in zip(rails, server.free("interface", "infiniband-ndr"), strict=False):
        far = rail.take("interface", "infiniband-ndr")
        planner.wiring.data(server.end("interface", port.name), far, port.type)
    for number, port in enumerate(server.free("interface", *FAST)):
        far = pair[number % 2].take("interface", "400gbase-x-osfp")
        planner.wiring.data(server.end("interface", port.name), far, port.type)
    for port in server.free("interface", "1000base-t", "10gbase-t", mgmt=False)[:1]:
        far = oob.take("interface", "1000base-t", mgmt=False)
        planner.wiring.data(server.end("interface", port.name), far, "1000base-t")
