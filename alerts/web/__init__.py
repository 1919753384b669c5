"""What the watch adds to the pages."""

from alerts.web import inbox, panels, webhooks

__all__ = ["inbox", "panels", "webhooks"]
