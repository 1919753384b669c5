"""What devices add to racks: the elevation over REST and on pages."""

from __future__ import annotations

from core.registry import of_model
from core.web.navigation import add_page as add_menu_page
from core.web.panels import add_panel
from core.web.urls import add_page
from dcim import elevation_pages, panels
from dcim.elevation_api import ELEVATION
from racks.models import Rack

of_model(Rack).add_action(ELEVATION)
add_panel(Rack, -10, panels.rack_panel)
add_page("dcim/rack-elevations/", elevation_pages.show)
add_menu_page("Racks", "Rack elevations", "/dcim/rack-elevations/", "layout-grid", Rack)
