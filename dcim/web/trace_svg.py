"""The drawing of a path: boxes for devices and panels, cables in their colours between them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.web import cells
from dcim.cabling import layout
from dcim.cabling.layout import Box, Caption, Drawing, Stroke
from dcim.cabling.trace import Port, Walk
from dcim.elevation_text import fitted, measure

Json = dict[str, Any]
NAME, SMALL = 12.5, 11
_COLOR = re.compile(r"[0-9a-fA-F]{6}")
HIDDEN = "not yours to see"


@dataclass(frozen=True)
class Known:
    """What the reader may see of ports, of the devices that have them, and of cables."""

    ports: dict[Port, Json]
    devices: dict[int, Json]
    cables: dict[int, Json]
    facts: dict[int, list[str]]
    kinds: dict[Port, str]

    def owner(self, port: Port) -> Hashable:
        """What a port is drawn in: its device, else itself."""
        device = (self.ports.get(port) or {}).get("device")
        return ("device", device["id"]) if device else ("port", port)

    def title(self, box: Box) -> tuple[str, str, str]:
        """Name, address and place of what a box stands for."""
        first = (box.entered or box.left)[0]
        row = self.ports.get(first)
        if row is None:
            return HIDDEN, "", ""
        device = row.get("device")
        if not device:
            return self.kinds.get(first, "").capitalize(), "", ""
        place = self.devices.get(device["id"], {})
        where = place.get("rack") or place.get("site") or {}
        return str(device["display"]), cells.page_of(device) or "", str(where.get("display", ""))

    def name(self, port: Port) -> str:
        """What a port is called."""
        row = self.ports.get(port)
        return str(row["display"]) if row else HIDDEN

    def label(self, port: Port) -> float:
        """How much room a port's name takes, from the edge of its box."""
        return min(measure(self.name(port), NAME), layout.WIDE / 2 - 16) + 14

    def need(self, box: Box) -> float:
        """How wide a box has to be for what is written in it."""
        name, _, place = self.title(box)
        pairs = zip(_padded(box.entered, box.rows), _padded(box.left, box.rows), strict=True)
        rows = [sum(measure(self.name(p), NAME) + 16 for p in pair if p) for pair in pairs]
        titles = (measure(name, NAME) * 1.06 + 20, measure(place, SMALL) + 20)
        return max(*titles, *(row + 10 for row in rows))


def _padded(ports: list[Port], count: int) -> list[Port | None]:
    return [*ports, *[None] * (count - len(ports))]


def svg(walk: Walk, known: Known, here: Port | None, cable: int | None) -> SafeString:
    """The drawing of a walk or several; `here` and `cable` are those whose page it is on."""
    drawing = layout.draw(walk, known.owner, known.need, known.label)
    parts = [
        f'<svg class="trace-drawing" role="group" aria-label="The path as a drawing" '
        f'width="{drawing.width:g}" height="{drawing.height:g}" '
        f'viewBox="0 0 {drawing.width:g} {drawing.height:g}">'
    ]
    parts += [_stroke(stroke, known) for stroke in _behind(drawing.strokes, cable)]
    parts += [_box(box, known, here) for box in drawing.boxes]
    parts += [_stroke(stroke, known) for stroke in drawing.strokes if stroke.cable is None]
    parts += [_dots(drawing, known, here)]
    parts += [_caption(each, known, each.cable == cable) for each in drawing.captions]
    parts.append("</svg>")
    return mark_safe("".join(parts))  # noqa: S308


def _behind(strokes: Iterable[Stroke], cable: int | None) -> list[Stroke]:
    """The cables, the one whose page it is last, so that it lies on top."""
    return sorted((s for s in strokes if s.cable is not None), key=lambda s: s.cable == cable)


def _stroke(stroke: Stroke, known: Known) -> str:
    bend = (stroke.x2 - stroke.x1) / 2
    path = (
        f"M{stroke.x1:g} {stroke.y1:g}C{stroke.x1 + bend:g} {stroke.y1:g} "
        f"{stroke.x2 - bend:g} {stroke.y2:g} {stroke.x2:g} {stroke.y2:g}"
    )
    if stroke.cable is None:
        return f'<path class="trace-inner" d="{path}"/>'
    row = known.cables.get(stroke.cable, {})
    color = str(row.get("color") or "")
    ink = f' stroke="#{color}"' if _COLOR.fullmatch(color) else ""
    planned = "" if stroke.live else " is-planned"
    return (
        f'<path class="trace-casing{planned}" d="{path}"/>'
        f'<path class="trace-core{planned}" d="{path}"{ink}/>'
    )


