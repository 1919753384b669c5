"""What the world sees of the reckoning, in the order of the menu."""

from capacity.resources import utilization, limits  # isort: skip
from capacity.resources import plans, thresholds  # isort: skip

__all__ = ["limits", "plans", "thresholds", "utilization"]
