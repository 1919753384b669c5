"""The two kinds of sites: an owned one with two halls, and a leased cage."""

from __future__ import annotations

from collections.abc import Sequence

from power.demo import chain, network, servers
from power.demo.network import CAGE_RACKS, HALL_RACKS, Fabric
from power.demo.parts import RackPlan
from power.demo.planner import Planner
from power.demo.servers import SYSTEMS, Leaf

ROW = 12  # racks
NETWORK_RACKS = 4
# Racks of the second hall: with several systems, with one that takes all, with planned ones.
FIRST_SYSTEMS, RACK_SCALE_SYSTEMS, PLANNED_SYSTEMS = 4, 2, 4
CAGE_NETWORK_RACKS = 2

CABINET, TALL = "netshelter-sx-42u-600", "netshelter-sx-48u-750"
WIDE = "netshelter-sx-42u-750"
# An old frame on a floor that carries little: 650 kg.
OLD_FRAME = {"form_factor": "4-post-frame", "max_weight": 650, "weight": 85, "weight_unit": "kg"}

TENANTS = ("platform", "data-platform", "corporate-it", "halcyon-robotics", "bluebonnet-bank")
GPU_TENANTS = ("halcyon-robotics", "lodestar-ai", "research")
# Racks of the first hall that have something wrong with them: row and column by problem.
PROBLEMS = {"overfull": (2, 3), "one_side": (2, 6), "full_feed": (2, 9)}


def owned(planner: Planner) -> None:
    """Network and compute in rows 1 and 2, dense in row 3; a second hall that is being filled."""
    rails_feeds = ("AP8886", 208, 60)
    hall = "h1"
    rpp = {n: _panels(planner, f"{hall.upper()}-RPP-{{}}{n}", hall) for n in (1, 2)}
    bus = _panels(planner, "H1-R03-BUS-{}", "h1-r03")
    network_racks = [
        planner.rack("h1-r01", (1, column), "network", rack_type=WIDE)
        for column in range(1, NETWORK_RACKS + 1)
    ]
    tag = f"{planner.code.lower()}-h1"
    switched = [_panel(planner, f"H1-STS-{n}", hall) for n in (1, 2)]
    fabric = network.build(planner, network_racks, HALL_RACKS, rpp[1], rails_feeds, tag, switched)
    leaves: list[Leaf] = []
    places = [(1, c) for c in range(NETWORK_RACKS + 1, ROW + 1)] + [
        (2, c) for c in range(1, ROW + 1)
    ]
    problems = {place: name for name, place in PROBLEMS.items()}
    for row, column in places:
        problem = problems.get((row, column), "")
        rack = planner.rack(
            f"h1-r{row:02d}",
            (row, column),
            "compute",
            rack_type=None if problem == "overfull" else CABINET,
            limits=OLD_FRAME if problem == "overfull" else {},
            tenant=planner.rng.choice(TENANTS),
        )
        leaves.append(servers.compute(planner, rack, rpp[row], problem=problem))
        if problem:
            planner.plan.problems[problem] = rack
    _dense_row(planner, "h1-r03", 3, bus, fabric, leaves)
    network.attach(planner, fabric, leaves)
    chain.two_sides(planner, rpp, bus, switched)
    _second_hall(planner)
    _measure(planner)
    _reserve(planner)


def _dense_row(
    planner: Planner,
    row: str,
    number: int,
    bus: dict[str, str],
    fabric: Fabric,
    leaves: list[Leaf],
) -> None:
    for column in range(1, ROW + 1):
        rack = planner.rack(
            row,
            (number, column),
            "gpu",
            rack_type=TALL,
            units=48,
            tenant=planner.rng.choice(GPU_TENANTS),
        )
        system = SYSTEMS[(column - 1) % len(SYSTEMS)] if column % 5 else SYSTEMS[0]
        leaf = servers.dense(planner, rack, bus, fabric["rail"], system)
        if leaf is not None:
            leaves.append(leaf)


