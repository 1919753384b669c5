"""Which front port position leads to which rear port position, as a list on either port."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from rest_framework import serializers

from core import access
from core.access import Actor
from core.fields import Field, Json
from core.filters import Filters, reference_filters, related_filter
from core.gather import Lookup, Steps
from core.read import Binder, Cells, Columns, ReadContext


class VisibleRow(serializers.PrimaryKeyRelatedField[Any]):
    """A row by its id, of those the user may see."""

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return access.restrict(rows, self.context.get("user"))


class Mappings(Field):
    """`rear_ports` of a front port or `front_ports` of a rear port.

    Each entry has `position` (on this port), the other port's id and the position there. A list
    that is given replaces what was there.
    """

    def __init__(self, name: str, mapping: type[Model], near: str, far: str) -> None:
        super().__init__(name)
        self.mapping = mapping
        self.near = near
        self.far = far

    @property
    def model_field(self) -> Any:
        return None

    @property
    def is_column(self) -> bool:
        return False

    @property
    def far_model(self) -> Any:
        """The model of the ports at the other side."""
        return self.mapping._meta.get_field(self.far).related_model

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index("pk")

        lookup = Lookup(
            lambda given, user: (
                self.mapping._default_manager.filter(given(f"{self.near}_id"))
                .order_by(f"{self.near}_position")
                .values_list(self.near, f"{self.near}_position", self.far, f"{self.far}_position")
            )
        )

        def bind(cells: Cells, context: ReadContext) -> Steps:
            found: dict[int, list[Json]] = defaultdict(list)
            pairs = yield lookup.fetch(cells[index], context.user)
            hidden = self._hidden([other for *_, other, _ in pairs], context.user)
            for owner, position, other, other_position in pairs:
                if other in hidden:
                    continue
                found[owner].append(
                    {
                        "position": position,
                        self.far: other,
                        f"{self.far}_position": other_position,
                    }
                )
            return [found.get(pk, []) for pk in cells[index]]

        return bind

    def _hidden(self, ids: Sequence[int], user: Actor) -> set[int]:
        """Those of the far ports that the user may not see."""
        return access.outside(self.far_model, list(ids), user, access.VIEW)

    def write_field(self) -> serializers.Field[Any, Any, Any, Any]:
        position: dict[str, Any] = {"min_value": 1, "max_value": 1024, "default": 1}
        entry = type(
            "MappingEntry",
            (serializers.Serializer,),
            {
                "position": serializers.IntegerField(**position),
                self.far: VisibleRow(queryset=self.far_model._default_manager.all()),
                f"{self.far}_position": serializers.IntegerField(**position),
            },
        )
        return entry(many=True, required=False)

    def store(self, values: Sequence[tuple[Any, Any]]) -> None:
        ids = [instance.pk for instance, _ in values]
        present = self.mapping._default_manager.filter(**{f"{self.near}__in": ids})
        writer = access.writer.get()
        if writer is not None and not access.may_all(writer, access.VIEW, self.far_model):
            # Mappings to ports that were not shown stay as they are.
            seen = access.visible(self.far_model, writer).values("pk")
            present = present.filter(**{f"{self.far}__in": seen})
        present.delete()
        self.mapping._default_manager.bulk_create(
            [
                self.mapping(
                    **{
                        self.near: instance,
                        f"{self.near}_position": entry["position"],
                        self.far: entry[self.far],
                        f"{self.far}_position": entry[f"{self.far}_position"],
                    }
                )
                for instance, entries in values
                for entry in entries
            ]
        )

    def filters(self) -> Filters:
        made = reference_filters(self.far, self.far, self.far_model, by_key=False)
        return related_filter(lambda: self.mapping._default_manager.all(), self.near, made)

    def schema(self) -> Json:
        return {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "position": {"type": "integer"},
                    self.far: {"type": "integer"},
                    f"{self.far}_position": {"type": "integer"},
                },
            },
        }


def mapping_rules(kind: str, near: str, far: str) -> dict[str, str]:
    """Constraints on mappings, shown beside the list they are written in."""
    rules = ("same_owner", "front_once", "front_position", "rear_once", "rear_position")
    return {f"dcim_{kind}_{rule}": f"{far}_ports" for rule in rules} | {
        f"dcim_{near}port{'template' * ('template' in kind)}_positions_used": "positions"
    }
