"""What one answer needs, gathered: all that is asked for at the same time is one statement.

A step is a generator that yields what it needs and is sent the result: a `Fetch` (rows), a `Load`
(rows of a resource by id), another step, one shared by a key (`Once`), or a list of these. Steps
that wait together are served together, so an answer costs as many statements as its longest chain
of needs, not as many as there are kinds of things in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property, lru_cache
from types import GeneratorType
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import Func, QuerySet
from django.db.models.fields.json import JSONField

from core.access import Actor, unlimited

if TYPE_CHECKING:
    from core.read import ReadContext
    from core.resource import Resource

Steps = Generator[Any, Any, Any]
Convert = Callable[[Any], Any]

# In a statement, the ids it will be run with.
GIVEN = "'{:ids:}'::bigint[]"
_MAX_ARGUMENTS = 90  # of a PostgreSQL function: 100
PREPARE_AFTER = 1  # runs
PREPARED_MAX = 64  # a connection; each holds some 250 kB in PostgreSQL


class GivenIds(Func):
    """Stands in a compiled statement for the ids it will be run with."""

    template = GIVEN
    arity = 0
    output_field = models.Field()


class AmongGiven(Func):
    """`column` is one of the ids the statement will be run with."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()

    def __init__(self, column: str) -> None:
        super().__init__(models.F(column), GivenIds())


class OverlapsGiven(AmongGiven):
    """The array `column` has one of the ids the statement will be run with."""

    template = "(%(expressions)s)"
    arg_joiner = " && "


class Ids(list[Any]):
    """Ids that several lookups are run with: their text is made once."""

    @cached_property
    def text(self) -> str:
        """The ids as PostgreSQL reads an array; empty where there is none."""
        return ",".join(map(str, self))


@dataclass(slots=True)
class Fetch:
    """What one statement finds: rows, or their columns for who works by column.

    `sql` gives each column as a JSON array; see `bound`. `ids` are those a lookup is run with, as
    the text of an array.
    """

    sql: str
    converts: tuple[tuple[int, Convert], ...] = ()
    using: str = "default"
    ids: str | None = None
    by_column: bool = False

    def of(self, ids: Iterable[int]) -> Fetch:
        """The same for these ids."""
        text = ids.text if isinstance(ids, Ids) else ",".join(map(str, ids))
        if not text:
            return NOTHING
        return Fetch(self.sql, self.converts, self.using, f"{{{text}}}", self.by_column)

    def among(self, ids: str) -> str:
        """The SQL with an expression for the ids."""
        return self.sql.replace(GIVEN, ids)

    def found(self, text: str | None) -> list[Any]:
        """What the database has answered; no columns where it found no row.

        Values repeat, and are converted once.
        """
        found: list[list[Any]] = orjson.loads(text) if text else []
        if not found or found[0] is None:
            return []
        for index, convert in self.converts:
            column = found[index]
            made = {value: convert(value) for value in set(column) if value is not None}
            found[index] = list(map(made.get, column))
        return found if self.by_column else list(zip(*found, strict=True))


NOTHING = Fetch("NULL")


@dataclass(frozen=True)
class Load:
    """Rows of `resource` by id with these fields; those the reader may not see are absent."""

    resource: Resource
    names: tuple[str, ...]
    ids: Iterable[int | None]


@dataclass(frozen=True)
class Once:
    """A step whose result several needs of one answer share, by a key."""

    key: Any
    steps: Callable[[], Steps]


def as_step(made: Any) -> Steps:
    """The step that `made` is, or one that gives it where it is something else."""
    if isinstance(made, GeneratorType):
        return (yield from made)
    return made


class Lookup:
    """A statement for rows by ids, compiled once for readers from whom nothing is kept.

    `make(condition, user)` gives the queryset of values; `condition(column)` narrows a column to
    the ids. It may depend on nothing else.
    """

    def __init__(
        self,
        make: Callable[[Callable[[str], Any], Actor], QuerySet[Any, Any]],
        *,
        by_column: bool = False,
    ) -> None:
        self.make = make
        self.by_column = by_column
        self.compiled: Fetch | None = None

    def fetch(self, ids: Iterable[int], user: Actor) -> Fetch:
        """The rows of these ids."""
        return self.template(user).of(ids)

    def template(self, user: Actor) -> Fetch:
        """The statement, with a mark for the ids."""
        if not unlimited(user):
            return compiled(self.make(AmongGiven, user), self.by_column)
        if self.compiled is None:
            self.compiled = compiled(self.make(AmongGiven, user), self.by_column)
        return self.compiled


