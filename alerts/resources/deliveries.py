"""The log of what was sent."""

from __future__ import annotations

from alerts.api import ReplayDelivery
from alerts.models import Delivery
from core import access, registry
from core.fields import Choice
from core.resource import HEAD, Action, Resource
from core.special_fields import GenericObject


@registry.register
class DeliveryResource(Resource):
    """Requests to other systems, with what came of them."""

    model = Delivery
    path = "extras/webhook-deliveries"
    history = False  # it is a log itself
    fields = [
        *HEAD,
        *("webhook", "event_rule", "event", "object_type", "object_id"),
        GenericObject("object", "object_type", "object_id"),
        "object_repr",
        "method",
        "url_sent",
        "headers",
        "body",
        Choice("status"),
        *("attempts", "created", "due", "claimed", "completed", "status_code", "answer", "error"),
        *("permanent", "milliseconds", "replay_of"),
    ]
    brief = ["id", "url", "display", "event", "object_repr", "status"]
    methods = ["get"]
    filter_key = "object_repr"
    display_columns = ["event", "object_repr"]
    search = {"object_repr": 10, "url_sent": 30, "error": 50}
    unfiltered = ["headers", "body", "answer", "due", "claimed", "completed"]
    table = [
        *("created", "event", "object_repr", "webhook", "status", "status_code", "attempts"),
        *("milliseconds", "error"),
    ]
    actions = [Action("<int:pk>/replay/", ReplayDelivery)]
    menu = "Integration"
    icon = "send"


access.tie(Delivery, "object_type", "object_id")
