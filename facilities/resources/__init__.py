"""What the world sees of places, tenants, contacts and floor plans, in the order of the menu."""

from facilities.resources import places  # isort: skip
from facilities.resources import floor_plans  # isort: skip

__all__ = ["floor_plans", "places"]
