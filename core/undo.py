"""Taking back a change: what the history holds from before is written once more.

Only what can be put back exactly is offered: rows of one kind that one request has changed in
nothing but columns a person may write. Tags, members and custom fields are left to people.
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

from core import registry, write
from core.access import Actor
from core.bulk import INLINE_ROWS
from core.errors import Invalid, Stale
from core.middleware import request_id
from core.models import ObjectChange
from core.resource import Resource
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
    if not found or len(found) > INLINE_ROWS or user is None:
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
    fields = {
        str(field.model_field.column): field
        for field in resource.writable_fields
        if field.is_column and field.model_field is not None
    }
    found: Data = {}
    for column in before.keys() | after.keys():
        if column in UNMEANT or before.get(column) == after.get(column):
            continue
        field = fields.get(column)
        if field is None or column == "custom_field_data":
            return None
        accepts: Any = field.write_field()
        empty = None if getattr(accepts, "allow_null", False) else ""
        found[field.name] = before.get(column, empty)
    return found


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
            changes = [(pk, _validated(resource, values, user)) for pk, values in undo.wire.items()]
            write.update(resource, changes, user, check=unchanged)
            _prove(undo)
        return len(changes)

    return write.retrying(work)


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
