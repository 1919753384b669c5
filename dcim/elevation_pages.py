"""Many racks side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from core import access
from core.registry import of_model
from core.web import table, unknown
from core.web.filter_panel import Panel
from core.web.marks import Mark, marks
from core.web.page import address, may, page, reading, require
from dcim import elevation, elevation_file
from dcim.elevation import Elevation
from dcim.elevation_shapes import Options, Pictures
from dcim.elevation_svg import sheets, svg, true_width
from dcim.models import Device
from dcim.panels import roles, units
from dcim.row_colors import ROLE, choices, coloured
from dcim.tray import tray
from racks.colouring import Shade
from racks.engine import Face
from racks.models import Rack

RACKS_A_PAGE = 40
# Pixels a unit: with the names of devices, and to see many racks at once.
SCALES = {"names": 15, "small": 7}
BOTH = "both"
# Parameters of this page beside the filters of racks.
OWN = ("sort", "page", "face", "color", "scale", "images", "tray")


@dataclass(frozen=True)
class Shown:
    """A rack of the page: its address, its faces, and how full it is."""

    pk: int
    name: str
    url: str
    drawings: list[SafeString]
    used: int
    steps: int
    free: str
    longest: str
    shade: Shade | None
    mark: Mark | None


@require_safe
@page
def show(request: HttpRequest) -> HttpResponse:
    """The racks that match the filters of the rack list, a page at a time.

    The number of statements does not depend on how many racks there are.
    """
    resource = of_model(Rack)
    require(request, access.VIEW, resource)
    rows, errors = _rows(request)
    total = rows.count()
    pages = max(1, -(-total // RACKS_A_PAGE))
    asked = request.GET.get("page", "1")
    number = min(max(int(asked), 1), pages) if asked.isdecimal() and len(asked) < 9 else 1
    start = (number - 1) * RACKS_A_PAGE
    ids = list(rows.values_list("pk", flat=True)[start : start + RACKS_A_PAGE])
    chosen = request.GET.get("face", Face.FRONT.value)
    faces = list(Face) if chosen == BOTH else [Face.REAR if chosen == Face.REAR else Face.FRONT]
    context = reading(request)
    colouring = request.GET.get("color", ROLE)
    colours = coloured(elevation.load(ids, context), colouring, context)
    found = colours.racks
    marked = marks(Rack, ids, context.user)
    movable = may(request, of_model(Device), access.CHANGE)
    images = bool(request.GET.get("images"))
    pictures = elevation_file.pictures(found, linked=True) if images else {}
    scale = "small" if request.GET.get("scale") == "small" else "names"
    sizes = [_options(each, movable=movable, scale=scale, pictures=pictures) for each in found]
    site = _site(request, found)
    shown = {
        "resource": resource,
        "panel": Panel(request, resource),
        "search_here": request.GET.get("q", ""),
        "sheets": sheets(zip(found, sizes, strict=True)),
        "racks": [
            _shown(each, faces, options, colours.shades.get(each.rack.pk), marked.get(each.rack.pk))
            for each, options in zip(found, sizes, strict=True)
        ],
        "legend": colours.legend or sorted({role for each in found for role in roles(each)}),
        "colorings": [
            (label, table.with_query(request, color=value), value == colouring)
            for value, label in choices()
        ],
        "coloring": dict(choices()).get(colouring, "Device role"),
        "movable": movable,
        "small": scale == "small",
        "scales": [
            (label, table.with_query(request, scale=value), scale == (value or "names"))
            for value, label in ((None, "Names"), ("small", "Small"))
        ],
        "site": site,
        "tray": tray(site, context) if movable and site else None,
        "faces": [
            (label, table.with_query(request, face=value), value == chosen)
            for value, label in (("front", "Front"), ("rear", "Rear"), (BOTH, "Both"))
        ],
        "looks": [
            (label, table.with_query(request, images=value), images == bool(value))
            for value, label in ((None, "Roles"), ("1", "Pictures"))
        ],
        "errors": errors,
        "notes": unknown.notes(request, resource, table.column_labels(resource), number, OWN),
        "total": total,
        "first": start + 1,
        "last": start + len(ids),
        "previous": table.with_query(request, page=number - 1) if number > 1 else "",
        "next": table.with_query(request, page=number + 1) if number < pages else "",
    }
    return render(request, "dcim/rack_elevations.html", shown)


def _site(request: HttpRequest, racks: list[Elevation]) -> int | None:
    """The site whose unracked devices are offered: that of all racks, or the one asked for."""
    asked = request.GET.get("tray", "")
    if asked.isdecimal() and len(asked) < 19:
        return int(asked)
    sites = {each.rack.site for each in racks}
    return sites.pop() if len(sites) == 1 else None


def _rows(request: HttpRequest) -> tuple[Any, list[str]]:
    resource = of_model(Rack)
    try:
        return table.filtered(request, resource), []
    except ValidationError as error:
        messages = [
            f"{table.label_of(resource, name)}: {message}"
            for name, found in error.message_dict.items()
            for message in found
        ]
        return Rack.objects.none(), messages


def _options(rack: Elevation, *, movable: bool, scale: str, pictures: Pictures) -> Options:
    return Options(
        unit_width=true_width(rack.rack.width, SCALES[scale]),
        unit_height=SCALES[scale],
        legend_width=24 if scale == "names" else 20,
        margin_width=10 if rack.reservations else 2,
        pictures=pictures,
        movable=movable,
        names=scale == "names",
        shared=True,
    )


def _shown(
    rack: Elevation, faces: list[Face], options: Options, shade: Shade | None, mark: Mark | None
) -> Shown:
    occupancy = rack.occupancy
    longest = occupancy.longest_free_run()
    return Shown(
        rack.rack.pk,
        rack.rack.name,
        address(of_model(Rack), rack.rack.pk),
        [svg(rack, face, options) for face in faces],
        occupancy.used,
        rack.rack.frame.steps,
        units(len(occupancy.free())),
        units(longest.size if longest else 0),
        shade,
        mark,
    )
