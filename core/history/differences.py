"""What a change did, field by field, in words: labels, and names in place of ids."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import models
from django.db.models import Q
from django.utils.dateparse import parse_datetime

from core import access, registry
from core.custom_fields.columns import columns_of
from core.fields import Choice
from core.gather import Load
from core.history.data import Data, Held, held, wire_data
from core.models import ObjectChange
from core.read import ReadContext
from core.resource import Resource

LONG = 120  # characters beyond which a text is folded
NAMED = ("id", "url", "display")


@dataclass(frozen=True)
class Difference:
    """One field before and after, as values a page can show; `lines` for long texts."""

    label: str
    before: Any = None
    after: Any = None
    lines: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Change:
    """A recorded change with what it did and the row it was done to, where that is still there."""

    record: ObjectChange
    resource: Resource | None
    differences: list[Difference]
    object: dict[str, Any] | None

    @property
    def hidden(self) -> bool:
        """Whether only secrets changed, or what the reader may not see."""
        return self.record.action == ObjectChange.Action.UPDATE and not self.differences


def describe(records: Sequence[ObjectChange], context: ReadContext) -> list[Change]:
    """The changes in words. Statements: one a kind of row that is referred to."""
    ids = [record.pk for record in records]
    before = wire_data(ids, context, "before") if ids else {}
    after = wire_data(ids, context, "after") if ids else {}
    names = Names(context)
    plans = []
    for record in records:
        resource = registry.of_content_type(record.changed_object_type_id)
        pairs: list[tuple[Held, Any, Any]] = []
        if resource is not None:
            names.want(resource, record.changed_object_id)
            pairs = _changed(resource, before.get(record.pk), after.get(record.pk))
            for each, old, new in pairs:
                _want(names, resource, each, old, before.get(record.pk))
                _want(names, resource, each, new, after.get(record.pk))
        plans.append((record, resource, pairs))
    names.load()
    found = []
    for record, resource, pairs in plans:
        differences: list[Difference] = []
        row = None
        if resource is not None:
            row = names.row(resource, record.changed_object_id)
            for each, old, new in pairs:
                data = before.get(record.pk) or {}, after.get(record.pk) or {}
                differences += _differences(names, resource, each, (old, new), data)
        found.append(Change(record, resource, differences, row))
    return found


def _changed(
    resource: Resource, before: Data | None, after: Data | None
) -> list[tuple[Held, Any, Any]]:
    """The fields that differ; of a row that was made or deleted those that held something."""
    found = []
    for each in held(resource):
        old = before.get(each.name) if before else None
        new = after.get(each.name) if after else None
        if each.name == "created" or _is_derived(resource, each):
            continue
        if before is None or after is None:
            if (old or new) not in (None, "", [], {}, False):
                found.append((each, old, new))
        elif old != new:
            found.append((each, old, new))
    return found


def _is_derived(resource: Resource, each: Held) -> bool:
    """Whether the database works it out from other columns: it is nowhere to be seen or set."""
    if resource.has_field(each.name) or each.name in ("tags", "custom_fields"):
        return False
    columns = {column.name: column for column in resource.model._meta.concrete_fields}
    return each.name in columns and not columns[each.name].editable


class Names:
    """What rows are called: as they are now, or as they were last known."""

    def __init__(self, context: ReadContext) -> None:
        self.context = context
        self.wanted: dict[Resource, set[int]] = {}
        self.rows: dict[Resource, dict[int, dict[str, Any]]] = {}
        self.gone: dict[tuple[int, int], str] = {}

    def want(self, resource: Resource, pk: Any) -> None:
        """Note a row to be named."""
        if isinstance(pk, int):
            self.wanted.setdefault(resource, set()).add(pk)

    def load(self) -> None:
        """Fetch the names of all rows noted."""
        lost = Q(pk__in=[])
        needs = [
            Load(resource, tuple(name for name in NAMED if resource.has_field(name)), ids)
            for resource, ids in self.wanted.items()
        ]
        self.rows = dict(zip(self.wanted, self.context.run(needs), strict=True))
        for resource, ids in self.wanted.items():
            if missing := ids - set(self.rows[resource]):
                kind = registry.content_type(resource).pk
                lost |= Q(changed_object_type=kind, changed_object_id__in=missing)
        if lost == Q(pk__in=[]):
            return
        known = access.restrict(ObjectChange.objects.filter(lost), self.context.user)
        key = ("changed_object_type_id", "changed_object_id")
        last = known.order_by(*key, "-pk").distinct(*key).values_list(*key, "object_repr")
        self.gone = {(kind, pk): name for kind, pk, name in last}

    def row(self, resource: Resource, pk: int) -> dict[str, Any] | None:
        """Id, address and name of a row that is there."""
        return self.rows.get(resource, {}).get(pk)

    def of(self, resource: Resource, pk: Any) -> Any:
        """What a page shows of a reference."""
        if pk is None:
            return None
        if (row := self.row(resource, pk)) is not None:
            return row
        name = self.gone.get((registry.content_type(resource).pk, pk))
        return f"{name} (deleted)" if name else f"{resource.name} {pk}"


def _want(names: Names, resource: Resource, each: Held, value: Any, data: Data | None) -> None:
    target = _target(resource, each, data)
    for pk in value if isinstance(value, list) else [value]:
        if target is not None:
            names.want(target, pk)


def _target(resource: Resource, each: Held, data: Data | None) -> Resource | None:
    """The resource that a column's ids are of; for a generic reference it depends on the row."""
    if each.target is not None:
        return registry.of_model(each.target) if registry.has_model(each.target) else None
    for relation in resource.model._meta.private_fields:
        if isinstance(relation, GenericForeignKey) and relation.fk_field == each.name:
            return registry.of_content_type((data or {}).get(relation.ct_field))
    return None


