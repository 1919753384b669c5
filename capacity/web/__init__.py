"""What capacity adds to the pages."""

from __future__ import annotations

from capacity.models import CoolingLoop, RackLimit, ReservationTerms, Utilization
from capacity.web import (
    board_page,
    finder_page,
    forecast_page,
    overview_blocks,
    rack_colors,
    strip,
)
from core.web import design, navigation, overview
from core.web.panels import add_panel, add_rows_tab
from core.web.urls import add_page
from facilities.models import Location, Site, Tenant
from power.models import RedundancyGroup
from racks.models import Rack, RackReservation

add_rows_tab(CoolingLoop, RackLimit, "cooling_loop_id")
add_rows_tab(RackReservation, ReservationTerms, "reservation_id")
for place, model in (
    ("rack", Rack),
    ("location", Location),
    ("site", Site),
    ("tenant", Tenant),
    ("redundancy_group", RedundancyGroup),
):
    add_panel(model, -20, strip.panel(place))
add_page("capacity/board/", board_page.show)
navigation.add_page("Capacity", "Board", "/capacity/board/", "layout-grid", Utilization)
add_page("capacity/forecast/<slug:place>/<int:pk>/", forecast_page.show)
add_page("capacity/finder/", finder_page.ask)
add_page("capacity/finder/<int:pk>/", finder_page.show)
add_page("capacity/finder/<int:pk>/reserve/", finder_page.reserve)
navigation.add_page("Capacity", "Finder", "/capacity/finder/", "search", Utilization)
rack_colors.register()
overview.add_block(-10, overview_blocks.first_out)
overview.add_block(0, overview_blocks.sites)
design.add(
    design.Part("Capacity", "Used, then what is committed.", "capacity/strip.html", strip.specimen)
)
