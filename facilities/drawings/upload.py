"""The upload of a drawing: what it is told by its content, and what of it is kept."""

from __future__ import annotations

import io
import uuid
from typing import Any

from django.core.files.base import ContentFile
from django.db import models
from PIL import Image
from rest_framework import serializers

from core.fields import Scalar
from core.images import UploadedImage
from core.web.picture_form import PictureInput, PictureWidget
from facilities.drawings import NotADrawing, dxf, svg

MAX_BYTES = 20 * 1024 * 1024
SVG_MAX_BYTES = 8 * 1024 * 1024
ACCEPT = ".svg,.png,.jpg,.jpeg,.dxf,image/svg+xml,image/png,image/jpeg"
HELP = "SVG, PNG, JPEG or DXF, 20 MB at most; a DXF with units is laid to scale."


class DrawingFile(ContentFile):
    """A drawing as it is stored. `ratio` is its height as a share of its width.

    `width_mm` is how wide it is in the room, where the file says so.
    """

    def __init__(self, data: bytes, name: str, ratio: float, width_mm: float | None = None) -> None:
        super().__init__(data, name=name)
        self.ratio = ratio
        self.width_mm = width_mm


class UploadedDrawing(UploadedImage):
    """A drawing in a `multipart/form-data` request, or as a base64 `data:` address in JSON.

    Pictures are encoded anew, SVG is reduced to harmless shapes, DXF is drawn as SVG.
    """

    max_bytes = MAX_BYTES
    default_error_messages = {
        **UploadedImage.default_error_messages,
        "address": "Send the drawing itself as a file, or null to remove it.",
        "size": "The drawing has more than 20 MB.",
        "image": "Send an SVG, PNG, JPEG or DXF drawing; this is none, or it is damaged.",
        "drawing": "{sentence}",
    }

    def encoded_anew(self, upload: Any) -> ContentFile[bytes]:
        """What is kept of the drawing; raises ValidationError that says what is wrong."""
        upload.seek(0)
        data = upload.read()
        start = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
        try:
            if start.startswith(b"<"):
                return self._svg(data)
            if _is_dxf(start):
                drawn = dxf.draw(data)
                return self._svg(drawn.svg, drawn.width_mm)
        except NotADrawing as error:
            self.fail("drawing", sentence=str(error))
        found = super().encoded_anew(io.BytesIO(data))
        with Image.open(found) as image:
            ratio = image.height / image.width
        found.seek(0)
        return DrawingFile(found.read(), str(found.name), ratio)

    def _svg(self, data: bytes, width_mm: float | None = None) -> DrawingFile:
        if len(data) > SVG_MAX_BYTES:
            raise NotADrawing("The SVG has more than 8 MB. Simplify it.")
        cleaned = svg.clean(data)
        return DrawingFile(cleaned.data, f"{uuid.uuid4().hex}.svg", cleaned.ratio, width_mm)


def _is_dxf(start: bytes) -> bool:
    if start.startswith(b"AutoCAD Binary DXF"):
        return True
    lines = [line.strip() for line in start.splitlines()[:40]]
    return b"SECTION" in lines or lines[:1] == [b"999"]


class Drawing(Scalar):
    """A column that holds an uploaded drawing."""

    def write_field(self) -> serializers.Field[Any, Any, Any, Any]:
        """The checked upload."""
        column: models.FileField = self.model_field
        return UploadedDrawing(required=False, allow_null=True, max_length=column.max_length)

    def form_field(self, options: dict[str, Any]) -> PictureInput:
        """The drawing there is, and a way to choose another."""
        made = PictureInput(**{**options, "help_text": HELP})
        assert isinstance(made.widget, PictureWidget)
        made.widget.attrs["accept"] = ACCEPT
        return made
