"""What a port's response tells of its cable, and the filters that go with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import compress
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Model, OuterRef, Q

from core import access, filters, registry
from core.fields import Field, Json
from core.filters import Filters
from core.gather import Load, Lookup, Once, Steps
from core.read import Binder, Cells, Columns, ReadContext
from core.sql import among
from dcim.cabling import trace
from dcim.cabling.trace import Port
from dcim.choices import CableEnd, CableStatus
from dcim.models import Cable, CableTermination


@dataclass
class Plugged:
    """The cables that the ports of a page are plugged into, and which end of each."""

    cable: dict[int, int]
    end: dict[int, str]


@dataclass
class Facing:
    """What is at the far ends of the cables of a page's ports, by port.

    `onward` are the ports whose path may go on there, or whose cable has lanes.
    """

    peers: dict[int, list[Port]]
    onward: set[int]
    live: set[int]


@cache
def _near(kind: int) -> Lookup:
    """Cables of ports of a kind."""
    return Lookup(
        lambda given, user: (
            CableTermination.objects.filter(given("termination_id"), termination_type=kind)
            .order_by()
            .values_list("termination_id", "cable", "cable_end")
        ),
        by_column=True,
    )


@cache
def _far(kind: int) -> Lookup:
    """The far ends of the cables of ports of a kind, with what tells of the cables."""
    a, b = CableEnd.values
    across = Q(cable_end=a, cable__terminations__cable_end=b)
    across |= Q(cable_end=b, cable__terminations__cable_end=a)
    return Lookup(
        lambda given, user: (
            CableTermination.objects.filter(across, given("termination_id"), termination_type=kind)
            .order_by("cable__terminations__connector", "cable__terminations__pk")
            .values_list(
                "termination_id",
                "cable__terminations__termination_type",
                "cable__terminations__termination_id",
                "cable__status",
                "cable__profile",
            )
        ),
        by_column=True,
    )


def plugged(model: type[Model], ids: Sequence[int], context: ReadContext) -> Once:
    """Cable and end of ports; shared by the fields of one read."""

    def steps() -> Steps:
        kind = ContentType.objects.get_for_model(model).pk
        found = yield _near(kind).fetch(ids, context.user)
        ports, cables, ends = found or ((), (), ())
        return Plugged(dict(zip(ports, cables, strict=True)), dict(zip(ports, ends, strict=True)))

    return Once(("plugged", model, tuple(ids)), steps)


def facing(model: type[Model], ids: Sequence[int], context: ReadContext) -> Once:
    """What is at the far ends of the ports' cables; shared by the fields of one read."""

    def steps() -> Steps:
        kind, panels = ContentType.objects.get_for_model(model).pk, trace.panel_types()
        found = yield _far(kind).fetch(ids, context.user)
        ports, kinds, far, statuses, profiles = found or ((), (), (), (), ())
        peers: dict[int, list[Port]] = defaultdict(list)
        for port, peer in zip(ports, map(Port, kinds, far), strict=True):
            peers[port].append(peer)
        connected = CableStatus.CONNECTED.value
        leads_on = [p or k in panels for p, k in zip(profiles, kinds, strict=True)]
        return Facing(
            peers,
            onward=set(compress(ports, leads_on)),
            live={pk for pk, status in zip(ports, statuses, strict=True) if status == connected},
        )

    return Once(("facing", model, tuple(ids)), steps)


def reached(model: type[Model], ids: Sequence[int], context: ReadContext) -> Once:
    """Endpoints of each port's path, whether the path can be used now, and all its cables.

    A path that ends at the far end of the port's own cable is not walked.
    """

    def steps() -> Steps:
        kind, panels = ContentType.objects.get_for_model(model).pk, trace.panel_types()
        plugs, far = yield [plugged(model, ids, context), facing(model, ids, context)]
        ports = [Port(kind, pk) for pk in plugs.cable if pk in far.onward]
        walks = trace.from_rows(ports, (yield trace.fetch_of(ports)) if ports else ())
        ends: dict[int, list[Port]] = {}
        usable: dict[int, bool] = {}
        cables = set(plugs.cable.values())
        for pk in plugs.cable:
            if pk in far.onward:
                walk = walks[Port(kind, pk)]
                ends[pk] = [] if trace.is_split(walk) else trace.ends_of(walk, panels)
                usable[pk] = bool(ends[pk]) and trace.is_live(walk)
                cables.update(step.cable for step in walk if step.cable is not None)
            else:
                ends[pk] = sorted(far.peers.get(pk, ()))
                usable[pk] = bool(ends[pk]) and pk in far.live
        return ends, usable, cables

    return Once(("reached", model, tuple(ids)), steps)


def brief_steps(ports: Iterable[Port]) -> Steps:
    """The brief form of ports of any kinds that the reader may see."""
    wanted: dict[int, list[Port]] = defaultdict(list)
    for port in ports:
        wanted[port.type].append(port)
    targets = {kind: registry.of_content_type(kind) for kind in wanted}
    known = {kind: target for kind, target in targets.items() if target}
    tables = yield [
        Load(target, tuple(target.nested), [port.id for port in wanted[kind]])
        for kind, target in known.items()
    ]
    return {
        port: table[port.id]
        for kind, table in zip(known, tables, strict=True)
        for port in wanted[kind]
        if port.id in table
    }


