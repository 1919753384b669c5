"""The power chain's records."""

from power.models.feeds import LocationOfPanels, PowerFeed, PowerPanel, RackOfFeeds

__all__ = ["LocationOfPanels", "PowerFeed", "PowerPanel", "RackOfFeeds"]
