"""Moving a device to another place, by a form: a rack, and the places there that it fits in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from core import access, versions, write
from core.errors import Invalid, Stale
from core.gather import Steps
from core.registry import of_model
from core.web import form_fields
from core.web.forms import display_of, existing, offered
from core.web.page import actor, address, page, reading
from dcim import elevation
from dcim.choices import SubdeviceRole
from dcim.elevation import Elevation
from dcim.elevation_shapes import Options
from dcim.elevation_svg import svg, true_width
from dcim.elevation_text import span
from dcim.models import Device
from racks.engine import Face, Occupancy
from racks.models import Rack

UNIT_HEIGHT, SMALL_UNIT = 14, 7


@dataclass(frozen=True)
class Place:
    """A place that the device fits in: its value in the form, and what it is called."""

    value: str
    label: str
    chosen: bool


def places(found: Elevation, device: Device, chosen: tuple[str, str]) -> dict[Face, list[Place]]:
    """Where a device of this size fits, by face, from the top.

    Half units are offered only for what is not a whole number of units high.
    """
    size, halves = device.height_half_u, device.height_half_u % 2
    blocks = tuple(block for block in found.occupancy.blocks if block.key != device.pk)
    taken, kept = Occupancy(found.rack.frame, blocks), found.reserved_halves
    here = (device.rack_id, int((device.position or 0) * 2), device.face)
    made: dict[Face, list[Place]] = {}
    for face in Face:
        free = set(taken.free(list(Face) if device.is_full_depth else [face]))
        made[face] = []
        for low in found.rack.frame.from_top():
            if (low % 2 and not halves) or not free.issuperset(range(low, low + size)):
                continue
            value = f"{low / 2:g}"
            label = span(low, size)
            if kept.intersection(range(low, low + size)):
                label = f"{label} (reserved)"
            if here == (found.rack.pk, low, str(face)):
                label = f"{label} (where it is)"
            made[face].append(Place(f"{value}|{face}", label, (value, str(face)) == chosen))
    return made


@require_http_methods(["GET", "HEAD", "POST"])
@page
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The free places of a rack; POST moves the device, or takes it out of its rack."""
    resource = of_model(Device)
    offered(request, resource, access.CHANGE, "patch")
    existing(request, resource, pk, access.CHANGE)
    device = Device.objects.select_related("device_type").get(pk=pk)
    given = request.POST if request.method == "POST" else request.GET
    rack = _rack(request, given.get("rack", ""), device)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            values = _values(given, rack)
            opened = versions.version_check(given.get("_version"))
            write.update(resource, [(pk, values)], actor(request), check=opened)
        except Stale:
            refusal, status = "Somebody changed this after you opened the page. Look again.", 409
        except Invalid as error:
            texts = [text for found in error.items[0].values() for text in found]
            refusal, status = " ".join(map(str, texts)), 422
        else:
            messages.success(request, _told(display_of(request, resource, pk), values))
            return HttpResponseRedirect(address(resource, pk))
    context = _context(request, device, rack, (given.get("position", ""), given.get("face", "")))
    context |= {"refusal": refusal, "version": versions.version(resource, pk)}
    return render(request, "dcim/move.html", context, status=status)


def _rack(request: HttpRequest, text: str, device: Device) -> Rack | None:
    """The rack asked for, else the device's own; None where it is none that may be seen."""
    wanted = int(text) if text.isdecimal() and len(text) < 19 else device.rack_id
    rows = access.visible(Rack, actor(request)).filter(pk__in=[wanted] if wanted else [])
    found = rows.select_related("site", "location").first()
    if text and found is None:
        raise Http404(f"There is no rack {text}.")
    return found