class Around:
    """A statement about one record, compiled once for readers from whom nothing is kept.

    `make(pk, user)` gives the queryset of values. It may depend on nothing else.
    """

    # No record has it; what stands in the statement in its place is the id.
    ANY = 2**62 - 57

    def __init__(self, make: Callable[[int, Actor], QuerySet[Any, Any]]) -> None:
        self.make = make
        self.compiled: Fetch | None = None

    def fetch(self, pk: int, user: Actor) -> Fetch:
        """What is asked about this record."""
        if not unlimited(user):
            return compiled(self.make(pk, user))
        if self.compiled is None:
            found = compiled(self.make(self.ANY, user))
            sql = found.sql.replace(str(self.ANY), f"({GIVEN})[1]")
            self.compiled = replace(found, sql=sql)
        return self.compiled.of([pk])


def compiled(queryset: QuerySet[Any, Any], by_column: bool = False) -> Fetch:
    """The statement of a queryset of `values_list`."""
    compiler = queryset.query.get_compiler(using=queryset.db)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return Fetch("NULL", using=queryset.db)
    columns, converts = [], []
    for index, (expression, _sql, _alias) in enumerate(compiler.select):
        field = expression.output_field
        columns.append(f"t.c{index}::text" if isinstance(field, JSONField) else f"t.c{index}")
        convert = _convert(field)
        if convert:
            converts.append((index, convert))
    if len(columns) > _MAX_ARGUMENTS:
        raise ValueError(f"{queryset.model.__name__}: too many columns for one statement")
    names = ", ".join(f"c{index}" for index in range(len(columns)))
    text = f"(SELECT {arrays(columns)} FROM ({sql}) AS t ({names}))"  # noqa: S608
    sql = bound(text, params, queryset.db)
    return Fetch(sql, tuple(converts), queryset.db, by_column=by_column)


def arrays(columns: Iterable[str]) -> str:
    """SQL of what a fetch gives: each column of all rows as an array, these in one.

    PostgreSQL makes them in three quarters of the time of an array for each row.
    """
    made = ", ".join(f"json_agg({column})" for column in columns)
    return f"json_build_array({made})::text"


def bound(sql: str, params: Any, using: str = "default") -> str:
    """The SQL with its parameters written into it, for `run`.

    What stays the same from request to request is then the statement, which is prepared, and only
    ids are sent with it.
    """
    connection = connections[using]
    connection.ensure_connection()
    return psycopg.ClientCursor(connection.connection).mogrify(sql, params)


_CONVERTS: list[tuple[type[Any], Convert]] = [
    (models.DateTimeField, datetime.fromisoformat),
    (models.DateField, date.fromisoformat),
    (models.TimeField, time.fromisoformat),
    (models.DecimalField, lambda value: Decimal(str(value))),
    (models.UUIDField, UUID),
    (JSONField, json.loads),
]


def _convert(field: Any) -> Convert | None:
    """What makes the column's Python value of its JSON; None where it is that already."""
    for kind, convert in _CONVERTS:
        if isinstance(field, kind):
            return convert
    return None


def named(sql: str, values: dict[str, Any], converts: Sequence[tuple[int, Convert]] = ()) -> Fetch:
    """What a handwritten statement with parameters by name finds, given as `arrays`."""
    return Fetch(bound(sql, values), tuple(converts))


def execute(fetches: Sequence[Fetch]) -> list[Any]:
    """What each finds, by one statement. Ids are sent once, however many are for the same."""
    if all(fetch.sql == "NULL" for fetch in fetches):
        return [[] for _ in fetches]
    numbers: dict[str, int] = {}
    places = [
        0 if fetch.ids is None else numbers.setdefault(fetch.ids, len(numbers) + 1)
        for fetch in fetches
    ]
    sql = _joined(tuple(fetch.sql for fetch in fetches), tuple(places))
    return run(sql, list(numbers), fetches)


@lru_cache(maxsize=256)
def _joined(parts: tuple[str, ...], places: tuple[int, ...]) -> str:
    """One statement of several; each with the number of its ids among the parameters."""
    given = (
        part.replace(GIVEN, f"${place}::bigint[]") if place else part
        for part, place in zip(parts, places, strict=True)
    )
    return f"SELECT {', '.join(given)}"


