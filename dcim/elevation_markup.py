"""The shapes of an elevation as SVG, put together here: a template takes ten times as long."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape  # a drawing has a thousand texts; Django's looks at each twice
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from dcim.elevation_shapes import Mount, Shape, Text


def shapes(found: Iterable[Shape], key: str, *, standalone: bool) -> SafeString:
    """The elements of these shapes; `key` begins the names of what they refer to in the drawing."""
    name = escape(key)
    return mark_safe("\n".join([_shape(shape, name, standalone) for shape in found]))  # noqa: S308


def numbers(found: Iterable[tuple[str, float, float, int]]) -> SafeString:
    """Texts of numbers: class, place and number of each."""
    texts = (f'<text class="{kind}" x="{x}" y="{y}">{text}</text>' for kind, x, y, text in found)
    return mark_safe("".join(texts))  # noqa: S308


def _shape(shape: Shape, key: str, standalone: bool) -> str:
    kind = escape(shape.kind)
    box = f'x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}"'
    data = _data(shape.mount) if shape.mount else ""
    opening, closing = f'<g class="{kind}"{data}>', "</g>"
    if shape.url:
        vacant = ' tabindex="-1"' if shape.kind == "vacant" else ""
        more = ' target="_parent"' if standalone else vacant
        opening, closing = f'<a class="{kind}" href="{escape(shape.url)}"{more}{data}>', "</a>"
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
        stroke = f' stroke="{escape(shape.ink)}"' if shape.ink else ""
        parts.append(f'<path class="ears"{stroke} d="{shape.ears}"/>')
    if shape.dot:
        dot = shape.dot
        parts.append(f'<circle class="dot" cx="{dot.x}" cy="{dot.y}" r="{dot.size}"/>')
    parts.extend(_text(text, shape) for text in shape.texts)
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


def _text(text: Text, shape: Shape) -> str:
    ink = f' fill="{escape(shape.ink)}"' if shape.ink else ""
    end = ' text-anchor="end"' if text.end else ""
    turned = f' transform="rotate(-90 {text.x} {text.y})"' if shape.upright else ""
    return (
        f'<text class="{escape(text.kind)}" x="{text.x}" y="{text.y}" font-size="{text.size}"'
        f"{ink}{end}{turned}>{escape(text.text)}</text>"
    )
