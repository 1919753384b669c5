"""The power chain of the demo estate, from the utility services to the panels.

Ratings are those of common equipment, chosen so that after any single failure what is left carries
the load within its usable rating.
"""

from __future__ import annotations

import itertools

from power.demo.parts import EquipmentPlan, LinkPlan
from power.demo.planner import Planner

THREE = "three-phase"
# Load fraction and efficiency of a double conversion UPS and of a dry transformer.
UPS_CURVE = [[0.1, 0.885], [0.25, 0.945], [0.5, 0.963], [0.75, 0.962], [1.0, 0.957]]
TRANSFORMER_CURVE = [[0.1, 0.972], [0.35, 0.989], [0.5, 0.988], [1.0, 0.983]]
START_SECONDS = 10
CONTRACTED_KW = 90
AC_POLES = 3


class Chain:
    """Adds equipment and links to a site's plan."""

    def __init__(self, planner: Planner) -> None:
        self.plan = planner.plan

    def group(self, name: str, scheme: str) -> str:
        """A redundancy group."""
        self.plan.groups[name] = scheme
        return name

    def add(
        self,
        name: str,
        kind: str,
        place: str | None,
        volts: tuple[int | None, int],
        *,
        group: str | None = None,
        **values: object,
    ) -> EquipmentPlan:
        """Three-phase equipment; `volts` are input and output, line to line."""
        given, taken = volts[1], volts[0]
        values |= {"output_voltage": given, "output_phase": THREE}
        if taken is not None:
            values |= {"input_voltage": taken, "input_phase": THREE}
        if values.get("supply") == "dc":
            values["output_phase"] = None
        found = EquipmentPlan(f"{self.plan.code}-{name}", kind, values, place, group)
        self.plan.equipment.append(found)
        return found

    def link(
        self,
        upstream: EquipmentPlan,
        downstream: EquipmentPlan | str,
        amperes: int,
        **values: object,
    ) -> None:
        """A circuit with a breaker of so many amperes."""
        direct = upstream.values.get("supply") == "dc"
        poles = None if direct else AC_POLES
        voltage = upstream.values["output_voltage"]
        values = {"breaker_amperage": amperes, "poles": poles, "voltage": voltage, **values}
        self.plan.links.append(LinkPlan(upstream, downstream, values))

    def row(self, amperes: int, *nodes: EquipmentPlan | str, **values: object) -> None:
        """Links from each to the next."""
        for upstream, downstream in itertools.pairwise(nodes):
            assert isinstance(upstream, EquipmentPlan)
            self.link(upstream, downstream, amperes, **values)

    def transformer(self, name: str, place: str, volts: tuple[int, int], kva: int) -> EquipmentPlan:
        """A dry transformer."""
        return self.add(
            name, "transformer", place, volts, rated_kva=kva, efficiency_curve=TRANSFORMER_CURVE
        )

    def ups(
        self, name: str, place: str, volts: int, kw: int, group: str, **values: object
    ) -> EquipmentPlan:
        """A double conversion UPS with a corrected input."""
        return self.add(
            name, "ups", place, (volts, volts), group=group, rated_kva=kw, rated_kw=kw,
            power_factor="0.99", efficiency_curve=UPS_CURVE, **values,
        )  # fmt: skip


def two_sides(
    planner: Planner,
    rpp: dict[int, dict[str, str]],
    bus: dict[str, str],
    switched: list[str],
) -> None:
    """Hall 1 is 2N: each side has its utility service, generators, and an N+1 group of UPSs."""
    planner.plan.policy = {"budget_percent": 70}
    chain = Chain(planner)
    services = chain.group("Utility services", "2n")
    boards = chain.group("Main switchboards", "2n")
    pdus = {}
    for side in "AB":
        board = _service(chain, side, services, boards)
        output = _ups_group(chain, side, board)
        pdus[side] = chain.add(
            f"H1-PDU-{side}", "floor-pdu", "h1", (480, 208), rated_kva=300,
            efficiency_curve=TRANSFORMER_CURVE,
        )  # fmt: skip
        chain.link(output, pdus[side], 400)
        for number, panels in rpp.items():
            chain.link(pdus[side], panels[side], 400, panel_position=number, name=f"CB {number}")
        transformer = chain.transformer(f"H1-TX-{side}3", f"er-{side.lower()}", (480, 415), 750)
        busway = chain.add(
            f"H1-R03-BUS-{side}", "busway", "h1-r03", (415, 415), rated_kva=898, derating=80
        )
        chain.link(output, transformer, 1000)
        chain.row(1200, transformer, busway, bus[side])
    for number, (panel, order) in enumerate(zip(switched, ("AB", "BA"), strict=True), start=1):
        switch = chain.add(f"H1-STS-{number}", "sts", "h1", (208, 208), rated_kva=36)
        for preference, side in enumerate(order, start=1):
            chain.link(
                pdus[side], switch, 100, preference=preference, panel_position=number + 6,
                name=f"CB {number + 6}",
            )  # fmt: skip
        chain.link(switch, panel, 100)