def run(sql: str, params: Sequence[Any], fetches: Sequence[Fetch]) -> list[Any]:
    """What is in each of the statement's columns; its parameters are $1, $2 and so on."""
    with prepared(fetches[0].using, psycopg.RawCursor) as cursor:
        cursor.execute(sql, params)
        answer = cursor.fetchone()
    return [fetch.found(text) for fetch, text in zip(fetches, answer, strict=True)]


def prepared(using: str = "default", kind: Any = psycopg.Cursor) -> Any:
    """A cursor whose statements are prepared when they come again.

    Planning two dozen subqueries takes longer than running them for one row. Django's own cursors
    write parameters into the text, so PostgreSQL would never see the same statement twice. A
    `RawCursor` sends the text as it is; looking for `%s` in a long one takes its time.
    """
    connection: Any = connections[using]
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold, raw.prepared_max = PREPARE_AFTER, PREPARED_MAX
    return connection._prepare_cursor(kind(raw))


class _Task:
    """A step under way, and who waits for it."""

    __slots__ = ("done", "steps")

    def __init__(self, steps: Steps, done: Callable[[Any], None]) -> None:
        self.steps = steps
        self.done = done


class Gathering:
    """Runs steps to their end; each round of what they wait for is one statement."""

    def __init__(self, context: ReadContext) -> None:
        self.context = context
        self.fetches: list[tuple[Fetch, Callable[[Any], None]]] = []
        self.loads: dict[Any, tuple[Resource, set[int], list[Callable[[Any], None]]]] = {}
        self.shared: dict[Any, list[Callable[[Any], None]]] = {}

    def run(self, need: Any) -> Any:
        """What is needed."""
        found: list[Any] = []
        self.serve(need, found.append)
        while self.fetches or self.loads:
            fetches, loads = self.fetches, self.loads
            self.fetches, self.loads = [], {}
            for (path, names), (resource, ids, waiting) in loads.items():
                reader = resource.reader(names)
                stored = self._store((path, names), reader, waiting)
                fetches.append((reader.lookup.fetch(ids, self.context.user), stored))
            answers = execute([fetch for fetch, _ in fetches])
            for (_, done), answer in zip(fetches, answers, strict=True):
                done(answer)
        return found[0]

    def _store(
        self, key: Any, reader: Any, waiting: list[Callable[[Any], None]]
    ) -> Callable[[Any], None]:
        def fetched(cells: list[list[Any]]) -> None:
            def built(rows: list[dict[str, Any]]) -> None:
                table = self.context.briefs[key]
                if rows:
                    table.update(zip(cells[reader.pk], rows, strict=True))
                for done in waiting:
                    done(table)

            self.serve(reader.steps(cells, self.context), built)

        return fetched

    def serve(self, need: Any, done: Callable[[Any], None]) -> None:
        """See to it that `done` gets what is needed, now or after a round."""
        kind = type(need)
        if kind is Fetch:
            self.fetches.append((need, done))
        elif kind is Load:
            self._load(need, done)
        elif kind is Once:
            self._share(need, done)
        elif kind is list:
            self._all(need, done)
        else:
            self._advance(_Task(need, done), None)

    def _load(self, need: Load, done: Callable[[Any], None]) -> None:
        key = (need.resource.path, need.names)
        table = self.context.briefs.setdefault(key, {})
        missing = {pk for pk in need.ids if pk is not None and pk not in table}
        if not missing:
            done(table)
            return
        _, ids, waiting = self.loads.setdefault(key, (need.resource, set(), []))
        ids |= missing
        waiting.append(done)

    def _share(self, need: Once, done: Callable[[Any], None]) -> None:
        memo = self.context.memo
        if need.key in memo:
            done(memo[need.key])
        elif need.key in self.shared:
            self.shared[need.key].append(done)
        else:
            self.shared[need.key] = [done]

            def ended(value: Any) -> None:
                memo[need.key] = value
                for waiting in self.shared.pop(need.key):
                    waiting(value)

            self.serve(need.steps(), ended)

    def _all(self, needs: list[Any], done: Callable[[Any], None]) -> None:
        results: list[Any] = [None] * len(needs)
        left = len(needs)
        if not needs:
            done(results)

        def take(index: int) -> Callable[[Any], None]:
            def taken(value: Any) -> None:
                nonlocal left
                results[index] = value
                left -= 1
                if not left:
                    done(results)

            return taken

        for index, need in enumerate(needs):
            self.serve(need, take(index))

    def _advance(self, task: _Task, value: Any) -> None:
        try:
            need = task.steps.send(value)
        except StopIteration as end:
            task.done(end.value)
            return
        self.serve(need, lambda found: self._advance(task, found))
