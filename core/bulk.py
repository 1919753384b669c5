"""Changes to many rows at once: one transaction, all or nothing, errors that name the row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg.errors as pg
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Cast, Replace
from rest_framework import serializers

from core import access, write
from core.access import Actor
from core.custom_fields.values import flat
from core.errors import Invalid, Protected
from core.jobs import Refused, Run, job
from core.models import Tag
from core.read import ReadContext
from core.registry import of_path
from core.resource import Resource

INLINE_ROWS = 500  # more rows than these are worked on by a job
BATCH = 1000
SHOWN = 100  # rows at fault that are named
RENAME_SECONDS = 5
TAG_CHANGES = ("add_tags", "remove_tags")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one row: its id, its name, the sentences."""

    pk: int
    display: str
    sentences: list[str]


class RowFaults(Exception):
    """Some of the rows cannot be changed so; nothing was changed."""

    def __init__(self, rows: list[RowFault], total: int) -> None:
        super().__init__(f"{total} rows at fault")
        self.rows = rows
        self.total = total


def edit(
    resource: Resource,
    ids: Sequence[int],
    wire: dict[str, Any],
    user: Actor,
    progress: Progress | None = None,
) -> int:
    """Give all rows the same values, as REST takes them; returns how many rows.

    Raises Invalid for values that are wrong for any row, RowFaults for those wrong for some.
    """
    serializer = resource.serializer_class(
        data=wire, partial=True, context={"user": user, "references": {}}
    )
    if not serializer.is_valid():
        errors = flat(dict(serializer.errors))
        raise Invalid([{name: _sentences(found) for name, found in errors.items()}])
    values = {**serializer.validated_data, **_tag_changes(resource, wire, user)}
    return _update(resource, [(pk, values) for pk in ids], user, progress)


def _tag_changes(resource: Resource, wire: dict[str, Any], user: Actor) -> dict[str, Any]:
    found = {}
    tags = access.restrict(Tag.objects.all(), user)
    for name in TAG_CHANGES:
        if wire.get(name) and resource.has_field("tags"):
            rows = list(tags.filter(pk__in=wire[name]))
            if len(rows) != len(set(wire[name])):
                raise Invalid.one(name, "One of these tags does not exist any more.")
            found[name] = rows
    return found


def _update(
    resource: Resource,
    changes: Sequence[tuple[int, dict[str, Any]]],
    user: Actor,
    progress: Progress | None,
) -> int:
    size = len(changes) if resource.deferrable else BATCH

    def work() -> int:
        faults: dict[int, dict[str, Any]] = {}
        with transaction.atomic():
            for start in range(0, len(changes), max(size, 1)):
                batch = changes[start : start + size]
                try:
                    with transaction.atomic():
                        write.update(resource, batch, user)
                except Invalid as error:
                    found = zip(batch, error.items, strict=True)
                    faults.update({pk: item for (pk, _), item in found if item})
                if progress:
                    progress(start + len(batch), len(changes))
            if faults:
                raise row_faults(resource, faults, user)
        return len(changes)

    return write.retrying(work)


def row_faults(resource: Resource, faults: dict[int, dict[str, Any]], user: Actor) -> RowFaults:
    """The exception that names the rows with these ids and their messages."""
    shown = list(faults)[:SHOWN]
    names = resource.reader(("display",)).by_id(shown, ReadContext(user=user))
    rows = []
    for pk in shown:
        sentences = []
        for name, found in flat(faults[pk]).items():
            known = name != NON_FIELD_ERRORS and resource.has_field(name)
            label = f"{resource.field(name).label}: " if known else ""
            sentences += [f"{label}{sentence}" for sentence in _sentences(found)]
        display = str(names[pk]["display"]) if pk in names else f"{resource.name} {pk}"
        rows.append(RowFault(pk, display, sentences))
    return RowFaults(rows, len(faults))


