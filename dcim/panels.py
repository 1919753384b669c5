"""The elevation on a rack's page, with what its contents add up to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.access import Actor
from core.gather import Steps
from core.registry import of_model
from core.web.page import actor, address, may, reading, root
from core.web.parts import meter
from dcim import elevation, elevation_file, rack_figures, tray
from dcim.elevation import Elevation
from dcim.elevation_shapes import Options
from dcim.elevation_svg import svg, true_width
from dcim.elevation_text import span
from dcim.models import Device
from dcim.tray import Waiting
from racks.engine import Face, Run
from racks.models import Rack

UNIT_HEIGHT = 20


@dataclass(frozen=True)
class Figure:
    """A key figure: its label and value, how full that is, and remarks."""

    label: str
    value: str
    used: float | None = None
    limit: float | None = None
    notes: Sequence[str] = ()

    @property
    def metered(self) -> bool:
        """Whether there is a limit to hold the value against."""
        return self.used is not None and bool(self.limit)

    @property
    def over(self) -> bool:
        """Whether the value is above its limit."""
        return self.metered and (self.used or 0) > (self.limit or 0)


Load = Callable[[int, Actor], Steps]
_more: list[Load] = []


def add_figures(load: Load) -> None:
    """Show an upper app's figures of a rack, a step `load(rack, user)`, below those of this one."""
    _more.append(load)


def rack_panel(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
    """Front and rear to scale, a legend, key figures, and what has no place in the units."""
    user, reads = actor(request), reading(request)
    add = address(of_model(Device), action="add") if may(request, of_model(Device), "add") else ""
    movable = may(request, of_model(Device), "change")
    site = (context["row"]["site"] or {}).get("id")
    waiting = [tray.steps(site, reads)] if movable and site else []
    found, sums, more, trays = yield [
        elevation.steps([pk], reads),
        rack_figures.steps([pk], user),
        [load(pk, user) for load in _more],
        waiting,
    ]
    if not found:
        return None
    rack = found[0]
    images = bool(request.GET.get("images"))
    pictures = elevation_file.pictures(found, linked=True) if images else {}
    options = Options(
        unit_width=true_width(rack.rack.width, UNIT_HEIGHT),
        unit_height=UNIT_HEIGHT,
        sides=bool(rack.beside),
        margin_width=12 if rack.reservations else 2,
        add_url=add,
        pictures=pictures,
        movable=movable,
    )
    figures = [*space(rack), devices(rack, sums[pk]), weight(sums[pk]), power(sums[pk])]
    figures += [figure for each in more for figure in each]
    faces = [(face.value.capitalize(), svg(rack, face, options)) for face in Face]
    shown = {
        "rack": rack,
        "faces": faces,
        "pictured": bool(pictures),
        "figures": figures,
        "roles": roles(rack),
        "zero_u": [item for _, item in rack.beside],
        "unplaced": rack.unplaced,
        "planned": sum(item.status == "planned" for item in rack.items.values()),
        "has_ghosts": any(s.block and not s.block.full_depth for s in rack.slots),
        "add_url": f"{add}?site={site or ''}&rack={pk}" if add else "",
        "location": rack.rack.location,
        "movable": movable,
        "tray": trays[0] if trays else None,
        "unplaced_sizes": unplaced_sizes(rack),
        "images": images,
        "sides": [(face.value, face.value.capitalize()) for face in Face],
        "drawing": f"{of_model(Rack).url(pk, root())}elevation/?render=svg",
    }
    return render_to_string("dcim/rack_panel.html", shown, request)


def unplaced_sizes(rack: Elevation) -> list[Waiting]:
    """What has a height but no position in this rack, as the tray shows it."""
    sizes = {slot.device: (slot.size, slot.deep) for slot in rack.slots}
    return [Waiting(item, *sizes[item.pk]) for item in rack.unplaced]


def roles(rack: Elevation) -> list[tuple[str, str]]:
    """Name and colour of the roles of what is shown, by name."""
    return sorted({(item.role, item.color) for item in rack.items.values() if item.role})


def units(halves: float) -> str:
    """A number of half units in rack units, without a needless fraction."""
    return f"{halves / 2:g} U"


def where(run: Run | None) -> str:
    """A run of units: how long and where."""
    return f"{units(run.size)} ({span(run.low, run.size)})" if run else "none"


def space(rack: Elevation) -> list[Figure]:
    """Units used and free, and the longest run of free ones."""
    taken, frame = rack.occupancy, rack.rack.frame
    reserved, free = rack.reserved_halves, taken.free()
    free_reserved = len(reserved.intersection(free))
    notes = []
    if free_reserved:
        notes.append(f"{units(free_reserved)} of it reserved")
    front, rear = len(taken.free([Face.FRONT])), len(taken.free([Face.REAR]))
    if (front, rear) != (len(free), len(free)):
        notes.append(f"{units(front)} free at the front, {units(rear)} at the rear")
    longest, open_run = taken.longest_free_run(), taken.longest_free_run(without=reserved)
    longest_notes = [f"{where(open_run)} without what is reserved"] if open_run != longest else []
    return [
        Figure("Space", f"{units(taken.used)} of {frame.height}", taken.used, frame.steps),
        Figure("Free through the depth", units(len(free)), notes=notes),
        Figure("Longest free run", where(longest), notes=longest_notes),
    ]


def rack_space(request: HttpRequest, racks: Sequence[int]) -> dict[int, SafeString]:
    """How full racks are, as a meter, by id. Two statements."""
    sizes, placed = elevation.standing(racks, actor(request))
    found = {}
    for pk, size in sizes.items():
        used = elevation.occupancy(size.frame, placed.get(pk, [])).used
        text = f"{used / 2:g} of {size.frame.height} U"
        found[pk] = meter(used, size.frame.steps, "Space used", text)
    return found


def devices(rack: Elevation, sums: rack_figures.Figures) -> Figure:
    """How many devices, and how many of them are not in units."""
    apart = (
        (len(rack.beside), "without height"),
        (rack.installed, "in device bays"),
        (len(rack.unplaced), "without a position"),
    )
    notes = [f"{number} {words}" for number, words in apart if number]
    return Figure("Devices", str(sums.devices), notes=[", ".join(notes)] if notes else [])


def weight(sums: rack_figures.Figures) -> Figure:
    """Weight of the rack and what is in it, against what the rack may carry."""
    notes = []
    if sums.unweighed:
        plural = "s" if sums.unweighed > 1 else ""
        notes.append(f"{sums.unweighed} device{plural} or module{plural} of unknown weight")
    if sums.rack_grams is None:
        notes.append("Without the rack, whose weight is unknown")
    text = sums.weight(sums.grams)
    if sums.max_grams:
        text = f"{text} of {sums.weight(sums.max_grams)}"
    return Figure("Weight", text, sums.grams, sums.max_grams, notes)


def power(sums: rack_figures.Figures) -> Figure:
    """What the power ports draw."""
    return Figure(
        "Power draw",
        f"{watts(sums.allocated)} allocated",
        notes=[f"{watts(sums.maximum)} at most"],
    )


def watts(value: float, unit: str = "W") -> str:
    """A power with its unit, in thousands from 10,000 up."""
    if value >= 10_000:
        return f"{value / 1000:.1f} k{unit}"
    return f"{value:,.0f} {unit}".replace(",", "\u202f")