def _service(chain: Chain, side: str, services: str, boards: str) -> EquipmentPlan:
    """From the utility and the generators of a side to its main switchboard."""
    room = f"er-{side.lower()}"
    utility = chain.add(
        f"UTIL-{side}", "utility", "yard", (None, 480), group=services, rated_kva=2500
    )
    generators = chain.group(f"Generators {side}", "n+1")
    paralleling = chain.add(f"GEN-BUS-{side}", "switchgear", "yard", (480, 480), rated_kva=3325)
    for number in (1, 2):
        generator = chain.add(
            f"GEN-{side}{number}", "generator", "yard", (None, 480), group=generators,
            rated_kva=1875, rated_kw=1500, start_delay=START_SECONDS,
        )  # fmt: skip
        chain.link(generator, paralleling, 2500)
    switch = chain.add(f"ATS-{side}", "ats", room, (480, 480), rated_kva=2494)
    board = chain.add(f"MSB-{side}", "switchgear", room, (480, 480), group=boards, rated_kva=3325)
    chain.link(utility, switch, 3000, preference=1)
    chain.link(paralleling, switch, 3000, preference=2)
    chain.link(switch, board, 3000)
    return board


def _ups_group(chain: Chain, side: str, board: EquipmentPlan) -> EquipmentPlan:
    """Three UPSs of which two are enough, with five minutes of battery, and their output board."""
    room = f"er-{side.lower()}"
    group = chain.group(f"UPS {side}", "n+1")
    output = chain.add(f"H1-UPB-{side}", "switchgear", room, (480, 480), rated_kva=1663)
    for number in (1, 2, 3):
        ups = chain.ups(
            f"H1-UPS-{side}{number}", room, 480, 500, group,
            usable_kwh=42, max_discharge_kw=525, max_charge_kw=50,
        )  # fmt: skip
        chain.row(800, board, ups, output)
    return output


def block_redundant(planner: Planner, bus: dict[str, str]) -> None:
    """Hall 2: a block for each busway, and one that catches the load of either."""
    chain, room = Chain(planner), "er-2"
    code = planner.code
    boards = {
        side: next(e for e in planner.plan.equipment if e.name == f"{code}-MSB-{side}")
        for side in "AB"
    }
    group = chain.group("Hall 2 UPS blocks", "block")
    choice = chain.add("H2-ATS-C", "ats", room, (480, 480), rated_kva=1330)
    for preference, side in enumerate("AB", start=1):
        chain.link(boards[side], choice, 1600, preference=preference)
    catcher = _block(chain, "C", choice, group)
    for side in "AB":
        block = _block(chain, side, boards[side], group)
        switch = chain.add(f"H2-STS-{side}", "sts", room, (415, 415), rated_kva=862)
        chain.link(block, switch, 1200, preference=1)
        chain.link(catcher, switch, 1200, preference=2)
        busway = chain.add(
            f"H2-R01-BUS-{side}", "busway", "h2-r01", (415, 415), rated_kva=1150, derating=80
        )
        chain.link(switch, busway, 1200)
        chain.link(busway, bus[side], 1600)


def _block(chain: Chain, side: str, source: EquipmentPlan, group: str) -> EquipmentPlan:
    """A transformer, a UPS and its battery, which carries the block's rating for ten minutes."""
    transformer = chain.transformer(f"H2-TX-{side}", "er-2", (480, 415), 1000)
    ups = chain.ups(f"H2-UPS-{side}", "er-2", 415, 750, group)
    battery = chain.add(
        f"H2-BAT-{side}", "battery", "er-2", (None, 540), supply="dc", usable_kwh=125,
        max_discharge_kw=800, max_charge_kw=80, rated_kw=800,
    )  # fmt: skip
    chain.link(source, transformer, 1200)
    chain.link(transformer, ups, 1400)
    chain.link(battery, ups, 2000, preference=2, normally_open=True)
    return ups


def contracted(planner: Planner, panels: dict[str, str]) -> None:
    """A leased cage: the landlord's A and B supply, each with the contracted power."""
    planner.plan.policy = {"budget_percent": 70, "description": "As the contract has it"}
    chain = Chain(planner)
    group = chain.group("Landlord's supplies", "2n")
    for side in "AB":
        supply = chain.add(
            f"LANDLORD-{side}", "utility", None, (None, 208), group=group,
            rated_kw=CONTRACTED_KW, rated_kva=CONTRACTED_KW,
            description=f"Contracted: {CONTRACTED_KW} kW, all of it on either side",
        )  # fmt: skip
        chain.link(supply, panels[side], 400)
