"""What the world sees of the watch."""

from alerts import own_figures

from alerts.resources import rules, routes  # isort: skip
from alerts.resources import deliveries, events

__all__ = ["deliveries", "events", "own_figures", "routes", "rules"]
