"""Background work."""

from __future__ import annotations

from collections.abc import Sequence

from core import access, filters, registry
from core.api_jobs import CancelJob
from core.fields import Choice, Ref, Scalar
from core.models import Job
from core.resource import HEAD, Action, Resource
from core.resources.fields import USER_FIELDS, type_id_filters
from core.special_fields import GenericObject, ObjectType


@registry.register
class JobResource(Resource):
    """Background work."""

    model = Job
    path = "core/jobs"
    history = False  # a job is a log itself
    fields = [
        *HEAD,
        ObjectType("object_type", read_only=True),
        "object_id",
        GenericObject("object", "object_type", "object_id"),
        "name",
        Choice("status", read_only=True),
        Scalar("created", read_only=True),
        "scheduled",
        "interval",
        "started",
        "completed",
        Ref("user", nested=USER_FIELDS, read_only=True, key="username"),
        "data",
        Scalar("error", read_only=True),
        Scalar("job_id", read_only=True),
        "queue_name",
        Choice("notifications", read_only=True),
        "log_entries",
        Scalar("progress", read_only=True),
        Scalar("total", read_only=True),
    ]
    brief = ["url", "created", "completed", "user", "status"]
    nested = ("id", "url", "display", "status", "created", "completed", "user")
    methods = ["get"]
    ordering = ["-created"]
    search = {"name": 10, "error": 50}
    unfiltered = [
        *("created", "scheduled", "started", "completed"),
        *("data", "log_entries", "error", "progress", "total"),
    ]
    table = ["name", "status", "user", "created", "started", "completed"]
    actions = [Action("<int:pk>/cancel/", CancelJob)]
    menu = "Administration"
    icon = "activity"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By time, before and after."""
        found = [type_id_filters("object_type_id", "object_type")]
        for name in ("created", "scheduled", "started", "completed"):
            times = filters.time_filters(name, name, lookups=("lte", "gte"))
            found.append(
                {
                    name: times[name],
                    f"{name}__before": times[f"{name}__lte"],
                    f"{name}__after": times[f"{name}__gte"],
                }
            )
        return found


access.permit_own(Job, "user", [access.VIEW])
