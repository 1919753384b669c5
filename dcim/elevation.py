"""What stands in racks, read for one rack or many in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from core import access
from core.access import Actor
from core.gather import Lookup, Steps
from core.read import ReadContext, Reader
from core.registry import of_model
from dcim.elevation_text import span
from dcim.models import Device
from facilities.models import Location, Site
from racks.engine import Block, Face, Frame, Occupancy, Run, runs
from racks.models import Rack, RackReservation

NEUTRAL = "9e9e9e"


@dataclass(frozen=True)
class RackSize:
    """A rack's name, its numbering and its width from rail to rail in inches."""

    pk: int
    name: str
    frame: Frame
    width: int
    site: int | None
    location: int | None


@dataclass(frozen=True)
class Slot:
    """Where a device of a rack is; without a block it takes no units.

    `zero_u` devices have no height, `installed` ones are in a bay of another device. `size` is in
    half units; `deep` ones take both faces.
    """

    device: int
    block: Block | None
    face: Face | None
    zero_u: bool
    installed: bool
    size: int = 0
    deep: bool = False


@dataclass(frozen=True)
class Item:
    """A device as people see it in an elevation.

    `kind` is the maker and `model`; `color` is the role's, six hexadecimal digits.
    """

    pk: int
    name: str
    url: str
    kind: str
    model: str
    kind_id: int | None
    role: str
    color: str
    status: str
    status_label: str


@dataclass(frozen=True)
class Reserved:
    """A reservation: what for, for whom, and the half units it covers, lowest first."""

    pk: int
    why: str
    who: str
    status: str
    url: str
    runs: tuple[Run, ...]

    @property
    def where(self) -> str:
        """The units as people name them."""
        return ", ".join(span(run.low, run.size) for run in self.runs)


@dataclass
class Elevation:
    """One rack with all that stands in it. Devices the user may not see have no item."""

    rack: RackSize
    occupancy: Occupancy
    slots: list[Slot]
    items: dict[int, Item] = field(default_factory=dict)
    reservations: list[Reserved] = field(default_factory=list)

    @property
    def beside(self) -> list[tuple[Slot, Item]]:
        """The visible devices without a height that are in no bay, such as upright PDUs."""
        return [
            (slot, self.items[slot.device])
            for slot in self.slots
            if slot.zero_u and not slot.installed and slot.device in self.items
        ]

    @property
    def unplaced(self) -> list[Item]:
        """The visible devices that have a height but no position."""
        return [
            self.items[slot.device]
            for slot in self.slots
            if not slot.block and not slot.zero_u and slot.device in self.items
        ]

    @property
    def installed(self) -> int:
        """How many visible devices are in bays of others."""
        return sum(slot.installed and slot.device in self.items for slot in self.slots)

    @property
    def reserved_halves(self) -> set[int]:
        """Every half unit that is reserved."""
        spans = (run for each in self.reservations for run in each.runs)
        return {half for run in spans for half in range(run.low, run.low + run.size)}


_SIZES = Lookup(
    lambda given, user: (
        access.restrict(Rack.objects.filter(given("pk")), user)
        .order_by()
        .values_list(
            *("pk", "u_height", "starting_unit", "desc_units", "width", "site_id", "location_id"),
            *of_model(Rack).display_columns,
        )
    )
)
# It knows nothing of permissions: units that are taken are taken for everybody.
_SLOTS = Lookup(
    lambda given, user: (
        Device.objects.filter(given("rack_id"))
        .order_by("-position", "name_natural", "pk")
        .values_list(
            *("rack_id", "pk", "position", "face", "height_half_u", "is_full_depth"),
            *("device_type__exclude_from_utilization", "parent_bay__pk"),
        )
    )
)
Standing = tuple[dict[int, RackSize], dict[int, list[Slot]]]


def standing(ids: Iterable[int], user: Actor, exclude: Sequence[int] = ()) -> Standing:
    """The racks with these ids that the user may see, and where each of their devices is.

    By rack; one statement. Devices of `exclude` that the user may see are left out.
    """
    found: Standing = ReadContext(user).run(standing_steps(ids, user, exclude))
    return found


def standing_steps(ids: Iterable[int], user: Actor, exclude: Sequence[int] = ()) -> Steps:
    """The step of `standing`."""
    wanted = list(ids)
    racks, devices = yield [_SIZES.fetch(wanted, user), _SLOTS.fetch(wanted, user)]
    sizes = _sizes(racks, user)
    left_out = set(excludable(exclude, user)) if exclude else set()
    found: dict[int, list[Slot]] = defaultdict(list)
    for row in devices:
        if row[0] in sizes and row[1] not in left_out:
            found[row[0]].append(_slot(row))
    return sizes, found


