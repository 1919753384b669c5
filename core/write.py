"""The one write path: forms, REST, CSV and bulk edit all end here.

The database judges: rows are stored with bulk SQL, and only when it refuses are they gone through
one by one to say which item is at fault and why. Everything happens in one transaction, all or
nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg.errors as pg
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from core import access, deletion, instances, registry
from core.access import Actor
from core.custom_fields import writing
from core.custom_fields.definitions import scope
from core.errors import (
    Denied,
    Invalid,
    Messages,
    Missing,
    Protected,
    messages_of,
    messages_of_validation,
)
from core.history.actor import mark
from core.rows import BATCH
from core.versions import Check

if TYPE_CHECKING:
    from core.custom_fields.writing import Writer
    from core.fields import Field
    from core.resource import Resource

T = TypeVar("T")
ATTEMPTS = 5
BUSY = "Others are changing the same records just now. Try again."
SHOWN_DEPENDENTS = 10


@dataclass
class Item:
    """One row about to be written: the instance and the values that are no columns."""

    instance: Any
    values: dict[str, Any]
    related: dict[str, Any] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)


def retrying(work: Callable[[], T]) -> T:
    """Run a transaction again when the database broke a deadlock or a serialisation conflict."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except OperationalError as error:
            lost = isinstance(error.__cause__, pg.DeadlockDetected | pg.SerializationFailure)
            if not lost or connection.in_atomic_block:
                raise
            if attempt == ATTEMPTS:
                raise Invalid.one(NON_FIELD_ERRORS, BUSY) from error
            time.sleep(0.02 * attempt)
    raise AssertionError("unreachable")


@contextmanager
def _writing(user: Actor) -> Iterator[None]:
    """A transaction of `user`'s. What one row alone was refused for is told when it is undone."""
    with access.writing(user), scope():
        try:
            with transaction.atomic():
                yield
        except _Refused as refusal:
            told = refusal.told()
            if told is None:
                raise refusal.error from refusal.error.__cause__
            raise Invalid([told]) from refusal.error


def create(resource: Resource, values: Sequence[dict[str, Any]], user: Actor) -> list[Any]:
    """Store new rows from validated values and return the instances, in order.

    Raises Invalid with the messages of each item, Denied for rows that `user` may not create; then
    nothing is stored.
    """

    def work() -> list[Any]:
        with _writing(user):
            custom = writing.begin(resource, values, user, creating=True)
            items = [_item(resource, resource.model(), dict(v), creating=True) for v in values]
            _prepare(resource, items, custom, creating=True)
            _store(resource, items, creating=True)
            _refuse_outside(resource, items, user, access.ADD)
            return [item.instance for item in items]

    return retrying(work)


def update(
    resource: Resource,
    changes: Sequence[tuple[int, dict[str, Any]]],
    user: Actor,
    *,
    check: Check | None = None,
) -> list[Any]:
    """Change rows by id with validated values and return the instances, in order.

    `check` is called with the ids once their rows are locked, before the change, for instance to
    compare versions. Raises Invalid, also for ids that do not exist, and Denied for rows that
    `user` may not change, or not to what they would be.
    """

    def work() -> list[Any]:
        with _writing(user):
            given = [values for _, values in changes]
            custom = writing.begin(resource, given, user, creating=False)
            ids = [pk for pk, _ in changes]
            locked = instances.lock(resource.model, ids, user, access.CHANGE)
            found = {row.pk: row for row in locked}
            _refuse_missing(resource, ids, found, user, access.CHANGE)
            if check:
                check(resource, ids)
            items = [
                _item(
                    resource,
                    found[pk],
                    kept(resource, found[pk], dict(values), user),
                    creating=False,
                )
                for pk, values in changes
            ]
            _prepare(resource, items, custom, creating=False)
            _store(resource, items, creating=False)
            _refuse_outside(resource, items, user, access.CHANGE)
            return [item.instance for item in items]

    return retrying(work)


