"""The ends of a cable: how they are read and written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from rest_framework import serializers

from core import access, instances, registry
from core.fields import Field, Json
from core.gather import Lookup, Once, Steps
from core.read import Binder, Cells, Columns, ReadContext
from core.resource import Resource
from core.rows import insert_rows
from core.serializers import ObjectTypeField, plain_id
from core.sql import among
from dcim.cabling import profiles
from dcim.cabling.fields import brief_steps, cables_of, type_name
from dcim.cabling.trace import Port
from dcim.choices import VIRTUAL_INTERFACE_TYPES, WIRELESS_INTERFACE_TYPES
from dcim.models import CableTermination
from dcim.models.cables import COMPATIBLE

FIELDS = {"A": "a_terminations", "B": "b_terminations"}
PORT_ONCE = "dcim_cabletermination_port_once"
UNCABLED = {*VIRTUAL_INTERFACE_TYPES, *WIRELESS_INTERFACE_TYPES}


class EndSerializer(serializers.Serializer[Any]):
    """One port by object type and id."""

    object_type = ObjectTypeField()
    object_id = serializers.IntegerField(min_value=0, max_value=2**63 - 1)

    def refers_to(self, data: Any) -> tuple[Resource, int] | None:
        """The resource and id of the port, where they are given plainly."""
        if not isinstance(data, dict) or not plain_id(data.get("object_id")):
            return None
        try:
            return registry.of_type(str(data.get("object_type"))), data["object_id"]
        except LookupError:
            return None

    def to_internal_value(self, data: Any) -> Any:
        """Object type, id and the port itself, which the user must be able to see."""
        found = super().to_internal_value(data)
        # A change of some fields of a cable makes none of its ends' optional.
        missing = {
            name: [str(field.error_messages["required"])]
            for name, field in self.fields.items()
            if name not in found
        }
        if missing:
            raise serializers.ValidationError(missing)
        resource, pk = registry.of_model(found["object_type"].model_class()), found["object_id"]
        if resource.model._meta.model_name not in COMPATIBLE:
            refusal = f"A cable cannot be plugged into a {resource.name}."
            raise serializers.ValidationError({"object_type": [refusal]})
        cache = self.context.get("references", {})
        port = cache.get((resource.path, pk))
        if port is None:
            rows = instances.find(resource.model, [pk], self.context.get("user"))
            port = rows[0] if rows else None
        if port is None:
            raise serializers.ValidationError(
                {"object_id": [f"No {resource.name} matches id {pk}."]}
            )
        return {**found, "port": port}


class CableEnds(Field):
    """`a_terminations` or `b_terminations`; a list that is given replaces what was there.

    The resource writes both ends of all cables at once, so that a port may change ends.
    """

    def __init__(self, end: str) -> None:
        super().__init__(FIELDS[end], filterable=False)
        self.end = end

    @property
    def model_field(self) -> Any:
        return None

    @property
    def is_column(self) -> bool:
        return False

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index("pk")
        columns.expect(_terminations)
        columns.refer(index, self.resource, tuple(self.resource.nested))  # see `cables_of`

        def bind(cells: Cells, context: ReadContext) -> Steps:
            ids = cells[index]
            found = yield _plugs(ids, context)
            ports = brief_steps(port for ports in found.values() for port in ports)
            _, table = yield [cables_of(ids), ports]  # the ports show their cables
            names = {kind: type_name([Port(kind, 0)]) for kind in {port.type for port in table}}
            return [
                [
                    {
                        "object_type": names[port.type],
                        "object_id": port.id,
                        "object": table[port],
                    }
                    for port in found.get((pk, self.end), ())
                    if port in table
                ]
                for pk in ids
            ]

        return bind

    def write_field(self) -> serializers.Field[Any, Any, Any, Any]:
        return EndSerializer(many=True, required=False)

    def store(self, values: Sequence[tuple[Any, Any]]) -> None:
        """Nothing: `write_ends` stores both ends together."""

    def schema(self) -> Json:
        return {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "object_type": {"type": "string"},
                    "object_id": {"type": "integer"},
                    "object": {"type": "object", "nullable": True, "readOnly": True},
                },
            },
        }


_terminations = Lookup(
    lambda given, user: (
        CableTermination.objects.filter(given("cable_id"))
        .order_by("connector", "pk")
        .values_list("cable", "cable_end", "termination_type", "termination_id")
    ),
    by_column=True,
)


def _plugs(ids: Sequence[int], context: ReadContext) -> Once:
    """The ports at each end of cables."""

    def steps() -> Steps:
        found: dict[tuple[int, str], list[Port]] = defaultdict(list)
        cables, ends, kinds, ports = (yield _terminations.fetch(ids, context.user)) or ((),) * 4
        plugs = zip(cables, ends, strict=True)
        for plug, port in zip(plugs, map(Port, kinds, ports), strict=True):
            found[plug].append(port)
        return found

    return Once(("plugs", tuple(ids)), steps)


def write_ends(cables: Sequence[Any], *, created: bool) -> None:
    """Store the ends that were given with each cable (`cable.given_ends`), all at once.

    An end that is not given keeps its ports, laid out anew where the profile has changed. Raises
    ValidationError beside the end at fault. What is put in is `cable.plugging`.
    """
    present: dict[tuple[int, str], list[CableTermination]] = defaultdict(list)
    if not created:
        rows = CableTermination.objects.filter(cable__in=[cable.pk for cable in cables])
        for row in rows.order_by("connector", "pk"):
            present[row.cable_id, row.cable_end].append(row)
    added, gone = [], []
    for cable in cables:
        ends = {end: _wanted(cable, end, present[cable.pk, end]) for end in FIELDS}
        changed = [
            end
            for end, rows in ends.items()
            if [_plug(row) for row in rows] != [_plug(row) for row in present[cable.pk, end]]
        ]
        if changed:
            refuse_unfit(ends, changed[-1])
        cable.plugging = [row for end in changed for row in ends[end]]
        added += cable.plugging
        for end in changed:
            gone += [row.pk for row in present[cable.pk, end]]
    if gone:
        CableTermination.objects.filter(pk__in=gone).delete()
    insert_rows(added)


def _plug(row: CableTermination) -> tuple[Any, ...]:
    return row.termination_type_id, row.termination_id, row.connector, row.positions


def _kind(row: CableTermination) -> ContentType:
    return ContentType.objects.get_for_id(row.termination_type_id)


def _wanted(cable: Any, end: str, present: Sequence[CableTermination]) -> list[CableTermination]:
    """The terminations an end is to have: the given ones or those it has, by the profile."""
    given = getattr(cable, "given_ends", {}).get(end)
    ports: list[Any] = [(_kind(row), row.termination_id, None) for row in present]
    if given is not None and not _gives_what_is_shown(given, present, end):
        ports = [(one["object_type"], one["object_id"], one.get("port")) for one in given]
    layout = profiles.ends(cable.profile)[0 if end == "A" else 1] if cable.profile else None
    if layout and len(ports) > layout[0]:
        sentence = f"The profile has {layout[0]} connectors at this end, not {len(ports)}."
        raise ValidationError({FIELDS[end]: sentence})
    rows = []
    for number, (kind, pk, port) in enumerate(ports, start=1):
        row: Any = CableTermination(
            cable=cable,
            cable_end=end,
            termination_type=kind,
            termination_id=pk,
            connector=number if layout else None,
            positions=list(range(1, layout[1] + 1)) if layout else None,
        )
        row.port = port
        rows.append(row)
    return rows


def _gives_what_is_shown(given: Any, present: Sequence[CableTermination], end: str) -> bool:
    """Whether an end with ports the writer may not see is given as it was shown, without them.

    Such an end stays as it is; raises ValidationError where it is to change.
    """
    writer = access.writer.get()
    if not present or writer is None or access.unlimited(writer):
        return False
    ids: dict[int, list[int]] = defaultdict(list)
    for row in present:
        ids[row.termination_type_id].append(row.termination_id)
    hidden = {
        (kind, pk)
        for kind, found in ids.items()
        for model in [ContentType.objects.get_for_id(kind).model_class()]
        for pk in (access.outside(model, found, writer, access.VIEW) if model else found)
    }
    if not hidden:
        return False
    shown = {(row.termination_type_id, row.termination_id) for row in present} - hidden
    if {(one["object_type"].pk, one["object_id"]) for one in given} != shown:
        sentence = "A port that you may not see is plugged in at this end."
        raise ValidationError({FIELDS[end]: sentence})
    return True


def refuse_unfit(ends: dict[str, list[CableTermination]], last: str) -> None:
    """Raise ValidationError where the ports of one cable do not fit each other.

    What concerns both ends is said beside `last`. The database refuses the same things, without
    knowing which field they belong to.
    """
    kinds: dict[str, str] = {}
    seen: set[tuple[int, int]] = set()
    for end, rows in ends.items():
        names = {row.termination_type.model for row in rows}
        if len(names) > 1:
            sentence = "All ports at one end of a cable must be of one kind."
            raise ValidationError({FIELDS[end]: sentence})
        for row in rows:
            key = (row.termination_type_id, row.termination_id)
            if key in seen:
                raise ValidationError({FIELDS[end]: "The same port is named twice."})
            seen.add(key)
            _refuse_closed(row)
        if names:
            kinds[end] = names.pop()
    if len(kinds) == 2 and kinds["B"] not in COMPATIBLE.get(kinds["A"], ()):
        near, far = (ends[end][0].termination_type.name for end in FIELDS)
        raise ValidationError({FIELDS[last]: f"A {near} cannot be connected to a {far}."})


def _refuse_closed(row: Any) -> None:
    """Raise ValidationError where the port takes no cable."""
    port = row.port
    if port is None:
        return
    if port.mark_connected:
        sentence = f"Port {port} is marked as connected without a cable."
        raise ValidationError({FIELDS[row.cable_end]: sentence})
    if row.termination_type.model == "interface" and port.type in UNCABLED:
        sentence = f"Interface {port} is of a type that takes no cable."
        raise ValidationError({FIELDS[row.cable_end]: sentence})


def taken_for(cable: Any) -> dict[str, list[str]] | None:
    """Beside its end, the first port for the cable that is taken, and by which one."""
    rows = getattr(cable, "plugging", ())
    refused = taken(rows)
    for row in rows:
        key = (row.termination_type_id, row.termination_id)
        if key in refused:
            return {FIELDS[row.cable_end]: [refused[key]]}
    return None


def taken(rows: Sequence[Any]) -> dict[tuple[int, int], str]:
    """Of the ports of some terminations those that another cable has; a statement a kind."""
    by_kind: dict[int, dict[int, Any]] = defaultdict(dict)
    for row in rows:
        by_kind[row.termination_type_id][row.termination_id] = row
    found = {}
    for kind, ports in by_kind.items():
        plugged = CableTermination.objects.filter(
            among("termination_id", ports), termination_type=kind
        ).select_related("cable")
        seen = access.unseen([other.cable for other in plugged])
        for other in plugged:
            row = ports[other.termination_id]
            if other.cable_id == row.cable_id:
                continue
            port = row.port or row.termination or row.termination_id
            what = "A cable" if other.cable_id in seen else f"Cable {other.cable}"
            sentence = f"{what} is already plugged into {row.termination_type.name} {port}."
            found[kind, other.termination_id] = sentence
    return found
