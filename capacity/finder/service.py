"""Finding places, and turning what was found into planned devices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from rest_framework.exceptions import ValidationError

from capacity.engine.placement import Face, Item, Position, Progress, solve
from capacity.finder import check, room, types
from capacity.finder.asking import Question, question
from capacity.finder.telling import Teller
from capacity.models import DeviceDates
from core import access, write
from core.access import Actor
from core.errors import Denied, Invalid
from core.models import User
from core.read import ReadContext
from core.registry import of_model
from dcim.models import Cable, Device, DeviceRole, DeviceType, PowerOutlet, PowerPort
from facilities.models import Tenant
from power.reckoning import Json
from racks.models import Rack, RackReservation

OnProgress = Callable[[Progress], None]


class Taken(Exception):
    """Somebody took a place, an outlet or the power meanwhile; nothing was written."""


def find(asked: Question, context: ReadContext, on_progress: OnProgress | None = None) -> Json:
    """Look for places and tell what was found, held against the load flow."""
    found = room.load(asked)
    items = types.items(asked, found.connectors)
    answer = solve(found.room, found.nodes, items, asked.for_solver(), on_progress)
    over = check.overloads(found.reckonings, items, answer.positions, _sites(answer.positions))
    return Teller(asked, found, context).tell(answer, items, over)


def _sites(positions: Sequence[Position]) -> dict[int, int]:
    racks = Rack.objects.filter(pk__in={each.rack for each in positions}).order_by()
    return dict(racks.values_list("pk", "site"))


def reserve(
    data: Json, answer: Json, user: Actor, *, role: int, prefix: str, tenant: int | None = None
) -> list[int]:
    """Make planned devices of an answer, with planned cables to its outlets and reserved units.

    Returns the ids of the devices. Raises Taken where something of it is not free any more or the
    power above would not do, ValidationError for what cannot be meant, PermissionDenied for what
    the user may not make; then nothing is written.
    """
    asked = question(data, user)
    positions = _positions(answer)
    if len(positions) < answer["asked"]:
        raise ValidationError({"answer": ["Not all devices have a place in this answer."]})
    _still_holds(asked, positions)
    try:
        with transaction.atomic():
            devices = _devices(asked, positions, user, role, prefix, tenant)
            _cables(devices, positions, user)
            _reservations(asked, answer, devices, positions, user, tenant)
            if asked.date is not None:
                dates = [{"device": each, "install_date": asked.date} for each in devices]
                write.create(of_model(DeviceDates), dates, user)
    except Denied as fault:
        raise PermissionDenied("You may not make these records there.") from fault
    except Invalid as fault:
        sentences = {text for item in fault.items for texts in item.values() for text in texts}
        raise Taken(" ".join(sorted(map(str, sentences)))) from fault
    return [device.pk for device in devices]


def _positions(answer: Json) -> list[Position]:
    return [
        Position(
            item=each["item"],
            rack=each["rack_id"],
            low=None if each["position"] is None else int(each["position"] * 2),
            face=Face(each["face"] or "front"),
            outlets=tuple(each["outlet_ids"]),
        )
        for each in answer["positions"]
    ]


def _still_holds(asked: Question, positions: Sequence[Position]) -> None:
    found = room.load(asked)
    items: list[Item] = types.items(asked, found.connectors)
    free = set(found.room.outlets.id.tolist())
    if any(pk not in free for each in positions for pk in each.outlets):
        raise Taken("An outlet of the answer is not free any more.")
    if check.overloads(found.reckonings, items, positions, _sites(positions)):
        raise Taken("The power chain carries more than when the answer was found.")


def _devices(
    asked: Question,
    positions: Sequence[Position],
    user: Actor,
    role: int,
    prefix: str,
    tenant: int | None,
) -> list[Any]:
    racks = Rack.objects.filter(pk__in={each.rack for each in positions}).in_bulk()
    kinds = DeviceType.objects.in_bulk(asked.types)
    given = asked.given["devices"]
    chosen = access.visible(DeviceRole, user).filter(pk=role).first()
    if chosen is None:
        raise ValidationError({"role": [f"There is no device role {role}."]})
    owner = access.visible(Tenant, user).filter(pk=tenant).first() if tenant else None
    names = _free_names(prefix, len(positions))
    values = [
        {
            "name": name,
            "device_type": kinds[given[each.item]["device_type"]],
            "role": chosen,
            "tenant": owner,
            "site": racks[each.rack].site,
            "location": racks[each.rack].location,
            "rack": racks[each.rack],
            "position": None if each.low is None else Decimal(each.low) / 2,
            "face": None if each.low is None else each.face.value,
            "status": "planned",
        }
        for name, each in zip(names, positions, strict=True)
    ]
    return write.create(of_model(Device), values, user)


def _free_names(prefix: str, count: int) -> list[str]:
    """Names that no device has: the prefix and numbers going up."""
    taken = set(
        Device.objects.filter(name__istartswith=prefix).order_by().values_list("name", flat=True)
    )
    lower = {name.lower() for name in taken if name}
    found: list[str] = []
    number = 1
    while len(found) < count:
        name = f"{prefix}{number:03d}"
        if name.lower() not in lower:
            found.append(name)
        number += 1
    return found


def _cables(devices: Sequence[Any], positions: Sequence[Position], user: Actor) -> None:
    ports: dict[int, list[Any]] = defaultdict(list)
    rows = PowerPort.objects.filter(device__in=[each.pk for each in devices])
    for port in rows.order_by("device", "name_natural", "pk"):
        ports[port.device_id].append(port)
    outlets = PowerOutlet.objects.in_bulk({pk for each in positions for pk in each.outlets})
    values = [
        {
            "a_terminations": [_end(outlets[pk])],
            "b_terminations": [_end(port)],
            "status": "planned",
            "type": "power",
        }
        for device, each in zip(devices, positions, strict=True)
        for pk, port in zip(each.outlets, ports[device.pk], strict=False)
    ]
    if values:
        write.create(of_model(Cable), values, user)


def _end(port: Any) -> Json:
    kind = ContentType.objects.get_for_model(port)
    return {"object_type": kind, "object_id": port.pk, "port": port}


def _reservations(
    asked: Question,
    answer: Json,
    devices: Sequence[Any],
    positions: Sequence[Position],
    user: Actor,
    tenant: int | None,
) -> None:
    """Units of each rack, for the user, where nobody has reserved them yet."""
    kept = RackReservation.objects.filter(rack__in={each.rack for each in positions}).order_by()
    taken = {(rack, unit) for rack, units in kept.values_list("rack", "units") for unit in units}
    heights = [item["u_height"] for item in answer["items"]]
    units: dict[int, set[int]] = defaultdict(set)
    for each in positions:
        if each.low is None:
            continue
        top = (each.low + int(heights[each.item] * 2) - 1) // 2
        units[each.rack] |= set(range(each.low // 2, top + 1)) - {
            unit for rack, unit in taken if rack == each.rack
        }
    racks = Rack.objects.in_bulk(units)
    owner = Tenant.objects.filter(pk=tenant).first() if tenant else None
    names = f"{devices[0].name} to {devices[-1].name}" if len(devices) > 1 else devices[0].name
    values = [
        {
            "rack": racks[rack],
            "units": sorted(numbers),
            "user": user if isinstance(user, User) else None,
            "tenant": owner,
            "description": f"Placement of {names}"[:200],
        }
        for rack, numbers in sorted(units.items())
        if numbers
    ]
    if values:
        write.create(of_model(RackReservation), values, user)