def delete(
    resource: Resource,
    ids: Sequence[int],
    user: Actor,
    *,
    check: Check | None = None,
) -> int:
    """Delete rows by id, all or nothing; returns how many.

    Raises Invalid for ids that do not exist, Denied for rows that `user` may not delete, Protected
    when other rows need one of them. What goes along with a row needs no permission of its own.
    """

    def work() -> int:
        with transaction.atomic(), access.writing(user):
            mark(user)
            locked = instances.lock(resource.model, ids, user, access.DELETE)
            found = {row.pk: row for row in locked}
            _refuse_missing(resource, ids, found, user, access.DELETE)
            if check:
                check(resource, ids)
            try:
                resource.remove(list(found))
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            except deletion.Blocked as refusal:
                raise protected(refusal, user) from refusal
            except DatabaseError as error:
                if isinstance(error.__cause__, pg.ForeignKeyViolation | pg.RestrictViolation):
                    raise Protected([str(error.__cause__.diag.table_name)], 1) from error
                raise
            return len(found)

    return retrying(work)


def protected(refusal: deletion.Blocked, user: Actor) -> Protected:
    """What a refused delete depends on; what `user` may not see is not named."""
    seen = {
        model: ids - access.outside(model, list(ids), user, access.VIEW)
        for model, ids in refusal.ids.items()
    }
    total, known = deletion.count(refusal.ids), deletion.count(seen)
    rows = deletion.instances(seen, SHOWN_DEPENDENTS)
    return Protected([f"{row} ({row.pk})" for row in rows], total, total - known)


def _refuse_missing(
    resource: Resource, ids: Sequence[int], found: dict[int, Any], user: Actor, action: str
) -> None:
    """Raise Missing for ids that do not exist for the user, Denied for those only seen."""
    missing = [pk for pk in ids if pk not in found]
    if not missing:
        return
    hidden = access.outside(resource.model, missing, user, access.VIEW)
    known = access.visible(resource.model, user).filter(pk__in=set(missing) - hidden)
    seen = set(known.values_list("pk", flat=True))
    if seen == set(missing):
        sentence = f"You may not {action} this {resource.name}."
        raise Denied([{"id": [sentence]} if pk in seen else {} for pk in ids])
    raise Missing(
        [
            {"id": [f"There is no object with id {pk}."]}
            if pk in missing and pk not in seen
            else {}
            for pk in ids
        ]
    )


def _refuse_outside(resource: Resource, items: list[Item], user: Actor, action: str) -> None:
    """Raise Denied where a row, as it is stored now, is none on which the user may do `action`."""
    ids = [item.instance.pk for item in items]
    outside = access.outside(resource.model, ids, user, action)
    if outside:
        verb = "create" if action == access.ADD else "change"
        sentence = (
            f"You may not {verb} this {resource.name}: "
            "with these values it is outside of what you are permitted."
        )
        raise Denied([{NON_FIELD_ERRORS: [sentence]} if pk in outside else {} for pk in ids])


def kept(resource: Resource, row: Any, values: dict[str, Any], user: Actor) -> dict[str, Any]:
    """The values without those that would take away references the user may not see.

    They are shown as unset, so whoever writes back what was read leaves them as they are.
    """
    if access.unlimited(user):
        return values
    found = {}
    for name, value in values.items():
        declared = resource.field(name) if resource.has_field(name) else None
        if isinstance(value, list) and declared is not None:
            found[name] = [*value, *declared.hidden_members(row, user)]
        elif value is not None or not _hides(declared, row, user):
            found[name] = value
    return found


def _hides(declared: Field | None, row: Any, user: Actor) -> bool:
    """Whether the row refers to something in this field that the user may not see."""
    column: Any = declared.model_field if declared is not None else None
    if column is None or not column.is_relation or not column.concrete or column.many_to_many:
        return False
    present = getattr(row, column.attname)
    if present is None or column.related_model is None:
        return False
    return bool(access.outside(column.related_model, [present], user, access.VIEW))