def _differences(
    names: Names,
    resource: Resource,
    each: Held,
    values: tuple[Any, Any],
    data: tuple[Data, Data],
) -> Iterable[Difference]:
    old, new = values
    if each.name == "custom_fields":
        yield from _custom(resource, old or {}, new or {})
        return
    label = _label(resource, each)
    if _is_long(old) or _is_long(new):
        yield Difference(label, lines=lines(old, new))
        return
    yield Difference(
        label,
        _value(names, resource, each, old, data[0]),
        _value(names, resource, each, new, data[1]),
    )


def _label(resource: Resource, each: Held) -> str:
    if resource.has_field(each.name):
        return resource.field(each.name).label
    text = each.name.strip("_").replace("_", " ")
    return text[:1].upper() + text[1:]


def _value(names: Names, resource: Resource, each: Held, value: Any, data: Data) -> Any:
    if value is None or value == "":
        return None
    target = _target(resource, each, data)
    if target is not None:
        if isinstance(value, list):
            return [names.of(target, pk) for pk in value]
        return names.of(target, value)
    declared = resource.field(each.name) if resource.has_field(each.name) else None
    if isinstance(declared, Choice):
        return str(dict(declared.choices).get(value, value))
    column = declared.model_field if declared else None
    if isinstance(column, models.DateTimeField):
        return parse_datetime(str(value)) or value
    return value


def _custom(resource: Resource, old: Data, new: Data) -> Iterable[Difference]:
    labels = {each.definition.name: each.label for each in columns_of(resource).values()}
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield Difference(str(labels.get(name, name)), old.get(name), new.get(name))


def _is_long(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value)
    if isinstance(value, list):
        return any(isinstance(item, dict) for item in value)
    return isinstance(value, str) and (len(value) > LONG or "\n" in value)


def _text(value: Any) -> list[str]:
    if value in (None, ""):
        return []
    text = value if isinstance(value, str) else json.dumps(value, indent=2, sort_keys=True)
    return text.splitlines()


def lines(old: Any, new: Any) -> list[tuple[str, str]]:
    """The lines of two texts that differ, with a line around them: (`+`, `-` or space, text)."""
    found = difflib.unified_diff(_text(old), _text(new), n=1, lineterm="")
    return [(line[:1], line[1:]) for line in list(found)[2:] if not line.startswith("@@")]
