"""What makes a drawing stand on its own as a file: plain colours and embedded pictures."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django.core.files.storage import default_storage
from django.urls import get_script_prefix
from django.utils.safestring import SafeString, mark_safe
from PIL import Image

from core.images import FORMATS
from dcim.elevation import Elevation
from dcim.elevation_shapes import Pictures
from dcim.models import DeviceType
from racks.engine import Face

LARGEST = 1200  # pixels: a picture in a file is four times as fine as its drawing

COLORS = {
    "surface": "#ffffff",
    "sunken": "#f0f3f4",
    "line": "#dde2e5",
    "line-strong": "#868e93",
    "text": "#1d262c",
    "text-muted": "#566067",
    "text-faint": "#6b757b",
    "accent": "#016c83",
    "accent-soft": "#dff2f8",
    "warn": "#b97a09",
    "bad": "#c14a13",
    "idle": "#82898e",
    "plan": "#2276c9",
    "font": "Inter, Helvetica, Arial, sans-serif",
}


@lru_cache(maxsize=1)
def style() -> SafeString:
    """The page's rules for drawings with its variables replaced by plain colours, for files."""
    rules = (Path(__file__).parent / "static/dcim/drawing.css").read_text(encoding="utf-8")
    rules = re.sub(r"/\*.*?\*/\s*", "svg { background: var(--surface); }\n", rules, flags=re.DOTALL)
    return mark_safe(re.sub(r"var\(--([a-z-]+)\)", lambda m: COLORS[m[1]], rules))  # noqa: S308


def pictures(elevations: Iterable[Elevation], *, linked: bool) -> Pictures:
    """What the types of all that is shown look like; as their addresses here where `linked`.

    One statement. Types that the reader may not see have no picture, and neither have those whose
    file is gone.
    """
    items = (item for each in elevations for item in each.items.values())
    kinds = {item.kind_id for item in items if item.kind_id is not None}
    picture = _address if linked else _data
    rows = DeviceType.objects.filter(pk__in=kinds).order_by()
    return {
        (pk, face): found
        for pk, *names in rows.values_list("pk", "front_image", "rear_image")
        for face, name in zip((Face.FRONT, Face.REAR), names, strict=True)
        if name and default_storage.exists(name) and (found := picture(name))
    }


def _address(name: str) -> str:
    return get_script_prefix().rstrip("/") + default_storage.url(name)


@lru_cache(maxsize=64)
def _data(name: str) -> str:
    """The picture as a `data:` address, no finer than a drawing needs; empty for a damaged one."""
    buffer = io.BytesIO()
    try:
        with default_storage.open(name) as file, Image.open(file) as image:
            kind = str(image.format)
            image.thumbnail((LARGEST, LARGEST))
            image.save(buffer, kind)
    except Exception:  # decoders raise whatever a damaged file leads them to
        return ""
    text = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f"data:{FORMATS[kind][1]};base64,{text}"
