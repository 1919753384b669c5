"""Tables of the watch."""

from alerts.models.deliveries import Delivery
from alerts.models.events import EventRule, Webhook

__all__ = ["Delivery", "EventRule", "Webhook"]
