"""A laid-out floor plan as an SVG or a PDF file."""

from __future__ import annotations

import base64
import datetime as dt
import io
import logging
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from django.contrib.staticfiles import finders

from core.images import MEDIA_TYPES
from facilities.engine.sheet import Line, Picture, Polygon, Sheet, Text

if TYPE_CHECKING:
    from fpdf import FPDF

log = logging.getLogger(__name__)
POINTS_PER_MM = 72 / 25.4
FONT, MISSING = "Inter", "\u25a1"  # a box for each character that the font lacks
_BASELINE = 0.35  # from the middle of a line of text down, as a share of its size
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Drawing:
    """The drawing behind: its bytes, and its name, whose ending tells what it is."""

    name: str
    data: bytes

    @property
    def media_type(self) -> str:
        """Such as `image/png`."""
        return MEDIA_TYPES[PurePosixPath(self.name).suffix.lower()]


def svg(sheet: Sheet, drawing: Drawing | None = None) -> bytes:
    """The page as SVG that stands on its own; a millimetre of paper is a unit."""
    size = f'width="{sheet.width:g}mm" height="{sheet.height:g}mm"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
        f' viewBox="0 0 {sheet.width:g} {sheet.height:g}"'
        ' font-family="Inter, Helvetica, Arial, sans-serif">',
        f'<rect width="{sheet.width:g}" height="{sheet.height:g}" fill="#ffffff"/>',
    ]
    for mark in sheet.marks:
        if isinstance(mark, Picture):
            parts += [_picture(mark, drawing)] if drawing else []
        elif isinstance(mark, Polygon):
            parts.append(_polygon(mark))
        elif isinstance(mark, Line):
            (x1, y1), (x2, y2) = mark.start, mark.end
            parts.append(
                f'<path d="M{x1:.2f} {y1:.2f}L{x2:.2f} {y2:.2f}" stroke="#{mark.stroke}"'
                f' stroke-width="{mark.width:g}"/>'
            )
        else:
            parts.append(_text(mark))
    return "\n".join([*parts, "</svg>\n"]).encode()


def _polygon(mark: Polygon) -> str:
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in mark.points)
    fill = f"#{mark.fill}" if mark.fill else "none"
    line = f' stroke="#{mark.stroke}" stroke-width="{mark.width:g}"' if mark.stroke else ""
    line += ' stroke-dasharray="1.2 0.8"' if mark.dashed else ""
    return f'<polygon points="{points}" fill="{fill}"{line}/>'


def _text(mark: Text) -> str:
    turned = f' transform="rotate(-90 {mark.x:.2f} {mark.y:.2f})"' if mark.turned else ""
    anchor = ' text-anchor="middle"' if mark.centred else ""
    weight = ' font-weight="600"' if mark.bold else ""
    down = mark.y + mark.size * _BASELINE
    return (
        f'<text x="{mark.x:.2f}" y="{down:.2f}" font-size="{mark.size:.2f}"'
        f' fill="#{mark.color}"{anchor}{weight}{turned}>'
        f"{escape(_NOT_XML.sub('', mark.text))}</text>"
    )


def _picture(mark: Picture, drawing: Drawing) -> str:
    data = base64.b64encode(drawing.data).decode("ascii")
    href = quoteattr(f"data:{drawing.media_type};base64,{data}")
    return (
        f'<image x="{mark.x:.2f}" y="{mark.y:.2f}" width="{mark.width:.2f}"'
        f' height="{mark.height:.2f}" opacity="{mark.opacity:g}" preserveAspectRatio="none"'
        f" href={href}/>"
    )


def pdf(sheet: Sheet, title: str, made: dt.datetime, drawing: Drawing | None = None) -> bytes:
    """The page as PDF, of the paper's size, so that it prints to scale.

    Its font has Latin, Greek and Cyrillic letters; others become boxes.
    """
    from fpdf import FPDF  # with its fonts' tools which few processes need

    page = FPDF(unit="mm", format=(sheet.width, sheet.height))
    page.set_title(title)
    page.set_creator("Headroom")
    page.set_creation_date(made)
    page.set_auto_page_break(False)
    page.set_margin(0)
    for style, weight in (("", 400), ("B", 600)):
        page.add_font(FONT, style, finders.find(f"vendor/print/inter-{weight}.ttf"))
    page.add_page()
    for mark in sheet.marks:
        if isinstance(mark, Picture):
            if drawing:
                _place(page, mark, drawing)
        elif isinstance(mark, Polygon):
            _draw(page, mark)
        elif isinstance(mark, Line):
            page.set_draw_color(*_rgb(mark.stroke))
            page.set_line_width(mark.width)
            page.line(*mark.start, *mark.end)
        else:
            _write(page, mark)
    return bytes(page.output())


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[:2], 16), int(color[2:4], 16), int(color[4:], 16)


def _draw(page: FPDF, mark: Polygon) -> None:
    if mark.fill:
        page.set_fill_color(*_rgb(mark.fill))
    if mark.stroke:
        page.set_draw_color(*_rgb(mark.stroke))
        page.set_line_width(mark.width)
    page.set_dash_pattern(*((1.2, 0.8) if mark.dashed else (0, 0)))
    style = ("D" if mark.stroke else "") + ("F" if mark.fill else "")
    if style:
        page.polygon(list(mark.points), style=style)
    page.set_dash_pattern()


def _write(page: FPDF, mark: Text) -> None:
    page.set_font(FONT, "B" if mark.bold else "", mark.size * POINTS_PER_MM)
    font: Any = page.current_font
    said = "".join(char if ord(char) in font.cmap else MISSING for char in mark.text)
    page.set_text_color(*_rgb(mark.color))
    x = mark.x - (page.get_string_width(said) / 2 if mark.centred else 0)
    y = mark.y + mark.size * _BASELINE
    if mark.turned:
        with page.rotation(90, mark.x, mark.y):
            page.text(x, y, said)
    else:
        page.text(x, y, said)


def _place(page: FPDF, mark: Picture, drawing: Drawing) -> None:
    """The drawing behind; left out where the library cannot draw it."""
    try:
        with page.local_context(fill_opacity=mark.opacity, stroke_opacity=mark.opacity):
            page.image(
                io.BytesIO(drawing.data),
                x=mark.x,
                y=mark.y,
                w=mark.width,
                h=mark.height,
                keep_aspect_ratio=False,
            )
    except Exception:  # it parses all of SVG in its own way
        log.warning("the drawing %s cannot be put in a PDF", drawing.name, exc_info=True)
