"""Webhooks, tasks and the rules that call them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from alerts import event_tasks, outbound
from alerts.api import TestTask, TestWebhook
from alerts.engine import conditions
from alerts.fields import Chosen
from alerts.models import EventRule, EventTask, Webhook
from core import filters, registry, sandbox
from core.fields import Absent, Choice
from core.filters import ParameterFilter
from core.resource import HEAD, Action, Resource
from core.resources.attached import require_target
from core.resources.extras import SomeTypes
from core.special_fields import GenericObject

OWNERS = filters.absent_filters("owner_group")


@registry.register
class WebhookResource(Resource):
    """Requests that are sent to other systems."""

    model = Webhook
    path = "extras/webhooks"
    fields = [
        *HEAD,
        "name",
        "description",
        "payload_url",
        Choice("http_method", plain=True),
        *("http_content_type", "additional_headers", "body_template"),
        *("secret", "ssl_verification", "ca_file_path"),
        "custom_fields",
        Absent("owner"),
        *("tags", "created", "last_updated"),
    ]
    brief = ["id", "url", "display", "name", "description"]
    # Headers are mostly there to authenticate.
    secret = ("secret", "additional_headers")
    write_only = ("secret",)
    unfiltered = ["payload_url", "additional_headers", "body_template", "secret"]
    search = {"name": 10, "description": 50, "payload_url": 30}
    table = ["name", "payload_url", "http_method", "ssl_verification", "description"]
    form = {
        "Webhook": ["name", "description", "payload_url", "http_method", "tags"],
        "What is sent": ["http_content_type", "additional_headers", "body_template"],
        "Trust": ["secret", "ssl_verification", "ca_file_path"],
    }
    actions = [Action("<int:pk>/test/", TestWebhook)]
    menu = "Integration"
    icon = "webhook"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By owner. What a secret is cannot be asked: such a filter matches none."""
        address = filters.text_filters("payload_url", "payload_url")["payload_url"]
        return [OWNERS, {"payload_url": address}, _secret_filters()]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Check that the templates are such, and an address without template one."""
        for name in ("payload_url", "additional_headers", "body_template"):
            if fault := sandbox.fault(getattr(instance, name)):
                raise ValidationError({name: [fault]})
        plain = "{{" not in instance.payload_url and "{%" not in instance.payload_url
        if plain and (fault := outbound.fault(instance.payload_url)):
            raise ValidationError({"payload_url": [fault]})


def _secret_filters() -> filters.Filters:
    def none(value: Any) -> Q:
        return Q(pk__in=[])

    found = filters.text_filters("secret", "name")
    for made in found.values():
        made.condition, made.negate = none, False
    return found


@registry.register
class EventTaskResource(Resource):
    """What Headroom runs itself when an event rule says so."""

    model = EventTask
    path = "extras/event-tasks"
    fields = [
        *HEAD,
        *("name", "description", "function", "arguments", "custom_fields"),
        *("tags", "created", "last_updated"),
    ]
    brief = ["id", "url", "display", "name", "description"]
    unfiltered = ["arguments"]
    search = {"name": 10, "description": 50, "function": 30}
    table = ["name", "function", "description"]
    actions = [Action("<int:pk>/test/", TestTask)]
    menu = "Integration"
    icon = "zap"

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Check that there is such a function."""
        if instance.function not in event_tasks.names():
            sentence = f"There is no such function; there are: {', '.join(event_tasks.names())}."
            raise ValidationError({"function": [sentence]})
        if not isinstance(instance.arguments, dict):
            raise ValidationError({"arguments": ["Give an object: names and values in braces."]})


@registry.register
class EventRuleResource(Resource):
    """Which changes of records call which webhook or run which task."""

    model = EventRule
    path = "extras/event-rules"
    fields = [
        *HEAD,
        SomeTypes("object_types"),
        *("name", "enabled"),
        Chosen("event_types"),
        "conditions",
        Choice("action_type", required=True),
        *("action_object_type", "action_object_id"),
        GenericObject("action_object", "action_object_type", "action_object_id"),
        *("description", "custom_fields"),
        Absent("owner"),
        *("tags", "created", "last_updated"),
    ]
    brief = ["id", "url", "display", "name", "description"]
    unfiltered = ["conditions", "event_types"]
    table = ["name", "object_types", "event_types", "action_object", "enabled", "description"]
    form = {
        "Event rule": ["name", "description", "enabled", "tags"],
        "When": ["object_types", "event_types", "conditions"],
        "What": ["action_type", "action_object_type", "action_object_id"],
    }
    menu = "Integration"
    icon = "split"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By owner, by what happens, and by the kind of record by its wire name."""
        return [OWNERS, {"event_type": _event_filter()}]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Check the conditions, and that what is called is there and seen by the writer."""
        if instance.conditions and (fault := conditions.fault(instance.conditions)):
            raise ValidationError({"conditions": [fault]})
        instance.event_types = list(dict.fromkeys(instance.event_types))
        if instance.action_type not in _CALLED:
            sentence = "Headroom calls webhooks and runs tasks (script); choose one of these."
            raise ValidationError({"action_type": [sentence]})
        model, column = _CALLED[instance.action_type]
        kind = registry.of_content_type(instance.action_object_type_id)
        if kind is None or kind.model is not model:
            wanted = registry.of_model(model)
            sentence = f"This is no {wanted.name}: choose {wanted.object_type}."
            raise ValidationError({"action_object_type": [sentence]})
        require_target(
            instance.action_object_type, instance.action_object_id, column, "action_object"
        )


# What each kind of action is of, and a name that only its model has.
_CALLED: dict[str, tuple[type[Any], str]] = {
    EventRule.Action.WEBHOOK: (Webhook, "deliveries"),
    EventRule.Action.SCRIPT: (EventTask, "function"),
}


def _event_filter() -> ParameterFilter:
    def condition(value: Any) -> Q:
        return Q(event_types__contains=[value])

    return ParameterFilter(condition, filters.parse_text)
