"""What the world sees of the reckoning, in the order of the menu."""

from capacity.resources import utilization, limits  # isort: skip
from capacity.resources import plans, thresholds  # isort: skip

from capacity.api import PlacementView, ReserveView
from capacity.forecast_api import ForecastView
from core.api_urls import add_endpoint

__all__ = ["limits", "plans", "thresholds", "utilization"]

add_endpoint("capacity/placement/", PlacementView.as_view())
add_endpoint("capacity/placement/reserve/", ReserveView.as_view())
add_endpoint("capacity/forecast/", ForecastView.as_view())
