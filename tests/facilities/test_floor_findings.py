"""What is said to be wrong with a layout."""

from __future__ import annotations

import pytest

from core.read import ReadContext
from facilities.floor import findings
from facilities.floor.document import load
from facilities.models import FloorPlan
from tests.core.factories import UserFactory
from tests.facilities.factories import FloorPlanFactory, FloorPlanItemFactory
from tests.power.factories import EquipmentPlacementFactory
from tests.racks.factories import RackPlacementFactory

pytestmark = pytest.mark.django_db


def told(plan: FloorPlan) -> list[tuple[str, str]]:
    context = ReadContext(user=UserFactory(is_superuser=True))
    return [(f.level, f.text) for f in findings.find(plan, load(plan, context).standing)]


def rack(plan: FloorPlan, name: str, x: int, y: int, **values: int) -> None:
    RackPlacementFactory(plan=plan, rack__name=name, x=x, y=y, **values)


def test_rows_at_a_shared_cold_aisle_are_right() -> None:
    plan = FloorPlanFactory(width=9_000, depth=8_000, rear_clearance=1_000)
    FloorPlanItemFactory(plan=plan, kind="cold-aisle", x=3_000, y=3_000, width=6_000, depth=1_200)
    for n in range(3):
        rack(plan, f"A{n}", 1_000 + 600 * n, 1_800)
        rack(plan, f"B{n}", 1_000 + 600 * n, 4_200, rotation=180)
    bus = EquipmentPlacementFactory(plan=plan, equipment__kind="busway", x=1_600, y=1_800)
    assert bus.pk and told(plan) == []


def test_what_is_in_the_way_is_named_with_what_is_free() -> None:
    plan = FloorPlanFactory(width=9_000, depth=8_000)
    rack(plan, "A01", 3_000, 1_200)
    FloorPlanItemFactory(plan=plan, kind="column", x=3_000, y=2_700, width=400, depth=400)
    EquipmentPlacementFactory(plan=plan, equipment__name="PDU", x=5_000, y=4_000)
    FloorPlanItemFactory(plan=plan, kind="crac", label="CRAC 1", x=5_200, y=4_000)
    rack(plan, "A02", 8_800, 5_000)
    FloorPlanItemFactory(plan=plan, kind="wall", x=8_800, y=5_000, width=100, depth=9_000)
    assert told(plan) == [
        ("error", "A02 overlaps a wall."),
        ("error", "CRAC 1 overlaps PDU."),
        ("error", "A02 is not wholly within the room."),
        ("warning", "A01 has 700 mm in front of it, to a column; 1,200 mm are wanted."),
        ("warning", "A01 has 600 mm behind it, to the wall; 900 mm are wanted."),
        ("warning", "A02 has 0 mm in front of it, to a wall; 1,200 mm are wanted."),
        ("warning", "A02 has 0 mm behind it, to a wall; 900 mm are wanted."),
    ]


def test_a_rack_looks_at_the_cold_aisle_and_stands_in_none() -> None:
    plan = FloorPlanFactory()
    FloorPlanItemFactory(plan=plan, kind="hot-aisle", x=3_000, y=3_000, width=6_000, depth=1_200)
    FloorPlanItemFactory(plan=plan, kind="cold-aisle", label="Cold 2", x=3_000, y=9_000,
                         width=6_000, depth=1_200)  # fmt: skip
    rack(plan, "A01", 1_000, 1_800)
    rack(plan, "A02", 1_000, 10_200)
    rack(plan, "A03", 3_000, 8_900)
    assert told(plan) == [
        ("warning", "A01 faces a hot aisle."),
        ("warning", "A02 has a cold aisle behind it."),
        ("warning", "A03 stands in Cold 2."),
    ]
