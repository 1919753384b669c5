"""Racks on floor plans."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from core.read import ReadContext
from core.registry import of_model
from facilities.floor.sources import PLACE, Colours, Source, Standing, Thing, first
from facilities.models import FloorPlan
from racks.choices import RackStatus
from racks.colouring import colourings, legend
from racks.models import Rack, RackPlacement
from racks.models.placements import footprint, size_mm

_SIZE = ("outer_width", "outer_depth", "outer_unit")


class RackSource(Source):
    """Racks, each as large as its record says."""

    prefix = "rack"
    model = RackPlacement
    owner = "rack"
    fields = (*PLACE, "front_clearance", "rear_clearance")
    exclusive = True

    def standing(self, plan: FloorPlan, context: ReadContext) -> list[Standing]:
        """By name."""
        rows = (
            self.places(plan, context.user)
            .order_by("rack__name_natural", "rack")
            .values_list(
                "rack", "rack__name", "rack__status", "rack__u_height", "x", "y", "rotation",
                "width", "depth", "front_clearance", "rear_clearance",
            )
        )  # fmt: skip
        return [
            Standing(
                **self._told(pk, name, status, units, context),
                x=x,
                y=y,
                rotation=rotation,
                width=width,
                depth=depth,
                front_clearance=plan.front_clearance if front is None else front,
                rear_clearance=plan.rear_clearance if rear is None else rear,
            )
            for pk, name, status, units, x, y, rotation, width, depth, front, rear in rows
        ]

    def unplaced(self, plan: FloorPlan, context: ReadContext) -> tuple[list[Thing], int]:
        """By name; racks in the site or hall that stand on no plan."""
        names = ("pk", "name", "status", "u_height", *_SIZE)
        found, count = first(self.belonging(plan, context.user), *names)
        things = []
        for pk, name, status, units, *size in found:
            width, depth = size_mm(*size)
            told = self._told(pk, name, status, units, context)
            things.append(Thing(**told, width=width, depth=depth))
        return things, count

    def _told(
        self, pk: int, name: str, status: str, units: int, context: ReadContext
    ) -> dict[str, Any]:
        label = RackStatus(status).label.lower()
        return {
            "key": self.key(pk),
            "kind": self.prefix,
            "label": name,
            "url": of_model(Rack).display_url(pk, context.base),
            "title": f"{name} · {label} · {units}U",
        }

    def size(self, owner: Rack) -> tuple[int, int]:
        """What its record says."""
        return footprint(owner)

    def colourings(self) -> Sequence[tuple[str, str]]:
        """The ways to colour whole racks."""
        return [(each.name, each.label) for each in colourings().values()]

    def colours(self, name: str, numbers: Collection[int], context: ReadContext) -> Colours:
        """The shades of racks."""
        shades = colourings()[name].load(numbers, context)
        told = {self.key(pk): shade for pk, shade in shades.items()}
        return Colours(told, legend(shades.values()))
