"""What every kind of field has in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from rest_framework import serializers

from core import filters
from core.access import Actor
from core.read import Binder, Columns

if TYPE_CHECKING:
    from core.resource import Resource


Json = dict[str, Any]


# How people write words that names have in lower case.
SPELLINGS = {"mac": "MAC", "mtu": "MTU", "wwn": "WWN", "poe": "PoE", "rf": "RF", "ips": "IPs"}


class Field:
    """One entry of a response.

    Subclasses override what differs: `bind_read` gives the reading, `write_field` the input
    validation (None for read-only), `filters` the query parameters, `schema` the OpenAPI schema.
    """

    resource: Resource

    def __init__(
        self,
        name: str,
        source: str | None = None,
        *,
        label: str | None = None,
        read_only: bool = False,
        filterable: bool = True,
        help_text: str = "",
    ) -> None:
        self.name = name
        self.source = source or name
        self._label = label
        self.read_only = read_only
        self.filterable = filterable
        self._help_text = help_text

    def attach(self, resource: Resource) -> Field:
        """Called once when the resource is built."""
        self.resource = resource
        return self

    @cached_property
    def model_field(self) -> Any:
        """The model field behind this one, or None."""
        try:
            return self.resource.model._meta.get_field(self.source)
        except FieldDoesNotExist:
            return None

    @cached_property
    def label(self) -> str:
        """What people call it, capitalised."""
        if self._label:
            return self._label
        verbose = getattr(self.model_field, "verbose_name", None)
        text = str(verbose) if verbose else self.name.strip("_").replace("_", " ")
        words = [SPELLINGS.get(word, word) for word in text.split(" ")]
        return words[0][:1].upper() + " ".join(words)[1:]

    @cached_property
    def help_text(self) -> str:
        """A short explanation for forms and the API document."""
        return self._help_text or str(getattr(self.model_field, "help_text", "") or "")

    def bind_read(self, columns: Columns) -> Binder:
        """Ask `columns` for what is needed; return what makes values of fetched rows."""
        index = columns.index(self.source)
        return lambda cells, context: cells[index]

    def write_field(self) -> serializers.Field[Any, Any, Any, Any] | None:
        """A fresh serializer field for input, or None where it cannot be written."""
        return None

    @property
    def writable(self) -> bool:
        """Whether clients may send it."""
        return not self.read_only and self.write_field() is not None

    def filters(self) -> filters.Filters:
        """Query parameters this field gives."""
        return {}

    def order_by(self) -> tuple[str, ...]:
        """Columns that order by this field, ascending; empty where it cannot be ordered by."""
        return ()

    def annotation(self, user: Actor) -> Any:
        """An expression to filter and order by where the field is no column; else None.

        It tells of nothing that `user` may not see.
        """
        return None

    def schema(self) -> Json:
        """OpenAPI schema of the value in responses."""
        return {}

    def write_schema(self) -> Json:
        """OpenAPI schema of the value in requests."""
        return self.schema()

    def store(self, values: Sequence[tuple[Any, Any]]) -> None:
        """Write values that are no column: (instance, value) pairs, after the rows are stored."""

    def hidden_members(self, row: Any, user: Actor) -> list[Any]:
        """What a list of the row holds that `user` may not see, so that it is not lost."""
        return []

    @property
    def is_column(self) -> bool:
        """Whether written values are attributes of the instance."""
        return True
