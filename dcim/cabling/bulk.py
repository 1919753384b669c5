"""Connecting many pairs of ports at once: who goes with whom, what is refused, and doing it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from rest_framework.exceptions import ValidationError as Unserialized

from core import access, registry, write
from core.access import Actor
from core.errors import Invalid
from core.registry import of_model
from dcim.cabling.ends import FIELDS, refuse_unfit, taken
from dcim.cabling.pairing import Line
from dcim.cabling.places import path_to
from dcim.models import Cable, CableTermination
from dcim.models.cables import COMPATIBLE

Name = tuple[str, str]  # of what has a port, and of the port
Place = Mapping[str, int]


@dataclass(frozen=True)
class Plugged:
    """A port by its kind, such as `interface`, and its id."""

    kind: str
    pk: int


@dataclass
class Pair:
    """Two ports to be connected: `values` are of this cable alone, `faults` why it cannot be.

    `line` is where it was typed, 0 for one that was not; `named` are then the names as typed.
    """

    a: Plugged | None
    b: Plugged | None
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    line: int = 0
    named: tuple[Name, Name] | None = None


def judge(pairs: Sequence[Pair], user: Actor) -> None:
    """Note at each pair why it would be refused, as far as reading tells: nothing is written.

    A statement or two a kind of port, however many pairs there are.
    """
    ports = _ports(pairs, user)
    with access.writing(user):
        rows = [
            {end: _row(end, port, ports) for end, port in (("A", pair.a), ("B", pair.b)) if port}
            for pair in pairs
        ]
        refused = taken([row for each in rows for row in each.values() if row.port is not None])
        used: set[tuple[int, int]] = set()
        for pair, ends in zip(pairs, rows, strict=True):
            if pair.a == pair.b and pair.a is not None:
                pair.faults.append("Both ends are the same port.")
                continue
            for row in ends.values():
                key = (row.termination_type_id, row.termination_id)
                if row.port is None:
                    pair.faults.append(f"There is no such {row.termination_type.name}.")
                elif key in refused:
                    pair.faults.append(refused[key])
                elif key in used:
                    pair.faults.append(f"{row.port} is in another pair as well.")
            if len(ends) == 2 and not pair.faults:
                try:
                    refuse_unfit({end: [row] for end, row in ends.items()}, "B")
                except ValidationError as error:
                    pair.faults += error.messages
            if not pair.faults:
                used |= {(row.termination_type_id, row.termination_id) for row in ends.values()}


def connect(pairs: Sequence[Pair], values: Mapping[str, Any], user: Actor) -> list[Cable]:
    """Store a cable for each pair, all or nothing, with `values` of all and those of its own.

    The number of statements does not depend on how many there are. Raises Invalid with the
    messages of each pair.
    """
    resource, ports = of_model(Cable), _ports(pairs, user)
    references = {(registry.of_type(f"dcim.{p.kind}").path, p.pk): row for p, row in ports.items()}
    context = {"user": user, "references": references}
    serializer = resource.serializer_class(data={}, partial=False, context=context)
    found: list[dict[str, Any]] = []
    faults: list[dict[str, Any]] = []
    for pair in pairs:
        ends = {FIELDS["A"]: _wire(pair.a), FIELDS["B"]: _wire(pair.b)}
        try:
            found.append(serializer.run_validation({**values, **pair.values, **ends}))
            faults.append({})
        except Unserialized as error:
            faults.append(dict(error.detail) if isinstance(error.detail, dict) else {})
    if any(faults):
        raise Invalid(faults)
    return write.create(resource, found, user)


def attempt(pairs: Sequence[Pair], values: Mapping[str, Any], user: Actor) -> None:
    """Note at each pair why the database would refuse it; what is stored for that is undone."""
    try:
        with transaction.atomic():
            connect(pairs, values, user)
            raise _Undo
    except _Undo:
        pass
    except Invalid as error:
        blame(pairs, error)


def blame(pairs: Sequence[Pair], error: Invalid) -> None:
    """Put what was refused beside the pairs; what concerns all of them beside the first."""
    items = error.items if len(error.items) == len(pairs) else [error.items[0]]
    for pair, item in zip(pairs, items, strict=False):
        for name, messages in item.items():
            for sentence in messages if isinstance(messages, list) else [messages]:
                known = of_model(Cable).has_field(name) and name not in FIELDS.values()
                label = f"{of_model(Cable).field(name).label}: " if known else ""
                pair.faults.append(f"{label}{sentence}")


class _Undo(Exception):
    """Leaves a transaction without keeping what it did."""


def _ports(pairs: Sequence[Pair], user: Actor) -> dict[Plugged, Any]:
    """The ports of pairs that the user may see; one statement a kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for pair in pairs:
        for port in (pair.a, pair.b):
            if port is not None:
                wanted[port.kind].add(port.pk)
    found: dict[Plugged, Any] = {}
    for kind, ids in wanted.items():
        rows = access.visible(registry.of_type(f"dcim.{kind}").model, user).filter(pk__in=ids)
        found |= {Plugged(kind, row.pk): row for row in rows}
    return found


