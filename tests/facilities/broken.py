"""How each rule of floor plans is broken behind the triggers' back."""

from __future__ import annotations

from collections.abc import Callable

from tests.core.behind import Statements, put
from tests.facilities.factories import FloorPlanFactory, LocationFactory, SiteFactory
from tests.power.factories import EquipmentPlacementFactory
from tests.racks.factories import RackPlacementFactory

PLAN, RACK, EQUIPMENT = "facilities_floorplan", "racks_rackplacement", "power_equipmentplacement"


def overlapping() -> Statements:
    one = RackPlacementFactory()
    other = RackPlacementFactory(plan=one.plan, x=3000)
    drop = f"ALTER TABLE {RACK} DROP CONSTRAINT racks_rackplacement_no_overlap"
    return [drop, *put(RACK, other.pk, x=one.x + 599)]


FLOORS: dict[str, Callable[[], Statements]] = {
    "facilities_floorplan_location_site": lambda: put(
        PLAN, FloorPlanFactory(location=LocationFactory()).pk, site_id=SiteFactory().pk
    ),
    "facilities_floorplan_outline": lambda: put(
        PLAN, FloorPlanFactory().pk, outline="'[[0, 0], [9, 9], [9, 0], [0, 9]]'"
    ),
    "racks_rackplacement_place": lambda: put(
        RACK, RackPlacementFactory().pk, plan_id=FloorPlanFactory().pk
    ),
    "racks_rackplacement_size": lambda: put(RACK, RackPlacementFactory().pk, width=599),
    "racks_rackplacement_no_overlap": overlapping,
    "power_equipmentplacement_place": lambda: put(
        EQUIPMENT, EquipmentPlacementFactory().pk, plan_id=FloorPlanFactory().pk
    ),
}
