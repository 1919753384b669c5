"""What the world sees of the power chain."""

from power.resources import banks, equipment, links, panels_and_feeds, profiles

__all__ = ["banks", "equipment", "links", "panels_and_feeds", "profiles"]
