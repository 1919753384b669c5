"""Deleting rows with all that depends on them, in sets.

What a model's foreign keys say of deletion is read from their `on_delete`. The dependents of all
rows are found by their ids, one statement a level of dependence, and deleted by one statement a
table: the number of statements depends on how deep the dependence goes, never on how many rows
there are. Instances are never built.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import Model
from django.db.models.deletion import get_candidate_relations_to_delete

Ids = dict[type[Model], set[int]]

CASCADE, SET_NULL, PROTECT, RESTRICT = "cascade", "set null", "protect", "restrict"
_ACTIONS: dict[Any, str] = {
    models.CASCADE: CASCADE,
    models.SET_NULL: SET_NULL,
    models.PROTECT: PROTECT,
    models.RESTRICT: RESTRICT,
}


class Blocked(Exception):
    """Rows cannot be deleted because others need them; `ids` has those by model."""

    def __init__(self, ids: Ids) -> None:
        super().__init__(ids)
        self.ids = ids


@dataclass(frozen=True)
class Link:
    """A column of `model` that refers to rows of another model, and what their deletion does.

    `kind_column` is the column of the content type where the reference is a generic one.
    """

    model: type[Model]
    column: str
    action: str
    kind_column: str = ""


@dataclass
class Fallout:
    """What a deletion touches: rows that go, by model, and references that are emptied.

    `blocking` are the rows that prevent it. The models that go stand in the order of their depth.
    """

    gone: Ids = field(default_factory=dict)
    emptied: dict[tuple[type[Model], str], set[int]] = field(default_factory=dict)
    blocking: Ids = field(default_factory=dict)


@cache
def links_to(model: type[Model]) -> tuple[Link, ...]:
    """Every reference to rows of `model`; raises TypeError for an `on_delete` that is not known."""
    found = []
    relations: Any = get_candidate_relations_to_delete(model._meta)
    for relation in relations:
        column, action = relation.field, relation.on_delete
        if action is models.DO_NOTHING:
            continue
        if action not in _ACTIONS:
            raise TypeError(f"{column} has an on_delete that cannot be carried out in sets.")
        owner: Any = column.model._meta.concrete_model
        found.append(Link(owner, column.column, _ACTIONS[action]))
    for generic in model._meta.private_fields:
        if hasattr(generic, "bulk_related_objects"):
            target: Any = generic.related_model
            names = generic.object_id_field_name, generic.content_type_field_name
            number, kind = (target._meta.get_field(name).column for name in names)
            found.append(Link(target, number, CASCADE, kind))
    return tuple(found)


def fallout(model: type[Model], ids: Iterable[int]) -> Fallout:
    """What deleting rows of `model` would touch, one statement a level of dependence."""
    found, restricted = Fallout(), dict[type[Model], set[int]]()
    concrete: Any = model._meta.concrete_model
    level: Ids = {concrete: set(ids)}
    while level and not found.blocking:
        for kind, ids_of_kind in level.items():
            found.gone[kind] = found.gone.pop(kind, set()) | ids_of_kind
        following: Ids = {}
        for link, members in _dependents(level):
            if link.action == CASCADE:
                following.setdefault(link.model, set()).update(members)
            elif link.action == SET_NULL:
                found.emptied.setdefault((link.model, link.column), set()).update(members)
            else:
                kept = found.blocking if link.action == PROTECT else restricted
                kept.setdefault(link.model, set()).update(members)
        level = _staying(found, following)
    if not found.blocking:
        found.blocking = _staying(found, restricted)
    return found


def _staying(found: Fallout, rows: Ids) -> Ids:
    """Those of `rows` that are not known to go."""
    left = {model: ids - found.gone.get(model, set()) for model, ids in rows.items()}
    return {model: ids for model, ids in left.items() if ids}


def _dependents(level: Ids) -> list[tuple[Link, list[int]]]:
    """The rows that refer to those of one level, by link; links without any are left out."""
    quote = connection.ops.quote_name
    links: list[Link] = []
    sources: list[str] = []
    parts: list[str] = []
    values: list[str] = []
    for model, ids in level.items():
        source = f"k{len(sources)}"
        of_model = links_to(model)
        if not of_model:
            continue
        sources.append(f"{source} AS (SELECT %s::bigint[] AS ids)")
        values.append(_array(ids))
        for link in of_model:
            kind = ""
            if link.kind_column:
                number = ContentType.objects.get_for_model(model).pk
                kind = f"AND {quote(link.kind_column)} = {int(number)} "
            parts.append(
                f"SELECT {len(links)}, array_agg({quote(_key(link.model))}) "  # noqa: S608
                f"FROM {quote(link.model._meta.db_table)} WHERE {quote(link.column)} = "
                f"ANY ((SELECT ids FROM {source})::bigint[]) {kind}HAVING count(*) > 0"
            )
            links.append(link)
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(sources)} {' UNION ALL '.join(parts)}", values)
        return [(links[number], ids) for number, ids in cursor.fetchall()]


def remove(model: type[Model], ids: Iterable[int]) -> None:
    """Delete rows of `model` and all that depends on them. Raises Blocked.

    The caller holds the transaction. Foreign keys are checked at its end.
    """
    found = fallout(model, ids)
    if found.blocking:
        raise Blocked(found.blocking)
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        # Rows that refer to each other go by one statement after another.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for (owner, column), touched in found.emptied.items():
            for kept in _staying(found, {owner: touched}).values():
                cursor.execute(
                    f"UPDATE {quote(owner._meta.db_table)} SET {quote(column)} = NULL "  # noqa: S608
                    f"WHERE {quote(_key(owner))} = ANY (%s::bigint[])",
                    [_array(kept)],
                )
        for kind, members in reversed(found.gone.items()):
            cursor.execute(
                f"DELETE FROM {quote(kind._meta.db_table)} "  # noqa: S608
                f"WHERE {quote(_key(kind))} = ANY (%s::bigint[])",
                [_array(members)],
            )


def instances(ids: Ids, limit: int) -> list[Any]:
    """Some of the rows with these ids, for instance to name them."""
    found: list[Any] = []
    for model, members in ids.items():
        chosen = sorted(members)[: limit - len(found)]
        if chosen:
            rows = model._base_manager.in_bulk(chosen)
            found += [rows[pk] for pk in chosen if pk in rows]
    return found


def count(ids: Ids) -> int:
    """How many rows there are."""
    return sum(map(len, ids.values()))


def _key(model: type[Model]) -> str:
    key: Any = model._meta.pk
    return str(key.column)


def _array(ids: Sequence[int] | set[int]) -> str:
    """Sorted, so that an index is read in its order."""
    return "{" + ",".join(map(str, sorted(ids))) + "}"
