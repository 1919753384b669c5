"""A floor plan laid out on paper, to scale: shapes and texts in mm of the paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from facilities.engine.shapes import QUARTER, Corner, Rect
from facilities.engine.tiles import column_letters, column_number

# ISO 216, long side first, in mm.
PAPERS = {"a4": (297, 210), "a3": (420, 297), "a2": (594, 420), "a1": (841, 594), "a0": (1189, 841)}
SCALES = (10, 20, 25, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000, 5000)
MARGIN, BLOCK, RULER = 10.0, 26.0, 6.0
INK, FAINT, MUTED = "1d262c", "d9dfe2", "566067"
TEXT_MAX, TEXT_MIN = 3.0, 1.1
CHARACTER = 0.64  # width of an average character as a share of its size
BAR_MM = 5_000  # what the scale bar stands for, in the room


@dataclass(frozen=True)
class Polygon:
    """A closed shape; colours are six hexadecimal digits, empty for none."""

    points: Sequence[Corner]
    fill: str = ""
    stroke: str = ""
    width: float = 0.15
    dashed: bool = False
    opacity: float = 1.0


@dataclass(frozen=True)
class Line:
    """A straight line."""

    start: Corner
    end: Corner
    stroke: str = INK
    width: float = 0.1


@dataclass(frozen=True)
class Text:
    """A line of text. x is where it begins, or its middle where centred; y its middle."""

    x: float
    y: float
    text: str
    size: float
    color: str = INK
    centred: bool = True
    turned: bool = False  # reads from bottom to top
    bold: bool = False


@dataclass(frozen=True)
class Picture:
    """Where the drawing behind lies."""

    x: float
    y: float
    width: float
    height: float
    opacity: float


Mark = Polygon | Line | Text | Picture


@dataclass(frozen=True)
class Piece:
    """Something to be drawn, in mm of the room. `color` fills it, in place of its kind's."""

    kind: str
    rect: Rect
    label: str = ""
    color: str = ""


@dataclass(frozen=True)
class Subject:
    """What is to be laid out. `drawing` is x, y, width, height in mm and opacity from 0 to 1."""

    width: int
    depth: int
    tile: tuple[int, int]
    first: tuple[str, int]
    outline: Sequence[Corner]
    pieces: Sequence[Piece]
    drawing: tuple[float, float, float, float, float] | None = None
    title: str = ""
    notes: Sequence[str] = ()
    legend_title: str = ""
    legend: Sequence[tuple[str, str]] = field(default_factory=tuple)  # meaning, colour


@dataclass(frozen=True)
class Sheet:
    """A page of paper in mm, its scale (1 to `scale`), and what is on it, the lowest first."""

    width: float
    height: float
    scale: int
    marks: list[Mark]


# fill, line, dashed; in the order they lie upon one another
STYLES: dict[str, tuple[str, str, bool]] = {
    "cold-aisle": ("dcebf7", "", False),
    "hot-aisle": ("fae1d3", "", False),
    "row": ("", "868e93", True),
    "containment": ("", "c9592a", True),
    "wall": ("566067", "566067", False),
    "door": ("ffffff", "566067", False),
    "column": ("b4babd", "566067", False),
    "crac": ("cfe6e0", "566067", False),
    "other": ("eceff0", "566067", False),
    "equipment": ("f6e9c8", "566067", False),
    "rack": ("e7ebed", "3a444a", False),
    "busway": ("", "b97a09", True),
    "label": ("", "", False),
}


