"""What drawings of elevations consist of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from racks.engine import Face

# Addresses of pictures by device type and the side of the device that they show.
Pictures = Mapping[tuple[int, Face], str]


@dataclass(frozen=True)
class Options:
    """Sizes in pixels and what to show.

    `margin_width` is room at the right for reservations. `pictures` are drawn over the colours of
    roles, where there are some. `standalone` makes a file with its own
    style and without the page's variables; `add_url` offers free units for new devices there.
    With `vacant_at` only places from these half units up are offered, in the words of
    `vacant_text`. `movable` says of each device where it is, for the script that moves devices.
    With `shared` the page has the empty racks once, as `elevation_svg.sheets` gives them.
    `lit` is a device that stands out; a `plain` drawing has nothing written in it, and one without
    `names` tells who devices are only when they are pointed at.
    """

    unit_width: int = 220
    unit_height: int = 22
    legend_width: int = 30
    margin_width: int = 15
    pictures: Pictures = field(default_factory=dict)
    sides: bool = False
    standalone: bool = False
    add_url: str = ""
    vacant_at: frozenset[int] | None = None
    vacant_text: str = "Add device"
    movable: bool = False
    lit: int | None = None
    plain: bool = False
    names: bool = True
    shared: bool = False


@dataclass(frozen=True)
class Mount:
    """Where a device is, for scripts: half units from `low`, on a face or through the depth.

    Without `device` it is one that the user may not see; without `low` it takes no units.
    """

    size: int
    face: Face | None
    deep: bool
    device: int | None = None
    low: int | None = None


@dataclass(frozen=True)
class Text:
    """A line of text with its baseline's start; `kind` is its class."""

    x: float
    y: float
    size: float
    text: str
    kind: str = ""
    end: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture that a drawing has once: its address, and the size of the devices it is for."""

    address: str
    width: float
    height: float


@dataclass(frozen=True)
class Shape:
    """A rectangle with what it says: a device, a reservation, a free unit."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str
    url: str = ""
    fill: str = ""
    ink: str = ""
    texts: tuple[Text, ...] = ()
    image: str = ""
    upright: bool = False
    ears: str = ""
    hatch: str = ""
    dot: Text | None = None
    mount: Mount | None = None


@dataclass(frozen=True)
class Grid:
    """What a script needs to find the half unit at a place of the drawing."""

    rack: int
    name: str
    face: Face
    first: int
    end: int
    descending: bool
    left: float
    top: float
    width: float
    step: float


@dataclass
class Drawing:
    """One face of one rack; `sheet` is the empty rack as SVG."""

    key: str
    label: str
    about: str
    width: float
    height: float
    sheet: str
    shapes: list[Shape] = field(default_factory=list)
    images: dict[str, Picture] = field(default_factory=dict)
    standalone: bool = False
    grid: Grid | None = None