def _values(given: Any, rack: Rack | None) -> dict[str, Any]:
    """What to store; raises Invalid where no place was chosen."""
    if "_out" in given:
        return {"rack": None, "position": None, "face": None}
    if rack is None:
        raise Invalid.one("rack", "Choose a rack.")
    where = {"site": rack.site, "location": rack.location, "rack": rack}
    position, _, face = given.get("place", "").partition("|")
    if not position and face == "none":
        return {**where, "position": None, "face": None}
    try:
        return {**where, "position": Decimal(position), "face": Face(face).value}
    except (InvalidOperation, ValueError):
        raise Invalid.one("position", "Choose a place of the list.") from None


def _told(name: str, values: dict[str, Any]) -> str:
    if values["rack"] is None:
        return f"Device {name} is out of the rack."
    if values["position"] is None:
        return f"Device {name} is in rack {values['rack'].name}, without units."
    unit = f"U{values['position']:f}".rstrip("0").rstrip(".") if values["position"] % 1 else ""
    unit = unit or f"U{int(values['position'])}"
    return f"Device {name} is at {unit}, {values['face']}, in rack {values['rack'].name}."


def _context(
    request: HttpRequest, device: Device, rack: Rack | None, chosen: tuple[str, str]
) -> dict[str, Any]:
    resource, user = of_model(Device), actor(request)
    picker = form_fields.ReferenceSelect(of_model(Rack))
    picker.user = user
    shown: dict[str, Any] = {
        "resource": resource,
        "pk": device.pk,
        "display": display_of(request, resource, device.pk),
        "picker": picker.render("rack", rack.pk if rack else None, {"id": "id_rack"}),
        "rack": rack,
        "height": f"{device.height_half_u / 2:g} U",
        "sized": bool(device.height_half_u),
        "deep": device.is_full_depth,
        "child": device.device_type.subdevice_role == SubdeviceRole.CHILD,
        "racked": device.rack_id is not None,
        "cancel": address(resource, device.pk),
    }
    found = elevation.load([rack.pk], reading(request)) if rack else []
    if found:
        by_face = places(found[0], device, chosen)
        shown["places"] = [(face.value.capitalize(), each) for face, each in by_face.items()]
        shown["any"] = any(by_face.values())
        shown["faces"] = _drawn(found[0], device, by_face)
    return shown


def _drawn(
    found: Elevation, device: Device, by_face: dict[Face, list[Place]]
) -> list[tuple[str, SafeString]]:
    """Both faces, with the places that the device fits in as links that choose them."""
    here = address(of_model(Device), device.pk, "move")
    options = Options(
        unit_width=true_width(found.rack.width, UNIT_HEIGHT),
        unit_height=UNIT_HEIGHT,
        legend_width=24,
        margin_width=10,
        add_url=here,
        vacant_text="Choose",
        lit=device.pk,
    )
    drawn = []
    for face in Face:
        lows = frozenset(int(float(each.value.partition("|")[0]) * 2) for each in by_face[face])
        drawn.append((face.value.capitalize(), svg(found, face, replace(options, vacant_at=lows))))
    return drawn


def stands(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
    """The panel with both faces of the device's rack, small, and the device marked."""
    row = context["row"]
    if not row.get("rack"):
        return None
    found = yield elevation.steps([row["rack"]["id"]], reading(request))
    if not found:
        return None
    rack = found[0]
    options = Options(
        unit_width=true_width(rack.rack.width, SMALL_UNIT),
        unit_height=SMALL_UNIT,
        legend_width=2,
        margin_width=10,
        lit=pk,
        plain=True,
    )
    slot = next((slot for slot in rack.slots if slot.device == pk), None)
    block = slot.block if slot else None
    shown = {
        "faces": [(face.value.capitalize(), svg(rack, face, options)) for face in Face],
        "rack": row["rack"],
        "rack_url": address(of_model(Rack), rack.rack.pk),
        "where": span(block.low, block.size) if block else "",
        "face": str(block.face) if block else "",
        "deep": bool(block and block.full_depth),
        "free": f"{len(rack.occupancy.free()) / 2:g} U",
        "units": rack.rack.frame.height,
        "move": address(of_model(Device), pk, "move") if context["may_change"] else "",
    }
    return render_to_string("dcim/stands_panel.html", shown, request)
