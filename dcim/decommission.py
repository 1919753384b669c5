"""Taking devices out of service: their space and cables become free, their record stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import transaction
from django.db.models import Model, Q

from core import access, registry, write
from core.access import Actor
from core.errors import Denied
from core.models import JournalEntry, User
from core.read import ReadContext
from core.registry import of_model
from core.rows import insert_rows
from core.versions import Check
from dcim.choices import DeviceStatus
from dcim.models import Cable, CableTermination, Device, DeviceBay
from dcim.models.cables import COMPATIBLE
from racks.engine import unit_label

Json = dict[str, Any]
# What a device may be once it is out of service.
STATUSES = (DeviceStatus.DECOMMISSIONING, DeviceStatus.OFFLINE, DeviceStatus.INVENTORY)
NAMED_CABLES = 50  # in a journal entry
CABLE_FIELDS = ("id", "url", "display", "color", "status", "a_terminations", "b_terminations")
PLACE = ("id", "display", "rack", "position", "face", "site", "location")


@dataclass
class Leaving:
    """What goes when devices do.

    `cables` are removed. `shared` ones stay, since at the device's end they lead to other devices
    too: only the device is unplugged, at `ends`. `bays` hold one of the devices.
    """

    cables: list[int] = field(default_factory=list)
    shared: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    bays: list[int] = field(default_factory=list)


def _ports() -> list[tuple[ContentType, type[Model]]]:
    """The kinds of ports that devices have and cables are plugged into."""
    models = [registry.of_type(f"dcim.{kind}").model for kind in COMPATIBLE]
    types = ContentType.objects.get_for_models(*models)
    return [(types[model], model) for model in models if hasattr(model, "device")]


def leaving(devices: Sequence[int]) -> Leaving:
    """What decommissioning these devices takes away. Three statements."""
    of_device = Q(pk__in=[])
    for content, model in _ports():
        ports = model._default_manager.filter(device__in=devices).order_by().values("pk")
        of_device |= Q(termination_type=content, termination_id__in=ports)
    own = dict(CableTermination.objects.filter(of_device).order_by().values_list("pk", "cable"))
    others: dict[tuple[int, str], list[int]] = defaultdict(list)
    mine: dict[tuple[int, str], list[int]] = defaultdict(list)
    rows = CableTermination.objects.filter(cable__in=set(own.values())).order_by("cable", "pk")
    for pk, cable, end in rows.values_list("pk", "cable", "cable_end"):
        (mine if pk in own else others)[cable, end].append(pk)
    found = Leaving()
    whole = {cable for cable, end in mine if (cable, end) not in others}
    for (cable, _), ends in mine.items():
        if cable not in whole:
            found.ends += ends
    found.cables = sorted(whole)
    found.shared = sorted(set(own.values()) - whole)
    bays = DeviceBay.objects.filter(installed_device__in=devices).order_by("pk")
    found.bays = list(bays.values_list("pk", flat=True))
    return found


def refusals(found: Leaving, user: Actor) -> list[str]:
    """Why the user may not take away what has to go; nothing where it is permitted."""
    told = (
        (Cable, found.cables, access.DELETE, "cables", "remove"),
        (Cable, found.shared, access.CHANGE, "cables", "unplug"),
        (DeviceBay, found.bays, access.CHANGE, "device bays", "empty"),
    )
    sentences = []
    for model, ids, action, what, verb in told:
        kept = access.outside(model, ids, user, access.VIEW) if ids else set[int]()
        kept |= access.outside(model, ids, user, action) if ids else set()
        if kept:
            sentences.append(f"Of its {what} there are {len(kept)} that you may not {verb}.")
    return sentences


def decommission(
    device: int, status: str, user: Actor, *, note: str = "", check: Check | None = None
) -> Leaving:
    """Take a device out of service: out of its rack or bay, its cables removed, its record kept.

    The journal says what went, with `note`. Everything is done in one transaction. Raises Invalid
    and Stale as `write.update` does, and Denied where the user may not remove a cable or empty a
    bay; then nothing is changed.
    """

    def work() -> Leaving:
        with transaction.atomic():
            return _decommission(device, status, user, note, check)

    return write.retrying(work)


def _decommission(device: int, status: str, user: Actor, note: str, check: Check | None) -> Leaving:
    _hold_ports(device)
    devices, context = of_model(Device), ReadContext(user=user)
    found = leaving([device])
    if sentences := refusals(found, user):
        raise Denied([{NON_FIELD_ERRORS: sentences}])
    before = devices.reader(PLACE).by_id([device], context).get(device, {})
    cables = of_model(Cable).reader(CABLE_FIELDS).by_id([*found.cables, *found.shared], context)
    if found.bays:
        emptied = [(bay, {"installed_device": None}) for bay in found.bays]
        write.update(of_model(DeviceBay), emptied, user)
    gone: Json = {"status": status, "rack": None, "position": None, "face": None}
    write.update(devices, [(device, gone)], user, check=check)
    if found.cables:
        write.delete(of_model(Cable), found.cables, user)
    CableTermination.objects.filter(pk__in=found.ends).delete()
    _note(device, user, _report(before, found, cables, status, note))
    return found


def _hold_ports(device: int) -> None:
    """Have those who plug in cables meanwhile come before or after; plugging locks the port."""
    for _, model in _ports():
        rows = model._default_manager.filter(device=device).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk"))


def stood(row: Json) -> str:
    """Where a device stands, in words; empty for one that is in no rack."""
    if not row.get("rack"):
        return ""
    place = f"rack {row['rack']['display']}"
    if row.get("position") is not None:
        face = f", {row['face']['label'].lower()}" if row.get("face") else ""
        place = f"{place} at {unit_label(int(row['position'] * 2))}{face}"
    return place


def _report(before: Json, found: Leaving, cables: dict[int, Json], status: str, note: str) -> str:
    lines = [f"Decommissioned; its status is {DeviceStatus(status).label.lower()} now."]
    if place := stood(before):
        lines.append(f"It stood in {place}.")
    for ids, words in ((found.cables, "Removed cables"), (found.shared, "Unplugged from")):
        if ids:
            lines.append(f"{words} ({len(ids)}):")
            lines += [f"- {cable_line(cables[pk])}" for pk in ids[:NAMED_CABLES] if pk in cables]
            if len(ids) > NAMED_CABLES:
                lines.append(f"- and {len(ids) - NAMED_CABLES} more")
    if note.strip():
        lines.append(note.strip())
    return "\n".join(lines)


def cable_line(row: Json) -> str:
    """A cable with what is at its ends."""
    return f"{row['display']}: {ends(row, 'a')} to {ends(row, 'b')}"


def ends(row: Json, end: str) -> str:
    """The ports at an end of a cable, with their devices."""
    named = []
    for each in row[f"{end}_terminations"]:
        port = each.get("object") or {}
        owner = (port.get("device") or {}).get("display", "")
        named.append(f"{owner} {port.get('display', '')}".strip())
    return ", ".join(filter(None, named)) or "nothing that you may see"


def _note(device: int, user: Actor, text: str) -> None:
    """The entry comes along with the change, so it needs no permission of its own."""
    entry = JournalEntry(
        assigned_object_type=ContentType.objects.get_for_model(Device),
        assigned_object_id=device,
        created_by=user if isinstance(user, User) else None,
        comments=text,
    )
    insert_rows([entry])