def briefs(ports: Iterable[Port], context: ReadContext) -> dict[Port, Json]:
    """The same, at once."""
    found: dict[Port, Json] = context.run(brief_steps(ports))
    return found


def type_name(ports: Sequence[Port]) -> str | None:
    """The object type of ports of one kind."""
    resource = registry.of_content_type(ports[0].type) if ports else None
    return resource.object_type if resource else None


def _type_names(groups: dict[int, list[Port]]) -> dict[int, str | None]:
    kinds = {ports[0].type for ports in groups.values() if ports}
    names = {kind: type_name([Port(kind, 0)]) for kind in kinds}
    return {pk: names[ports[0].type] if ports else None for pk, ports in groups.items()}


class CableField(Field):
    """One of the fields that tell what a port is connected to."""

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
        for lookup in _WANTED[self.name]:
            columns.expect(lookup(ContentType.objects.get_for_model(self.resource.model).pk))
        load = _LOADERS[self.name]
        model, default = self.resource.model, self.default
        marked = columns.index("mark_connected") if self.name == "_occupied" else -1

        def bind(cells: Cells, context: ReadContext) -> Steps:
            ids = cells[index]
            values = yield load(model, ids, context)
            if marked >= 0:
                return [bool(m or pk in values) for m, pk in zip(cells[marked], ids, strict=True)]
            return [values.get(pk, default) for pk in ids]

        return bind

    def schema(self) -> Json:
        return {**self._schema, "readOnly": True}


Loader = Callable[[type[Model], Sequence[int], ReadContext], Steps]


def cables_of(ids: Iterable[int]) -> Load:
    """The brief form of cables.

    Ports show their cable. Where it is known before the ports are, it is loaded together with them
    and not after them.
    """
    resource = registry.of_model(Cable)
    return Load(resource, tuple(resource.nested), ids)


def _cables(model: type[Model], ids: Sequence[int], context: ReadContext) -> Steps:
    found = (yield plugged(model, ids, context)).cable
    rows = yield cables_of(found.values())
    return {port: rows.get(cable) for port, cable in found.items()}


def _cable_ends(model: type[Model], ids: Sequence[int], context: ReadContext) -> Steps:
    found = yield plugged(model, ids, context)
    if access.may_all(context.user, access.VIEW, Cable):
        return found.end
    cables = registry.of_model(Cable)
    rows = yield Load(cables, ("id",), list(found.cable.values()))
    return {port: end for port, end in found.end.items() if found.cable[port] in rows}


def _shown(groups: dict[int, list[Port]]) -> Steps:
    table = yield from brief_steps(port for ports in groups.values() for port in ports)
    return {pk: [table[p] for p in ports if p in table] for pk, ports in groups.items()}


def _peers(model: type[Model], ids: Sequence[int], context: ReadContext) -> Steps:
    return (yield from _shown((yield facing(model, ids, context)).peers))


def _types(groups: dict[int, list[Port]], context: ReadContext) -> Steps:
    """The object type of each group's ports, of those that the reader may see."""
    if not access.unlimited(context.user):
        table = yield from brief_steps(port for ports in groups.values() for port in ports)
        groups = {pk: [port for port in ports if port in table] for pk, ports in groups.items()}
    return _type_names(groups)


def _peer_types(model: type[Model], ids: Sequence[int], context: ReadContext) -> Steps:
    found = yield facing(model, ids, context)
    return (yield from _types(found.peers, context))


def _endpoints(model: type[Model], ids: Sequence[int], context: ReadContext) -> Steps:
    ends, _, cables = yield reached(model, ids, context)
    shown = _shown({pk: ports for pk, ports in ends.items() if ports})
    return (yield [shown, cables_of(cables)])[0]


def _endpoint_types(model: type[Model], ids: Sequence[int], context: ReadContext) -> Steps:
    ends, _, _ = yield reached(model, ids, context)
    return (yield from _types(ends, context))


def _reachable(model: type[Model], ids: Sequence[int], context: ReadContext) -> Steps:
    return (yield reached(model, ids, context))[1]


def _occupied(model: type[Model], ids: Sequence[int], context: ReadContext) -> Steps:
    return dict.fromkeys((yield plugged(model, ids, context)).cable, True)


_LOADERS: dict[str, Loader] = {
    "cable": _cables,
    "cable_end": _cable_ends,
    "link_peers": _peers,
    "link_peers_type": _peer_types,
    "connected_endpoints": _endpoints,
    "connected_endpoints_type": _endpoint_types,
    "connected_endpoints_reachable": _reachable,
    "_occupied": _occupied,
}
# What each finds by the ports alone.
_WANTED: dict[str, Sequence[Callable[[int], Lookup]]] = {
    "cable": [_near],
    "cable_end": [_near],
    "link_peers": [_far],
    "link_peers_type": [_far],
    "connected_endpoints": [_near, _far],
    "connected_endpoints_type": [_near, _far],
    "connected_endpoints_reachable": [_near, _far],
    "_occupied": [_near],
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
