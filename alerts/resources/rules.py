"""Rules and the alerts they raise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from alerts import api_alerts, figures, places, watch
from alerts.engine.stepping import Comparison, Limit
from alerts.fields import FigureName, refuse
from alerts.models import Alert, AlertEvent, Rule, Severity
from core import access, filters, sandbox
from core.fields import Ref
from core.filters import Filters, ParameterFilter, reference_filters
from core.registry import register
from core.resource import HEAD, TAIL, Action, Resource
from core.special_fields import GenericObject
from facilities.models import Location


def severity_filters() -> Filters:
    """`min_severity`: this bad or worse."""
    ranks = list(Severity.values)

    def parse(value: str) -> list[str]:
        if value not in ranks:
            raise ValidationError(
                f"Select a valid choice. {value} is not one of the available choices."
            )
        return ranks[ranks.index(value) :]

    made = ParameterFilter(lambda found: Q(severity__in=found), parse, choices=Severity.choices)
    return {"min_severity": made}


@register
class RuleResource(Resource):
    """Limits on figures that raise alerts."""

    model = Rule
    path = "alerts/rules"
    fields = [
        *HEAD,
        *("name", "enabled"),
        FigureName("metric"),
        *("comparison", "threshold", "clear_threshold", "hold_seconds", "severity"),
        *("site", "location", "tenant", "role", "object_tag", "object_filter"),
        *("message", "runbook", "description", "comments"),
        *TAIL,
    ]
    brief = ["id", "url", "display", "name", "severity", "description"]
    unfiltered = ["comments", "message", "runbook", "object_filter"]
    search = {"name": 10, "metric": 20, "description": 50}
    table = [
        *("name", "severity", "metric", "comparison", "threshold", "hold_seconds"),
        *("site", "location", "enabled", "description"),
    ]
    form = {
        "Rule": ["name", "severity", "enabled", "description", "tags"],
        "Limit": ["metric", "comparison", "threshold", "clear_threshold", "hold_seconds"],
        "Only at": ["site", "location", "tenant", "role", "object_tag", "object_filter"],
        "What is told": ["message", "runbook", "comments"],
    }
    actions = [Action("preview/", api_alerts.PreviewRule)]
    menu = "Watch"
    icon = "ruler"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch of locations, and by how bad at least."""
        return [reference_filters("location", "location", Location, tree=True), severity_filters()]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Check figure, thresholds, scope and template."""
        check(instance)

    def after_write(self, instances: list[Any], *, created: bool) -> None:
        """Have the figures looked at."""
        watch.look_again({rule.metric for rule in instances})


def check(rule: Rule) -> None:
    """Raise ValidationError, by field, for a rule that cannot be."""
    figure = figures.figure(rule.metric)
    if figure is None:
        refuse("metric", f"There is no figure {rule.metric[:100]}.")
        return
    limit = Limit(Comparison(rule.comparison), rule.threshold, rule.clear_threshold)
    refuse("clear_threshold", limit.fault)
    refuse("message", sandbox.fault(rule.message))
    rows = places.narrowed(rule, figure.model)
    if rows is not None:
        str(rows.query)


@register
class AlertResource(Resource):
    """Limits that are passed, and when they were."""

    model = Alert
    path = "alerts/alerts"
    history = False  # its events are
    fields = [
        *HEAD,
        *("rule", "severity", "object_type", "object_id"),
        GenericObject("object", "object_type", "object_id"),
        *("object_repr", "site", "location", "tenant"),
        *("metric", "value", "threshold", "unit", "message"),
        *("started", "created", "updated"),
        Ref("acknowledged_by", key="username"),
        *("acknowledged", "note"),
        Ref("assignee", key="username"),
        "resolved",
    ]
    brief = ["id", "url", "display", "severity", "object_repr", "started", "resolved"]
    methods = ["get"]
    filter_key = "object_repr"
    display_columns = ["object_repr", "rule__name"]
    search = {"object_repr": 10, "message": 30, "note": 50}
    unfiltered = ["message"]
    table = [
        *("severity", "object", "rule", "value", "threshold", "site", "location"),
        *("started", "acknowledged_by", "assignee", "resolved"),
    ]
    actions = [
        Action("<int:pk>/acknowledge/", api_alerts.Acknowledge),
        Action("<int:pk>/reopen/", api_alerts.Reopen),
        Action("<int:pk>/assign/", api_alerts.Assign),
        Action("<int:pk>/silence/", api_alerts.SilenceAlert),
    ]
    menu = "Watch"
    icon = "bell"

    def display(self, *values: Any) -> str:
        """The object and the rule."""
        name, rule = values
        return f"{name}: {rule}"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch, by how bad at least, and whether it is open, acknowledged, assigned."""
        return [
            reference_filters("location", "location", Location, tree=True),
            severity_filters(),
            {
                "open": filters.boolean_filter(lambda value: Q(resolved__isnull=value)),
                "is_acknowledged": filters.boolean_filter(
                    lambda value: Q(acknowledged__isnull=not value)
                ),
            },
        ]


@register
class AlertEventResource(Resource):
    """What happened to alerts, in order."""

    model = AlertEvent
    path = "alerts/events"
    history = False
    fields = [
        *HEAD,
        "alert",
        "kind",
        "time",
        Ref("user", key="username"),
        "text",
        *("object_type", "object_id"),
    ]
    brief = ["id", "url", "display", "kind", "time"]
    methods = ["get"]
    filter_key = "pk"
    display_columns = ["alert__object_repr", "kind"]
    search = {"text": 10}
    table = ["time", "alert", "kind", "user", "text"]

    def display(self, *values: Any) -> str:
        """The object and what happened."""
        name, kind = values
        return f"{name}: {AlertEvent.Kind(kind).label.lower()}"


access.tie(Alert, "object_type", "object_id")
access.tie(AlertEvent, "object_type", "object_id")
