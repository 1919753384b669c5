"""The ends of a cable: how they are read and written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from core import registry
from core.fields import Field, Json
from core.read import Binder, Columns, Getter, ReadContext, Row
from core.serializers import ObjectTypeField
from core.sql import among
from dcim.cabling import profiles
from dcim.cabling.fields import briefs
from dcim.cabling.trace import Port
from dcim.models import Cable, CableTermination

FIELDS = {"A": "a_terminations", "B": "b_terminations"}


class EndSerializer(serializers.Serializer[Any]):
    """One port by object type and id."""

    object_type = ObjectTypeField()
    object_id = serializers.IntegerField(min_value=0, max_value=2**63 - 1)


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

        def bind(rows: Sequence[Row], context: ReadContext) -> Getter:
            found: dict[int, list[Port]] = defaultdict(list)
            terminations = CableTermination.objects.filter(
                among("cable_id", [row[index] for row in rows]), cable_end=self.end
            )
            columns_read = ("cable", "termination_type", "termination_id")
            for cable, kind, pk in terminations.order_by("connector", "pk").values_list(
                *columns_read
            ):
                found[cable].append(Port(kind, pk))
            table = briefs([port for ports in found.values() for port in ports], context)
            return lambda row: [
                {
                    "object_type": resource.object_type if resource else None,
                    "object_id": port.id,
                    "object": table.get(port),
                }
                for port in found.get(row[index], ())
                for resource in [registry.of_content_type(port.type)]
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


def write_ends(cables: Sequence[Cable]) -> None:
    """Store the ends that were given with each cable (`cable.given_ends`), all at once.

    Raises ValidationError naming the port that is taken, and by which cable.
    """
    changed: list[Any] = [cable for cable in cables if getattr(cable, "given_ends", None)]
    relaid: list[Any] = [
        c for c in cables if getattr(c, "profile_changed", False) and c not in changed
    ]
    for cable in relaid:
        cable.given_ends = _present_ends(cable)
    changed += relaid
    if not changed:
        return
    for end in FIELDS:
        ids = [cable.pk for cable in changed if end in cable.given_ends]
        CableTermination.objects.filter(cable__in=ids, cable_end=end).delete()
    rows = [row for cable in changed for row in _rows(cable)]
    _refuse_taken(rows)
    CableTermination.objects.bulk_create(rows, batch_size=2000)


def _present_ends(cable: Cable) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {"A": [], "B": []}
    for row in cable.terminations.order_by("connector", "pk").select_related("termination_type"):
        found[row.cable_end].append(
            {"object_type": row.termination_type, "object_id": row.termination_id}
        )
    return found


def _rows(cable: Any) -> list[CableTermination]:
    rows = []
    for end, ports in cable.given_ends.items():
        layout = profiles.ends(cable.profile)[0 if end == "A" else 1] if cable.profile else None
        if layout and len(ports) > layout[0]:
            raise ValidationError(
                {
                    FIELDS[end]: f"The profile has {layout[0]} connectors at this end, "
                    f"not {len(ports)}."
                }
            )
        seen = set()
        for number, port in enumerate(ports, start=1):
            key = (port["object_type"].pk, port["object_id"])
            if key in seen:
                raise ValidationError({FIELDS[end]: "The same port is named twice."})
            seen.add(key)
            rows.append(
                CableTermination(
                    cable=cable,
                    cable_end=end,
                    termination_type=port["object_type"],
                    termination_id=port["object_id"],
                    connector=number if layout else None,
                    positions=list(range(1, layout[1] + 1)) if layout else None,
                )
            )
    return rows


def _refuse_taken(rows: Sequence[CableTermination]) -> None:
    by_kind: dict[int, dict[int, CableTermination]] = defaultdict(dict)
    for row in rows:
        known = by_kind[row.termination_type_id].get(row.termination_id)
        if known is not None and known.cable_id == row.cable_id:
            raise ValidationError({FIELDS["B"]: "A cable cannot have both ends in one port."})
        by_kind[row.termination_type_id][row.termination_id] = row
    for kind, ports in by_kind.items():
        taken = CableTermination.objects.filter(
            among("termination_id", ports), termination_type=kind
        ).select_related("cable")
        for other in taken[:1]:
            row = ports[other.termination_id]
            name = row.termination_type.model_class()._meta.verbose_name  # type: ignore[union-attr]
            port = row.termination
            raise ValidationError(
                {
                    FIELDS[row.cable_end]: f"Cable {other.cable} is already plugged into "
                    f"{name} {port if port is not None else row.termination_id}."
                }
            )
