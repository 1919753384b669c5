"""Fields that are the same for every resource or stand for what is not there."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from core import filters
from core.read import Binder, Columns, Getter, ReadContext, Row

if TYPE_CHECKING:
    pass

from core.fields.base import Field, Json


class Absent(Field):
    """A field of the wire format whose records Headroom does not have: always the same value.

    With `filters` given by name, its filters exist and match nothing but `null`.
    """

    def __init__(self, name: str, value: Any = None, *, by_id: bool = True, **kw: Any) -> None:
        super().__init__(name, read_only=True, **kw)
        self.value = value
        self.by_id = by_id

    def bind_read(self, columns: Columns) -> Binder:
        value = self.value
        return lambda rows, context: lambda row: value

    def filters(self) -> filters.Filters:
        if isinstance(self.value, int):
            return {}
        return filters.absent_filters(self.name, by_id=self.by_id)

    def schema(self) -> Json:
        if isinstance(self.value, list):
            return {"type": "array", "items": {}, "readOnly": True}
        if isinstance(self.value, int):
            return {"type": "integer", "readOnly": True}
        return {"type": "object", "nullable": True, "readOnly": True}


class Slot(Field):
    """A place in a lower app's response that an upper app fills with `Resource.fill`."""

    def __init__(self, name: str) -> None:
        super().__init__(name, read_only=True)

    @property
    def model_field(self) -> Any:
        return None

    def bind_read(self, columns: Columns) -> Binder:
        return lambda rows, context: lambda row: None


class Identity(Field):
    """The row's id, url, display_url or display."""

    def __init__(self, name: str) -> None:
        super().__init__(name, read_only=True)

    def bind_read(self, columns: Columns) -> Binder:
        resource = self.resource
        if self.name == "display":
            indexes = [columns.index(column) for column in resource.display_columns]
            if len(indexes) == 1 and resource.plain_display:
                get = itemgetter(indexes[0])
                return lambda rows, context: lambda row: str(get(row))
            display = resource.display
            return lambda rows, context: lambda row: display(*[row[i] for i in indexes])
        index = columns.index("pk")
        if self.name == "id":
            plain = itemgetter(index)
            return lambda rows, context: plain
        make = resource.url if self.name == "url" else resource.display_url

        def bind(rows: Sequence[Row], context: ReadContext) -> Getter:
            base = context.base
            return lambda row: make(row[index], base)

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
