"""Cables, their ends and bundles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q

from core import access, api_urls, registry
from core.errors import Messages
from core.fields import Absent, Choice, Ref, RefId
from core.filters import (
    NULL,
    Filters,
    ParameterFilter,
    absent_filters,
    boolean_filter,
    current_reader,
    parse_number,
    reference_condition,
    reference_filters,
)
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from core.special_fields import Count, GenericObject, ObjectType, object_type_filters
from dcim.cabling.api import ConnectedDevice
from dcim.cabling.ends import PORT_ONCE, CableEnds, taken_for, write_ends
from dcim.cabling.places import path_to
from dcim.models import (
    Cable,
    CableBundle,
    CableTermination,
    Device,
)
from facilities import filters as shared
from facilities.models import Location, Site
from racks.models import Rack

# Parameters that name a port by the kind of port it is.
PORTS = (
    "consoleport",
    "consoleserverport",
    "frontport",
    "interface",
    "powerfeed",
    "poweroutlet",
    "powerport",
    "rearport",
)


def _terminations(**conditions: Any) -> Q:
    rows = CableTermination.objects.filter(cable=OuterRef("pk"), **conditions)
    return Q(Exists(access.tied(rows, current_reader.get())))


def port_filters(condition: Any) -> Filters:
    """`interface_id`, `powerfeed_id` and the rest: by a port of a kind."""
    found: Filters = {}
    for kind in PORTS:

        def of_port(pk: Any, kind: str = kind) -> Q:
            resource = registry.of_type(f"dcim.{kind}")
            return condition(
                termination_type=registry.content_type(resource), termination_id=int(pk)
            )

        found[f"{kind}_id"] = ParameterFilter(of_port, parse_number, schema={"type": "integer"})
    found.update(
        {
            name: made
            for name, made in absent_filters("circuittermination", negated=False).items()
            if name.endswith("_id")
        }
    )
    return found


def _at(place: str, value: Any, inner: Any, by_port: Any) -> Q:
    """Cables of which an end is in a port at the place.

    `inner(value)` narrows devices, `by_port(path)(value)` ports that belong to no device.
    """
    found = Q(pk__in=[])
    if value == NULL:
        return found
    devices = Device.objects.filter(inner(value)).order_by().values("pk")
    for kind in PORTS:
        model = registry.of_type(f"dcim.{kind}").model
        path = path_to(place, kind)
        if hasattr(model, "device"):
            ports = model._default_manager.filter(device__in=devices)
        elif path:
            ports = model._default_manager.filter(by_port(path)(value))
        else:
            continue
        found |= _terminations(
            termination_type=ContentType.objects.get_for_model(model),
            termination_id__in=ports.order_by().values("pk"),
        )
    return found


def place_filters() -> Filters:
    """`device`, `rack`, `location`, `site`: where an end of the cable is."""
    found: Filters = {}
    plans = (
        ("device", "pk", Device, "name", False),
        ("rack", "rack", Rack, "name", False),
        ("location", "location", Location, "name", True),
        ("site", "site", Site, "slug", False),
    )
    for place, path, model, key, tree in plans:
        by_port = partial(reference_condition, model=model, tree=tree)
        made = reference_filters(place, path, model, key=key, tree=tree, negated=False)
        for parameter, item in made.items():
            item.condition = partial(_at, place, inner=item.condition, by_port=by_port)
            found[parameter] = item
    return found


def end_filters() -> Filters:
    """`termination_a_type`, `termination_a_id` and those of end B."""
    found: Filters = {}
    for end in ("a", "b"):
        for name, item in object_type_filters(
            f"termination_{end}_type", "termination_type"
        ).items():
            inner = item.condition

            def of_type(value: Any, inner: Any = inner, end: str = end) -> Q:
                rows = CableTermination.objects.filter(
                    inner(value), cable=OuterRef("pk"), cable_end=end.upper()
                )
                return Q(Exists(access.tied(rows, current_reader.get())))

            item.condition = of_type
            found[name] = item

        def of_id(value: Any, end: str = end) -> Q:
            return _terminations(cable_end=end.upper(), termination_id=int(value))

        found[f"termination_{end}_id"] = ParameterFilter(
            of_id, parse_number, schema={"type": "integer"}
        )
    return found


def _unterminated(value: bool) -> Q:
    both = _terminations(cable_end="A") & _terminations(cable_end="B")
    return ~both if value else both


@register
class CableResource(Resource):
    """Cables."""

    model = Cable
    path = "dcim/cables"
    fields = [
        *HEAD,
        Choice("type", plain=True),
        CableEnds("A"),
        CableEnds("B"),
        "status",
        "profile",
        "tenant",
        Ref("bundle", key="name"),
        "label",
        "color",
        "length",
        "length_unit",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "label", "description"]
    display_columns = ["label", "pk"]
    filter_key = "label"
    unfiltered = ["comments"]
    search = {"label": 10, "description": 50}
    ordering = ["pk"]
    table = [
        "display",
        "a_terminations",
        "b_terminations",
        "status",
        "type",
        "color",
        "length",
        "bundle",
    ]
    form = {
        "Ends": ["a_terminations", "b_terminations"],
        "Cable": ["status", "type", "profile", "label", "color", "length", "length_unit", "bundle"],
        "More": ["tenant", "description", "tags", "comments"],
    }
    label_ends = ["a_terminations", "b_terminations"]
    menu = "Connections"
    icon = "cable"
    constraint_fields = {
        f"dcim_cabletermination_{rule}": "b_terminations"
        for rule in (
            "kind",
            "exists",
            "marked",
            "interface",
            "same_kind",
            "compatible",
            "loop",
            "port_once",
            "connector_once",
        )
    }

    def display(self, *values: Any) -> str:
        """The label, or the number."""
        label, pk = values
        return str(label) if label else f"#{pk}"

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Keep the given ends with the cable until it is stored."""
        ends = {"A": values.pop("a_terminations", None), "B": values.pop("b_terminations", None)}
        instance.given_ends = {end: ports for end, ports in ends.items() if ports is not None}

    def after_write(self, instances: list[Any], *, created: bool) -> None:
        """Plug the cables in."""
        write_ends(instances, created=created)

    def explain(self, instance: Any, constraint: str) -> Messages | None:
        """Which cable is plugged in where an end was to go."""
        return taken_for(instance) if constraint == PORT_ONCE else None

    def get_extra_filters(self) -> Sequence[Filters]:
        """By port, side, place and tenants."""
        return [
            port_filters(_terminations),
            place_filters(),
            end_filters(),
            {"unterminated": boolean_filter(_unterminated)},
            shared.tenant_filters(),
            absent_filters("owner_group"),
        ]


