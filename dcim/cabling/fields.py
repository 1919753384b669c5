"""What a port's response tells of its cable, and the filters that go with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Model, OuterRef, Q

from core import filters, registry
from core.fields import Field, Json
from core.filters import Filters
from core.read import Binder, Columns, Getter, ReadContext, Row
from core.sql import among
from dcim.cabling import trace
from dcim.cabling.trace import Port
from dcim.choices import CableEnd, CableStatus
from dcim.models import Cable, CableTermination


@dataclass
class Plugged:
    """What the ports of a page are plugged into."""

    cable: dict[int, int] = field(default_factory=dict)
    end: dict[int, str] = field(default_factory=dict)
    peers: dict[int, list[Port]] = field(default_factory=dict)


def plugged(model: type[Model], ids: Sequence[int], context: ReadContext) -> Plugged:
    """Cable, end and peers of ports, in two statements; shared by the fields of one read."""
    key = ("plugged", model, tuple(ids))
    if key in context.memo:
        known: Plugged = context.memo[key]
        return known
    found = Plugged()
    kind = ContentType.objects.get_for_model(model)
    own = CableTermination.objects.filter(among("termination_id", ids), termination_type=kind)
    sides: dict[tuple[int, str], list[int]] = defaultdict(list)
    for port, cable, end in own.order_by().values_list("termination_id", "cable", "cable_end"):
        found.cable[port], found.end[port] = cable, end
        sides[cable, end].append(port)
    far: dict[tuple[int, str], list[Port]] = defaultdict(list)
    others = CableTermination.objects.filter(among("cable_id", {cable for cable, _ in sides}))
    columns = ("cable", "cable_end", "termination_type", "termination_id")
    for cable, end, type_id, pk in others.order_by("cable", "connector", "pk").values_list(
        *columns
    ):
        far[cable, end].append(Port(type_id, pk))
    for (cable, end), ports in sides.items():
        opposite = far.get((cable, "B" if end == "A" else "A"), [])
        for port in ports:
            found.peers[port] = opposite
    context.memo[key] = found
    return found


def reached(
    model: type[Model], ids: Sequence[int], context: ReadContext
) -> tuple[dict[int, list[Port]], dict[int, bool]]:
    """Endpoints at the end of each port's path, and whether the path can be used now."""
    key = ("reached", model, tuple(ids))
    if key in context.memo:
        known: tuple[dict[int, list[Port]], dict[int, bool]] = context.memo[key]
        return known
    cabled = plugged(model, ids, context).cable
    kind = ContentType.objects.get_for_model(model).pk
    ends: dict[int, list[Port]] = {}
    usable: dict[int, bool] = {}
    for port, walk in trace.walks(Port(kind, pk) for pk in cabled).items():
        ends[port.id] = [] if trace.is_split(walk) else trace.ends_of(walk)
        usable[port.id] = bool(ends[port.id]) and trace.is_live(walk)
    context.memo[key] = ends, usable
    return ends, usable


