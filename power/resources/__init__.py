"""What the world sees of the power chain, in the order of the menu."""

from core.api_urls import add_endpoint
from power.api.simulating import SimulateView
from power.api.views import DiverseView, FlowView, GraphView

from power.resources import equipment, links  # isort: skip
from power.resources import panels_and_feeds, banks, profiles  # isort: skip
from power.resources import placements  # isort: skip

__all__ = ["banks", "equipment", "links", "panels_and_feeds", "placements", "profiles"]

add_endpoint("power/flow/", FlowView.as_view())
add_endpoint("power/graph/", GraphView.as_view())
add_endpoint("power/simulate/", SimulateView.as_view())
add_endpoint("power/diverse/", DiverseView.as_view())
