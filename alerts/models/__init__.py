"""Tables of the watch."""

from alerts.models.deliveries import Delivery
from alerts.models.events import EventRule, EventTask, Webhook
from alerts.models.routes import Channel, Notification, Route, Silence, Told, Weekday
from alerts.models.rules import Alert, AlertEvent, Compare, Due, Pending, Rule, Seen, Severity

__all__ = [
    "Alert",
    "AlertEvent",
    "Channel",
    "Compare",
    "Delivery",
    "Due",
    "EventRule",
    "EventTask",
    "Notification",
    "Pending",
    "Route",
    "Rule",
    "Seen",
    "Severity",
    "Silence",
    "Told",
    "Webhook",
    "Weekday",
]
