"""Where the ports and cables of a walk stand in its drawing. Pure functions; lengths in pixels.

Columns go from the walk's first port to its last. A column has a box for each device that the walk
comes to there, with the ports it enters by at the left and those it leaves by at the right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace

from dcim.cabling.trace import Port, Walk

HEAD, ROW, FOOT = 36, 20, 6  # of a box: its title, a line of ports, what is left below
GAP_X, GAP_Y, EDGE = 112, 14, 4
CLOSE = 34  # of two captions: below it there is no second line
NARROW, WIDE = 118.0, 204.0


@dataclass
class Box:
    """What the walk comes to in a column, and the ports it comes and goes by."""

    column: int
    owner: Hashable
    entered: list[Port] = field(default_factory=list)
    left: list[Port] = field(default_factory=list)
    x: float = 0
    y: float = 0
    width: float = 0

    @property
    def rows(self) -> int:
        """Lines of ports."""
        return max(len(self.entered), len(self.left))

    @property
    def height(self) -> float:
        """How high it is."""
        return HEAD + ROW * self.rows + FOOT

    def line(self, place: int) -> float:
        """The middle of a line of ports."""
        return self.y + HEAD + ROW * place + ROW / 2


@dataclass(frozen=True)
class Stroke:
    """A line from one port to another: of a cable, or through a panel where there is none."""

    cable: int | None
    x1: float
    y1: float
    x2: float
    y2: float
    live: bool = True


@dataclass(frozen=True)
class Caption:
    """Where a cable is told of: beside the end with fewer ports.

    With `brief` there is room for its name alone, since another one runs close by.
    """

    cable: int
    x: float
    y: float
    anchor: str
    brief: bool = False


@dataclass
class Drawing:
    """Boxes, lines and captions, and how large all of it is."""

    boxes: list[Box]
    strokes: list[Stroke]
    captions: list[Caption]
    width: float
    height: float


def together(walks: Sequence[Walk], owner: Callable[[Port], Hashable]) -> list[list[Walk]]:
    """Walks by the drawing they share: those that come over one cable at the same step.

    They come from the same side, so that what they have in common is drawn once.
    """
    groups: list[tuple[set[Hashable], list[Walk]]] = []
    for walk in walks:
        keys: set[Hashable] = {
            (step.depth, step.cable, owner(step.came_from))
            for step in walk
            if step.cable is not None and step.came_from is not None
        }
        joined = [walk]
        for group in [each for each in groups if each[0] & keys]:
            groups.remove(group)
            keys |= group[0]
            joined = group[1] + joined
        groups.append((keys, joined))
    return [joined for _, joined in groups]


def draw(
    walk: Walk,
    owner: Callable[[Port], Hashable],
    need: Callable[[Box], float],
    label: Callable[[Port], float],
) -> Drawing:
    """The drawing of a walk, or of the steps of several that begin in one column.

    `owner` tells what has a port, `need` how wide a box would be, `label` how wide a port's name.
    """
    boxes, placed = _boxes(walk, owner)
    sources = _sources(walk)
    by_column: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        by_column[box.column].append(box)
    x = float(EDGE)
    for column in sorted(by_column):
        here = by_column[column]
        width = min(max(NARROW, *(need(box) for box in here)), WIDE)
        _stack(here, placed, sources, x, width)
        x += width + GAP_X
    strokes = _strokes(walk, placed, label)
    height = max(box.y + box.height for box in boxes) + EDGE
    return Drawing(boxes, strokes, _brief(_captions(strokes)), x - GAP_X + EDGE, height)


Side = tuple[int, Port, bool]  # column, port, whether the walk leaves by it


def _boxes(
    walk: Walk, owner: Callable[[Port], Hashable]
) -> tuple[list[Box], dict[Side, tuple[Box, int]]]:
    made: dict[tuple[int, Hashable], Box] = {}
    placed: dict[Side, tuple[Box, int]] = {}
    for step in sorted(walk, key=lambda step: step.depth):
        if step.split:
            continue
        leaves = step.depth % 2 == 0
        column = (step.depth + 1) // 2
        key = (column, owner(step.port))
        box = made.setdefault(key, Box(*key))
        ports = box.left if leaves else box.entered
        if (column, step.port, leaves) not in placed:
            ports.append(step.port)
            placed[column, step.port, leaves] = (box, len(ports) - 1)
    return list(made.values()), placed


def _sources(walk: Walk) -> dict[Side, list[Side]]:
    """By port that is entered, the ports its cable comes from."""
    found: dict[Side, list[Side]] = defaultdict(list)
    for step in walk:
        if step.by_cable and step.depth and step.came_from and not step.split:
            column = (step.depth + 1) // 2
            found[column, step.port, False].append((column - 1, step.came_from, True))
    return found


def _stack(
    boxes: Sequence[Box],
    placed: dict[Side, tuple[Box, int]],
    sources: dict[Side, list[Side]],
    x: float,
    width: float,
) -> None:
    """Put the boxes of a column one below the other, each as near to its cables as it can be."""
    wanted = []
    for box in boxes:
        tops = [
            placed[source][0].line(placed[source][1]) - HEAD - ROW * place - ROW / 2
            for place, port in enumerate(box.entered)
            for source in sources.get((box.column, port, False), ())
            if source in placed
        ]
        wanted.append((min(tops, default=float(EDGE)), box))
    below = float(EDGE)
    for top, box in sorted(wanted, key=lambda pair: pair[0]):
        box.x, box.width, box.y = x, width, max(below, top)
        below = box.y + box.height + GAP_Y


def _strokes(
    walk: Walk, placed: dict[Side, tuple[Box, int]], label: Callable[[Port], float]
) -> list[Stroke]:
    found: dict[Stroke, None] = {}
    for step in walk:
        if not step.depth or step.came_from is None or step.split:
            continue
        column = (step.depth + 1) // 2
        if step.by_cable:
            near = placed.get((column - 1, step.came_from, True))
            far = placed.get((column, step.port, False))
        else:
            near = placed.get((column, step.came_from, False))
            far = placed.get((column, step.port, True))
        if near is None or far is None:
            continue
        (a, here), (b, there) = near, far
        ends = (a.x + a.width, b.x)
        if not step.by_cable:  # between the names
            ends = (a.x + label(step.came_from), b.x + b.width - label(step.port))
        stroke = Stroke(step.cable, ends[0], a.line(here), ends[1], b.line(there), step.live)
        found[stroke] = None
    return list(found)


def _brief(captions: Sequence[Caption]) -> list[Caption]:
    """The captions, those close to one another without facts."""

    def close(a: Caption, b: Caption) -> bool:
        return a is not b and abs(a.x - b.x) < GAP_X and abs(a.y - b.y) < CLOSE

    return [replace(a, brief=any(close(a, b) for b in captions)) for a in captions]


def _captions(strokes: Sequence[Stroke]) -> list[Caption]:
    lanes: dict[int, list[Stroke]] = defaultdict(list)
    for stroke in strokes:
        if stroke.cable is not None:
            lanes[stroke.cable].append(stroke)
    found = []
    for cable, mine in lanes.items():
        near, far = {s.y1 for s in mine}, {s.y2 for s in mine}
        first = min(mine, key=lambda stroke: (stroke.y1, stroke.y2))
        if len(mine) == 1 and first.y1 == first.y2:
            found.append(Caption(cable, (first.x1 + first.x2) / 2, first.y1, "middle"))
        elif len(near) <= len(far):
            found.append(Caption(cable, first.x1 + 9, first.y1, "start"))
        else:
            found.append(Caption(cable, first.x2 - 9, first.y2, "end"))
    return found
