"""What the world sees of the power chain, in the order of the menu."""

from power.resources import equipment, links  # isort: skip
from power.resources import panels_and_feeds, banks, profiles  # isort: skip

__all__ = ["banks", "equipment", "links", "panels_and_feeds", "profiles"]
