"""What the world sees of thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from capacity.choices import ResourceKind
from capacity.models import Threshold
from core.fields import Ref
from core.filters import Filters, reference_filters
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from facilities.models import Location


@register
class ThresholdResource(Resource):
    """From how full a resource is shown as filling up, and as full."""

    model = Threshold
    path = "capacity/thresholds"
    fields = [
        *HEAD,
        "resource",
        "site",
        "location",
        Ref("rack", key="name"),
        "warn_percent",
        "critical_percent",
        "description",
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "resource", "warn_percent", "critical_percent"]
    nested = ["id", "url", "display"]
    filter_key = "pk"
    unfiltered = ["comments"]
    search = {"site__name": 10, "location__name": 10, "rack__name": 10, "description": 50}
    display_columns = ("resource", "site__name", "location__name", "rack__name")
    ordering = ["resource", "site__name_natural", "location__name_natural", "rack__name_natural"]
    crumbs = ["site", "location", "rack"]
    table = ["resource", "site", "location", "rack", "warn_percent", "critical_percent"]
    form = {
        "Threshold": ["resource", "site", "location", "rack", "warn_percent", "critical_percent"],
        "More": ["description", "tags", "comments"],
    }
    constraint_fields = {
        "capacity_threshold_one_place": "location",
        "capacity_threshold_order": "critical_percent",
        "capacity_threshold_everywhere": "resource",
        "capacity_threshold_site": "site",
        "capacity_threshold_location": "location",
        "capacity_threshold_rack": "rack",
    }
    checked_with = ()
    menu = "Capacity"
    icon = "sliders-horizontal"

    def display(self, *values: Any) -> str:
        """The resource and where it holds."""
        resource, *places = values
        place = next((str(name) for name in places if name), "everywhere")
        return f"{ResourceKind(resource).label}, {place}"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch of locations."""
        return [reference_filters("location", "location", Location, tree=True)]
