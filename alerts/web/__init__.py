"""What the watch adds to the pages."""

from alerts.web import inbox, marks, panels, webhooks

__all__ = ["inbox", "marks", "panels", "webhooks"]
