"""Where cables lead, as a chain of hops on the pages of ports and cables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from html import unescape
from itertools import groupby
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core import registry, units
from core.read import ReadContext
from core.registry import of_model
from core.web import cells
from core.web.columns import RowAction
from core.web.page import address, reading
from dcim.cabling import layout, trace
from dcim.cabling.api import cables_of, paths_through
from dcim.cabling.fields import briefs
from dcim.cabling.trace import Port, Walk
from dcim.choices import LengthUnit
from dcim.models import Cable, CableTermination, Device
from dcim.models.cables import METERS_PER_UNIT
from dcim.web import ports as actions
from dcim.web import trace_svg

SHOWN_PATHS = 12
Json = dict[str, Any]


@dataclass(frozen=True)
class Hop:
    """A port on the way: a link with its device, where that is, and whether the page is its."""

    html: SafeString
    kind: str
    place: SafeString
    here: bool = False


@dataclass(frozen=True)
class Link:
    """A cable on the way; none where the way leads through a panel."""

    html: SafeString
    color: str
    facts: list[str]
    status: SafeString
    here: bool = False


@dataclass
class Stretch:
    """Ports, the cable from there, and the ports it leads to."""

    near: list[Hop]
    link: Link | None
    far: list[Hop]
    inside: bool = False


@dataclass
class Chain:
    """A path from its first port to its last, with what is said about it as a whole."""

    stretches: list[Stretch] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)
    fault: str = ""


@dataclass(frozen=True)
class Drawn:
    """Paths that share cables, in one drawing."""

    drawing: SafeString
    chains: list[Chain]

    @property
    def summary(self) -> list[str]:
        """What is said of all of them."""
        if len(self.chains) == 1:
            return self.chains[0].summary
        whole = [each.summary[-1] for each in self.chains if each.summary and not each.fault]
        same = whole[:1] if len(whole) == len(self.chains) else []
        return [f"{len(self.chains)} paths", *same]

    @property
    def faults(self) -> list[str]:
        """What is wrong with any of them, each said once."""
        return list(dict.fromkeys(each.fault for each in self.chains if each.fault))


class Loaded:
    """What the ports and cables of some walks look like; a fixed number of statements."""

    def __init__(self, walks: Sequence[Walk], context: ReadContext) -> None:
        ports = {step.port for walk in walks for step in walk}
        self.ports = briefs(list(ports), context)
        self.cables = cables_of(list(walks), context)
        owners = {row["device"]["id"] for row in self.ports.values() if row.get("device")}
        self.devices = context.load(of_model(Device), ("id", "site", "rack"), owners)

    def hop(self, port: Port, here: Port | None) -> Hop:
        """A port as people see it."""
        row = self.ports.get(port)
        if row is None:
            return Hop(SafeString("A port that you may not see"), "", cells.EMPTY)
        device = self.devices.get((row.get("device") or {}).get("id", 0), {})
        place = device.get("rack") or device.get("site")
        where = cells.reference(place) if place else cells.EMPTY
        resource = registry.of_content_type(port.type)
        kind = resource.name if resource else ""
        return Hop(cells.reference(row), kind, where, port == here)

    @cached_property
    def known(self) -> trace_svg.Known:
        """The same for the drawing."""
        kinds = {port: registry.of_content_type(port.type) for port in self.ports}
        plain = re.compile(r"<[^>]+>")
        return trace_svg.Known(
            self.ports,
            self.devices,
            self.cables,
            {
                pk: [unescape(plain.sub("", fact)) for fact in reversed(self.link(pk, None).facts)]
                for pk in self.cables
            },
            {port: kind.name for port, kind in kinds.items() if kind},
        )

    def link(self, pk: int, here: int | None) -> Link:
        """A cable as people see it."""
        row = self.cables.get(pk)
        if row is None:
            return Link(SafeString("A cable that you may not see"), "", [], cells.EMPTY)
        field = of_model(Cable).field
        facts = [str(cells.renderer(field("type"))(row["type"], row)), length(row)]
        status = cells.renderer(field("status"))(row["status"], row)
        plain = {name: row[name] for name in ("url", "display")}
        shown = [fact for fact in facts if fact]
        return Link(cells.reference(plain), row["color"], shown, status, pk == here)


def length(cable: Json) -> str:
    """The length of a cable with its unit; empty where it is not known."""
    unit = cable["length_unit"]
    return (
        units.told(cable["length"], unit["value"]) if cable["length"] is not None and unit else ""
    )


def _meters(cables: Iterable[Json]) -> Decimal | None:
    """The length of cables together; None where that of one is not known."""
    total = Decimal(0)
    for cable in cables:
        if cable["length"] is None or not cable["length_unit"]:
            return None
        factor = METERS_PER_UNIT[LengthUnit(cable["length_unit"]["value"])]
        total += Decimal(repr(cable["length"])) * factor
    return total


def chain(walk: Walk, loaded: Loaded, port: Port | None, cable: int | None) -> Chain:
    """A walk as hops; `port` and `cable` are those whose page it is on."""
    found = Chain()
    segments = trace.segments(walk)
    for _, level in groupby(segments, key=lambda part: part.depth):
        for part in level:
            if part.cable is None and part.depth == 1:
                continue
            stretch = Stretch(
                [loaded.hop(each, port) for each in part.near],
                loaded.link(part.cable, cable) if part.cable else None,
                [loaded.hop(each, port) for each in part.far],
                inside=part.depth > 1,
            )
            found.stretches.append(stretch)
    crossed = {part.cable for part in segments if part.cable}
    if crossed:
        found.summary.append("1 cable" if len(crossed) == 1 else f"{len(crossed)} cables")
    known = [loaded.cables[pk] for pk in crossed if pk in loaded.cables]
    meters = _meters(known) if len(known) == len(crossed) else None
    if meters:
        found.summary.append(units.told(float(meters), "m"))
    if trace.is_split(walk):
        found.fault = "It splits in a panel: nothing says which of several ways on is meant."
    elif crossed and not trace.ends_of(walk):
        found.fault = "It ends in a panel, where nothing is plugged in further on."
    elif not trace.is_live(walk):
        found.fault = "Not every cable of it is connected yet."
    elif crossed:
        found.summary.append("connected from end to end")
    return found


def _whole(ports: Sequence[Port]) -> list[Walk]:
    """The paths that lead through ports, each in one direction."""
    panels = trace.panel_types()
    inner = [port for port in ports if port.type in panels]
    outer = [port for port in ports if port.type not in panels]
    found = list(trace.walks(outer).values())
    if inner:
        found += paths_through(inner) or list(trace.walks(inner[:1]).values())
    kept: dict[frozenset[Port], Walk] = {}
    for walk in found:
        kept.setdefault(frozenset([walk[0].port, *trace.ends_of(walk)]), walk)
    return list(kept.values())


def _render(
    request: HttpRequest,
    walks: list[Walk],
    *,
    port: Port | None = None,
    cable: int | None = None,
    more: Json | None = None,
) -> str:
    shown = [walk for walk in walks if len(walk) > 1][:SHOWN_PATHS]
    loaded = Loaded(shown, reading(request))
    context = {
        "drawn": [
            Drawn(
                trace_svg.svg([s for walk in group for s in walk], loaded.known, port, cable),
                [chain(walk, loaded, port, cable) for walk in group],
            )
            for group in layout.together(shown, loaded.known.owner)
        ],
        "hidden": max(len(walks) - SHOWN_PATHS, 0),
        **(more or {}),
    }
    return render_to_string("dcim/trace_panel.html", context, request)


def port_panel(
    model: type[Model],
) -> Callable[[HttpRequest, int, Json], str]:
    """The panel of a kind of port: its path, and what can be done with it."""

    def panel(request: HttpRequest, pk: int, context: Json) -> str:
        port = Port(ContentType.objects.get_for_model(model).pk, pk)
        back = address(of_model(model), pk)
        offered = actions.offered(request, model, [pk], back).get(pk, [])
        shown: list[RowAction] = [each for each in offered if each.label != actions.TRACE]
        return _render(request, _whole([port]), port=port, more={"actions": shown})

    return panel


def cable_panel(request: HttpRequest, pk: int, context: Json) -> str:
    """The paths that a cable is part of, from its end A, or its end B where A is loose."""
    ends: dict[str, list[Port]] = {"A": [], "B": []}
    rows = CableTermination.objects.filter(cable=pk).order_by("connector", "pk")
    for end, kind, port in rows.values_list("cable_end", "termination_type", "termination_id"):
        ends[end].append(Port(kind, port))
    return _render(request, _whole(ends["A"] or ends["B"]), cable=pk)
