"""What makes a drawing stand on its own as a file: plain colours and embedded pictures."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django.core.files.storage import default_storage
from django.utils.safestring import SafeString, mark_safe

from dcim.models import DeviceType
from racks.engine import Face

_IMAGE_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_IMAGE_TYPES |= {".webp": "image/webp", ".gif": "image/gif"}
_IMAGE_LIMIT = 2_000_000

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


def pictures(kinds: Iterable[int], face: Face, *, linked: bool) -> dict[int, str]:
    """Pictures of a face by device type, as data addresses; `linked`: as their addresses here.

    One statement.
    """
    column = f"{face}_image"
    rows = DeviceType.objects.filter(pk__in=list(kinds)).exclude(**{column: ""}).order_by()
    picture = default_storage.url if linked else _picture
    found = {pk: picture(name) for pk, name in rows.values_list("pk", column) if name}
    return {pk: data for pk, data in found.items() if data}


def _picture(name: str) -> str:
    kind = _IMAGE_TYPES.get(Path(name).suffix.lower())
    if kind is None or not default_storage.exists(name):
        return ""
    if default_storage.size(name) > _IMAGE_LIMIT:
        return ""
    with default_storage.open(name) as file:
        return f"data:{kind};base64,{base64.b64encode(file.read()).decode('ascii')}"
