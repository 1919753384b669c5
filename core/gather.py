"""What one answer needs, and the statements that find it.

A step is a generator that yields what it needs and is sent the result: a `Fetch` (rows), a `Load`
(rows of a resource by id), `Rows` of a reader, another step, one shared by a key (`Once`), or a
list of these. `core.rounds` runs them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
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

from core import access
from core.access import Actor, unlimited

if TYPE_CHECKING:
    from core.read import Reader
    from core.resource import Resource

Steps = Generator[Any, Any, Any]
Convert = Callable[[Any], Any]

# In a statement, the ids it will be run with.
GIVEN = "'{:ids:}'::bigint[]"
NUMBER = "{:number:}"  # of a part in its statement, for the names of its tables
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
    def array(self) -> str:
        """The ids as PostgreSQL reads an array."""
        return f"{{{','.join(map(str, self))}}}"


def array_of(ids: Iterable[int]) -> str:
    """Ids as PostgreSQL reads an array."""
    return ids.array if isinstance(ids, Ids) else f"{{{','.join(map(str, ids))}}}"


@dataclass(slots=True)
class Fetch:
    """What one statement finds: rows, or their columns for who works by column.

    `sql` gives each column as a JSON array; see `bound`. `ids` are those a lookup is run with, as
    the text of an array. `table` is the same as a table of a WITH, and `columns` what makes the
    arrays of that.
    """

    sql: str
    converts: tuple[tuple[int, Convert], ...] = ()
    using: str = "default"
    ids: str | None = None
    by_column: bool = False
    table: str = ""
    columns: str = ""

    def of(self, ids: Iterable[int]) -> Fetch:
        """The same for these ids."""
        array = array_of(ids)
        if array == "{}":
            return NOTHING
        return Fetch(self.sql, self.converts, self.using, array, self.by_column)

    def among(self, ids: str) -> Fetch:
        """The same with the SQL of an array for the ids."""
        return replace(self, sql=self.sql.replace(GIVEN, ids))

    def of_table(self, name: str) -> Fetch:
        """The same from its table, which the statement has under this name."""
        return replace(self, sql=f"(SELECT {self.columns} FROM {name} AS t)")  # noqa: S608

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


@dataclass(slots=True)
class Rows:
    """Rows of a reader by id, column by column; with `own` also those that may not be seen."""

    reader: Reader
    ids: Collection[int]
    own: bool = False


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
    the ids. It may depend on nothing else. Where it uses no ids, `template` is what to ask.
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
            kept = access.kept(user)
            if self not in kept:
                kept[self] = compiled(self.make(AmongGiven, user), self.by_column)
            found: Fetch = kept[self]
            return found
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
    sql, made = bound(sql, params, queryset.db), arrays(columns)
    text = f"(SELECT {made} FROM ({sql}) AS t ({names}))"  # noqa: S608
    table = f"({names}) AS MATERIALIZED ({sql})"
    return Fetch(text, tuple(converts), queryset.db, None, by_column, table, made)


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
    if not fetches:
        return []
    parts = [(fetch.sql, "") for fetch in fetches]
    texts = answer(parts, [fetch.ids for fetch in fetches], fetches[0].using)
    return [fetch.found(text) for fetch, text in zip(fetches, texts, strict=True)]


def answer(
    parts: Sequence[tuple[str, str]], given: Sequence[str | None], using: str
) -> Sequence[str | None]:
    """What one statement answers to parts (selections, and tables they select from) by their ids.

    Ids are sent once, however many parts are for the same.
    """
    if all(selection == NOTHING.sql for selection, _ in parts):
        return [None for _ in parts]
    numbers: dict[str, int] = {}
    places = [
        # Where the reader may see nothing there is no place for ids.
        numbers.setdefault(ids, len(numbers) + 1)
        if ids is not None and (GIVEN in selection or GIVEN in tables)
        else 0
        for (selection, tables), ids in zip(parts, given, strict=True)
    ]
    row: Sequence[str | None] = ask(_joined(tuple(parts), tuple(places)), list(numbers), using)
    return row


@lru_cache(maxsize=256)
def _joined(parts: tuple[tuple[str, str], ...], places: tuple[int, ...]) -> str:
    """One statement of several: each part's selection and tables, and which parameter its ids are.

    A place of 0 is that of a part without ids.
    """
    selected: list[str] = []
    tables: list[str] = []
    for number, ((selection, table), place) in enumerate(zip(parts, places, strict=True)):
        for text, found in ((selection, selected), (table, tables)):
            if text:
                given = text.replace(GIVEN, f"${place}::bigint[]") if place else text
                found.append(given.replace(NUMBER, str(number)))
    prefix = f"WITH {', '.join(tables)} " if tables else ""
    return f"{prefix}SELECT {', '.join(selected)}"


def ask(sql: str, params: Sequence[Any], using: str = "default") -> Any:
    """The one row of a statement whose parameters are $1, $2 and so on."""
    with prepared(using, psycopg.RawCursor) as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


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
