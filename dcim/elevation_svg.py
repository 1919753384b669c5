"""Elevations as drawings: where everything is in pixels, and the SVG made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlencode

from django.utils.safestring import SafeString, mark_safe

from dcim import elevation_file
from dcim.elevation import Elevation, Item, Reserved, Slot
from dcim.elevation_markup import document, sheet
from dcim.elevation_shapes import Drawing, Grid, Mount, Options, Picture, Shape, Text
from dcim.elevation_text import chosen, fitted, ink, measure, span
from racks.engine import Block, Face, Frame, unit_label

BORDER = 2
EAR = 7
STRIP = 15
MOST_UPRIGHTS = 8
SMALLEST = 8  # pixels: the size of text that can still be read
# Names are set bolder than the widths of characters are reckoned for.
BOLDER = 1.1
MILLIMETERS_PER_INCH = 25.4
# EIA-310: the height of a unit, and the width of a panel beyond that between the rails.
UNIT_MILLIMETERS = 44.45


def true_width(rail_inches: int, unit_height: float) -> int:
    """Pixels that a rack of this width takes at a scale where a unit is `unit_height` high."""
    return round(rail_inches * MILLIMETERS_PER_INCH / UNIT_MILLIMETERS * unit_height)


def svg(elevation: Elevation, face: Face, options: Options) -> SafeString:
    """The drawing of one face as an SVG element, or a file's text when standalone."""
    style = elevation_file.style() if options.standalone else ""
    return document(draw(elevation, face, options), style)


def sheets(found: Iterable[tuple[Elevation, Options]]) -> SafeString:
    """The empty racks that drawings with `shared` refer to, as an element that shows nothing."""
    blanks = dict(_Plan(each, Face.FRONT, options).blank for each, options in found)
    groups = "".join(
        f'<g class="rack-sheet" id="{name}">{markup}</g>' for name, markup in blanks.items()
    )
    return mark_safe(  # noqa: S308
        '<svg class="visually-hidden" width="0" height="0" aria-hidden="true">'
        f"<defs>{groups}</defs></svg>"
    )


def draw(elevation: Elevation, face: Face, options: Options) -> Drawing:
    """Work out where everything of one face goes."""
    plan = _Plan(elevation, face, options)
    drawing = plan.sheet()
    drawing.shapes += plan.reserved()
    if options.add_url:
        drawing.shapes += plan.vacancies()
    drawing.shapes += plan.ghosts()
    drawing.shapes += plan.devices(drawing.images)
    drawing.shapes += plan.uprights()
    return drawing


