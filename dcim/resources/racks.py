"""What devices add to racks: the elevation over REST and on pages, and the last audit."""

from __future__ import annotations

from typing import Any

from django.db.models import DateTimeField, OuterRef, Subquery
from django.db.models.functions import Cast

from core import access
from core.access import Actor
from core.derived import Derived
from core.filters import time_filters
from core.registry import of_model
from core.web.navigation import add_page as add_menu_page
from core.web.panels import add_panel
from core.web.urls import add_page
from dcim import elevation_pages, panels
from dcim.elevation_api import ELEVATION
from dcim.models import RackAudit
from racks.models import Rack


def _last_audited(user: Actor) -> Any:
    audits = access.visible(RackAudit, user).filter(rack=OuterRef("pk"), finished__isnull=False)
    last = Subquery(audits.order_by("-finished").values("finished")[:1])
    # Null for whoever sees no audits, where a subquery has no rows.
    return Cast(last, DateTimeField())


of_model(Rack).add_action(ELEVATION)
of_model(Rack).derive(Derived("last_audited", "Last audited", _last_audited, time_filters))
add_panel(Rack, -10, panels.rack_panel)
add_page("dcim/rack-elevations/", elevation_pages.show)
add_menu_page("Racks", "Rack elevations", "/dcim/rack-elevations/", "layout-grid", Rack)
