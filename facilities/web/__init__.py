"""Pages of places beyond those of their records."""

from core.web.panels import add_panel, add_record_actions, add_tab
from core.web.urls import add_page
from facilities.floor import exports, links
from facilities.models import FloorPlan, Location, Site
from facilities.web import floor_plan

add_panel(FloorPlan, -10, floor_plan.picture)
add_tab(FloorPlan, "plan", "Plan", floor_plan.show, order=1)
add_page("facilities/floor-plans/<int:pk>/plan.svg", exports.as_svg)
add_page("facilities/floor-plans/<int:pk>/plan.pdf", exports.as_pdf)
add_record_actions(Location, links.of_location)
add_record_actions(Site, links.of_site)