@register
class CableTerminationResource(Resource):
    """What is plugged in where."""

    model = CableTermination
    path = "dcim/cable-terminations"
    history_of = ["cable"]
    fields = [
        "id",
        "url",
        "display",
        RefId("cable", read_only=True),
        Choice("cable_end", plain=True, read_only=True),
        ObjectType("termination_type", read_only=True),
        "termination_id",
        GenericObject("termination", "termination_type", "termination_id"),
        "connector",
        "positions",
        "created",
        "last_updated",
    ]
    brief = [
        "id",
        "url",
        "display",
        "cable",
        "cable_end",
        "connector",
        "positions",
        "termination_type",
        "termination_id",
    ]
    display_columns = ["cable", "cable_end"]
    filter_key = "pk"
    unfiltered = ["connector", "positions", "cable"]
    search = {}
    ordering = ["cable", "cable_end", "connector"]
    table = ["cable", "cable_end", "termination", "connector"]
    methods = ["get"]

    def display(self, *values: Any) -> str:
        """The cable and which end."""
        cable, end = values
        return f"Cable {cable} {end}"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By cable and by port."""
        by_cable = reference_filters("cable", "cable", Cable, by_key=False)
        return [
            by_cable,
            {name.replace("_id", ""): item for name, item in by_cable.items()},
            port_filters(Q),
        ]


@register
class CableBundleResource(Resource):
    """Cables that run together."""

    model = CableBundle
    path = "dcim/cable-bundles"
    fields = [
        *HEAD,
        "name",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        Count("cable_count", "cables", in_references=True),
    ]
    brief = ["id", "url", "display", "name", "description"]
    filter_key = "name"
    unfiltered = ["comments"]
    search = {"name": 10, "description": 50}
    table = ["name", "cable_count", "description"]
    form = {"Cable bundle": ["name", "description", "tags", "comments"]}
    extra_filters = [absent_filters("owner_group")]
    menu = "Connections"
    icon = "git-merge"


api_urls.add_endpoint("dcim/connected-device/", ConnectedDevice.as_view())

access.tie(
    CableTermination,
    "termination_type",
    "termination_id",
    lambda target: target.object_type.split(".")[1] in PORTS,
)
