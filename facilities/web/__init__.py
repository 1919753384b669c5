"""Pages of places beyond those of their records."""

from core.web.panels import add_tab
from facilities.models import FloorPlan
from facilities.web import floor_plan

add_tab(FloorPlan, "plan", "Plan", floor_plan.show, order=1)
