"""What the watch adds to the pages."""

from alerts.web import inbox, marks, overview_block, panels, webhooks

__all__ = ["inbox", "marks", "overview_block", "panels", "webhooks"]
