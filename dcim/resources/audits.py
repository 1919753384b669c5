"""Audits of racks and their lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.utils import timezone

from core import access
from core.errors import Invalid
from core.fields import Absent, Choice, Ref, Scalar
from core.filters import Filters, absent_filters, reference_filters
from core.gather import Lookup, Steps
from core.models import User
from core.read import ReadContext
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from core.resources import USER_FIELDS
from core.special_fields import Computed
from dcim import audits
from dcim.choices import AuditResult, AuditStatus
from dcim.models import RackAudit, RackAuditLine
from facilities import filters as shared
from racks.models import Rack

FINISHED = "The audit is finished. Nothing can be noted any more."
NEW_IS_OPEN = "A new audit is open; finish it once its lines are noted."
_NUMBER = {"type": "integer", "format": "int64"}

_tallies = Lookup(
    lambda given, user: (
        access.visible(RackAuditLine, user)
        .filter(given("audit_id"))
        .values_list("audit_id", "result")
        .annotate(Count("pk"))
    )
)


def _tally(result: AuditResult) -> Callable[[Sequence[int], ReadContext], Steps]:
    def load(ids: Sequence[int], context: ReadContext) -> Steps:
        rows = yield _tallies.fetch(ids, context.user)
        return {audit: number for audit, found, number in rows if found == result}

    return load


def tally(result: AuditResult) -> Computed:
    """How many lines of an audit have this result."""
    name, label = f"{result.value}_count", str(result.label)
    return Computed(name, load=_tally(result), default=0, schema=_NUMBER, label=label)


def _writer() -> User | None:
    found = access.writer.get()
    return found if isinstance(found, User) else None


@register
class RackAuditResource(Resource):
    """Walks past racks that compare them with the record."""

    model = RackAudit
    path = "dcim/rack-audits"
    fields = [
        *HEAD,
        "rack",
        "status",
        Ref("user", nested=USER_FIELDS, key="username", read_only=True),
        Scalar("finished", read_only=True),
        Ref("finished_by", nested=USER_FIELDS, key="username", read_only=True),
        *map(tally, AuditResult),
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "rack", "status", "finished", "description"]
    nested = ("id", "url", "display", "description")
    display_columns = ["rack__name", "created"]
    filter_key = "rack__name"
    unfiltered = ["comments"]
    search = {"rack__name": 10, "description": 50}
    ordering = ["-created"]
    crumbs = ["rack"]
    history_of = ["rack"]
    table = [
        *("display", "rack", "status", "created", "user", "finished"),
        *(f"{result.value}_count" for result in AuditResult),
    ]
    form = {"Rack audit": ["rack", "status", "description", "tags", "comments"]}
    constraint_fields = {"dcim_rackaudit_rack_open": "rack"}
    menu = "Racks"
    icon = "clipboard-check"

    def display(self, *values: Any) -> str:
        """The rack and the day."""
        rack, created = values
        return f"{rack}, {created:%Y-%m-%d}" if hasattr(created, "strftime") else str(rack)

    def get_extra_filters(self) -> Sequence[Filters]:
        """By place."""
        return [shared.place_filters("rack__site", "rack__location"), absent_filters("owner_group")]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Who starts and who finishes is whoever writes."""
        if creating:
            if instance.status != AuditStatus.OPEN:
                raise ValidationError({"status": NEW_IS_OPEN})
            instance.user = _writer()
        elif instance.status == AuditStatus.FINISHED and instance.finished is None:
            instance.finished, instance.finished_by = timezone.now(), _writer()

    def update(self, instances: list[Any], columns: Sequence[str]) -> None:
        """Store changes; what is not checked when an audit is finished is noted as that."""
        if "finished" in columns:
            audits.note_unchecked(instances, _writer())
        super().update(instances, columns)


@register
class RackAuditLineResource(Resource):
    """What audits say of single devices."""

    model = RackAuditLine
    path = "dcim/rack-audit-lines"
    fields = [
        *HEAD,
        "audit",
        "result",
        "device",
        "label",
        "position",
        "face",
        "description",
        Ref("recorded_rack", read_only=True),
        Scalar("recorded_position", read_only=True),
        Choice("recorded_face", read_only=True),
        Ref("user", nested=USER_FIELDS, key="username", read_only=True),
        Scalar("checked", read_only=True),
        *TAIL,
    ]
    brief = ["id", "url", "display", "result", "device", "label", "description"]
    nested = ("id", "url", "display", "description")
    display_columns = ["label", "device__name", "pk"]
    filter_key = "label"
    search = {"label": 10, "device__name": 20, "description": 50}
    ordering = ["audit__created", "-recorded_position"]
    crumbs = ["audit"]
    history_of = ["audit"]
    table = [
        *("recorded_position", "device", "label", "result", "position", "face"),
        *("recorded_rack", "description", "user", "checked"),
    ]
    form = {"Line": ["audit", "device", "label", "result", "position", "face", "description"]}
    constraint_fields = {
        "dcim_rackauditline_device_once": "device",
        "dcim_rackauditline_device_known": "device",
        "dcim_rackauditline_device_or_label": "device",
        "dcim_rackauditline_label_once": "label",
        "dcim_rackauditline_audit_open": "audit",
    }
    icon = "list-checks"

    def display(self, *values: Any) -> str:
        """The device, or what an unknown one is labelled."""
        label, name, pk = values
        return str(label or name or f"line {pk}")

    def get_extra_filters(self) -> Sequence[Filters]:
        """By the rack of the audit."""
        return [reference_filters("rack", "audit__rack", Rack, by_key=False)]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Whoever judges has looked, now; the database keeps it where the judgement is the same."""
        instance.user, instance.checked = _writer(), timezone.now()

    def remove(self, ids: Sequence[int]) -> None:
        """Take lines back, as long as their audit is open."""
        rows = RackAudit.objects.filter(lines__in=ids).order_by("pk")
        locked = rows.select_for_update(of=("self",), no_key=True).values_list("status", flat=True)
        if AuditStatus.FINISHED in list(locked):
            raise Invalid.one("audit", FINISHED)
        super().remove(ids)
