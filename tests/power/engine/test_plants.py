"""The plants that docs/power-reckoning.md works by hand, to the figures it gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from power.engine import NodeKind as K
from power.engine import Rows, build, flow, n_minus_1, simulate
from power.engine.demand import Basis, DemandRows, choose
from power.engine.feeds import apparent_power, imbalance
from power.engine.graph import Ring
from tests.power.engine.plants import demand


class Plant:
    """Rows by name."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[tuple[str, str, int, bool]] = []
        self.watts: list[float] = []
        self.supplies: list[tuple[int, str, int]] = []
        self.required: list[int] = []

    def add(self, name: str, kind: K, *above: Any, **values: Any) -> Plant:
        """A node below others; one above is a name, or a name with its preference."""
        self.names.append(name)
        self.nodes.append({"kind": kind, **values})
        for each in above:
            up, rank = each if isinstance(each, tuple) else (each, 1)
            self.edges.append((up, name, rank, False))
        return self

    def device(self, watts: float, *nodes: str, leg: int = -1, required: int = 0) -> Plant:
        """A device with a supply at each node."""
        self.supplies += [(len(self.watts), node, leg) for node in nodes]
        self.watts.append(watts)
        self.required.append(required)
        return self

    def __getitem__(self, name: str) -> int:
        return self.names.index(name)

    def rows(self) -> Rows:
        """What the engine takes."""
        fields = {key for node in self.nodes for key in node}
        unknown = {"volts": np.nan, "phases": 3, "neutral": False, "balances": False}
        columns = {
            field: [node.get(field, unknown.get(field, np.nan)) for node in self.nodes]
            for field in fields
        }
        if "start_delay" in columns:
            columns["start_delay"] = np.nan_to_num(columns["start_delay"])
        return Rows.of(
            **columns,
            edge_up=[self[up] for up, *_ in self.edges],
            edge_down=[self[down] for _, down, *_ in self.edges],
            edge_rank=[rank for _, _, rank, _ in self.edges],
            edge_open=[is_open for *_, is_open in self.edges],
            supply_device=[device for device, *_ in self.supplies],
            supply_node=[self[node] for _, node, _ in self.supplies],
            supply_leg=[leg for *_, leg in self.supplies],
            required=self.required,
        )

    def reckon(self) -> tuple[Any, Any]:
        """Graph and demand."""
        return build(self.rows()), demand(self.watts)


def test_2n():
    plant = Plant()
    for side in "AB":
        plant.add(f"Utility {side}", K.UTILITY)
        plant.add(f"UPS {side}", K.UPS, f"Utility {side}", efficiency=0.95, usable_va=12_000)
    for _ in range(10):
        plant.device(1000, "UPS A", "UPS B")
    graph, drawn = plant.reckon()
    now, worst = flow(graph, drawn), n_minus_1(graph, drawn)
    assert now.watts[plant["UPS A"]] == pytest.approx(5000)
    assert now.losses[plant["UPS A"]] == pytest.approx(5000 / 0.95 - 5000)
    assert now.watts[plant["Utility A"]] == pytest.approx(5263.16, abs=0.01)
    assert worst.va[plant["UPS A"]] == pytest.approx(10_000)
    assert 12_000 - worst.va[plant["UPS A"]] == pytest.approx(2000)  # its headroom
    assert worst.watts[plant["Utility A"]] == pytest.approx(10_526.32, abs=0.01)
    assert worst.devices_down.max() == 0


@pytest.mark.parametrize(
    ("ratings", "now_kw", "worst_kw"),
    [((100, 100, 100), (50, 50, 50), (75, 75, 75)), ((100, 100, 50), (60, 60, 30), (100, 100, 50))],
)
def test_n_plus_1(ratings, now_kw, worst_kw):
    plant = Plant().add("Utility", K.UTILITY)
    for number, kva in enumerate(ratings):
        plant.add(f"UPS {number}", K.UPS, "Utility", usable_va=kva * 1000)
    plant.add("Bus", K.SWITCHGEAR, *(f"UPS {n}" for n in range(3)))
    plant.device(150_000, "Bus", required=1)
    graph, drawn = plant.reckon()
    now, worst = flow(graph, drawn), n_minus_1(graph, drawn)
    ups = [plant[f"UPS {n}"] for n in range(3)]
    np.testing.assert_allclose(now.watts[ups], np.array(now_kw) * 1000)
    np.testing.assert_allclose(worst.watts[ups], np.array(worst_kw) * 1000)


