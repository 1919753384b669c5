"""From a database's refusal to a sentence beside the field it is about."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import psycopg.errors as pg
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, connection
from django.db.models import Model

from core import access
from core.custom_fields import definitions

if TYPE_CHECKING:
    from core.resource import Resource

# Sentences by field name; those about custom fields by their names in turn.
Messages = dict[str, Any]

TREE_CYCLE = "tree_no_cycle"


class Invalid(Exception):
    """What was sent cannot be stored. `items` has one dict of messages per item, in order.

    An item without a fault has an empty dict.
    """

    def __init__(self, items: list[Messages]) -> None:
        super().__init__(items)
        self.items = items

    @classmethod
    def one(cls, field: str, message: str) -> Invalid:
        """A single item's single fault."""
        return cls([{field: [message]}])


class Missing(Invalid):
    """Rows that are to be written do not exist, or not for this user; `items` as for Invalid."""


class Denied(Invalid):
    """The user may not write these rows, or not so; `items` as for Invalid."""

    def __init__(self, items: list[Messages]) -> None:
        super().__init__(items)
        said = [sentence for item in items for found in item.values() for sentence in found]
        self.sentence = " ".join(dict.fromkeys(said))


class Protected(Exception):
    """A delete was refused because other rows need these.

    `dependents` describes some of them; `hidden` more are nothing the user may see.
    """

    def __init__(self, dependents: list[str], total: int, hidden: int = 0) -> None:
        super().__init__(dependents)
        self.dependents = dependents
        self.total = total
        self.hidden = hidden

    @property
    def sentence(self) -> str:
        """What stands in the way, for people and clients."""
        parts = list(self.dependents)
        if self.total > len(parts) + self.hidden:
            parts.append("…")
        if self.hidden:
            parts.append(f"{self.hidden} that you may not see")
        listed = ", ".join(parts)
        return f"Unable to delete object. {self.total} dependent objects were found: {listed}"


class Stale(Exception):
    """The row was changed since the caller read it; `etag` is its present version."""

    def __init__(self, etag: str) -> None:
        super().__init__(etag)
        self.etag = etag


