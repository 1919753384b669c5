"""The one read path: rows by id from one statement, references stitched in, no model instances.

A `Reader` is compiled once per resource and field set. What a page refers to is gathered round by
round (`core.rounds`): all that is known to be needed is one statement, whatever the page's size and
however many kinds of things it refers to. Things referred to repeat (a thousand devices have thirty
types), so each is built once.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from itertools import repeat
from types import GeneratorType
from typing import TYPE_CHECKING, Any, TypeGuard

from django.core.exceptions import EmptyResultSet
from django.db.models import Expression, QuerySet
from django.db.models.expressions import Combinable

from core import access, counting
from core.access import Actor
from core.ahead import ROWS_MAX, Plan
from core.counting import SNAPSHOT
from core.gather import NOTHING, Load, Lookup, Rows, Steps, ask, bound
from core.rounds import Gathering

if TYPE_CHECKING:
    from core.resource import Resource

PAGE = "ARRAY(SELECT id FROM page)"

Row = Sequence[Any]
# Fetched rows, column by column.
Cells = Sequence[Sequence[Any]]
# One field of all rows, in their order; it may go on for ever.
Values = Iterable[Any]
# A function that gives the values, or a generator that yields its needs before.
Binder = Callable[[Cells, "ReadContext"], Values | Steps]
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
        """What `core.rounds` makes of a need."""
        return Gathering(self).run(need)

    def load(self, resource: Resource, names: tuple[str, ...], ids: Iterable[int | None]) -> Table:
        """Rows of `resource` by id with the given fields; rows the user may not see are absent."""
        table: Table = self.run(Load(resource, names, list(ids)))
        return table


class Columns:
    """Collects the columns a reader selects and tells each one's index."""

    def __init__(self) -> None:
        self.items: list[Column] = []
        self.expected: dict[Lookup, tuple[Resource, tuple[str, ...]] | None] = {}
        self.referred: dict[tuple[Resource, tuple[str, ...]], list[int]] = {}

    def index(self, column: Column) -> int:
        """The index of `column`, which is added when new."""
        if isinstance(column, str) and column in self.items:
            return self.items.index(column)
        self.items.append(column)
        return len(self.items) - 1

    def expect(
        self, lookup: Lookup, members: tuple[Resource, tuple[str, ...]] | None = None
    ) -> Lookup:
        """Say that `lookup` will be wanted by the ids of the rows; see `core.ahead`.

        `members` are the resource and fields that will be wanted by the ids in its second column.
        """
        self.expected.setdefault(lookup, members)
        return lookup

    def refer(self, index: int, target: Resource, names: tuple[str, ...]) -> None:
        """Say that these fields of the rows will be wanted that a column refers to by id."""
        self.referred.setdefault((target, names), []).append(index)


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
        self.expected, self.referred = columns.expected, columns.referred
        self.plans: dict[Any, Plan] = {}
        self.lookup = Lookup(
            lambda given, user: self._visible(user).filter(given("pk")), by_column=True
        )
        self.own = Lookup(lambda given, user: self._all().filter(given("pk")), by_column=True)

    def plan(self, user: Actor, ids: Sized, *, own: bool = False) -> Plan:
        """How rows are found by id with what they need; with `own` also what may not be seen."""
        few = len(ids) <= ROWS_MAX
        plans = self.plans if access.unlimited(user) else access.kept(user)
        if (self, few, own) not in plans:
            lookup = self.own if own else self.lookup
            plans[self, few, own] = Plan(self, lookup.template(user), user, few=few)
        return plans[self, few, own]

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

        def bind(cells: Cells, context: ReadContext) -> Steps:
            if access.unlimited(context.user):
                return (yield from _values(binder(cells, context)))
            values, seen = yield [
                _values(binder(cells, context)),
                _values(bind_whole(cells, context)),
            ]
            return [
                value if whole is not None else None
                for value, whole in zip(values, seen, strict=False)
            ]

        return bind

    def steps(self, cells: Cells, context: ReadContext) -> Steps:
        """Dicts from fetched rows, by way of what they need."""
        if not cells:
            return []
        made: list[Any] = [binder(cells, context) for binder in self.binders]
        waiting = [n for n, found in enumerate(made) if isinstance(found, GeneratorType)]
        if waiting:
            ready = yield [made[n] for n in waiting]
            for n, values in zip(waiting, ready, strict=True):
                made[n] = values
        return _rows(self.names, made, len(cells[self.pk]))

    def rows(self, queryset: QuerySet[Any, Any], context: ReadContext) -> list[dict[str, Any]]:
        """One dict per row of `queryset`, in its order."""
        return self.build(list(queryset.values_list(*self.columns)), context)

    def build(self, rows: Sequence[Row], context: ReadContext) -> list[dict[str, Any]]:
        """Dicts from fetched rows."""
        cells = list(zip(*rows, strict=True))
        found: list[dict[str, Any]] = context.run(self.steps(cells, context))
        return found

    def page(
        self, queryset: QuerySet[Any, Any], offset: int, limit: int, context: ReadContext
    ) -> tuple[list[dict[str, Any]], int]:
        """Some rows of `queryset`, which the user may see, and how many it has.

        Their ids come first, so that the long statement is the same for all filters and orders. On
        the last page nothing is counted, nor where nothing has been written since.
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
        number = f"CASE WHEN {last} THEN {offset} + {shown} WHEN {SNAPSHOT} = $1 THEN $2::bigint"
        # Where that is all there is to ask, the rows come with their ids.
        alone = not (self.expected or self.referred)
        rows = self.lookup.template(context.user).among(PAGE) if alone else NOTHING
        sql = (
            f"WITH page (id) AS MATERIALIZED ({page})"
            f" SELECT {number} ELSE {counted} END, {SNAPSHOT}, {PAGE}, {rows.sql}"
        )
        count, snapshot, order, text = ask(sql, counting.known(every, using), using)
        counting.keep(every, using, snapshot, count)
        if alone:
            found = context.run(self._by_id(rows.found(text), context))
        else:
            found = self.by_id(order, context)
        return [found[pk] for pk in order if pk in found], count

    def by_id(self, ids: Collection[int], context: ReadContext, *, own: bool = False) -> Table:
        """The rows with these ids that the context's user may see, by id; with `own` all."""
        found: Table = context.run(self.among(ids, context, own=own))
        return found

    def among(self, ids: Collection[int], context: ReadContext, *, own: bool = False) -> Steps:
        """The step of `by_id`."""
        cells = yield Rows(self, ids, own)
        return (yield self._by_id(cells, context))

    def _by_id(self, cells: Cells, context: ReadContext) -> Steps:
        rows = yield self.steps(cells, context)
        return dict(zip(cells[self.pk], rows, strict=True)) if cells else {}


def _rows(names: Sequence[str], columns: Sequence[Values], number: int) -> list[dict[str, Any]]:
    """Dicts of so many rows.

    Most columns of a page are empty. Copies of a row that has what all have in common cost half of
    what rows cost that grow field by field.
    """
    common: dict[str, Any] = dict.fromkeys(names)
    varied: dict[str, Values] = {}
    for name, column in zip(names, columns, strict=True):
        if isinstance(column, repeat):
            common[name] = next(column)
        elif _empty(column, number):
            common[name] = column[0]
        else:
            varied[name] = column
    rows: list[dict[str, Any]] = []
    for values in zip(*varied.values(), strict=False) if varied else repeat((), number):
        row = common.copy()
        row.update(zip(varied, values, strict=False))
        rows.append(row)
    return rows


def _empty(column: Values, number: int) -> TypeGuard[Sequence[Any]]:
    """Whether all rows have null or all have an empty text."""
    return (
        isinstance(column, list | tuple)
        and column[0] in (None, "")
        and column.count(column[0]) == number
    )


def _values(found: Values | Steps) -> Steps:
    """A step that returns the values of a binder."""
    if isinstance(found, GeneratorType):
        return (yield from found)
    return found
    yield