def lay_out(subject: Subject, paper: str = "a3") -> Sheet:
    """The page: the plan at the largest usual scale that fits, and the title block below."""
    long, short = PAPERS[paper]
    wide = subject.width >= subject.depth
    width, height = (long, short) if wide else (short, long)
    room = (width - 2 * MARGIN - RULER, height - 2 * MARGIN - RULER - BLOCK)
    need = max(subject.width / room[0], subject.depth / room[1])
    scale = next((each for each in SCALES if each >= need), -int(-need // 1000) * 1000)
    left = MARGIN + RULER + (room[0] - subject.width / scale) / 2
    top = MARGIN + RULER + (room[1] - subject.depth / scale) / 2
    on = _Paper(left, top, scale)
    marks = [*_ground(subject, on), *_pieces(subject, on), *_block(subject, width, height, scale)]
    return Sheet(width, height, scale, marks)


@dataclass(frozen=True)
class _Paper:
    """From mm of the room to mm of the paper."""

    left: float
    top: float
    scale: int

    def at(self, x: float, y: float) -> Corner:
        return self.left + x / self.scale, self.top + y / self.scale

    def shape(self, points: Sequence[Corner]) -> list[Corner]:
        return [self.at(x, y) for x, y in points]


def _ground(subject: Subject, on: _Paper) -> Iterator[Mark]:
    """The drawing behind, the grid with its names, the outline."""
    if subject.drawing:
        x, y, width, height, opacity = subject.drawing
        yield Picture(*on.at(x, y), width / on.scale, height / on.scale, opacity)
    yield from _grid(subject, on)
    whole = [(0, 0), (subject.width, 0), (subject.width, subject.depth), (0, subject.depth)]
    yield Polygon(on.shape(subject.outline or whole), stroke=INK, width=0.5)


def _grid(subject: Subject, on: _Paper) -> Iterator[Mark]:
    first = column_number(subject.first[0])
    for axis, (length, step, across) in enumerate(
        ((subject.width, subject.tile[0], subject.depth),
         (subject.depth, subject.tile[1], subject.width))
    ):  # fmt: skip
        every = -int(-4.5 // (step / on.scale))  # names need 4.5 mm
        for n in range(-(-length // step) + 1):
            at = min(n * step, length)
            ends = ((at, 0), (at, across)) if axis == 0 else ((0, at), (across, at))
            yield Line(on.at(*ends[0]), on.at(*ends[1]), FAINT)
            middle = at + step / 2
            if n % every or middle > length:
                continue
            x, y = on.at(middle, 0) if axis == 0 else on.at(0, middle)
            if axis == 0:
                yield Text(x, y - 2.5, column_letters(first + n), 2, MUTED)
            else:
                yield Text(x - 3, y, str(subject.first[1] + n), 2, MUTED)


def _pieces(subject: Subject, on: _Paper) -> Iterator[Mark]:
    order = {kind: place for place, kind in enumerate(STYLES)}
    for piece in sorted(subject.pieces, key=lambda each: order.get(each.kind, 0)):
        fill, stroke, dashed = STYLES.get(piece.kind, STYLES["other"])
        corners = on.shape(piece.rect.corners)
        if fill or stroke or piece.color:
            yield Polygon(corners, piece.color or fill, stroke, dashed=dashed)
        if piece.kind == "rack":  # its face
            yield Line(corners[2], corners[3], INK, 0.5)
        yield from _label(piece, on, readable_on(piece.color or fill))


def _label(piece: Piece, on: _Paper, color: str) -> Iterator[Text]:
    """The label, as large as there is room for; none where it could not be read."""
    if not piece.label or piece.kind in ("row", "containment", "busway"):
        return
    turned = piece.rect.rotation // QUARTER % 2 == 1
    width, depth = piece.rect.width / on.scale, piece.rect.depth / on.scale
    across, down = (depth, width) if turned else (width, depth)
    if piece.kind == "label":
        across, down = max(across, 60.0), TEXT_MAX * 1.5
    x, y = on.at(piece.rect.x, piece.rect.y)
    need = len(piece.label) * CHARACTER
    level, upright = min(across * 0.92 / need, down * 0.8), min(down * 0.92 / need, across * 0.8)
    size = min(max(level, upright), TEXT_MAX)
    if size >= TEXT_MIN:
        level_fits = level >= min(upright, TEXT_MAX * 0.5)
        size = min(level if level_fits else upright, TEXT_MAX)
        yield Text(x, y, piece.label, size, color, turned=not level_fits)


def readable_on(color: str) -> str:
    """Black or white, whichever stands out more, by the relative luminance of WCAG 2."""
    if not color:
        return INK
    parts = [int(color[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "ffffff" if light < 0.18 else INK


def _block(subject: Subject, width: float, height: float, scale: int) -> Iterator[Mark]:
    """The title block: what it is, its scale with a bar, notes, the legend."""
    left, top, right = MARGIN, height - MARGIN - BLOCK + 4, width - MARGIN
    bottom = height - MARGIN
    yield Polygon([(left, top), (right, top), (right, bottom), (left, bottom)], "ffffff", INK, 0.35)
    yield Text(left + 3, top + 5, subject.title, 4.5, centred=False, bold=True)
    for n, note in enumerate(subject.notes):
        yield Text(left + 3, top + 10.5 + 4 * n, note, 2.6, MUTED, centred=False)
    middle = left + (right - left) * 0.4
    yield Line((middle, top), (middle, bottom), INK, 0.2)
    yield Text(middle + 3, top + 5, f"1:{scale}", 4.5, centred=False, bold=True)
    yield from _bar(middle + 3, bottom - 5, scale)
    third = left + (right - left) * 0.62
    yield Line((third, top), (third, bottom), INK, 0.2)
    if subject.legend:
        yield Text(third + 3, top + 3.5, subject.legend_title, 2.6, MUTED, centred=False)
    rows = 4
    columns = max(-(-len(subject.legend) // rows), 1)
    step = (right - third - 4) / columns
    for n, (meaning, color) in enumerate(subject.legend):
        x, y = third + 3 + n // rows * step, top + 7.5 + n % rows * 3.9
        box = [(x, y - 1.3), (x + 2.6, y - 1.3), (x + 2.6, y + 1.3), (x, y + 1.3)]
        yield Polygon(box, color, INK, 0.1)
        fits = max(int((step - 6) / (2.4 * CHARACTER)), 4)
        told = meaning if len(meaning) <= fits else f"{meaning[: fits - 1]}."
        yield Text(x + 4, y, told, 2.4, centred=False)


def _bar(x: float, y: float, scale: int) -> Iterator[Mark]:
    step = BAR_MM / scale
    while step > 30:
        step /= 5
    for n in range(2):
        ends = x + n * step, x + (n + 1) * step
        corners = [(ends[0], y), (ends[1], y), (ends[1], y + 1.2), (ends[0], y + 1.2)]
        yield Polygon(corners, INK if n == 0 else "ffffff", INK, 0.1)
    for n in range(3):
        yield Text(x + n * step, y - 2, f"{n * step * scale / 1000:g} m", 2.2, MUTED)