def test_block_redundant():
    plant = Plant()
    for block in "ABC":
        plant.add(f"Utility {block}", K.UTILITY)
        plant.add(f"UPS {block}", K.UPS, f"Utility {block}", usable_va=80_000)
    plant.add("STS A", K.STS, ("UPS A", 1), ("UPS C", 2), transfers=True)
    plant.add("STS B", K.STS, ("UPS B", 1), ("UPS C", 2), transfers=True)
    plant.device(40_000, "STS A").device(60_000, "STS B")
    for node in plant.nodes:
        node.setdefault("transfers", False)
    graph, drawn = plant.reckon()
    now, worst = flow(graph, drawn), n_minus_1(graph, drawn)
    ups = [plant[f"UPS {block}"] for block in "ABC"]
    np.testing.assert_allclose(now.watts[ups], [40_000, 60_000, 0])
    np.testing.assert_allclose(worst.watts[ups], [40_000, 60_000, 60_000])
    both = flow(graph, drawn, [plant["UPS A"], plant["UPS B"]])
    assert both.watts[plant["UPS C"]] == 100_000  # more than its 80 kVA, if both fail


def test_a_transfer_switch_and_a_battery_bridge_a_lost_utility():
    plant = Plant().add("Utility", K.UTILITY).add("Generator", K.GENERATOR, start_delay=10)
    plant.add("ATS", K.ATS, ("Utility", 1), ("Generator", 2), transfers=True)
    plant.add("UPS", K.UPS, "ATS", energy_wh=15_000, discharge_w=40_000)
    plant.device(45_000, "UPS")
    for node in plant.nodes:
        node.setdefault("transfers", False)
    graph, drawn = plant.reckon()
    found = simulate(graph, drawn, [plant["Utility"]])
    assert [(stage.name, stage.after) for stage in found.stages] == [
        ("instant", 0),
        ("generators", 10),
        ("sustained", 10),
    ]
    [stored] = found.stages[0].stored
    assert (stored.watts, stored.seconds, stored.excess) == (45_000, 1200, 5_000)
    assert found.stages[1].flow.watts[plant["Generator"]] == 45_000
    assert not found.down().any()
    dark = simulate(graph, drawn, [plant["Utility"], plant["Generator"]])
    assert [(stage.name, stage.after) for stage in dark.stages] == [
        ("instant", 0),
        ("sustained", 1200),
    ]
    assert dark.down().all()
    assert dark.stages[-1].flow.unserved.sum() == 45_000


def test_storage_that_is_empty_before_the_generator_runs_drops_its_load():
    plant = Plant().add("Utility", K.UTILITY).add("Generator", K.GENERATOR, start_delay=60)
    plant.add("ATS", K.ATS, ("Utility", 1), ("Generator", 2), transfers=True)
    plant.add("UPS", K.UPS, "ATS", energy_wh=100)
    plant.device(12_000, "UPS")
    for node in plant.nodes:
        node.setdefault("transfers", False)
    graph, drawn = plant.reckon()
    found = simulate(graph, drawn, [plant["Utility"]])
    # 100 Wh at 12 kW are 30 s; the generator takes 60.
    assert [(stage.name, stage.after, bool(stage.flow.up[0])) for stage in found.stages] == [
        ("instant", 0, True),
        ("empty", 30, False),
        ("generators", 60, True),
        ("sustained", 60, True),
    ]
    assert found.down().all()