def _row(end: str, port: Plugged, ports: dict[Plugged, Any]) -> Any:
    model = registry.of_type(f"dcim.{port.kind}").model
    kind = ContentType.objects.get_for_model(model)
    row: Any = CableTermination(cable_end=end, termination_type=kind, termination_id=port.pk)
    row.port = ports.get(port)
    return row


def _wire(port: Plugged | None) -> list[dict[str, Any]]:
    if port is None:
        return []
    return [{"object_type": f"dcim.{port.kind}", "object_id": port.pk}]


# by name


@dataclass(frozen=True)
class Where:
    """Where the ports of a side are looked for: a place, and a kind where one is chosen."""

    place: Place
    kind: str = ""


def resolve(lines: Sequence[Line], a: Where, b: Where, user: Actor) -> list[Pair]:
    """The pairs that lines mean; a line that names no port, or several, has a fault that says so.

    A statement a kind of port.
    """
    near = _Names((line.a for line in lines), a, user)
    far = _Names((line.b for line in lines), b, user)
    found = []
    for line in lines:
        pair = Pair(None, None, dict(line.values), line=line.number, named=(line.a, line.b))
        ours, theirs = near.find(line.a), far.find(line.b)
        pair.a = near.one("A", line.a, ours, theirs, pair.faults)
        pair.b = far.one("B", line.b, theirs, ours, pair.faults)
        found.append(pair)
    return found


class _Names:
    """The ports of one side by what they and their owners are called."""

    def __init__(self, names: Iterable[Name], where: Where, user: Actor) -> None:
        self.where, wanted = where, set(names)
        self.found: dict[Name, list[Plugged]] = defaultdict(list)
        for kind in [where.kind] if where.kind in COMPATIBLE else list(COMPATIBLE):
            self._load(kind, wanted, user)

    def _load(self, kind: str, wanted: set[Name], user: Actor) -> None:
        model = registry.of_type(f"dcim.{kind}").model
        owned = hasattr(model, "device")
        owner = "device" if owned else path_to("owner", kind)
        if owner is None:
            return
        place, here = self.where.place, Q()
        for name in ("rack", "site"):
            path = f"device__{name}" if owned else path_to(name, kind)
            if name in place and path:
                here &= Q(**{path: place[name]}) & access.along(model, path, user)
        known = Q(**{f"{owner}__name__in": {each for each, _ in wanted if each}})
        known &= access.along(model, f"{owner}__name", user)
        if owned and "device" in place:
            known |= Q(device=place["device"])
        rows = access.visible(model, user).filter(known, here, name__in={n for _, n in wanted})
        for pk, name, called, device in rows.values_list("pk", "name", f"{owner}__name", owner):
            port = Plugged(kind, pk)
            self.found[called or "", name].append(port)
            if owned and device == place.get("device") and called:
                self.found["", name].append(port)

    def find(self, name: Name) -> list[Plugged]:
        """The ports of this name."""
        return self.found.get(name, [])

    def one(
        self,
        end: str,
        name: Name,
        ours: list[Plugged],
        theirs: list[Plugged],
        faults: list[str],
    ) -> Plugged | None:
        """The port that is meant: of several the one that fits what is named at the other end."""
        fits = [p for p in ours if any(far.kind in COMPATIBLE[p.kind] for far in theirs)]
        meant = fits if len(ours) > 1 and fits else ours
        if len(meant) == 1:
            return meant[0]
        owner, port = name
        called = f"{owner} {port}".strip()
        if meant:
            faults.append(f"End {end}: {called} may be any of {len(meant)} ports.")
        elif not port:
            faults.append(f"End {end}: no port is named.")
        elif not owner and "device" not in self.where.place:
            faults.append(f"End {end}: name the device of {port}, or choose it above.")
        else:
            faults.append(f"End {end}: there is no port {called}.")
        return None
