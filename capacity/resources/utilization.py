"""What the world sees of how full places are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from capacity.choices import ResourceKind
from capacity.models import Utilization
from capacity.store import PLACES
from core import access
from core.fields import Choice, Field, Json, Ref
from core.filters import Filters, reference_filters
from core.gather import Load, Steps
from core.read import Binder, Cells, Columns, ReadContext
from core.registry import of_model, register
from core.resource import HEAD, Resource
from core.special_fields import GenericObject
from facilities import filters as shared
from facilities.models import Location
from power.reckoning import MODELS


class Node(Field):
    """The node of the power chain that a column such as `feed:3` refers to, in its brief form."""

    def __init__(self, name: str) -> None:
        super().__init__(name, name, read_only=True, filterable=False)

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index(self.name)

        def bind(cells: Cells, context: ReadContext) -> Steps:
            wanted: dict[str, set[int]] = defaultdict(set)
            for node in cells[index]:
                kind, _, pk = (node or "").partition(":")
                if pk:
                    wanted[kind].add(int(pk))
            kinds = list(wanted)
            loaded = yield [
                Load(of_model(MODELS[kind]), tuple(of_model(MODELS[kind]).nested), wanted[kind])
                for kind in kinds
            ]
            tables = dict(zip(kinds, loaded, strict=True))

            def value(node: str | None) -> Json | None:
                kind, _, pk = (node or "").partition(":")
                found = tables[kind].get(int(pk)) if pk else None
                if found is None:
                    return {"hidden": True} if pk else None
                return {**found, "object_type": of_model(MODELS[kind]).object_type}

            return map(value, cells[index])

        return bind

    def schema(self) -> Json:
        """A brief object with its type; `hidden` where it may not be seen."""
        return {"type": "object", "nullable": True, "readOnly": True}


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
        *("measured", "worst", "worst_percent"),
        Node("worst_node"),
        Node("worst_cause"),
        *("longest_run", "stranded"),
        Choice("binding"),
        "unknown",
        "full_on",
        "full_earliest",
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
        "full_on",
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


access.tie(Utilization, "object_type", "object_id", lambda target: target.model in PLACES.values())