@pytest.mark.parametrize(
    ("volts", "neutral", "lines", "off"),
    [(208, False, (10, 13.229, 5), 0.4687), (400, True, (9.007, 4.503, 0), 1.0)],
)
def test_three_phases_with_unequal_legs(volts, neutral, lines, off):
    plant = Plant().add("Panel", K.PANEL, volts=volts, neutral=neutral)
    plant.device(2080, "Panel", leg=0).device(1040, "Panel", leg=1)
    graph, drawn = plant.reckon()
    found = flow(graph, drawn)
    np.testing.assert_allclose(found.amperes[0], lines, atol=0.001)
    assert imbalance(found.amperes)[0] == pytest.approx(off, abs=0.0001)


def test_a_single_corded_device_is_down_with_its_side():
    plant = Plant()
    for side in "AB":
        plant.add(f"Feed {side}", K.FEED)
    plant.device(1000, "Feed A", "Feed B").device(500, "Feed A")
    graph, drawn = plant.reckon()
    assert flow(graph, drawn).watts.tolist() == [1000, 500]
    lost = flow(graph, drawn, [plant["Feed A"]])
    assert (lost.watts.tolist(), lost.up.tolist()) == ([0, 1000], [True, False])
    worst = n_minus_1(graph, drawn)
    assert worst.watts.tolist() == [1500, 1000]
    assert worst.taken_down_by.tolist() == [-1, plant["Feed A"]]


def test_six_supplies_of_which_three_must_live():
    """A maker's case: 3 kW over six supplies is 500 W each, 1,000 W where three carry it."""
    plant = Plant().add("Feed A", K.FEED).add("Feed B", K.FEED)
    plant.device(3000, *["Feed A"] * 3, *["Feed B"] * 3, required=3)
    graph, drawn = plant.reckon()
    assert flow(graph, drawn).watts.tolist() == [1500, 1500]
    assert n_minus_1(graph, drawn).watts.tolist() == [3000, 3000]


@pytest.mark.parametrize(
    ("volts", "amperes", "percent", "va"),
    [(208, 20, 80, 5764), (208, 30, 80, 8646), (208, 60, 80, 17292), (398.4, 32, 100, 22080)],
)
def test_three_phase_circuits_carry_what_makers_tables_say(volts, amperes, percent, va):
    assert apparent_power(volts, amperes, 3, percent) == pytest.approx(va, rel=0.0005)


def test_230_400_v_at_32_a_is_three_times_a_single_phase():
    assert 3 * apparent_power(230, 32, 1) == 22_080


def test_the_nameplate_is_what_the_needed_supplies_give():
    rows = DemandRows(
        required=np.array([0, 2, 0]),
        measured=np.array([np.nan, np.nan, np.nan]),
        budget=np.array([0.5, np.nan, np.nan]),
        power_factor=np.array([1.0, 0.8, 1.0]),
        supply_device=np.array([0, 0, 1, 1, 1]),
        allocated=np.array([300, np.nan, np.nan, np.nan, np.nan]),
        maximum=np.array([800, 750, 500, 500, np.nan]),
        rating=np.array([np.nan, np.nan, np.nan, np.nan, 400]),
    )
    found = choose(rows, Basis.MAXIMUM)
    assert found.watts.tolist() == [800, 1000, 0]
    assert found.var.tolist() == pytest.approx([0, 750, 0])
    assert found.basis.tolist() == [Basis.MAXIMUM, Basis.MAXIMUM, Basis.UNKNOWN]
    # Half of what was allocated is not known, so the budget, which is whole, comes first.
    allocated = choose(rows, Basis.ALLOCATED)
    assert (allocated.watts[0], allocated.basis[0]) == (400, Basis.BUDGET)


def test_a_circle_is_named():
    plant = Plant().add("A", K.SWITCHGEAR, "B").add("B", K.SWITCHGEAR, "A").add("C", K.PANEL, "B")
    with pytest.raises(Ring) as caught:
        build(plant.rows())
    assert sorted(caught.value.nodes) == [plant["A"], plant["B"]]
