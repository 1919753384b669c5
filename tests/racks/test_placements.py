"""Where racks stand: one place each, never two on the same spot, only where they belong."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from facilities.engine.outline import is_outline
from facilities.models import FloorPlan, Location
from racks.models import Rack, RackPlacement
from tests.examples import examples
from tests.facilities.factories import FloorPlanFactory, LocationFactory, SiteFactory
from tests.power.factories import EquipmentPlacementFactory, PowerEquipmentFactory
from tests.races import at_once, constraint_of, refused, while_open
from tests.racks.factories import RackFactory, RackPlacementFactory, RackTypeFactory

pytestmark = pytest.mark.django_db

OVERLAP = "racks_rackplacement_no_overlap"


@pytest.mark.parametrize(
    ("values", "free"),
    [
        ({"x": 1500}, True),  # side by side
        ({"x": 1499}, False),
        ({"y": 2400}, True),
        ({"y": 2399}, False),
        ({"x": 1800, "rotation": 90}, True),  # turned it is 1,200 mm wide
        ({"x": 1799, "rotation": 270}, False),
        ({"x": 1500, "rotation": 180}, True),
    ],
)
def test_racks_of_a_plan_do_not_overlap(values: dict[str, int], free: bool) -> None:
    plan = RackPlacementFactory().plan
    if free:
        RackPlacementFactory(plan=plan, **values)
    else:
        with refused(OVERLAP):
            RackPlacementFactory(plan=plan, **values)
    RackPlacementFactory(plan=FloorPlanFactory(), **values)


def test_odd_sizes_meet_without_a_gap() -> None:
    plan = FloorPlanFactory()
    RackPlacementFactory(plan=plan, rack=RackFactory(site=plan.site, outer_width=601,
                         outer_unit="mm"))  # fmt: skip
    RackPlacementFactory(plan=plan, x=1501)
    with refused(OVERLAP):
        RackPlacementFactory(plan=plan, x=300, rack__outer_width=600, rack__outer_unit="mm")


def test_the_size_is_the_racks_and_follows_it() -> None:
    kind = RackTypeFactory(outer_width=24, outer_depth=42, outer_unit="in")
    placed = RackPlacementFactory(rack__rack_type=kind)
    placed.refresh_from_db()
    assert (placed.width, placed.depth) == (610, 1067)
    kind.outer_width = 30
    kind.save()
    placed.refresh_from_db()
    assert placed.width == 762
    beside = RackPlacementFactory(plan=placed.plan, x=900 + 381 + 300)
    with refused("racks_rack_placement_room"):
        Rack.objects.filter(pk=beside.rack_id).update(outer_width=700, outer_unit="mm")
    kind.outer_width = 31
    with refused("racks_rack_placement_room"):
        kind.save()


def test_a_rack_stands_on_a_plan_of_its_site_and_hall_only() -> None:
    hall = LocationFactory()
    row = LocationFactory(parent=hall)
    plan = FloorPlanFactory(location=hall)
    RackPlacementFactory(plan=plan, rack=RackFactory(location=row))
    for rack in (RackFactory(), RackFactory(site=hall.site), RackFactory(location=LocationFactory(
        site=hall.site))):  # fmt: skip
        with refused("racks_rackplacement_place"):
            RackPlacementFactory(plan=plan, rack=rack, x=5000)
        with pytest.raises(ValidationError):
            RackPlacement(plan=plan, rack=rack, x=5000, y=1200).full_clean()
    with refused("power_equipmentplacement_place"):
        EquipmentPlacementFactory(plan=plan, equipment=PowerEquipmentFactory())


def test_what_moves_away_is_taken_off_the_plan() -> None:
    hall = LocationFactory()
    row = LocationFactory(parent=hall)
    plan = FloorPlanFactory(location=hall)

    def stand() -> tuple[RackPlacement, Rack]:
        placed = RackPlacementFactory(plan=plan, rack=RackFactory(location=row))
        return placed, placed.rack

    def is_there(placed: RackPlacement) -> bool:
        return RackPlacement.objects.filter(pk=placed.pk).exists()

    placed, rack = stand()
    with transaction.atomic():
        Rack.objects.filter(pk=rack.pk).update(location=hall)
    assert is_there(placed)
    Rack.objects.filter(pk=rack.pk).update(location=None)
    _checked()
    assert not is_there(placed)
    placed, rack = stand()
    unit = EquipmentPlacementFactory(plan=plan, equipment=PowerEquipmentFactory(location=row))
    Location.objects.filter(pk=hall.pk).update(site=SiteFactory())
    _checked()
    assert is_there(placed)  # the hall with all in it went to another site
    plan.refresh_from_db()
    assert plan.site_id == Location.objects.get(pk=hall.pk).site_id
    Location.objects.filter(pk=row.pk).update(parent=None)
    _checked()
    assert not is_there(placed)
    assert not type(unit).objects.exists()


def test_a_plan_with_racks_stays_the_plan_of_where_they_stand() -> None:
    placed = RackPlacementFactory()
    other = LocationFactory(site=placed.plan.site)
    with refused("facilities_floorplan_racks_fit"):
        FloorPlan.objects.filter(pk=placed.plan_id).update(location=other)
        _checked()
    unit = EquipmentPlacementFactory()
    with refused("facilities_floorplan_equipment_fit"):
        FloorPlan.objects.filter(pk=unit.plan_id).update(site=SiteFactory())
        _checked()


def _checked() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


NUMBERS = st.integers(0, 4)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=6))
def test_the_database_takes_the_same_outlines(points: list[tuple[int, int]]) -> None:
    plan = FloorPlanFactory()
    outline = [[1000 * x, 1000 * y] for x, y in points]
    try:
        with transaction.atomic():
            FloorPlan.objects.filter(pk=plan.pk).update(outline=outline)
        taken = True
    except IntegrityError as error:
        taken = constraint_of(error) != "facilities_floorplan_outline"
    assert taken == is_outline(outline, plan.width, plan.depth)


@pytest.mark.django_db(transaction=True)
def test_of_racks_put_on_the_same_tiles_at_once_one_wins() -> None:
    plan = FloorPlanFactory()
    for n in range(8):
        racks = [RackFactory(site=plan.site) for _ in range(3)]
        errors = at_once(
            [
                lambda rack=rack, x=x: RackPlacementFactory(plan=plan, rack=rack, x=x)
                for rack, x in zip(racks, (2000 * n + 500, 2000 * n + 700, 2000 * n + 900),
                                   strict=True)
            ]
        )  # fmt: skip
        assert [error is None for error in errors].count(True) == 1
        assert {constraint_of(error) for error in errors if error} <= {OVERLAP, ""}


@pytest.mark.django_db(transaction=True)
def test_a_rack_that_leaves_while_it_is_placed_is_not_left_on_the_plan() -> None:
    hall = LocationFactory()
    plan = FloorPlanFactory(location=hall)
    rack = RackFactory(location=hall)
    error = while_open(
        lambda: Rack.objects.filter(pk=rack.pk).update(location=None),
        lambda: RackPlacementFactory(plan=plan, rack=rack),
    )
    assert error is not None and constraint_of(error) == "racks_rackplacement_place"
    rack = RackFactory(location=hall)
    error = while_open(
        lambda: RackPlacementFactory(plan=plan, rack=rack),
        lambda: Rack.objects.filter(pk=rack.pk).update(location=None),
    )
    assert error is None
    assert not RackPlacement.objects.filter(rack=rack).exists()