@dataclass(frozen=True)
class _Plan:
    elevation: Elevation
    face: Face
    options: Options

    # geometry

    @property
    def frame(self) -> Frame:
        return self.elevation.rack.frame

    @cached_property
    def side(self) -> int:
        """Room for upright devices on each side."""
        upright = len(self._upright_items())
        return STRIP * ((upright + 1) // 2) + 4 if upright else 0

    @cached_property
    def left(self) -> int:
        return self.options.legend_width + self.side + BORDER

    @property
    def step(self) -> float:
        return self.options.unit_height / 2

    @property
    def bottom(self) -> float:
        return BORDER + self.frame.steps * self.step

    def top_of(self, low: int, size: int) -> float:
        return BORDER + self.frame.offset(low, size) * self.step

    @cached_property
    def blank(self) -> tuple[str, str]:
        """The empty rack: a name for it and its SVG."""
        o, frame = self.options, self.frame
        down = "-down" if frame.descending else ""
        name = f"sheet-{frame.height}-{frame.start}{down}-{o.unit_width}-{self.left:g}"
        every = 0 if o.plain else 1 if o.names else 5
        sizes = (o.unit_width, o.unit_height, o.legend_width)
        return name, _sheet(frame, self.left, sizes, every)

    # what is on it

    def sheet(self) -> Drawing:
        """The empty rack: frame, rails, lines and numbers."""
        o, rack = self.options, self.elevation.rack
        inner = self.frame.steps * self.step
        numbering = "downwards" if self.frame.descending else "upwards"
        return Drawing(
            key=f"rack-{rack.pk}-{self.face}",
            label=f"{rack.name}, {self.face}",
            about=f"{self.frame.height} units, numbered {numbering} from {self.frame.start}",
            width=self.left + o.unit_width + BORDER + self.side + o.margin_width,
            height=inner + 2 * BORDER,
            sheet=f'<use href="#{self.blank[0]}"/>' if o.shared else self.blank[1],
            standalone=o.standalone,
            grid=self._grid() if o.movable else None,
        )

    def _grid(self) -> Grid:
        rack, frame = self.elevation.rack, self.frame
        return Grid(
            rack.pk,
            rack.name,
            self.face,
            frame.first,
            frame.end,
            frame.descending,
            self.left,
            BORDER,
            self.options.unit_width,
            self.step,
        )

    def _mount(self, block: Block, device: int | None) -> Mount | None:
        if not self.options.movable:
            return None
        return Mount(block.size, block.face, block.full_depth, device, block.low)

    def reserved(self) -> list[Shape]:
        """Hatching over what is reserved, and a bar in the margin that devices do not hide."""
        o, found = self.options, []
        taken = {half for half, block in self.elevation.occupancy.from_top(self.face) if block}
        for each in self.elevation.reservations:
            for run in each.runs:
                if not self.frame.holds(run.low, run.size):
                    continue
                y, height = self.top_of(run.low, run.size), run.size * self.step
                title = _reservation_title(each, span(run.low, run.size))
                open_halves = taken.isdisjoint(range(run.low, run.low + run.size))
                found.append(
                    Shape(
                        "reserved",
                        self.left,
                        y,
                        o.unit_width,
                        height,
                        title,
                        each.url,
                        texts=self._lines(y, height, each.why, each.who) if open_halves else (),
                        hatch="kept",
                    )
                )
                x = self.left + o.unit_width + self.side + BORDER + 3
                width = max(o.margin_width - 8, 2)
                if o.margin_width:
                    found.append(Shape("mark", x, y + 1, width, height - 2, title))
        return found

    def vacancies(self) -> list[Shape]:
        """Free whole units, each leading to a form for a new device there."""
        o, rack = self.options, self.elevation.rack
        free = set(self.elevation.occupancy.free([self.face]))
        where = {"site": rack.site or "", "location": rack.location or "", "rack": rack.pk}
        address = f"{o.add_url}?{urlencode(where)}"
        size = _round(min(o.unit_height * 0.5, 10))
        found = []
        for unit in self.frame.units_from_top():
            offered = {unit * 2, unit * 2 + 1} <= free
            if o.vacant_at is not None:
                offered = unit * 2 in o.vacant_at
            if offered:
                y = self.top_of(unit * 2, 2)
                text = Text(
                    self.left + EAR + 6, _middle(y, o.unit_height, size), size, o.vacant_text
                )
                found.append(
                    Shape(
                        "vacant",
                        self.left + EAR,
                        y,
                        o.unit_width - 2 * EAR,
                        o.unit_height,
                        f"{o.vacant_text} at {unit_label(unit * 2)}, {self.face}",
                        f"{address}&position={unit}&face={self.face}",
                        texts=(text,),
                    )
                )
        return found

    def ghosts(self) -> list[Shape]:
        """Devices of half depth on the other face: outlines, as they take nothing here."""
        found = []
        for slot, block in self._blocks:
            item = self.elevation.items.get(slot.device)
            if block.takes(self.face) or item is None:
                continue
            y, height = self._extent(block)
            texts = self._lines(y, height, item.name, f"{block.face}-mounted", str(block.face))
            mount = self._mount(block, slot.device)
            found.append(self._at(block, "ghost", item, texts=texts, hatch="hatch", mount=mount))
        return found

    def devices(self, images: dict[str, Picture]) -> list[Shape]:
        """What takes units of this face; `images` gathers the pictures by key."""
        found = []
        for slot, block in self._blocks:
            if not block.takes(self.face):
                continue
            item = self.elevation.items.get(slot.device)
            if item is None:
                found.append(self._hidden(block))
                continue
            back = block.face is not self.face
            kind = "back" if back else "device"
            seen = Face.REAR if back else Face.FRONT  # of the device, whichever way it is mounted
            address = self.options.pictures.get((item.kind_id or 0, seen), "")
            more = " pictured" if address else ""
            more += " is-lit" if slot.device == self.options.lit else ""
            y, height = self._extent(block)
            dotted = item.status != "active"
            shape = self._at(
                block,
                f"{kind} is-{item.status}{more}",
                item,
                fill=f"#{item.color}",
                ink="" if back else ink(item.color),
                texts=self._lines(y, height, item.name, *_kinds(item), dot=dotted),
                dot=self._dot(y, height) if dotted else None,
                ears=self._ears(y, height),
                image=f"type-{item.kind_id}-{seen}-{block.size}" if address else "",
                mount=self._mount(block, slot.device),
            )
            if address:
                images.setdefault(shape.image, Picture(address, shape.width, shape.height))
            found.append(shape)
            if slot.device == self.options.lit:
                found.append(self._pointer(shape))
        return found

    def _pointer(self, shape: Shape) -> Shape:
        """A bar in the margin beside the device that stands out, seen on any colour."""
        x = self.left + self.options.unit_width + self.side + BORDER + 2
        return Shape("pointer", x, shape.y, 6, shape.height, "It stands here")

    def uprights(self) -> list[Shape]:
        """Devices without a height, along the sides in turn; at the rear where no face is told."""
        found = []
        for n, item in enumerate(self._upright_items()):
            row = n // 2
            x = self.left - BORDER - 2 - STRIP * (row + 1) + 1
            if n % 2:
                x = self.left + self.options.unit_width + BORDER + 2 + STRIP * row
            y, height = BORDER + self.step, (self.frame.steps - 2) * self.step
            size = 9.5
            middle = _round(x + STRIP / 2 + size * 0.22)
            text = fitted(f"{item.name}  {item.kind}", height - 16, size)
            found.append(
                Shape(
                    f"device is-{item.status}",
                    x,
                    y,
                    STRIP - 2,
                    height,
                    f"{item.name}\n{item.kind}\nBeside the units\n{item.role}, "
                    f"{item.status_label.lower()}",
                    item.url,
                    f"#{item.color}",
                    ink(item.color),
                    (Text(middle, y + height - 8, size, text, "name"),),
                    upright=True,
                    mount=Mount(0, self.face, False, item.pk) if self.options.movable else None,
                )
            )
        return found

    # pieces

    def _upright_items(self) -> list[Item]:
        if not self.options.sides:
            return []
        beside = self.elevation.beside
        here = [item for slot, item in beside if (slot.face or Face.REAR) is self.face]
        return here[:MOST_UPRIGHTS]

    @cached_property
    def _blocks(self) -> list[tuple[Slot, Block]]:
        pairs = [
            (slot, slot.block)
            for slot in self.elevation.slots
            if slot.block and self.frame.holds(slot.block.low, slot.block.size)
        ]
        return sorted(pairs, key=lambda pair: self.frame.offset(pair[1].low, pair[1].size))

    def _extent(self, block: Block) -> tuple[float, float]:
        """Where the shape of a block begins, and its height."""
        return self.top_of(block.low, block.size) + 0.5, block.size * self.step - 1

    def _at(self, block: Block, kind: str, item: Item, **more: Any) -> Shape:
        y, height = self._extent(block)
        title = _device_title(block, item, self.face)
        width = self.options.unit_width - 1
        return Shape(kind, self.left + 0.5, y, width, height, title, item.url, **more)

    def _hidden(self, block: Block) -> Shape:
        y, height = self._extent(block)
        title = f"{span(block.low, block.size)}: taken by a device you may not see"
        return Shape(
            "hidden",
            self.left + 0.5,
            y,
            self.options.unit_width - 1,
            height,
            title,
            texts=self._lines(y, height, "Not visible to you", ""),
            hatch="hatch",
            mount=self._mount(block, None),
        )

    def _dot(self, y: float, height: float) -> Text:
        radius = _round(min(3, height / 3))
        return Text(self.left + EAR + 7.5, _round(y + height / 2), radius, "")

    def _ears(self, y: float, height: float) -> str:
        near, far = self.left + EAR + 0.5, self.left + self.options.unit_width - EAR - 0.5
        return f"M{near:g} {y:g}v{height:g}M{far:g} {y:g}v{height:g}"

    def _lines(
        self, y: float, height: float, name: str, *kinds: str, dot: bool = False
    ) -> tuple[Text, ...]:
        """The name, and the kind below it or at its right: the first of `kinds` with room."""
        if self.options.plain or not self.options.names:
            return ()
        unit = self.options.unit_height
        size = _round(min(unit * 0.54, height * 0.82, 12))
        small = _round(size * 0.86)
        indent = EAR + 5 + (9 if dot else 0)
        room = self.options.unit_width - indent - EAR - 4
        x, end = self.left + indent, self.left + self.options.unit_width - EAR - 4
        name = fitted(name, room, size * BOLDER)
        if height >= 1.9 * unit and kinds:
            above = _middle(y, height - size * 1.25, size)
            below = _middle(y, height + size * 1.25, small)
            kind = chosen(kinds, room, small) or fitted(kinds[-1], room, small)
            return (Text(x, above, size, name, "name"), Text(x, below, small, kind, "kind"))
        middle = _middle(y, height, size)
        lines = [Text(x, middle, size, name, "name")]
        if kind := chosen(kinds, room - measure(name, size * BOLDER) - 8, small):
            lines.append(Text(end, middle, small, kind, "kind", end=True))
        return tuple(lines)


@lru_cache(maxsize=256)
def _sheet(frame: Frame, left: float, sizes: tuple[int, int, int], every: int) -> str:
    """The empty rack as SVG: the same for all racks of a size."""
    width, unit, legend = sizes
    return sheet(
        left,
        BORDER,
        width,
        frame.height * unit,
        unit,
        legend=legend,
        rail=EAR,
        numbers=list(frame.units_from_top()),
        every=every,
        size=SMALLEST if every > 1 else _round(min(unit * 0.5, 10)),
    )


def _kinds(item: Item) -> tuple[str, ...]:
    return tuple(kind for kind in dict.fromkeys((item.kind, item.model)) if kind)


def _round(number: float) -> float:
    return round(number, 2)


def _middle(y: float, height: float, size: float) -> float:
    """The baseline that centres text of this size between `y` and `y + height`."""
    return _round(y + height / 2 + size * 0.36)


def _device_title(block: Block, item: Item, face: Face) -> str:
    depth = "full depth" if block.full_depth else "half depth"
    seen = "" if block.face is face else ", seen from the other side"
    lines = [
        item.name,
        item.kind,
        f"{span(block.low, block.size)} · {block.size / 2:g}U · {depth}, {block.face}{seen}",
        ", ".join(word for word in (item.role, item.status_label.lower()) if word),
    ]
    return "\n".join(line for line in lines if line)


def _reservation_title(each: Reserved, where: str) -> str:
    return f"{where} reserved: {each.why}\n{each.who}\n{each.status}"
