"""Recorded rows as REST shows them, without what the reader may not see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import models

from core import access, registry
from core.custom_fields.columns import columns_of
from core.fields import Ref, Refs
from core.models import ObjectChange
from core.read import ReadContext
from core.resource import Resource
from core.sql import among

Data = dict[str, Any]
CUSTOM = "custom_field_data"
RENAMED = {CUSTOM: "custom_fields"}


@dataclass(frozen=True)
class Held:
    """A recorded column or member list: its name in REST and the model it refers to, if any."""

    key: str
    name: str
    target: type[models.Model] | None = None
    many: bool = False


def held(resource: Resource) -> list[Held]:
    """What a recorded row of the resource may hold, in the order of its fields."""
    left_out = {"id", "last_updated", *resource.unrecorded, *resource.secret}
    if resource.is_tree:
        left_out |= {"path", "sort_path"}
    found = []
    for field in resource.model._meta.concrete_fields:
        if field.name in left_out or isinstance(field, models.GeneratedField):
            continue
        target = field.related_model if field.is_relation else None
        name = RENAMED.get(field.name, field.name)
        found.append(Held(str(field.column), name, target if isinstance(target, type) else None))
    for relation in resource.model._meta.local_many_to_many:
        target = relation.related_model
        if isinstance(target, type):
            found.append(Held(relation.name, relation.name, target, many=True))
    found += [Held(name, name) for name in resource.history_parts]
    if resource.has_field("tags"):
        found.append(Held("tags", "tags"))
    return found


def wire_data(ids: Sequence[int], context: ReadContext, which: str) -> dict[int, Data | None]:
    """`before` or `after` of changes by id, as REST shows it."""
    key = ("history", tuple(ids))
    if key not in context.memo:
        rows = ObjectChange.objects.filter(among("pk", ids)).order_by()
        columns = ("pk", "changed_object_type_id", "before", "after")
        context.memo[key] = _purged(list(rows.values_list(*columns)), context.user)
    found: dict[int, tuple[Data | None, Data | None]] = context.memo[key]
    place = 0 if which == "before" else 1
    return {pk: pair[place] for pk, pair in found.items()}


def _purged(
    rows: list[tuple[int, int, Data | None, Data | None]], user: access.Actor
) -> dict[int, tuple[Data | None, Data | None]]:
    kinds = {kind: registry.of_content_type(kind) for _, kind, _, _ in rows}
    known = [(pk, kinds[kind], before, after) for pk, kind, before, after in rows]
    seen = Seen(user)
    for _, resource, *both in known:
        for data in both:
            if resource and data:
                seen.want(resource, data)
    return {
        pk: (
            _wire(resource, before, seen) if resource and before is not None else None,
            _wire(resource, after, seen) if resource and after is not None else None,
        )
        for pk, resource, before, after in known
    }


def _wire(resource: Resource, data: Data, seen: Seen) -> Data:
    data = seen.purge(resource, data)
    return {
        each.name: data.get(each.key)
        for each in held(resource)
        if each.key in data or not (each.many or each.key in ("tags", *resource.history_parts))
    }


class Seen:
    """Which rows that recorded data refers to the reader may see; one statement a model."""

    def __init__(self, user: access.Actor) -> None:
        self.user = user
        self.free = access.unlimited(user)
        self.wanted: dict[type[models.Model], set[int]] = {}
        self.found: dict[type[models.Model], set[int]] = {}

    def want(self, resource: Resource, data: Data) -> None:
        """Note what `data` refers to."""
        if not self.free:
            for model, pk in _references(resource, data):
                self.wanted.setdefault(model, set()).add(pk)

    def may_see(self, model: type[models.Model], pk: int) -> bool:
        """Whether the reader may see a row; one that is gone only who may see all of its kind."""
        if self.free or not registry.has_model(model):
            return True
        if access.may_all(self.user, access.VIEW, model):
            return True
        if model not in self.found:
            rows = access.visible(model, self.user).filter(pk__in=self.wanted.get(model, ()))
            self.found[model] = set(rows.values_list("pk", flat=True))
        return pk in self.found[model]

    def purge(self, resource: Resource, data: Data) -> Data:
        """`data` without references to rows that the reader may not see."""
        if self.free:
            return data
        kept = dict(data)
        for each in held(resource):
            value = data.get(each.key)
            if each.target is None or value is None:
                continue
            if each.many:
                kept[each.key] = [pk for pk in value if self.may_see(each.target, pk)]
            elif not self.may_see(each.target, value):
                kept[each.key] = None
        for kind, column in _generic(resource):
            target = registry.of_content_type(data.get(kind))
            if target and data.get(column) and not self.may_see(target.model, data[column]):
                kept[column] = None
        custom = dict(data.get(CUSTOM) or {})
        for name, model, ids in _custom(resource, data):
            seen = [pk for pk in ids if self.may_see(model, pk)]
            custom[name] = seen if isinstance(custom[name], list) else next(iter(seen), None)
        return {**kept, CUSTOM: custom} if custom else kept


def _references(resource: Resource, data: Data) -> Iterator[tuple[type[models.Model], int]]:
    for each in held(resource):
        value = data.get(each.key)
        if each.target is not None and value is not None:
            for pk in value if each.many else [value]:
                yield each.target, pk
    for kind, column in _generic(resource):
        target = registry.of_content_type(data.get(kind))
        if target and data.get(column):
            yield target.model, data[column]
    for _, model, ids in _custom(resource, data):
        for pk in ids:
            yield model, pk


def _custom(resource: Resource, data: Data) -> Iterator[tuple[str, type[models.Model], list[int]]]:
    """Custom fields that refer to rows: name, model and ids."""
    values = data.get(CUSTOM) or {}
    for column in columns_of(resource).values():
        value = values.get(column.definition.name)
        if isinstance(column, Ref | Refs) and value is not None:
            yield column.definition.name, column.target.model, _ids(value)


def _ids(value: Any) -> list[int]:
    return [pk for pk in (value if isinstance(value, list) else [value]) if isinstance(pk, int)]


def _generic(resource: Resource) -> Iterator[tuple[str, str]]:
    """Columns of content type and id of each generic reference."""
    for field in resource.model._meta.private_fields:
        if isinstance(field, GenericForeignKey):
            kind: Any = resource.model._meta.get_field(field.ct_field)
            pk: Any = resource.model._meta.get_field(field.fk_field)
            yield kind.column, pk.column