def _sizes(rows: Iterable[Sequence[Any]], user: Actor) -> dict[int, RackSize]:
    resource = of_model(Rack)
    found = {
        pk: RackSize(pk, resource.display(*names), Frame(height, start, down), width, *place)
        for pk, height, start, down, width, *rest in rows
        for place, names in ((rest[:2], rest[2:]),)
    }
    places = [rack.site for rack in found.values() if rack.site is not None]
    sites = access.outside(Site, places, user, access.VIEW)
    halls = [rack.location for rack in found.values() if rack.location is not None]
    locations = access.outside(Location, halls, user, access.VIEW)
    if not sites and not locations:
        return found
    return {
        pk: replace(
            rack,
            site=None if rack.site in sites else rack.site,
            location=None if rack.location in locations else rack.location,
        )
        for pk, rack in found.items()
    }


def excludable(devices: Sequence[int], user: Actor) -> list[int]:
    """Those of the devices that the user may leave out of a drawing, since they are seen."""
    return [pk for pk in devices if pk not in access.outside(Device, devices, user, access.VIEW)]


def _slot(row: Sequence[Any]) -> Slot:
    _, pk, position, side, height, deep, uncounted, bay = row
    face = Face(side) if side else None
    block = None
    if position is not None and height and face is not None:
        block = Block(pk, int(position * 2), height, face, deep, not uncounted)
    return Slot(pk, block, face, not height, bay is not None, height, deep)


def occupancy(frame: Frame, found: Sequence[Slot]) -> Occupancy:
    """The occupancy of a rack by these slots."""
    return Occupancy(frame, tuple(slot.block for slot in found if slot.block))


def load(ids: Sequence[int], context: ReadContext, exclude: Sequence[int] = ()) -> list[Elevation]:
    """The racks with these ids that the user may see, in this order, with what stands in them.

    Devices of `exclude` are left out. The number of statements does not depend on how many racks
    there are.
    """
    found: list[Elevation] = context.run(steps(ids, context, exclude))
    return found


def steps(ids: Sequence[int], context: ReadContext, exclude: Sequence[int] = ()) -> Steps:
    """The step of `load`."""
    racks, placed = yield standing_steps(ids, context.user, exclude)
    devices = {slot.device for each in placed.values() for slot in each}
    shown, kept = yield [items(devices, context), reservations(racks, context)]
    found = []
    for pk in ids:
        if pk not in racks:
            continue
        mine = placed.get(pk, [])
        found.append(
            Elevation(
                racks[pk],
                occupancy(racks[pk].frame, mine),
                mine,
                {slot.device: shown[slot.device] for slot in mine if slot.device in shown},
                kept.get(pk, []),
            )
        )
    return found


_FIELDS = ("id", "display", "display_url", "status", "device_type", "role")
_NESTED = {"device_type": ("id", "display", "manufacturer"), "role": ("id", "display", "color")}


def items(devices: Collection[int], context: ReadContext) -> Steps:
    """A step that finds those of the devices that the user may see, by id, as `Item`."""
    rows = yield _item_reader().among(devices, context)
    return {pk: _item(row) for pk, row in rows.items()}


@cache
def _item_reader() -> Reader:
    return Reader(of_model(Device), _FIELDS, _NESTED)


def _item(row: dict[str, Any]) -> Item:
    role, kind = row["role"] or {}, row["device_type"] or {}
    words = ((kind.get("manufacturer") or {}).get("name", ""), kind.get("display", ""))
    return Item(
        row["id"],
        row["display"],
        row["display_url"],
        " ".join(word for word in words if word),
        words[1],
        kind.get("id"),
        role.get("display", ""),
        role.get("color") or NEUTRAL,
        row["status"]["value"],
        row["status"]["label"],
    )


_RESERVED = ("id", "url", "rack", "units", "description", "user", "tenant", "status")


@cache
def _reservation_reader() -> tuple[Reader, Lookup]:
    reader = Reader(of_model(RackReservation), _RESERVED, {"rack": ("id",)})
    return reader, Lookup(
        lambda given, user: access.restrict(
            RackReservation.objects.filter(given("rack_id")).order_by("pk"), user
        ).values_list(*reader.columns),
        by_column=True,
    )


def reservations(racks: Iterable[int], context: ReadContext) -> Steps:
    """A step that finds the reservations of these racks that the user may see, by rack."""
    resource = of_model(RackReservation)
    reader, lookup = _reservation_reader()
    cells = yield lookup.fetch(racks, context.user)
    rows = yield reader.steps(cells, context)
    found: dict[int, list[Reserved]] = defaultdict(list)
    for row in rows:
        who = [ref["display"] for ref in (row["tenant"], row["user"]) if ref]
        found[row["rack"]["id"]].append(
            Reserved(
                row["id"],
                row["description"],
                ", ".join(who),
                row["status"]["label"],
                resource.display_url(row["id"], context.base),
                tuple(runs(half for unit in row["units"] for half in (unit * 2, unit * 2 + 1))),
            )
        )
    return found
