"""The change history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import access, filters, registry
from core.fields import Choice, Ref, Scalar
from core.history.data import wire_data
from core.models import ObjectChange
from core.resource import HEAD, Resource
from core.resources.fields import USER_FIELDS, type_id_filters
from core.special_fields import Computed, GenericObject, ObjectType, object_type_filters


@registry.register
class ObjectChangeResource(Resource):
    """Who changed what and when."""

    model = ObjectChange
    path = "core/object-changes"
    history = False
    fields = [
        *HEAD,
        Scalar("time", read_only=True),
        Ref("user", nested=USER_FIELDS, read_only=True, key="username"),
        Scalar("user_name", read_only=True),
        Scalar("request_id", read_only=True),
        Choice("action", read_only=True),
        ObjectType("changed_object_type", read_only=True, label="Type"),
        Scalar("changed_object_id", read_only=True),
        GenericObject("changed_object", "changed_object_type", "changed_object_id"),
        Scalar("object_repr", read_only=True),
        Scalar("message", read_only=True),
        Computed("prechange_data", load=lambda ids, context: wire_data(ids, context, "before")),
        Computed("postchange_data", load=lambda ids, context: wire_data(ids, context, "after")),
    ]
    brief = ["id", "url", "display", "time", "user_name", "action"]
    methods = ["get"]
    ordering = ["-time", "-id"]
    display_columns = ["action", "object_repr", "time"]
    search = {"user_name": 10, "object_repr": 20, "message": 50}
    unfiltered = ["time", "message", "changed_object"]
    table = ["time", "user", "action", "changed_object_type", "object_repr", "message"]
    menu = "Administration"
    icon = "history"

    def display(self, *values: Any) -> str:
        """What was done to what."""
        action, name, _time = values
        return f"{ObjectChange.Action(action).label} {name}"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By type's id, by time, by what the changed row is part of."""
        times = filters.time_filters("time", "time", lookups=("gte", "lte"))
        types = object_type_filters("changed_object_type", "changed_object_type")
        types["changed_object_type"].value_choices = [
            (other.object_type, f"{other.name[:1].upper()}{other.name[1:]}")
            for other in sorted(registry.resources(), key=lambda other: other.name)
            if other.history
        ]
        return [
            types,
            {
                name: made
                for name, made in filters.text_filters("action", "action").items()
                if name not in ("action", "action__n")
            },
            type_id_filters("changed_object_type_id", "changed_object_type"),
            object_type_filters("related_object_type", "related_object_type"),
            filters.number_filters(
                "related_object_id", "related_object_id", schema={"type": "integer"}
            ),
            times,
            {"time_after": times["time__gte"], "time_before": times["time__lte"]},
        ]


# A change of a row that is gone shows to those who may see every row of its kind.
access.tie(ObjectChange, "changed_object_type", "changed_object_id")
