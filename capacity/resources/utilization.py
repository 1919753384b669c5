"""What the world sees of how full places are."""

from __future__ import annotations

from collections.abc import Sequence

from capacity.choices import ResourceKind
from capacity.models import Utilization
from core import access
from core.fields import Choice, Ref
from core.filters import Filters, reference_filters
from core.registry import register
from core.resource import HEAD, Resource
from core.special_fields import GenericObject
from facilities import filters as shared
from facilities.models import Location


@register
class UtilizationResource(Resource):
    """How full every rack, location, site, tenant and redundancy group is, by resource."""

    model = Utilization
    path = "capacity/utilization"
    history = False  # it follows from records that have theirs
    fields = [
        *HEAD,
        "object_type",
        "object_id",
        GenericObject("object", "object_type", "object_id"),
        "site",
        "location",
        Ref("rack", key="name"),
        "tenant",
        "redundancy_group",
        Choice("resource"),
        "variant",
        Choice("unit", plain=True),
        *("capacity", "used", "reserved", "planned", "free", "percent", "committed_percent"),
        *("measured", "worst", "worst_percent", "longest_run", "stranded"),
        Choice("binding"),
        "unknown",
        "updated",
    ]
    brief = ["id", "url", "display", "resource", "variant", "percent"]
    nested = ["id", "url", "display"]
    methods = ["get"]
    filter_key = "pk"
    display_columns = ("resource", "variant")
    search = {"resource": 10, "variant": 20}
    table = [
        *("object", "resource", "variant", "capacity", "used", "reserved", "planned", "free"),
        *("unit", "percent", "committed_percent", "worst_percent", "stranded", "binding"),
    ]
    menu = "Capacity"
    icon = "layers"

    def display(self, *values: object) -> str:
        """The resource, with the variant behind it."""
        resource, variant = values
        label = str(ResourceKind(str(resource)).label)
        return f"{label} {variant}".strip()

    def get_extra_filters(self) -> Sequence[Filters]:
        """By place, branches included."""
        return [
            shared.region_filters("site"),
            reference_filters("location", "location", Location, tree=True),
            shared.tenant_filters(),
        ]


access.tie(Utilization, "object_type", "object_id")
