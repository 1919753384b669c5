"""Who is told: silences, channels, routes, and the log of what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from alerts import api_alerts, channels
from alerts.engine import matching
from alerts.fields import Chosen, refuse
from alerts.models import Channel, Notification, Route, Silence
from core import access, filters
from core.fields import Choice, Ref
from core.filters import Filters, reference_filters
from core.registry import register
from core.resource import HEAD, TAIL, Action, Resource
from facilities.models import Location


@register
class SilenceResource(Resource):
    """Times in which alerts that match are not told."""

    model = Silence
    path = "alerts/silences"
    fields = [
        *HEAD,
        *("matchers", "starts", "ends"),
        Ref("created_by", key="username", read_only=True),
        *("description", "comments"),
        *TAIL,
    ]
    brief = ["id", "url", "display", "description", "starts", "ends"]
    filter_key = "description"
    unfiltered = ["matchers", "comments"]
    search = {"description": 10, "comments": 50}
    display_columns = ("pk",)
    table = ["id", "description", "matchers", "starts", "ends", "created_by"]
    form = {"Silence": ["description", "starts", "ends", "matchers", "comments", "tags"]}
    constraint_fields = {"alerts_silence_ends": "ends"}
    menu = "Watch"
    icon = "bell-off"

    def display(self, *values: Any) -> str:
        """By its number."""
        return f"Silence {values[0]}"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By whether it is in force."""

        def active(value: bool) -> Q:
            now = timezone.now()
            found = Q(starts__lte=now, ends__gt=now)
            return found if value else ~found

        return [{"active": filters.boolean_filter(active)}]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Check the matchers; a new one is its writer's."""
        refuse("matchers", matching.fault(instance.matchers))
        if not instance.matchers:
            refuse("matchers", "Name at least one matcher: an empty list would silence all.")
        user = access.writer.get()
        if creating and user is not None:
            instance.created_by_id = user.pk


@register
class ChannelResource(Resource):
    """Ways to people and to other systems."""

    model = Channel
    path = "alerts/channels"
    fields = [
        *HEAD,
        *("name", "enabled", "kind", "address", "secret"),
        *("failing_since", "error", "permanent", "succeeded"),
        *("description", "comments"),
        *TAIL,
    ]
    brief = ["id", "url", "display", "name", "kind", "description"]
    secret = ("secret",)
    write_only = ("secret",)
    unrecorded = ("failing_since", "error", "permanent", "succeeded")
    unfiltered = ["comments", "secret", "error"]
    search = {"name": 10, "description": 50}
    table = ["name", "kind", "address", "enabled", "failing_since", "error", "succeeded"]
    form = {
        "Channel": ["name", "enabled", "description", "tags"],
        "Where to": ["kind", "address", "secret", "comments"],
    }
    actions = [Action("<int:pk>/test/", api_alerts.TestChannel)]
    menu = "Watch"
    icon = "megaphone"

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Check that address and secret fit the kind; what was wrong is forgotten."""
        if faults := channels.faults(instance):
            raise ValidationError(faults)
        instance.failing_since, instance.error, instance.permanent = None, "", False


@register
class RouteResource(Resource):
    """Which alerts are told on which channel."""

    model = Route
    path = "alerts/routes"
    fields = [
        *HEAD,
        *("name", "enabled", "channel"),
        Chosen("severities"),
        *("site", "location", "tenant", "matchers"),
        Chosen("days"),
        *("begins", "ends", "time_zone"),
        *("group_seconds", "repeat_minutes", "send_resolved"),
        *("escalate_minutes", "escalation_channel"),
        *("description", "comments"),
        *TAIL,
    ]
    brief = ["id", "url", "display", "name", "description"]
    unfiltered = ["comments", "matchers", "severities", "days", "begins", "ends"]
    constraint_fields = {"alerts_route_escalation": "escalation_channel"}
    table = [
        *("name", "channel", "severities", "site", "location", "group_seconds"),
        *("repeat_minutes", "escalation_channel", "enabled"),
    ]
    form = {
        "Route": ["name", "enabled", "channel", "description", "tags"],
        "Which alerts": ["severities", "site", "location", "tenant", "matchers"],
        "When": ["days", "begins", "ends", "time_zone"],
        "How often": ["group_seconds", "repeat_minutes", "send_resolved"],
        "Escalation": ["escalate_minutes", "escalation_channel", "comments"],
    }
    menu = "Watch"
    icon = "route"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch of locations."""
        return [reference_filters("location", "location", Location, tree=True)]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Check the matchers; each choice counts once."""
        refuse("matchers", matching.fault(instance.matchers))
        instance.severities = list(dict.fromkeys(instance.severities))
        instance.days = sorted(set(instance.days))


@register
class NotificationResource(Resource):
    """Messages, with what came of them."""

    model = Notification
    path = "alerts/notifications"
    history = False  # it is a log itself
    fields = [
        *HEAD,
        *("channel", "route", "escalation", "title", "firing", "resolved"),
        Choice("status"),
        *("attempts", "created", "due", "claimed", "completed", "error", "permanent"),
    ]
    brief = ["id", "url", "display", "title", "status"]
    methods = ["get"]
    filter_key = "title"
    display_columns = ("title",)
    search = {"title": 10, "error": 50}
    unfiltered = ["firing", "resolved", "due", "claimed", "completed"]
    table = [
        *("created", "title", "channel", "route", "escalation", "status", "attempts", "error"),
    ]
    menu = "Watch"
    icon = "send"
