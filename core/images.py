"""Pictures people upload: checked, decoded and stored anew, served to those who are logged in."""

from __future__ import annotations

import io
import uuid
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from PIL import Image, ImageOps
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 25_000_000
# Pillow's name of a format, and the ending and media type it is stored under.
FORMATS = {
    "PNG": (".png", "image/png"),
    "JPEG": (".jpg", "image/jpeg"),
    "WEBP": (".webp", "image/webp"),
    "GIF": (".gif", "image/gif"),
}
MEDIA_TYPES = dict(FORMATS.values())


class UploadedImage(serializers.FileField):
    """A picture in a `multipart/form-data` request.

    It is decoded and encoded again under a name of our own, so nothing but the picture is kept.
    The address of a picture, as responses have it, leaves it as it is; null removes it.
    """

    default_error_messages = {
        "address": "Send the picture itself as a file, or null to remove it.",
        "size": "The picture has more than 5 MB.",
        "pixels": "The picture has more than 25 million pixels.",
        "image": "Send a PNG, JPEG, WebP or GIF picture; this is none, or it is damaged.",
    }

    def to_internal_value(self, data: Any) -> Any:
        if data == "":
            return None
        if isinstance(data, str):
            if "://" in data or data.startswith("/"):
                raise serializers.SkipField
            self.fail("address")
        upload = super().to_internal_value(data)
        if upload.size > MAX_BYTES:
            self.fail("size")
        return self.encoded_anew(upload)

    def encoded_anew(self, upload: Any) -> ContentFile[bytes]:
        """The picture as a file that holds nothing else; raises ValidationError for no picture."""
        buffer = io.BytesIO()
        try:
            with Image.open(upload, formats=list(FORMATS)) as image:
                kind = str(image.format)
                if image.width * image.height > MAX_PIXELS:
                    self.fail("pixels")
                ImageOps.exif_transpose(image).save(buffer, kind)
        except serializers.ValidationError:
            raise
        except Exception:  # decoders raise whatever a damaged file leads them to
            self.fail("image")
        return ContentFile(buffer.getvalue(), name=f"{uuid.uuid4().hex}{FORMATS[kind][0]}")


class AnyMediaType(DefaultContentNegotiation):
    """Lets a client accept what it likes: the file has the type it has."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class MediaFile(APIView):
    """A stored picture."""

    permission_classes = [IsAuthenticated]
    content_negotiation_class = AnyMediaType
    schema = None

    def get(self, request: Request, name: str) -> FileResponse:
        """The file; 404 for what is no picture of ours."""
        kind = MEDIA_TYPES.get(PurePosixPath(name).suffix.lower())
        try:
            if kind is None or not default_storage.exists(name):
                raise Http404("Not found.")
            file = default_storage.open(name)
        except (SuspiciousFileOperation, OSError, ValueError):
            raise Http404("Not found.") from None
        return FileResponse(
            file,
            content_type=kind,
            headers={
                "Cache-Control": "private, max-age=3600",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )
