"""Fields that are the same for every resource or stand for what is not there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Any

from core import access, filters, registry
from core.read import Binder, Cells, Columns, ReadContext, Values

if TYPE_CHECKING:
    pass

from core.fields.base import Field, Json

HIDDEN = "…"  # what stands for a part of a name that comes from a row one may not see


class Absent(Field):
    """A field of the wire format whose records Headroom does not have: always the same value.

    With `filters` given by name, its filters exist and match nothing but `null`.
    """

    def __init__(self, name: str, value: Any = None, *, by_id: bool = True, **kw: Any) -> None:
        super().__init__(name, read_only=True, **kw)
        self.value = value
        self.by_id = by_id

    def bind_read(self, columns: Columns) -> Binder:
        return lambda cells, context: repeat(self.value)

    def filters(self) -> filters.Filters:
        if isinstance(self.value, int):
            return {}
        return filters.absent_filters(self.name, by_id=self.by_id)

    def schema(self) -> Json:
        if isinstance(self.value, list):
            return {"type": "array", "items": {}, "readOnly": True}
        if isinstance(self.value, int):
            return {"type": "integer", "readOnly": True}
        if isinstance(self.value, str):
            return {"type": "string", "readOnly": True}
        return {"type": "object", "nullable": True, "readOnly": True}


class Slot(Field):
    """A place in a lower app's response that an upper app fills with `Resource.fill`."""

    def __init__(self, name: str) -> None:
        super().__init__(name, read_only=True)

    @property
    def model_field(self) -> Any:
        return None

    def bind_read(self, columns: Columns) -> Binder:
        return lambda cells, context: repeat(None)


def _relations(model: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The relations a column's path leads through: each one's path and resource."""
    walked: list[str] = []
    for part in name.split("__"):
        column = model._meta.pk if part == "pk" else model._meta.get_field(part)
        if not column.is_relation or not registry.has_model(column.related_model):
            return
        model = column.related_model
        walked.append(part)
        yield "__".join(walked), registry.of_model(model)


class Identity(Field):
    """The row's id, url, display_url or display."""

    def __init__(self, name: str) -> None:
        super().__init__(name, read_only=True)

    def bind_read(self, columns: Columns) -> Binder:
        resource = self.resource
        if self.name == "display":
            return self._bind_display(columns)
        index = columns.index("pk")
        if self.name == "id":
            return lambda cells, context: cells[index]
        above = resource.list_url if self.name == "url" else resource.page_url

        def bind(cells: Cells, context: ReadContext) -> Values:
            start = above(context.base)
            return [f"{start}{pk}/" for pk in cells[index]]

        return bind

    def _bind_display(self, columns: Columns) -> Binder:
        """What the row is called; parts of rows the reader may not see are left out."""
        resource = self.resource
        names = list(resource.display_columns)
        indexes = [columns.index(column) for column in names]
        if len(indexes) == 1 and resource.plain_display and "__" not in str(names[0]):
            [index] = indexes
            return lambda cells, context: map(str, cells[index])
        display = resource.display
        through = [
            (part, columns.index(f"{path}_id"), target)
            for part, name in enumerate(names)
            for path, target in _relations(resource.model, name)
        ]

        def bind(cells: Cells, context: ReadContext) -> Values:
            parts = [cells[index] for index in indexes]
            for part, index, target in through if not access.unlimited(context.user) else ():
                seen = context.load(target, ("id",), cells[index])
                parts[part] = [
                    value if pk is None or pk in seen else HIDDEN
                    for value, pk in zip(parts[part], cells[index], strict=True)
                ]
            return map(display, *parts)

        return bind

    def filters(self) -> filters.Filters:
        if self.name != "id":
            return {}
        return filters.number_filters("id", "pk", schema={"type": "integer"})

    def order_by(self) -> tuple[str, ...]:
        return {"id": ("pk",), "display": self.resource.order_columns}.get(self.name, ())

    def schema(self) -> Json:
        if self.name == "id":
            return {"type": "integer", "readOnly": True}
        if self.name == "display":
            return {"type": "string", "readOnly": True}
        return {"type": "string", "format": "uri", "readOnly": True}
