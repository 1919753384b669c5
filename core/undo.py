"""Taking back a change: what the history holds from before is written once more.

Only what can be put back exactly is offered: rows of one kind that one request has changed in
nothing but what a person may write: columns, tags, members and custom fields. Left to people are
pictures, whose files go, data with objects in it, of which the history keeps no nulls, and kinds
with secrets, of which it keeps nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from core import access, registry, write
from core.access import Actor
from core.bulk import INLINE_ROWS
from core.custom_fields import writing
from core.errors import Invalid, Stale
from core.fields import Field, Refs
from core.images import UploadedImage
from core.middleware import request_id
from core.models import ObjectChange, Tag
from core.resource import Resource
from core.special_fields import Tags
from core.sql import among

AGE = dt.timedelta(hours=1)
# They change with every write, and nobody means them.
UNMEANT = {"last_updated"}

Data = dict[str, Any]


@dataclass(frozen=True)
class Undo:
    """What to write to take a request back: values as REST takes them, by row."""

    resource: Resource
    changes: Sequence[ObjectChange]
    wire: dict[int, Data]


def find(resource: Resource, request: str, user: Actor) -> Undo | None:
    """How to take back what `user` did in a request; None where it cannot be, or is too old."""
    try:
        made = ObjectChange.objects.filter(request_id=request).order_by("pk")
        found = list(made[: INLINE_ROWS + 1])
    except ValidationError:
        return None
    kind, since = registry.content_type(resource).pk, timezone.now() - AGE
    if not found or len(found) > INLINE_ROWS or user is None or resource.secret:
        return None
    wire: dict[int, Data] = {}
    for change in found:
        own = change.user_id == user.pk and change.time > since
        update = change.action == ObjectChange.Action.UPDATE
        if not own or not update or change.changed_object_type_id != kind:
            return None
        values = _wire(resource, change.before or {}, change.after or {})
        if values is None or change.changed_object_id in wire:
            return None
        wire[change.changed_object_id] = values
    return Undo(resource, found, wire) if any(wire.values()) else None


def _wire(resource: Resource, before: Data, after: Data) -> Data | None:
    fields = {_kept_as(field): field for field in resource.writable_fields}
    found: Data = {}
    for key in before.keys() | after.keys():
        was, now = before.get(key), after.get(key)
        if key in UNMEANT or was == now:
            continue
        if key == writing.COLUMN:
            was, now = was or {}, now or {}
            value: Any = {
                n: was.get(n) for n in was.keys() | now.keys() if was.get(n) != now.get(n)
            }
            if any(_has_object(each) for each in value.values()):
                return None
            found[writing.FIELD] = value
            continue
        field = fields.get(key)
        accepts: Any = field.write_field() if field else None
        if field is None or isinstance(accepts, UploadedImage) or _has_object(was):
            return None
        empty = None if getattr(accepts, "allow_null", False) else ""
        found[field.name] = empty if was is None else was
    return found


def _kept_as(field: Field) -> str:
    """The name under which a row's history has a field: its column, or its members' relation."""
    if isinstance(field, Tags):
        return field.name
    if isinstance(field, Refs):
        return field.source if field.relation.concrete else ""
    column = field.model_field if field.is_column else None
    return str(column.column) if column is not None else ""


def _has_object(value: Any) -> bool:
    """Whether data holds objects, in which nulls may have been that the history does not keep."""
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_has_object, value)))


def stands(undo: Undo) -> bool:
    """Whether nobody has changed any of the rows since."""
    mine = {change.changed_object_id: change.pk for change in undo.changes}
    return _latest(undo.resource, list(mine)) == mine


def take_back(undo: Undo, user: Actor) -> int:
    """Write what was before; returns how many rows.

    Raises Stale when a row has changed since, Invalid when what was before cannot be any more.
    """
    resource = undo.resource

    def unchanged(kind: Resource, ids: Sequence[int]) -> None:
        if not stands(undo):
            raise Stale("")

    def work() -> int:
        with transaction.atomic():
            wire = _seen(resource, undo.wire, user)
            changes = [(pk, _validated(resource, values, user)) for pk, values in wire.items()]
            write.update(resource, changes, user, check=unchanged)
            _prove(undo)
        return len(changes)

    return write.retrying(work)


def _seen(resource: Resource, wire: dict[int, Data], user: Actor) -> dict[int, Data]:
    """The values with tags by id, and without tags and members that the user may not see.

    Writing leaves those as they are. What has gone meanwhile is left out too, and missed at the
    end.
    """
    found = {pk: dict(values) for pk, values in wire.items()}
    for name in {name for values in wire.values() for name in values}:
        field = resource.field(name) if resource.has_field(name) else None
        if not isinstance(field, Tags | Refs):
            continue
        model, key = (Tag, "name") if isinstance(field, Tags) else (field.target.model, "pk")
        wanted = {each for values in wire.values() for each in values.get(name, ())}
        if isinstance(field, Tags):
            wanted = {each for each in wanted if isinstance(each, str)}
        rows = access.visible(model, user).filter(**{f"{key}__in": wanted})
        known = dict(rows.values_list(key, "pk"))
        for values in found.values():
            if name in values:
                values[name] = [known[each] for each in values[name] if each in known]
    return found


def _latest(resource: Resource, ids: Sequence[int]) -> dict[int, int]:
    kind = registry.content_type(resource).pk
    rows = ObjectChange.objects.filter(
        among("changed_object_id", ids), changed_object_type=kind
    ).order_by()
    return dict(
        rows.values("changed_object_id")
        .annotate(newest=Max("pk"))
        .values_list("changed_object_id", "newest")
    )


def _validated(resource: Resource, wire: Data, user: Actor) -> Data:
    context: Data = {"user": user, "references": {}}
    serializer = resource.serializer_class(data=wire, partial=True, context=context)
    if not serializer.is_valid():
        raise Invalid([{name: list(map(str, texts)) for name, texts in serializer.errors.items()}])
    return dict(serializer.validated_data)


def _prove(undo: Undo) -> None:
    """Raise Invalid unless the rows are now, column by column, what they were before."""
    wanted = {change.changed_object_id: _meant(change.before) for change in undo.changes}
    newest = _latest(undo.resource, list(wanted))
    rows = ObjectChange.objects.filter(among("pk", list(newest.values())))
    now = {pk: _meant(after) for pk, after in rows.values_list("changed_object_id", "after")}
    if now != wanted:
        raise Invalid([{}])


def _meant(data: Data | None) -> Data:
    return {column: value for column, value in (data or {}).items() if column not in UNMEANT}


def this_request() -> str:
    """The id under which the history keeps what the running request changes."""
    return request_id.get()
