"""SVG from strangers, reduced to shapes: only what is listed here stays.

No script, style sheet, animation, picture, link or reference to anything outside is kept. What a
style sheet inside says by class or element name is written to the elements themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from facilities.drawings import NotADrawing

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
ELEMENTS_MAX, DEPTH_MAX = 60_000, 64
RATIO_MAX = 100.0

SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"}
GROUPS = {"svg", "g", "defs", "symbol", "clipPath", "linearGradient", "radialGradient", "stop"}
ELEMENTS = SHAPES | GROUPS | {"use", "title", "desc"}
# What a style may set, as attribute or declaration.
STYLES = {
    "clip-path", "clip-rule", "color", "display", "dominant-baseline", "fill", "fill-opacity",
    "fill-rule", "font-family", "font-size", "font-style", "font-weight", "letter-spacing",
    "opacity", "stop-color", "stop-opacity", "stroke", "stroke-dasharray", "stroke-dashoffset",
    "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-opacity", "stroke-width",
    "text-anchor", "vector-effect", "visibility",
}  # fmt: skip
ATTRIBUTES = STYLES | {
    "clipPathUnits", "cx", "cy", "d", "dx", "dy", "fx", "fy", "gradientTransform",
    "gradientUnits", "height", "id", "offset", "points", "preserveAspectRatio", "r", "rotate",
    "rx", "ry", "spreadMethod", "textLength", "transform", "viewBox", "width", "x", "x1", "x2",
    "y", "y1", "y2",
}  # fmt: skip
_WITHIN = re.compile(r"#[\w.:-]{1,200}")
_FUNCTION = re.compile(r"[a-z-]*(?=\()", re.IGNORECASE)
_HARMLESS = {
    "", "rgb", "rgba", "hsl", "hsla", "matrix", "translate", "scale", "rotate", "skewx", "skewy",
}  # fmt: skip
_URL = re.compile(r"""url\(\s*["']?(#[\w.:-]{1,200})["']?\s*\)\s*""", re.IGNORECASE)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_SELECTOR = re.compile(r"[a-zA-Z]*(\.[\w-]+)?")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LENGTH = re.compile(r"\s*([0-9.]+(?:e[+-]?\d+)?)\s*(px|pt|pc|mm|cm|in)?\s*", re.IGNORECASE)
# CSS fixes the inch at 96 px.
_PIXELS = {"px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}


@dataclass(frozen=True)
class Cleaned:
    """A drawing that is safe to show, and its height as a share of its width."""

    data: bytes
    ratio: float


def clean(data: bytes) -> Cleaned:
    """What is harmless of an SVG file. Raises NotADrawing."""
    try:
        root = fromstring(data, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise NotADrawing("The SVG declares entities, which are not read.") from None
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise NotADrawing(f"The SVG cannot be read: {error}.") from None
    if _name(root) != "svg":
        raise NotADrawing("The file is XML, but no SVG.")
    box = _view_box(root)
    if sum(1 for _ in root.iter()) > ELEMENTS_MAX:
        raise NotADrawing(f"The SVG has more than {ELEMENTS_MAX:,} elements. Simplify it.")
    found = _Cleaner(root).cleaned()
    found.attrib.clear()
    found.set("viewBox", " ".join(f"{each:g}" for each in box))
    register_namespace("", SVG)
    return Cleaned(tostring(found, encoding="utf-8"), box[3] / box[2])


def _name(element: Element) -> str:
    """The local name of an SVG element; empty for others."""
    if not isinstance(element.tag, str):
        return ""  # comments and instructions
    space, _, name = element.tag.rpartition("}")
    return name if space in ("", f"{{{SVG}") else ""


def _view_box(root: Element) -> tuple[float, float, float, float]:
    try:
        numbers = [float(each) for each in re.split(r"[\s,]+", root.get("viewBox", "").strip())]
    except ValueError:
        numbers = []
    if len(numbers) != 4:
        numbers = [0, 0, _pixels(root.get("width")), _pixels(root.get("height"))]
    x, y, width, height = numbers
    known = all(abs(each) < 1e12 for each in numbers)  # neither infinite nor nan
    if not known or not (width > 0 and height > 0):
        raise NotADrawing("The SVG has neither a viewBox nor a width and height.")
    if not 1 / RATIO_MAX <= height / width <= RATIO_MAX:
        raise NotADrawing("The drawing is far longer than wide. Cut out the part that is needed.")
    return x, y, width, height


def _pixels(text: str | None) -> float:
    match = _LENGTH.fullmatch(text or "")
    try:
        return float(match[1]) * _PIXELS[(match[2] or "px").lower()] if match else 0.0
    except ValueError:
        return 0.0


class _Cleaner:
    """Makes a harmless copy of one drawing."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.rules = dict(_rules(root))
        # What is shown again may not itself show others again: that grows without bound.
        self.repeating = {
            each.get("id")
            for each in root.iter()
            if any(_name(inner) == "use" for inner in each.iter())
        }

    def cleaned(self) -> Element:
        """The copy."""
        return self.copy(self.root, 0)

    def copy(self, element: Element, depth: int) -> Element:
        """One element with what is in it."""
        if depth > DEPTH_MAX:
            raise NotADrawing("The SVG is nested too deeply.")
        name = _name(element)
        made = Element(f"{{{SVG}}}{name}", self.attributes(element, name))
        if name in ("text", "tspan", "title", "desc"):
            made.text = element.text
        for child in element:
            kept = _name(child) in ELEMENTS
            if kept and _name(child) == "use":
                kept = self.target(child) not in (None, *self.repeating)
            if kept:
                made.append(self.copy(child, depth + 1))
            if name in ("text", "tspan"):
                if kept:
                    made[-1].tail = child.tail
                elif child.tail:
                    made.text = f"{made.text or ''}{child.tail}"
        return made

    def target(self, element: Element) -> str | None:
        """The id that an element refers to within the drawing."""
        given = element.get("href") or element.get(f"{{{XLINK}}}href") or ""
        return given[1:] if _WITHIN.fullmatch(given) else None

    def attributes(self, element: Element, name: str) -> dict[str, str]:
        """Those that may stay; what styles say comes after, as they come before attributes."""
        found = {key: value for key, value in element.items() if key in ATTRIBUTES}
        chosen = (element.get("class") or "").split()
        selectors = [name, *(f".{each}" for each in chosen), *(f"{name}.{c}" for c in chosen)]
        for selector in selectors:
            found |= self.rules.get(selector, {})
        found |= _declarations(element.get("style") or "")
        found = {key: harmless for key, value in found.items() if (harmless := _value(value))}
        if (name == "use" or name.endswith("Gradient")) and (target := self.target(element)):
            found["href"] = f"#{target}"
        return found


def _value(value: str) -> str | None:
    """A value without references to the outside; None where nothing is left."""
    if match := _URL.match(value):
        return f"url({match[1]})"
    functions = {each.lower() for each in _FUNCTION.findall(value)}
    if not functions <= _HARMLESS or "\\" in value or len(value) > 1_000_000:
        return None
    return value


def _rules(root: Element) -> Iterator[tuple[str, dict[str, str]]]:
    """What the style sheets inside say, by class or element name."""
    for element in root.iter():
        if _name(element) != "style":
            continue
        text = _COMMENT.sub("", element.text or "")
        for selectors, body in _RULE.findall(text):
            found = _declarations(body)
            for selector in selectors.split(","):
                if _SELECTOR.fullmatch(selector.strip()):
                    yield selector.strip(), found


def _declarations(text: str) -> dict[str, str]:
    pairs = (each.partition(":") for each in text.split(";"))
    return {
        name.strip(): value.replace("!important", "").strip()
        for name, _, value in pairs
        if name.strip() in STYLES
    }
