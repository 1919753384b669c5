"""The one read path: rows by id from one statement, references stitched in, no model instances.

A `Reader` is compiled once per resource and field set. What a page refers to is gathered round by
round (`core.gather`): all that is known to be needed is one statement, whatever the page's size and
however many kinds of things it refers to. Things referred to repeat (a thousand devices have thirty
types), so each is built once.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Expression, QuerySet
from django.db.models.expressions import Combinable

from core import access
from core.access import Actor
from core.gather import Fetch, Gathering, Load, Lookup, Steps, bound, run

if TYPE_CHECKING:
    from core.resource import Resource

Row = Sequence[Any]
Getter = Callable[[Row], Any]
# A function of the rows that gives the getter, or a generator that yields its needs before.
Binder = Callable[[Sequence[Row], "ReadContext"], Getter | Steps]
Column = str | Expression | Combinable
Table = dict[int, dict[str, Any]]


@dataclass
class ReadContext:
    """What a read needs to know of its request: absolute base of URLs, reader, and caches.

    `memo` is for fields that share one computation over the same rows.
    """

    user: Actor
    base: str = ""
    memo: dict[Any, Any] = field(default_factory=dict)
    briefs: dict[tuple[str, tuple[str, ...]], Table] = field(default_factory=dict)

    def absolute(self, path: str) -> str:
        """An absolute address of a path on this server."""
        return path if "://" in path else f"{self.base}{path}"

    def run(self, need: Any) -> Any:
        """What `core.gather` makes of a need."""
        return Gathering(self).run(need)

    def load(self, resource: Resource, names: tuple[str, ...], ids: Iterable[int | None]) -> Table:
        """Rows of `resource` by id with the given fields; rows the user may not see are absent."""
        table: Table = self.run(Load(resource, names, list(ids)))
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
    """Turns a queryset of a resource into plain dicts with the given fields, in order.

    `nested` tells what references hold that are not to be shown in the brief form.
    """

    def __init__(
        self,
        resource: Resource,
        names: Sequence[str],
        nested: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.resource = resource
        self.nested = nested or {}
        columns = Columns()
        self.pk = columns.index("pk")
        self.names = tuple(names)
        self.binders = [self._bind(resource.field(name), columns) for name in names]
        self.columns = columns.items
        self.lookup = Lookup(lambda given, user: self._visible(user).filter(given("pk")))
        self.own = Lookup(lambda given, user: self._all().filter(given("pk")))

    def _all(self) -> QuerySet[Any, Any]:
        rows = self.resource.model._default_manager.order_by()
        return rows.values_list(*self.columns)

    def _visible(self, user: Actor) -> QuerySet[Any, Any]:
        return access.restrict(self._all(), user)

    def _bind(self, field: Any, columns: Columns) -> Binder:
        """The field's binder; a type and id of a generic reference show only with its object."""
        if field.name in self.nested:
            field = copy.copy(field)
            field.nested = tuple(self.nested[field.name])
        binder: Binder = field.bind_read(columns)
        whole = self.resource.generic_reference(field)
        if whole is None:
            return binder
        bind_whole: Binder = whole.bind_read(columns)

        def bind(rows: Sequence[Row], context: ReadContext) -> Steps:
            if access.unlimited(context.user):
                return (yield from _getter(binder(rows, context)))
            get, seen = yield [
                _getter(binder(rows, context)),
                _getter(bind_whole(rows, context)),
            ]
            return lambda row: get(row) if seen(row) is not None else None

        return bind

    def steps(self, values: Sequence[Row], context: ReadContext) -> Steps:
        """Dicts from fetched rows, by way of what they need."""
        if not values:
            return []
        made = [binder(values, context) for binder in self.binders]
        waiting = [n for n, found in enumerate(made) if isinstance(found, GeneratorType)]
        if waiting:
            ready = yield [made[n] for n in waiting]
            for n, getter in zip(waiting, ready, strict=True):
                made[n] = getter
        getters: list[Any] = list(zip(self.names, made, strict=True))
        return [{name: get(row) for name, get in getters} for row in values]

    def rows(self, queryset: QuerySet[Any, Any], context: ReadContext) -> list[dict[str, Any]]:
        """One dict per row of `queryset`, in its order."""
        return self.build(list(queryset.values_list(*self.columns)), context)

    def build(self, values: Sequence[Row], context: ReadContext) -> list[dict[str, Any]]:
        """Dicts from fetched rows."""
        found: list[dict[str, Any]] = context.run(self.steps(values, context))
        return found

    def page(
        self, queryset: QuerySet[Any, Any], offset: int, limit: int, context: ReadContext
    ) -> tuple[list[dict[str, Any]], int]:
        """Some rows of `queryset`, which the user may see, and how many it has: one statement.

        On the last page nothing is counted.
        """
        keys = queryset.values("pk")
        using = queryset.db
        try:
            every = bound(*keys.order_by().query.sql_with_params(), using)
            page = bound(*keys[offset : offset + limit].query.sql_with_params(), using)
        except EmptyResultSet:
            return [], 0
        shown = "(SELECT count(*) FROM page)"
        last = f"{shown} < {limit}" + (f" AND {shown} > 0" if offset else "")
        counted = f"(SELECT count(*) FROM ({every}) AS c)"  # noqa: S608
        number = f"CASE WHEN {last} THEN {offset} + {shown} ELSE {counted} END"
        total = f"(SELECT json_build_array({number})::text)"
        fetches = [
            Fetch(total, using=using),
            Fetch("(SELECT json_agg(id)::text FROM page)", using=using),
            self.own.template(context.user),
        ]
        parts = ", ".join(fetch.among("ARRAY(SELECT id FROM page)") for fetch in fetches)
        count, order, values = run(
            f"WITH page (id) AS MATERIALIZED ({page}) SELECT {parts}",
            (),
            fetches,
        )
        place = {row[self.pk]: row for row in values}
        return self.build([place[pk] for pk in order], context), count[0]

    def by_id(self, ids: Iterable[int], context: ReadContext, *, own: bool = False) -> Table:
        """The rows with these ids that the context's user may see, by id; with `own` all."""
        found: Table = context.run(self.among(ids, context, own=own))
        return found

    def among(self, ids: Iterable[int], context: ReadContext, *, own: bool = False) -> Steps:
        """The step of `by_id`."""
        lookup = self.own if own else self.lookup
        values = yield lookup.fetch(ids, context.user)
        rows = yield self.steps(values, context)
        return {value[self.pk]: row for value, row in zip(values, rows, strict=True)}


def _getter(found: Getter | Steps) -> Steps:
    """A step that returns the getter of a binder."""
    if isinstance(found, GeneratorType):
        return (yield from found)
    return found
    yield
