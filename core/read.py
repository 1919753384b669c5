"""The one read path: columns from one statement, references stitched in, no model instances.

A `Reader` is compiled once per resource and field set. It fetches the page with `values_list`, then
loads what the page refers to, one statement per kind of thing referred to, whatever the page's
size. Things referred to repeat (a thousand devices have thirty types), so each is built once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Expression, QuerySet
from django.db.models.expressions import Combinable

from core import access
from core.access import Actor
from core.sql import among

if TYPE_CHECKING:
    from core.resource import Resource

Row = tuple[Any, ...]
Getter = Callable[[Row], Any]
Binder = Callable[[Sequence[Row], "ReadContext"], Getter]
Column = str | Expression | Combinable


@dataclass
class ReadContext:
    """What a read needs to know of its request: absolute base of URLs, reader, and caches.

    `memo` is for fields that share one computation over the same rows.
    """

    user: Actor
    base: str = ""
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict)
    briefs: dict[tuple[str, tuple[str, ...]], dict[int, dict[str, Any]]] = field(
        default_factory=dict
    )

    def absolute(self, path: str) -> str:
        """An absolute address of a path on this server."""
        return path if "://" in path else f"{self.base}{path}"

    def load(
        self, resource: Resource, names: tuple[str, ...], ids: Iterable[int | None]
    ) -> dict[int, dict[str, Any]]:
        """Rows of `resource` by id with the given fields; rows the user may not see are absent."""
        table = self.briefs.setdefault((resource.path, names), {})
        missing = {pk for pk in ids if pk is not None and pk not in table}
        if missing:
            table.update(resource.reader(names).by_id(missing, self))
        return table


class Columns:
    """Collects the columns a reader selects and tells each one's index."""

    def __init__(self) -> None:
        self.items: list[Column] = []

    def index(self, column: Column) -> int:
        """The index of `column`, which is added when new."""
        if isinstance(column, str) and column in self.items:
            return self.items.index(column)
        self.items.append(column)
        return len(self.items) - 1


class Reader:
    """Turns a queryset of a resource into plain dicts with the given fields, in order."""

    def __init__(self, resource: Resource, names: Sequence[str]) -> None:
        self.resource = resource
        self.counted: list[Any]
        columns = Columns()
        self.pk = columns.index("pk")
        self.binders: list[tuple[str, Binder]] = [
            (name, self._bind(resource.field(name), columns)) for name in names
        ]
        self.columns = columns.items
        self.counted = [
            field for field in map(resource.field, names) if getattr(field, "joinable", False)
        ]

    def _bind(self, field: Any, columns: Columns) -> Binder:
        """The field's binder; a type and id of a generic reference show only with its object."""
        binder: Binder = field.bind_read(columns)
        whole = self.resource.generic_reference(field)
        if whole is None:
            return binder
        bind_whole: Binder = whole.bind_read(columns)

        def bind(rows: Sequence[Row], context: ReadContext) -> Getter:
            get = binder(rows, context)
            if access.unlimited(context.user):
                return get
            seen = bind_whole(rows, context)
            return lambda row: get(row) if seen(row) is not None else None

        return bind

    def rows(self, queryset: QuerySet[Any], context: ReadContext) -> list[dict[str, Any]]:
        """One dict per row of `queryset`, in its order. A fixed number of statements."""
        values = list(queryset.values_list(*self.columns))
        return self.build(values, context)

    def build(self, values: Sequence[Row], context: ReadContext) -> list[dict[str, Any]]:
        """Dicts from fetched rows."""
        outer, context.counts = context.counts, {}
        if len(self.counted) > 1 and values:
            context.counts = self.counted[0].together(
                self.counted, [row[self.pk] for row in values], context
            )
        getters = [(name, binder(values, context)) for name, binder in self.binders]
        context.counts = outer
        return [{name: get(row) for name, get in getters} for row in values]

    def by_id(
        self, ids: Iterable[int], context: ReadContext, *, own: bool = False
    ) -> dict[int, dict[str, Any]]:
        """The rows with these ids that the context's user may see, by id; with `own` all."""
        visible = self.resource.model._default_manager.all()
        if not own:
            visible = access.restrict(visible, context.user)
        values = list(visible.filter(among("pk", ids)).order_by().values_list(*self.columns))
        rows = self.build(values, context)
        return {value[self.pk]: row for value, row in zip(values, rows, strict=True)}