@lru_cache(maxsize=4096)
def constraint_columns(name: str, table: str) -> tuple[str, ...]:
    """The columns of a named constraint or unique index."""
    statement = """
        SELECT array_agg(a.attname ORDER BY k.position)
        FROM (
            SELECT conrelid AS relid, conkey AS keys FROM pg_constraint
            WHERE conname = %(name)s AND conrelid = to_regclass(%(table)s)
            UNION ALL
            SELECT indrelid, indkey::int2[] FROM pg_index
            WHERE indexrelid = to_regclass(%(name)s) AND indrelid = to_regclass(%(table)s)
        ) c CROSS JOIN LATERAL unnest(c.keys) WITH ORDINALITY k(attnum, position)
        JOIN pg_attribute a ON a.attrelid = c.relid AND a.attnum = k.attnum
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, {"name": f"{name}", "table": f'"{table}"'})
        row = cursor.fetchone()
    return tuple(dict.fromkeys(row[0] or ())) if row else ()


def field_for_column(model: type[Model], column: str) -> str:
    """The name of the field stored in a column; the column itself where there is none."""
    for field in model._meta.concrete_fields:
        if field.column == column:
            return field.name
    return column


def field_of_constraint(name: str, resource: Resource) -> str | None:
    """Beside which field a constraint's message belongs; None for a rule over several.

    A resource's `constraint_fields` says it; else a constraint named `<table>_<field>…` belongs to
    the field with the longest name that fits.
    """
    if name in resource.constraint_fields:
        return resource.constraint_fields[name]
    prefix = f"{resource.model._meta.db_table}_"
    if not name.startswith(prefix):
        return None
    rest = name.removeprefix(prefix)
    fitting = [n for n in resource.field_names if rest == n or rest.startswith(f"{n}_")]
    return max(fitting, key=len, default=None)


def messages_of(error: DatabaseError, resource: Resource) -> Messages | None:
    """What a database error says about an item of `resource`; None for errors of another sort."""
    cause: Any = error.__cause__
    if not isinstance(cause, pg.Error):
        return None
    diag = cause.diag
    name, model = diag.constraint_name or "", resource.model
    if isinstance(cause, pg.UniqueViolation):
        return _unique(name, diag, resource)
    if isinstance(cause, pg.ExclusionViolation | pg.CheckViolation):
        return _declared(name, diag, resource)
    if isinstance(cause, pg.ForeignKeyViolation):
        columns = constraint_columns(name, diag.table_name or "")
        field = field_for_column(model, columns[0]) if columns else NON_FIELD_ERRORS
        return {field: ["The object referred to does not exist any more."]}
    if isinstance(cause, pg.NotNullViolation):
        return {field_for_column(model, diag.column_name or ""): ["This field may not be null."]}
    if isinstance(cause, pg.DataError):
        return {NON_FIELD_ERRORS: [f"A value cannot be stored: {said_of(cause)}."]}
    return None


def said_of(fault: pg.DataError) -> str:
    """What PostgreSQL, or the driver before it, says of a value that no column can hold."""
    return str(fault.diag.message_primary or fault)


def _unique(name: str, diag: Any, resource: Resource) -> Messages:
    model = resource.model
    if custom := definitions.kept().of_index(name):
        sentence = f"{resource.name.capitalize()} with this {custom.label} already exists."
        return {"custom_fields": {custom.name: [sentence]}}
    declared = _declared_message(name, model)
    field = field_of_constraint(name, resource)
    match = re.match(r"Key \((.*)\)=\((.*)\)", diag.message_detail or "")
    columns = re.findall(r"\w+", match.group(1)) if match else []
    fields = [field_for_column(model, c) for c in columns]
    fields = [f for f in fields if resource.has_field(f)]
    if declared:
        return {field or (fields[0] if len(fields) == 1 else NON_FIELD_ERRORS): [declared]}
    if len(fields) == 1:
        label = resource.field(fields[0]).label
        return {fields[0]: [f"{resource.name.capitalize()} with this {label} already exists."]}
    listed = ", ".join(fields) or "values"
    return {field or NON_FIELD_ERRORS: [f"The fields {listed} must make a unique set."]}


def _declared(name: str, diag: Any, resource: Resource) -> Messages:
    """A check or exclusion constraint, or a trigger that raised as one."""
    field = field_of_constraint(name, resource)
    if name == TREE_CYCLE:
        field = "parent"
    message = _declared_message(name, resource.model)
    if name in resource.discreet and not _sees_all(resource):
        message = resource.discreet[name]
    if message is None and diag.message_primary and "violates" not in diag.message_primary:
        message = diag.message_primary
    if message is None:
        columns = constraint_columns(name, diag.table_name or "")
        names = [field_for_column(resource.model, column) for column in columns]
        known = [n for n in names if resource.has_field(n)]
        field = field or (known[0] if len(known) == 1 else None)
        message = f"These values break the rule {name}."
    return {field or NON_FIELD_ERRORS: [message]}


def _sees_all(resource: Resource) -> bool:
    """Whether nothing that a rule's sentence may name is kept from the one who writes."""
    writer = access.writer.get()
    if access.unlimited(writer):
        return True
    named = resource.discreet_of
    return bool(named) and all(access.may_all(writer, access.VIEW, model) for model in named)


def _declared_message(name: str, model: type[Model]) -> str | None:
    for constraint in model._meta.constraints:
        if constraint.name == name:
            message = constraint.violation_error_message
            default = constraint.default_violation_error_message
            return None if message == default else str(message) % {"name": name}
    return None


def messages_of_validation(error: ValidationError) -> Messages:
    """A Django ValidationError as messages by field."""
    if hasattr(error, "error_dict"):
        return {str(k): [str(m) for m in v] for k, v in error.message_dict.items()}
    return {NON_FIELD_ERRORS: [str(message) for message in error.messages]}
