"""Stores the floor plans of a site's halls: rows on tiles, aisles, cooling, columns, equipment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from facilities.models import FloorPlan, FloorPlanItem
from power.floor import usual_size
from power.models import EquipmentPlacement, PowerEquipment
from racks.models import Rack, RackPlacement
from racks.models.placements import footprint

if TYPE_CHECKING:
    from power.demo.store import Store

DOWN, UP = 0, 180
NAMES = {"h1": "Hall 1", "h2": "Hall 2", "cg1": "Cage 1"}
Box = tuple[int, int, int, int]  # left, top, right and bottom in mm


@dataclass(frozen=True)
class Row:
    """A row of racks: where it begins, the line of its faces, and where these look."""

    left: int
    front: int
    facing: int = DOWN


@dataclass(frozen=True)
class Hall:
    """A hall's sheet and what stands there. `equipment` are places by the end of a name."""

    width: int
    depth: int
    rows: dict[str, Row]
    items: tuple[tuple[str, str, Box], ...]
    outline: tuple[tuple[int, int], ...] = ()
    equipment: dict[str, tuple[int, int]] = field(default_factory=dict)
    bus_length: int = 0


HALLS = {
    # Two rows look at a cold aisle, two stand back to back at a contained hot one.
    "h1": Hall(
        14_400,
        9_600,
        {
            "h1-r01": Row(2_400, 2_400),
            "h1-r02": Row(2_400, 3_600, UP),
            "h1-r03": Row(2_400, 7_200),
        },
        (
            ("cold-aisle", "Cold aisle 1", (2_400, 2_400, 10_200, 3_600)),
            ("hot-aisle", "Hot aisle 1", (2_400, 4_800, 11_400, 6_000)),
            ("cold-aisle", "Cold aisle 2", (2_400, 7_200, 11_400, 8_400)),
            ("containment", "", (2_400, 4_800, 11_400, 6_000)),
            ("row", "Row 01", (2_400, 1_200, 10_200, 2_400)),
            ("row", "Row 02", (2_400, 3_600, 9_600, 4_800)),
            ("row", "Row 03", (2_400, 6_000, 11_400, 7_200)),
            ("crac", "CRAC 1", (0, 300, 900, 2_700)),
            ("crac", "CRAC 2", (0, 4_200, 900, 6_600)),
            ("crac", "CRAC 3", (13_500, 4_200, 14_400, 6_600)),
            ("column", "", (1_200, 3_000, 1_600, 3_400)),
            ("column", "", (12_400, 3_000, 12_800, 3_400)),
            ("column", "", (8_650, 5_250, 8_950, 5_550)),
            ("column", "", (1_200, 7_600, 1_600, 8_000)),
            ("column", "", (12_400, 7_600, 12_800, 8_000)),
            ("door", "Main door", (12_000, 9_450, 13_800, 9_600)),
        ),
        ((0, 0), (12_600, 0), (12_600, 1_200), (14_400, 1_200), (14_400, 9_600), (0, 9_600)),
        {
            "H1-PDU-A": (3_600, 9_150),
            "H1-STS-1": (5_400, 9_150),
            "H1-STS-2": (8_400, 9_150),
            "H1-PDU-B": (10_200, 9_150),
            "H1-R03-BUS-A": (6_900, 6_400),
            "H1-R03-BUS-B": (6_900, 6_700),
        },
        9_000,
    ),
    "h2": Hall(
        13_200,
        5_400,
        {"h2-r01": Row(2_400, 3_000)},
        (
            ("hot-aisle", "Hot aisle", (2_400, 600, 11_400, 1_800)),
            ("cold-aisle", "Cold aisle", (2_400, 3_000, 11_400, 4_200)),
            ("row", "Row 01", (2_400, 1_800, 11_400, 3_000)),
            ("crac", "CRAC 1", (0, 300, 900, 2_100)),
            ("crac", "CRAC 2", (12_300, 300, 13_200, 2_100)),
            ("other", "CDU A", (1_500, 1_800, 2_400, 3_000)),
            ("other", "CDU B", (11_400, 1_800, 12_300, 3_000)),
            ("column", "", (1_200, 4_400, 1_600, 4_800)),
            ("column", "", (11_600, 4_400, 12_000, 4_800)),
            ("door", "Door", (6_000, 5_250, 7_800, 5_400)),
        ),
        (),
        {"H2-R01-BUS-A": (6_900, 2_200), "H2-R01-BUS-B": (6_900, 2_500)},
        9_000,
    ),
    "cg1": Hall(
        10_200,
        5_400,
        {"cg1-r01": Row(1_200, 3_000)},
        (
            ("hot-aisle", "Hot aisle", (1_200, 600, 8_700, 1_800)),
            ("cold-aisle", "Cold aisle", (1_200, 3_000, 8_700, 4_200)),
            ("row", "Row 01", (1_200, 1_800, 8_700, 3_000)),
            ("column", "", (9_200, 2_200, 9_600, 2_600)),
            ("door", "Cage door", (8_400, 5_250, 9_600, 5_400)),
        ),
    ),
}


def plans(store: Store) -> None:
    """A plan of each of the site's halls, with everything in its place."""
    for key, hall in HALLS.items():
        if key in store.locations:
            plan = FloorPlan.objects.create(
                name=f"{store.plan.code} {NAMES[key]}",
                site_id=store.site,
                location_id=store.locations[key],
                width=hall.width,
                depth=hall.depth,
                outline=[list(corner) for corner in hall.outline],
            )
            _items(plan, hall)
            _racks(store, plan, hall)
            _equipment(store, plan, hall)


def _items(plan: FloorPlan, hall: Hall) -> None:
    FloorPlanItem.objects.bulk_create(
        FloorPlanItem(
            plan=plan,
            kind=kind,
            label=label,
            x=(left + right) // 2,
            y=(top + bottom) // 2,
            width=right - left,
            depth=bottom - top,
        )
        for kind, label, (left, top, right, bottom) in hall.items
    )


def _racks(store: Store, plan: FloorPlan, hall: Hall) -> None:
    sizes = {rack.pk: footprint(rack) for rack in Rack.objects.filter(site=store.site)}
    free = {key: row.left for key, row in hall.rows.items()}
    placed = []
    for rack in sorted(store.plan.racks, key=lambda each: each.at):
        row = hall.rows.get(rack.row)
        if row is None:
            continue
        width, depth = sizes[rack.pk]
        back = depth // 2 if row.facing == UP else -(depth // 2)
        placed.append(
            RackPlacement(
                rack_id=rack.pk,
                plan=plan,
                x=free[rack.row] + width // 2,
                y=row.front + back,
                rotation=row.facing,
            )
        )
        free[rack.row] += width
    RackPlacement.objects.bulk_create(placed)


def _equipment(store: Store, plan: FloorPlan, hall: Hall) -> None:
    placed = []
    for equipment in PowerEquipment.objects.filter(site=store.site).order_by("pk"):
        at = hall.equipment.get(equipment.name.removeprefix(f"{store.plan.code}-"))
        if at is None:
            continue
        width, depth = usual_size(equipment.kind)
        if equipment.kind == "busway":
            width = hall.bus_length
        placed.append(
            EquipmentPlacement(
                equipment=equipment, plan=plan, x=at[0], y=at[1], width=width, depth=depth
            )
        )
    EquipmentPlacement.objects.bulk_create(placed)