def _second_hall(planner: Planner) -> None:
    """The first half row is in service, for the rest racks, PDUs and some systems are planned."""
    bus = _panels(planner, "H2-R01-BUS-{}", "h2-r01")
    whole = FIRST_SYSTEMS + RACK_SCALE_SYSTEMS
    for column in range(1, ROW + 1):
        status = "active" if column <= whole else "planned"
        rack = planner.rack("h2-r01", (1, column), "gpu", rack_type=TALL, units=48, status=status)
        if FIRST_SYSTEMS < column <= whole:
            servers.rack_scale(planner, rack, bus)
        else:
            system = SYSTEMS[1] if column <= whole + PLANNED_SYSTEMS else None
            servers.dense(planner, rack, bus, (), system)
    chain.block_redundant(planner, bus)


def leased(planner: Planner) -> None:
    """A cage of one row: network and compute, on A and B feeds of the landlord's panels."""
    panels = _panels(planner, "CG1-RPP-{}", "cg1")
    racks = [
        planner.rack("cg1-r01", (1, column), "network", rack_type=WIDE)
        for column in range(1, CAGE_NETWORK_RACKS + 1)
    ]
    tag = f"{planner.code.lower()}-cg1"
    fabric = network.build(planner, racks, CAGE_RACKS, panels, ("AP8865", 208, 30), tag)
    leaves = []
    for column in range(CAGE_NETWORK_RACKS + 1, ROW + 1):
        tenant = planner.rng.choice(TENANTS[:3])
        rack = planner.rack("cg1-r01", (1, column), "compute", rack_type=CABINET, tenant=tenant)
        leaves.append(servers.compute(planner, rack, panels, leased=True))
    network.attach(planner, fabric, leaves)
    chain.contracted(planner, panels)
    _reserve(planner)


def _measure(planner: Planner) -> None:
    """What most servers were seen to draw at most: some part of their budget."""
    for device in planner.plan.devices:
        if device.status == "active" and "-server" in device.role and planner.rng.random() < 0.8:
            planner.plan.measured[device.name] = round(
                device.watts * planner.rng.uniform(0.45, 0.85)
            )


def _panels(planner: Planner, pattern: str, location: str) -> dict[str, str]:
    """Panels A and B; their names by side."""
    return {side: _panel(planner, pattern.format(side), location) for side in "AB"}


def _panel(planner: Planner, name: str, location: str) -> str:
    """A panel; its whole name."""
    name = f"{planner.code}-{name}"
    planner.plan.panels[name] = location
    return name


def _reserve(planner: Planner) -> None:
    """Units kept in some racks that have room at the top of their servers."""
    purposes = (
        ("Next quarter's growth", None),
        ("Replacement of servers at the end of their life", None),
        ("Room for a customer's firewall", "bluebonnet-bank"),
        ("Proof of concept", "research"),
    )
    roomy = [rack for rack in planner.plan.racks if rack.role == "compute" and _room(rack)]
    for rack, (purpose, tenant) in zip(
        planner.rng.sample(roomy, min(len(purposes), len(roomy))), purposes, strict=False
    ):
        planner.plan.reserved.append((rack, _room(rack), purpose, tenant))


def _room(rack: RackPlan) -> list[int]:
    """The four highest free units that lie together, or none."""
    at = rack.highest(4)
    return list(range(at, at + 4)) if at is not None else []


KINDS: dict[str, Sequence[tuple[str, str, str, str | None]]] = {
    # key, name, status, parent
    "owned": (
        ("h1", "Hall 1", "active", None),
        ("h2", "Hall 2", "staging", None),
        ("yard", "Utility yard", "active", None),
        ("er-a", "Electrical room A", "active", None),
        ("er-b", "Electrical room B", "active", None),
        ("er-2", "Electrical room 2", "active", None),
        ("h1-r01", "Row 01", "active", "h1"),
        ("h1-r02", "Row 02", "active", "h1"),
        ("h1-r03", "Row 03", "active", "h1"),
        ("h2-r01", "Row 01", "staging", "h2"),
    ),
    "leased": (
        ("cg1", "Cage 1", "active", None),
        ("cg1-r01", "Row 01", "active", "cg1"),
    ),
}
BUILDERS = {"owned": owned, "leased": leased}
