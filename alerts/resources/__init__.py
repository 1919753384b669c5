"""What the world sees of the watch."""

from alerts.resources import deliveries, events

__all__ = ["deliveries", "events"]
