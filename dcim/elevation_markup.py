"""Elevations as SVG, put together here: a template takes ten times as long."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape  # a drawing has a thousand texts; Django's looks at each twice
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from dcim.elevation_shapes import Drawing, Grid, Mount, Shape, Text

# Oblique lines over what is not there, or is kept for somebody.
PATTERNS = {
    "hatch": 'width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="hatch" d="M3 0v6"/>',
    "kept": 'width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">'
    '<path class="kept" d="M3.5 0v7"/>',
}


def document(drawing: Drawing, style: str = "") -> SafeString:
    """The drawing as an SVG element, with `style` as a file of its own."""
    size = f"{drawing.width:g}", f"{drawing.height:g}"
    label, key = escape(drawing.label), escape(drawing.key)
    space = ' xmlns="http://www.w3.org/2000/svg"' if drawing.standalone else ""
    head = f"<title>{label}</title><style>{style}</style>" if drawing.standalone else ""
    made = (
        f'<svg class="elevation-drawing"{space} viewBox="0 0 {size[0]} {size[1]}" '
        f'width="{size[0]}" height="{size[1]}" role="group" aria-label="{label}"'
        f"{_grid(drawing.grid) if drawing.grid else ''}>{head}{_definitions(drawing, key)}"
        f'<g class="rack-sheet" role="img" aria-label="{escape(drawing.about)}">'
        f"{drawing.sheet}</g>\n"
        f"{_shapes(drawing, key)}</svg>"
    )
    return mark_safe(made)  # noqa: S308


def sheet(
    left: float,
    top: float,
    width: float,
    height: float,
    unit: float,
    *,
    legend: float,
    rail: float,
    numbers: Sequence[int],
    every: int,
    size: float,
) -> str:
    """The empty rack: its frame, rails with holes where they can be seen, lines, and numbers.

    It goes from `left` and `top` and is `width` wide and `height` high. Numbers are in a legend of
    that width, those that `every` divides, or none for 0.
    """
    count = round(height / unit)
    lines = "".join(f"M{left:g} {top + n * unit:g}h{width:g}" for n in range(1, count))
    marks = "".join(
        f"M{legend - 1:g} {top + n * unit / 2:g}h{-2 if n % 2 else -5}"
        for n in range(2 * count + 1)
    )
    rails = "".join(
        f"M{x:g} {top:g}h{rail:g}v{height:g}h{-rail:g}z" for x in (left, left + width - rail)
    )
    # Squares of two pixels as dashes of a line.
    bores = "".join(
        f"M{x:g} {top:g}v{height:g}" for x in (left + rail / 2, left + width - rail / 2)
    )
    dashes = f'stroke-dasharray="2 {unit / 3 - 2:.4g}" stroke-dashoffset="{1 - unit / 6:.4g}"'
    bored = f'<path class="hole" {dashes} d="{bores}"/>'
    return (
        f'<rect class="frame" x="{left - 1:g}" y="{top - 1:g}" width="{width + 2:g}" '
        f'height="{height + 2:g}" rx="2"/><path class="lines" d="{lines}"/>'
        f'<path class="ruler" d="{marks}"/><path class="rail" d="{rails}"/>'
        f"{bored if unit >= 9 else ''}"
        f"{_numbers(legend - 8, top + size * 0.36, unit, numbers, every, size) if every else ''}"
    )


def _numbers(
    x: float, y: float, unit: float, numbers: Sequence[int], every: int, size: float
) -> str:
    texts = "".join(
        f'<tspan x="{x:g}" y="{y + (n + 0.5) * unit:g}"{_weight(number)}>{number}</tspan>'
        for n, number in enumerate(numbers)
        if number % every == 0
    )
    return f'<text class="number" font-size="{size:g}" text-anchor="end">{texts}</text>'


def _weight(number: int) -> str:
    return "" if number % 5 else ' class="five"'


def _grid(grid: Grid) -> str:
    down = ' data-down="1"' if grid.descending else ""
    return (
        f' data-rack="{grid.rack}" data-name="{escape(grid.name)}" data-side="{grid.face}" '
        f'data-first="{grid.first}" data-end="{grid.end}"{down} data-left="{grid.left:g}" '
        f'data-top="{grid.top:g}" data-width="{grid.width:g}" data-step="{grid.step:g}"'
    )


def _definitions(drawing: Drawing, key: str) -> str:
    used = {shape.hatch for shape in drawing.shapes if shape.hatch}
    found = [f'<pattern id="{key}-{name}" {PATTERNS[name]}</pattern>' for name in sorted(used)]
    found += [
        f'<image id="{key}-{escape(name)}" href="{escape(image.address)}" '
        f'width="{image.width:g}" height="{image.height:g}"/>'
        for name, image in drawing.images.items()
    ]
    return f"<defs>{''.join(found)}</defs>" if found else ""


def _shapes(drawing: Drawing, key: str) -> str:
    standalone = drawing.standalone
    return "\n".join([_shape(shape, key, standalone) for shape in drawing.shapes])


def _shape(shape: Shape, key: str, standalone: bool) -> str:
    kind = escape(shape.kind)
    box = f'x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}" height="{shape.height:g}"'
    data = _data(shape.mount) if shape.mount else ""
    ink = f' fill="{shape.ink}"' if shape.ink else ""
    opening, closing = f'<g class="{kind}"{data}{ink}>', "</g>"
    if shape.url:
        vacant = ' tabindex="-1"' if shape.kind == "vacant" else ""
        more = ' target="_parent"' if standalone else vacant
        url = escape(shape.url)
        opening, closing = f'<a class="{kind}" href="{url}"{more}{data}{ink}>', "</a>"
    fill = ""
    if shape.fill:
        fill = f' fill="{escape(shape.fill)}"'
    elif shape.hatch:
        fill = f' fill="url(#{key}-{escape(shape.hatch)})"'
    parts = [opening, f"<title>{escape(shape.title)}</title>"]
    parts.append(f'<rect class="body" {box} rx="1.5"{fill}/>')
    if shape.image:
        parts.append(f'<use href="#{key}-{escape(shape.image)}" x="{shape.x}" y="{shape.y}"/>')
        parts.append(f'<rect class="edge" {box} rx="1.5" fill="none"/>')
    if shape.ears:
        stroke = f' stroke="{shape.ink}"' if shape.ink else ""
        parts.append(f'<path class="ears"{stroke} d="{shape.ears}"/>')
    if shape.dot:
        dot = shape.dot
        parts.append(f'<circle class="dot" cx="{dot.x:g}" cy="{dot.y:g}" r="{dot.size:g}"/>')
    parts.extend([_text(text, shape.upright) for text in shape.texts])
    parts.append(closing)
    return "".join(parts)


def _data(mount: Mount) -> str:
    parts = [f' data-size="{mount.size}"']
    if mount.face:
        parts.append(f' data-face="{mount.face}"')
    if mount.deep:
        parts.append(' data-deep="1"')
    if mount.device is not None:
        parts.append(f' data-device="{mount.device}"')
    if mount.low is not None:
        parts.append(f' data-low="{mount.low}"')
    return "".join(parts)


def _text(text: Text, upright: bool) -> str:
    end = ' text-anchor="end"' if text.end else ""
    turned = f' transform="rotate(-90 {text.x:g} {text.y:g})"' if upright else ""
    return (
        f'<text class="{text.kind}" x="{text.x:g}" y="{text.y:g}" font-size="{text.size:g}"'
        f"{end}{turned}>{escape(text.text)}</text>"
    )
