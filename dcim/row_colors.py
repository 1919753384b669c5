"""The colours of racks side by side: of their devices, or of each rack as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.read import ReadContext
from core.registry import of_model
from dcim.elevation import Elevation, Item
from dcim.models import Device
from racks.colouring import Shade, by_name, colourings, legend, state

ROLE = "role"
Loader = Callable[[Sequence[int], ReadContext], Mapping[int, Shade]]


def _of_devices(name: str, shades: Callable[[dict[int, Any]], dict[int, Shade]]) -> Loader:
    def load(ids: Sequence[int], context: ReadContext) -> dict[int, Shade]:
        rows = context.load(of_model(Device), ("id", name), ids)
        return shades({pk: row[name] for pk, row in rows.items()})

    return load


def _states(values: dict[int, Any]) -> dict[int, Shade]:
    return {pk: state(value) for pk, value in values.items()}


DEVICES: dict[str, tuple[str, Loader | None]] = {
    ROLE: ("Device role", None),
    "status": ("Device status", _of_devices("status", _states)),
    "tenant": ("Device tenant", _of_devices("tenant", by_name)),
}


@dataclass(frozen=True)
class Colours:
    """The racks in their colours, the shade of each rack that has one, and what colours mean."""

    racks: list[Elevation]
    legend: list[tuple[str, str]]
    shades: Mapping[int, Shade] = field(default_factory=dict)


def choices() -> list[tuple[str, str]]:
    """Name and label of every way to colour."""
    own = [(name, label) for name, (label, _) in DEVICES.items()]
    return own + [(each.name, each.label) for each in colourings().values()]


def coloured(racks: Sequence[Elevation], chosen: str, context: ReadContext) -> Colours:
    """The racks coloured by `chosen`; by the role of devices where that is no way to colour."""
    if chosen in colourings():
        shades = colourings()[chosen].load([each.rack.pk for each in racks], context)
        painted = [
            _painted(each, dict.fromkeys(each.items, shades[each.rack.pk]))
            if each.rack.pk in shades
            else each
            for each in racks
        ]
        return Colours(painted, legend(shades.values()), shades)
    load = DEVICES.get(chosen, DEVICES[ROLE])[1]
    if load is None:
        return Colours(list(racks), [])
    found = load([pk for each in racks for pk in each.items], context)
    return Colours([_painted(each, found) for each in racks], legend(found.values()))


def _painted(rack: Elevation, shades: Mapping[int, Shade]) -> Elevation:
    items: dict[int, Item] = {
        pk: replace(item, color=shades[pk].color) if pk in shades else item
        for pk, item in rack.items.items()
    }
    return replace(rack, items=items)
