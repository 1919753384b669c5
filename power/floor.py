"""Power equipment on floor plans."""

from __future__ import annotations

from typing import Any

from core.read import ReadContext
from core.registry import of_model
from facilities.floor.sources import PLACE, Source, Standing, Thing, first
from facilities.models import FloorPlan
from power.choices import EquipmentKind
from power.models import EquipmentPlacement, PowerEquipment

# Width and depth in mm of common equipment, where nothing is said; makers' sizes differ.
SIZES = {
    EquipmentKind.GENERATOR: (6000, 2400),
    EquipmentKind.BATTERY: (1000, 900),
    EquipmentKind.SWITCHGEAR: (1600, 1000),
    EquipmentKind.TRANSFORMER: (1500, 1200),
    EquipmentKind.ATS: (1000, 800),
    EquipmentKind.STS: (900, 900),
    EquipmentKind.UPS: (1600, 900),
    EquipmentKind.FLOOR_PDU: (1200, 900),
    EquipmentKind.RPP: (600, 600),
    EquipmentKind.BUSWAY: (7200, 200),
}
USUAL = (1200, 900)


def usual_size(kind: str) -> tuple[int, int]:
    """Width and depth in mm of equipment of a kind."""
    return SIZES.get(EquipmentKind(kind), USUAL)


class EquipmentSource(Source):
    """Power equipment, as large as its place says."""

    prefix = "equipment"
    model = EquipmentPlacement
    owner = "equipment"
    fields = (*PLACE, "width", "depth")

    def standing(self, plan: FloorPlan, context: ReadContext) -> list[Standing]:
        """By name."""
        rows = (
            self.places(plan, context.user)
            .order_by("equipment__name_natural", "equipment")
            .values_list(
                "equipment", "equipment__name", "equipment__kind", "x", "y", "rotation", "width",
                "depth",
            )
        )  # fmt: skip
        return [
            Standing(
                **self._told(pk, name, kind, context),
                x=x,
                y=y,
                rotation=rotation,
                width=width,
                depth=depth,
            )
            for pk, name, kind, x, y, rotation, width, depth in rows
        ]

    def unplaced(self, plan: FloorPlan, context: ReadContext) -> tuple[list[Thing], int]:
        """By name; equipment in the site or hall that stands on no plan."""
        found, count = first(self.belonging(plan, context.user), "pk", "name", "kind")
        things = []
        for pk, name, kind in found:
            width, depth = usual_size(kind)
            things.append(Thing(**self._told(pk, name, kind, context), width=width, depth=depth))
        return things, count

    def defaults(self, owner: Any) -> dict[str, Any]:
        """The usual size."""
        width, depth = usual_size(owner.kind)
        return {"width": width, "depth": depth}

    def _told(self, pk: int, name: str, kind: str, context: ReadContext) -> dict[str, Any]:
        return {
            "key": self.key(pk),
            "kind": self.prefix,
            "label": name,
            "url": of_model(PowerEquipment).display_url(pk, context.base),
            "title": f"{name} · {EquipmentKind(kind).label}",
            "symbol": kind,
        }