def _item(resource: Resource, instance: Any, values: dict[str, Any], *, creating: bool) -> Item:
    item = Item(instance, values)
    for name, value in values.items():
        if not resource.has_field(name):
            item.related[name] = value
            continue
        declared = resource.field(name)
        if not declared.is_column:
            item.related[name] = value
        elif name == writing.FIELD:
            item.columns.append(writing.COLUMN)
        else:
            column = declared.model_field
            if value == "" and column.null and not column.is_relation:
                value = None
            setattr(instance, declared.source, value)
            item.columns.append(declared.source)
    return item


def _preload(resource: Resource, items: list[Item]) -> None:
    """Fetch what rows refer to, one statement a reference, where their `clean` may ask."""
    if not items or type(items[0].instance).clean is Model.clean:
        return
    asked = resource.checked_with
    if asked is None and len(items) < 2:
        return  # it may not ask for all of them
    for column in items[0].instance._meta.concrete_fields:
        if column.is_relation and (asked is None or column.name in asked):
            instances.attach([item.instance for item in items], column)


def _prepare(
    resource: Resource, items: list[Item], custom: Writer | None, *, creating: bool
) -> None:
    _preload(resource, items)
    faults: list[Messages] = []
    for item in items:
        fault: Messages = {}
        given = item.values.get(writing.FIELD)
        wrong = custom.apply(item.instance, given, creating=creating) if custom else None
        try:
            before = dict(item.instance.__dict__)
            resource.prepare(item.instance, item.related, creating=creating)
            item.instance.clean()
            _note_changes(item, before)
        except ValidationError as error:
            fault = messages_of_validation(error)
        except Invalid as error:
            fault = error.items[0]
        faults.append({**fault, writing.FIELD: wrong} if wrong else fault)
    if any(faults):
        raise Invalid(faults)


def _note_changes(item: Item, before: dict[str, Any]) -> None:
    """Columns that `prepare` or `clean` changed are written too."""
    for column in item.instance._meta.concrete_fields:
        value = item.instance.__dict__.get(column.attname)
        changed = column.attname in before and before[column.attname] != value
        if changed and column.name not in item.columns:
            item.columns.append(column.name)


def _store(resource: Resource, items: list[Item], *, creating: bool) -> None:
    if len(items) == 1:
        _store_one(resource, items[0], creating=creating)
        return
    try:
        with transaction.atomic():
            _write(resource, items, creating=creating)
    except (DatabaseError, ValidationError) as error:
        known = _messages(error, resource)
        if known is None:
            raise
        raise Invalid(_faults(resource, items, known, creating=creating)) from error


def _store_one(resource: Resource, item: Item, *, creating: bool) -> None:
    """Store a row without a savepoint, for there is nothing to go on with when it is refused."""
    try:
        _write(resource, [item], creating=creating)
    except (DatabaseError, ValidationError) as error:
        raise _Refused(resource, item.instance, error) from error


def _messages(error: Exception, resource: Resource) -> Messages | None:
    if isinstance(error, ValidationError):
        return messages_of_validation(error)
    return messages_of(error, resource) if isinstance(error, DatabaseError) else None


def _write(resource: Resource, items: list[Item], *, creating: bool) -> None:
    instances = [item.instance for item in items]
    if creating:
        resource.insert(instances)
    else:
        _update(resource, items)
    _relations(resource, items)
    resource.after_write(instances, created=creating)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _update(resource: Resource, items: list[Item]) -> None:
    stamped = hasattr(resource.model, "last_updated")
    now = timezone.now()
    groups: dict[tuple[str, ...], list[Any]] = {}
    for item in items:
        columns = list(dict.fromkeys(item.columns))
        if stamped:
            item.instance.last_updated = now
            columns.append("last_updated")
        groups.setdefault(tuple(columns), []).append(item.instance)
    # One statement is checked at its end, so rows may swap places; several need to be told so.
    several = len(groups) > 1 or len(items) > BATCH
    with deferred(resource) if several else nullcontext():
        for columns_of, rows in groups.items():
            if columns_of:
                resource.update(rows, list(columns_of))