def _link(url: str, title: str, inner: str, kind: str) -> str:
    told = f"<title>{escape(title)}</title>{inner}"
    if not url:
        return f'<g class="{kind}">{told}</g>'
    return f'<a class="{kind}" href="{escape(url)}">{told}</a>'


def _box(box: Box, known: Known, here: Port | None) -> str:
    name, url, place = known.title(box)
    room = box.width - 18
    x, y = box.x + 9, box.y
    parts = [
        f'<rect class="trace-box" x="{box.x:g}" y="{y:g}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="4"/>'
    ]
    head = _text(x, y + 16, fitted(name, room, NAME), "trace-name")
    if place:
        head += _text(x, y + 30, fitted(place, room, SMALL), "trace-where")
    area = f'<rect class="trace-hit" x="{box.x:g}" y="{y:g}" width="{box.width:g}" height="34"/>'
    parts.append(_link(url, f"{name}, {place}" if place else name, area + head, "trace-owner"))
    both = bool(box.entered and box.left)
    share = (box.width / 2 if both else box.width) - 16
    for place_, port in enumerate(box.entered):
        parts.append(_port(box, place_, port, known, here, share, at_left=True))
    for place_, port in enumerate(box.left):
        parts.append(_port(box, place_, port, known, here, share, at_left=False))
    return "".join(parts)


def _port(
    box: Box,
    place: int,
    port: Port,
    known: Known,
    here: Port | None,
    room: float,
    *,
    at_left: bool,
) -> str:
    x = box.x + 11 if at_left else box.x + box.width - 11
    anchor = "" if at_left else "end"
    name = known.name(port)
    kind = "trace-port is-here" if port == here else "trace-port"
    left = box.x + 1 if at_left else box.x + box.width - room - 15
    area = (
        f'<rect class="trace-hit" x="{left:g}" y="{box.line(place) - 9:g}" '
        f'width="{room + 14:g}" height="18" rx="3"/>'
    )
    text = _text(x, box.line(place) + 4, fitted(name, room, NAME), "", anchor)
    url = cells.page_of(known.ports[port]) if port in known.ports else ""
    title = f"{known.kinds.get(port, '')} {name}".strip()
    return _link(url or "", title, area + text, kind)


def _dots(drawing: Drawing, known: Known, here: Port | None) -> str:
    """The plugs: hollow where nothing is plugged in, though the path goes on from there."""
    used = {(s.x1, s.y1) for s in drawing.strokes} | {(s.x2, s.y2) for s in drawing.strokes}
    parts = []
    for box in drawing.boxes:
        for ports, x in ((box.entered, box.x), (box.left, box.x + box.width)):
            for place, port in enumerate(ports):
                y = box.line(place)
                kind = "is-open" if (x, y) not in used else "is-here" if port == here else ""
                cabled = any(s.cable and (s.x1, s.y1) == (x, y) for s in drawing.strokes)
                if ports is box.left and box.column and not cabled:
                    kind = "is-open"
                parts.append(f'<circle class="trace-dot {kind}" cx="{x:g}" cy="{y:g}" r="3.5"/>')
    return "".join(parts)


def _caption(caption: Caption, known: Known, here: bool) -> str:
    row = known.cables.get(caption.cable)
    name = str(row["display"]) if row else "hidden cable"
    room = layout.GAP_X - 16
    anchor = caption.anchor
    inner = _text(caption.x, caption.y - 6, fitted(name, room, SMALL), "trace-label", anchor)
    facts = " · ".join(known.facts.get(caption.cable, ()))
    if facts and not caption.brief:
        short = fitted(facts, room, 10.5)
        inner += _text(caption.x, caption.y + 15, short, "trace-fact", anchor)
    url = cells.page_of(row) if row else ""
    kind = "trace-tag is-here" if here else "trace-tag"
    return _link(url or "", f"Cable {name}{', ' + facts if facts else ''}", inner, kind)


def _text(x: float, y: float, text: str, kind: str, anchor: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    placed = f' text-anchor="{anchor}"' if anchor and anchor != "start" else ""
    return f'<text{named} x="{x:g}" y="{y:g}"{placed}>{escape(text)}</text>'
