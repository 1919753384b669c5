"""What is recorded: every registered resource's table, and the tables that hold parts of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from core import registry
from core.models import TaggedItem

NAMES = 3  # columns a row's name is made of, at most


@dataclass(frozen=True)
class Subject:
    """A recorded table and how its rows are told of."""

    table_name: str
    app_label: str
    model: str
    label: str
    names: list[str]
    ignored: list[str]
    secrets: list[str]
    parents: list[str]
    parent_models: list[str]
    links: list[str]


@dataclass(frozen=True)
class Link:
    """A table whose rows are parts of the owner's data, under `name`."""

    table_name: str
    name: str
    owner: str
    owner_column: str
    member_column: str


def subjects() -> list[Subject]:
    """Every recorded table."""
    return [_subject(resource) for resource in recorded()]


def recorded() -> list[Any]:
    """The resources whose changes are recorded."""
    return [resource for resource in registry.resources() if resource.history]


def _column(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _subject(resource: Any) -> Subject:
    model: type[models.Model] = resource.model
    meta = model._meta
    columns: dict[str, Any] = {field.name: field for field in meta.concrete_fields}
    parents = [columns[name] for name in resource.history_of if name in columns]
    # The trigger sees the row only, so a name that begins with another row's is not used.
    named = []
    for name in resource.display_columns:
        if name in columns and not columns[name].is_relation:
            named.append(columns[name].column)
        elif not named:
            break
    return Subject(
        table_name=meta.db_table,
        app_label=meta.app_label,
        model=str(meta.model_name),
        label=str(meta.verbose_name)[:1].upper() + str(meta.verbose_name)[1:],
        names=named[:NAMES],
        ignored=ignored_columns(resource),
        secrets=sorted(columns[name].column for name in resource.secret if name in columns),
        parents=[field.column for field in parents],
        parent_models=[field.related_model._meta.label_lower for field in parents],
        links=sorted(
            {link.name for link in links_of(resource)}
            | ({"tags"} if resource.has_field("tags") else set())
        ),
    )


def ignored_columns(resource: Any) -> list[str]:
    """Columns whose change is no change of the row: derived ones, its times, those unrecorded."""
    columns = {field.name: field for field in resource.model._meta.concrete_fields}
    derived = [str(f.column) for f in columns.values() if isinstance(f, models.GeneratedField)]
    if resource.is_tree:
        derived += [name for name in ("path", "sort_path") if name in columns]
    kept = [name for name in ("last_updated",) if name in columns]
    unrecorded = [str(columns[name].column) for name in resource.unrecorded]
    return sorted({*derived, *kept, *unrecorded})


def links() -> list[Link]:
    """Every table that holds parts of recorded rows."""
    tags = Link(TaggedItem._meta.db_table, "tags", "", "object_id", "")
    return [tags, *(link for resource in recorded() for link in links_of(resource))]


def links_of(resource: Any) -> Iterator[Link]:
    """The tables that hold parts of a resource's rows, tags aside."""
    owner = resource.model._meta.db_table
    for relation in resource.model._meta.local_many_to_many:
        through = relation.remote_field.through
        yield Link(
            through._meta.db_table,
            relation.name,
            owner,
            relation.m2m_column_name(),
            relation.m2m_reverse_name(),
        )
    for name, (model, reference) in resource.history_parts.items():
        column = _column(model, reference).column
        yield Link(model._meta.db_table, name, owner, column, "")