def briefs(ports: Sequence[Port], context: ReadContext) -> dict[Port, Json]:
    """The brief form of ports of any kinds that the reader may see."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for port in ports:
        wanted[port.type].add(port.id)
    found: dict[Port, Json] = {}
    for type_id, ids in wanted.items():
        resource = registry.of_content_type(type_id)
        if resource:
            rows = context.load(resource, tuple(resource.nested), ids)
            found.update({Port(type_id, pk): row for pk, row in rows.items()})
    return found


def type_name(ports: Sequence[Port]) -> str | None:
    """The object type of ports of one kind."""
    resource = registry.of_content_type(ports[0].type) if ports else None
    return resource.object_type if resource else None


class CableField(Field):
    """One of the fields that tell what a port is connected to."""

    read: Callable[[CableField, list[int], ReadContext], Getter]

    def __init__(self, name: str, schema: Json, default: Any) -> None:
        super().__init__(name, read_only=True, filterable=False)
        self._schema = schema
        self.default = default

    @property
    def model_field(self) -> Any:
        return None

    @property
    def choices(self) -> list[tuple[Any, str]]:
        """The ends, for `cable_end`."""
        return [(value, str(label)) for value, label in CableEnd.choices]

    def bind_read(self, columns: Columns) -> Binder:
        index = columns.index("pk")
        load = _LOADERS[self.name]
        model, default = self.resource.model, self.default
        marked = columns.index("mark_connected") if self.name == "_occupied" else -1

        def bind(rows: Sequence[Row], context: ReadContext) -> Getter:
            if not rows:
                return lambda row: default
            values = load(model, [row[index] for row in rows], context)
            if marked >= 0:
                return lambda row: bool(row[marked] or values.get(row[index]))
            return lambda row: values.get(row[index], default)

        return bind

    def schema(self) -> Json:
        return {**self._schema, "readOnly": True}


Loader = Callable[[type[Model], list[int], ReadContext], dict[int, Any]]


def _cables(model: type[Model], ids: list[int], context: ReadContext) -> dict[int, Any]:
    found = plugged(model, ids, context).cable
    resource = registry.of_model(Cable)
    rows = context.load(resource, tuple(resource.nested), found.values())
    return {port: rows.get(cable) for port, cable in found.items()}


def _ends(model: type[Model], ids: list[int], context: ReadContext) -> dict[int, Any]:
    return dict(plugged(model, ids, context).end)


def _shown(groups: dict[int, list[Port]], context: ReadContext) -> dict[int, Any]:
    table = briefs([port for ports in groups.values() for port in ports], context)
    return {pk: [table[p] for p in ports if p in table] for pk, ports in groups.items()}


def _peers(model: type[Model], ids: list[int], context: ReadContext) -> dict[int, Any]:
    return _shown(plugged(model, ids, context).peers, context)


def _peer_types(model: type[Model], ids: list[int], context: ReadContext) -> dict[int, Any]:
    return {pk: type_name(p) for pk, p in plugged(model, ids, context).peers.items()}


def _endpoints(model: type[Model], ids: list[int], context: ReadContext) -> dict[int, Any]:
    ends, _ = reached(model, ids, context)
    return _shown({pk: ports for pk, ports in ends.items() if ports}, context)


def _endpoint_types(model: type[Model], ids: list[int], context: ReadContext) -> dict[int, Any]:
    return {pk: type_name(ports) for pk, ports in reached(model, ids, context)[0].items()}


def _reachable(model: type[Model], ids: list[int], context: ReadContext) -> dict[int, Any]:
    return dict(reached(model, ids, context)[1])


def _occupied(model: type[Model], ids: list[int], context: ReadContext) -> dict[int, Any]:
    return dict.fromkeys(plugged(model, ids, context).cable, True)


_LOADERS: dict[str, Loader] = {
    "cable": _cables,
    "cable_end": _ends,
    "link_peers": _peers,
    "link_peers_type": _peer_types,
    "connected_endpoints": _endpoints,
    "connected_endpoints_type": _endpoint_types,
    "connected_endpoints_reachable": _reachable,
    "_occupied": _occupied,
}
_LIST: Json = {"type": "array", "items": {"type": "object"}}
_SCHEMAS: dict[str, tuple[Json, Any]] = {
    "cable": ({"type": "object", "nullable": True}, None),
    "cable_end": ({"type": "string", "enum": ["A", "B"], "nullable": True}, None),
    "link_peers": (_LIST, []),
    "link_peers_type": ({"type": "string", "nullable": True}, None),
    "connected_endpoints": ({**_LIST, "nullable": True}, None),
    "connected_endpoints_type": ({"type": "string", "nullable": True}, None),
    "connected_endpoints_reachable": ({"type": "boolean", "nullable": True}, None),
    "_occupied": ({"type": "boolean"}, False),
}


def cable_field(name: str) -> CableField:
    """The field of this name, such as `link_peers`, for a resource whose rows take a cable."""
    return CableField(name, *_SCHEMAS[name])


def cable_filters(model: type[Model], *, endpoint: bool = True) -> Filters:
    """By cable, its end, and whether there is one; with `endpoint`, whether the path is whole."""

    def ends() -> Any:
        kind = ContentType.objects.get_for_model(model)
        return CableTermination.objects.filter(termination_type=kind)

    def cabled(value: bool) -> Q:
        plugged_in = Q(Exists(ends().filter(termination_id=OuterRef("pk"))))
        return plugged_in if value else ~plugged_in

    def occupied(value: bool) -> Q:
        taken = cabled(True) | Q(mark_connected=True)
        return taken if value else ~taken

    found = _of_end(
        ends,
        {
            **filters.choice_filters("cable_end", "cable_end", CableEnd.choices),
            **filters.number_filters("cable_connector", "connector", schema={"type": "integer"}),
            **filters.reference_filters("cable", "cable", Cable, by_key=False),
        },
    )
    found["cabled"] = filters.boolean_filter(cabled)
    found["occupied"] = filters.boolean_filter(occupied)
    if endpoint:
        found["connected"] = filters.boolean_filter(lambda value: _connected(model, value))
    return found


def _of_end(ends: Callable[[], Any], made: Filters) -> Filters:
    """Filters of cable ends as filters of ports; a port without a cable has empty values."""
    found = filters.related_filter(ends, "termination_id", made)
    for name, item in found.items():
        inner = made[name].condition
        plain = item.condition

        def condition(value: Any, name: str = name, inner: Any = inner, plain: Any = plain) -> Q:
            if name.endswith("__empty"):
                filled = Q(Exists(ends().filter(inner(False), termination_id=OuterRef("pk"))))
                return ~filled if value else filled
            if value == filters.NULL:
                return ~Q(Exists(ends().filter(~inner(value), termination_id=OuterRef("pk"))))
            return Q(plain(value))

        item.condition = condition
    return found


def _connected(model: type[Model], value: bool) -> Q:
    """Whether a port's path ends at another port and every cable of it is connected.

    A cable straight to an endpoint is told by SQL alone; only ports that lead into a panel have to
    be followed.
    """
    kind = ContentType.objects.get_for_model(model)
    panels = trace.panel_types()
    near = CableTermination.objects.filter(
        termination_type=kind, cable__status=CableStatus.CONNECTED
    )
    far = CableTermination.objects.filter(cable=OuterRef("cable")).exclude(
        cable_end=OuterRef("cable_end")
    )
    direct = near.filter(Exists(far.exclude(termination_type__in=panels)))
    into_panels = near.filter(Exists(far.filter(termination_type__in=panels)))
    ports = [Port(kind.pk, pk) for pk in into_panels.values_list("termination_id", flat=True)]
    whole = [
        port.id
        for port, walk in trace.walks(ports).items()
        if trace.ends_of(walk) and trace.is_live(walk) and not trace.is_split(walk)
    ]
    matches = Q(pk__in=direct.values("termination_id")) | Q(among("pk", whole))
    return matches if value else ~matches
