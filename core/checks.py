"""Declarations that cannot work stop the start, each with a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model
from django.db.models.constants import LOOKUP_SEP

from core import registry
from core.fields import Slot
from core.history import install

if TYPE_CHECKING:
    from core.resource import Resource


@register("headroom")
def check_resources(**_options: Any) -> list[CheckMessage]:
    """Every fault of every declaration."""
    return [message for resource in registry.resources() for message in faults(resource)]


@register(Tags.database)
def check_history(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """Every recorded table has the triggers of the change history; `migrate` installs them."""
    if not databases or DEFAULT_DB_ALIAS not in databases:
        return []
    try:
        missing = install.missing()
    except DatabaseError:
        return []  # not migrated yet
    if missing and migrations_pending():
        return []  # `migrate` itself runs this check first
    return [
        Error(
            f"{table} has no trigger {name}, so its changes are not recorded.",
            hint="Run manage.py migrate.",
            id="headroom.E006",
        )
        for table, name in missing
    ]


def migrations_pending() -> bool:
    """Whether `migrate` has something to apply."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def faults(resource: Resource) -> Iterator[CheckMessage]:
    """What is wrong with one declaration."""
    yield from _misspelt(resource)
    yield from _columns(resource)
    yield from _natural_key(resource)
    yield from _indexes(resource)
    for field in resource.all_fields:
        if isinstance(field, Slot):
            yield _error(resource, f"the slot {field.name!r} is filled by no app", "E005")


def _error(resource: Resource, text: str, code: str) -> Error:
    return Error(f"{type(resource).__name__}: {text}.", id=f"headroom.{code}")


def _misspelt(resource: Resource) -> Iterator[CheckMessage]:
    form = [name for names in resource.form.values() for name in names]
    lists: dict[str, Sequence[str]] = {
        "brief": resource.brief,
        "nested": resource.nested,
        "table": resource.table,
        "form": form,
        "unfiltered": [n for n in resource.unfiltered if "_" not in n],
        "write_only": resource.write_only,
    }
    for attribute, names in lists.items():
        for name in names:
            if not resource.has_field(name) and attribute != "unfiltered":
                yield _error(resource, f"{attribute} names {name!r}, which is no field", "E001")
    for name in form:
        if resource.has_field(name) and not resource.field(name).writable:
            yield _error(resource, f"form names {name!r}, which cannot be written", "E002")


def _columns(resource: Resource) -> Iterator[CheckMessage]:
    for attribute, names in (
        ("search", resource.search),
        ("ordering", resource.ordering),
        ("display_columns", resource.display_columns),
    ):
        for name in names:
            if not column_exists(resource.model, name.lstrip("-")):
                yield _error(resource, f"{attribute} names {name!r}, which is no column", "E003")


def column_exists(model: type[Model], path: str) -> bool:
    """Whether a path such as `site__name` leads to a column."""
    here: Any = model
    for part in path.split(LOOKUP_SEP):
        if part == "pk":
            return True
        try:
            field = here._meta.get_field(part)
        except FieldDoesNotExist:
            return any(column.attname == part for column in here._meta.concrete_fields)
        here = field.related_model or here
    return True


def _natural_key(resource: Resource) -> Iterator[CheckMessage]:
    if resource.filter_key != "pk" and not column_exists(resource.model, resource.filter_key):
        unnamed = {"name", "slug"}
        if resource.filter_key not in unnamed:
            yield _error(resource, f"filter_key {resource.filter_key!r} is no column", "E004")


def _indexes(resource: Resource) -> Iterator[CheckMessage]:
    """Relations one may filter by must be indexed, since their tables grow without bound."""
    leading = {
        columns[0]
        for columns in (
            *[list(index.fields) for index in resource.model._meta.indexes],
            *[list(c.fields) for c in resource.model._meta.constraints if hasattr(c, "fields")],
        )
        if columns
    }
    for column in resource.model._meta.concrete_fields:
        indexed = (
            getattr(column, "db_index", False)
            or column.unique
            or column.primary_key
            or column.name in leading
        )
        if column.is_relation and not indexed:
            yield Warning(
                f"{type(resource).__name__}: {column.name} can be filtered by and has no index.",
                id="headroom.W001",
            )