def _sentences(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [s for inner in found.values() for s in _sentences(inner)]
    if isinstance(found, list | tuple):
        return [s for inner in found for s in _sentences(inner)]
    return [str(found)]


@dataclass(frozen=True)
class Renaming:
    """A row's id, its name and the name it would get."""

    pk: int
    old: str
    new: str


def renamings(
    resource: Resource, ids: Sequence[int], user: Actor, find: str, replace: str, *, regex: bool
) -> list[Renaming]:
    """The names that replacing would change. Raises ValueError for a bad regular expression.

    PostgreSQL replaces, since its regular expressions do not run away on nasty patterns as
    Python's do; it is stopped after some seconds all the same.
    """
    if regex:
        new: Any = Func(
            F("name"),
            Value(find),
            Value(replace),
            Value("g"),
            function="regexp_replace",
            output_field=TextField(),
        )
    else:
        text = TextField()
        new = Replace(Cast("name", text), Value(find, text), Value(replace, text))
    rows = resource.queryset(user, access.CHANGE).filter(pk__in=ids).annotate(_new=new)
    with _bounded():
        found = list(rows.values_list("pk", "name", "_new"))
    return [Renaming(pk, old, new) for pk, old, new in found if old is not None and old != new]


@contextmanager
def _bounded() -> Iterator[None]:
    """Turns a broken or endless regular expression into a ValueError."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = '{RENAME_SECONDS}s'")
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = DEFAULT")
    except DatabaseError as error:
        if isinstance(error.__cause__, pg.QueryCanceled):
            raise ValueError("This regular expression takes too long.") from None
        if isinstance(error.__cause__, pg.DataError):
            reason = error.__cause__.diag.message_primary
            raise ValueError(f"This cannot be used: {reason}.") from None
        raise


def rename(
    resource: Resource,
    found: Sequence[Renaming],
    user: Actor,
    progress: Progress | None = None,
) -> int:
    """Store new names, all or none; returns how many. Raises RowFaults."""
    check = resource.serializer_class(partial=True, context={"user": user, "references": {}})
    faults: dict[int, dict[str, Any]] = {}
    changes = []
    for renaming in found:
        try:
            changes.append((renaming.pk, dict(check.run_validation({"name": renaming.new}))))
        except serializers.ValidationError as error:
            detail: Any = error.detail
            faults[renaming.pk] = detail
    if faults:
        raise row_faults(resource, faults, user)
    return _update(resource, changes, user, progress)


# The same as jobs


def _as_refusal(faults: RowFaults) -> Refused:
    data = {
        "rows": [{"id": r.pk, "display": r.display, "errors": r.sentences} for r in faults.rows]
    }
    return Refused(f"{faults.total} rows are at fault. Nothing was changed.", data)


@job("core.bulk_edit", "Bulk edit")
def _edit_job(run: Run) -> dict[str, Any]:
    resource = of_path(run.arguments["path"])
    ids, wire = run.arguments["ids"], run.arguments["values"]
    try:
        return {"changed": edit(resource, ids, wire, run.user, run.progress)}
    except RowFaults as faults:
        raise _as_refusal(faults) from None
    except Invalid as error:
        raise Refused(" ".join(_sentences(error.items[0]))) from None


@job("core.bulk_delete", "Bulk delete")
def _delete_job(run: Run) -> dict[str, Any]:
    resource = of_path(run.arguments["path"])
    ids = run.arguments["ids"]
    run.progress(0, len(ids))
    try:
        return {"deleted": write.delete(resource, ids, run.user)}
    except Protected as refusal:
        raise Refused(refusal.sentence) from None
    except Invalid as error:
        sentences = [s for item in error.items for s in _sentences(item)]
        raise Refused(" ".join(sentences[:10])) from None


@job("core.bulk_rename", "Bulk rename")
def _rename_job(run: Run) -> dict[str, Any]:
    resource = of_path(run.arguments["path"])
    found = [Renaming(*item) for item in run.arguments["names"]]
    try:
        return {"renamed": rename(resource, found, run.user, run.progress)}
    except RowFaults as faults:
        raise _as_refusal(faults) from None


def label(resource: Resource, count: int) -> str:
    """`12 racks`."""
    return f"{count:,} {resource.name if count == 1 else resource.plural}"