def _relations(resource: Resource, items: list[Item]) -> None:
    by_name: dict[str, list[tuple[Any, Any]]] = {}
    for item in items:
        for name, value in item.related.items():
            by_name.setdefault(name, []).append((item.instance, value))
    for name, values in by_name.items():
        if name in ("add_tags", "remove_tags"):
            tags: Any = resource.field("tags")
            (tags.add if name == "add_tags" else tags.remove)(values)
        elif resource.has_field(name):
            resource.field(name).store(values)


@contextmanager
def deferred(resource: Resource) -> Iterator[None]:
    """Check the resource's deferrable constraints at the end, so that rows may swap places."""
    if not resource.deferrable:
        yield
        return
    names = ", ".join(connection.ops.quote_name(name) for name in resource.deferrable)
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {names} DEFERRED")
        yield
        cursor.execute(f"SET CONSTRAINTS {names} IMMEDIATE")


def _faults(
    resource: Resource, items: list[Item], known: Messages, *, creating: bool
) -> list[Messages]:
    """Which items are refused, found by storing them one after another and undoing it."""
    faults: list[Messages] = []
    try:
        with transaction.atomic():
            for item in items:
                if creating:
                    item.instance.pk = None
                    item.instance._state.adding = True
                faults.append(_try(resource, item, creating=creating))
            raise _Undo
    except _Undo:
        pass
    return faults if any(faults) else [{}] * (len(items) - 1) + [known]


def _try(resource: Resource, item: Item, *, creating: bool) -> Messages:
    try:
        with transaction.atomic():
            _write(resource, [item], creating=creating)
        return {}
    except (DatabaseError, ValidationError) as error:
        known = _messages(error, resource) or {NON_FIELD_ERRORS: ["This could not be stored."]}
        return _explained(resource, item.instance, error) or known


def _explained(resource: Resource, instance: Any, error: Exception) -> Messages | None:
    """What the resource has to say of a refusal by the database that is undone."""
    cause = error.__cause__
    name = cause.diag.constraint_name if isinstance(cause, pg.Error) else None
    return resource.explain(instance, name) if name else None


@dataclass(eq=False)
class _Refused(Exception):
    """Leaves the transaction of one row that the database or a check refused."""

    resource: Resource
    instance: Any
    error: Exception

    def told(self) -> Messages | None:
        """Every fault of the row, not only the first the database met; None for other errors."""
        known = _messages(self.error, self.resource)
        if known is None or isinstance(self.error.__cause__, pg.ExclusionViolation):
            return known  # a place is often asked for by many at once
        known = _explained(self.resource, self.instance, self.error) or known
        try:
            self.instance.full_clean()
        except ValidationError as error:
            found = messages_of_validation(error)
            return {**{k: v for k, v in found.items() if k != NON_FIELD_ERRORS}, **known}
        except DatabaseError:
            pass
        return known


class _Undo(Exception):
    """Leaves a transaction without keeping what it did."""


@dataclass(frozen=True)
class Consequences:
    """What deleting rows would do, as one user may know it.

    `gone` counts the rows that go, themselves included, by model, and `hidden` those among them
    that the user may not see; `blocking` prevents it.
    """

    gone: dict[type[Model], int]
    hidden: int
    blocking: list[tuple[type[Model], int]]


def dependents(model: type[Model], ids: Sequence[int], user: Actor) -> Consequences:
    """What deleting rows would delete, and what prevents it."""
    found = deletion.fallout(model, ids)
    gone, hidden = {}, 0
    for kind, members in found.gone.items():
        unseen = set[int]()
        if registry.has_model(kind):
            unseen = access.outside(kind, list(members), user, access.VIEW)
        gone[kind], hidden = len(members) - len(unseen), hidden + len(unseen)
    blocking = [(k, pk) for k, members in found.blocking.items() for pk in sorted(members)]
    return Consequences(gone, hidden, blocking)
