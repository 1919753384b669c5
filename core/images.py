"""Pictures people upload: checked, decoded, stored anew, served to those who see the record."""

from __future__ import annotations

import base64
import datetime as dt
import io
import uuid
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.http import FileResponse, Http404
from PIL import Image, ImageOps
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from core import access, registry

if TYPE_CHECKING:
    from core.resource import Resource

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 25_000_000
# Pillow's name of a format, and the ending and media type it is stored under.
FORMATS = {
    "PNG": (".png", "image/png"),
    "JPEG": (".jpg", "image/jpeg"),
    "WEBP": (".webp", "image/webp"),
    "GIF": (".gif", "image/gif"),
}
# Drawings are SVG that was reduced to harmless shapes when it was uploaded.
MEDIA_TYPES = {**dict(FORMATS.values()), ".svg": "image/svg+xml"}


class UploadedImage(serializers.FileField):
    """A picture in a `multipart/form-data` request, or as a base64 `data:` address in JSON.

    It is decoded and encoded again under a name of our own, so nothing but the picture is kept.
    The address of a picture, as responses have it, leaves it as it is; null removes it.
    """

    default_error_messages = {
        "address": "Send the picture itself as a file, or null to remove it.",
        "size": "The picture has more than 5 MB.",
        "pixels": "The picture has more than 25 million pixels.",
        "image": "Send a PNG, JPEG, WebP or GIF picture; this is none, or it is damaged.",
    }

    max_bytes = MAX_BYTES

    def to_internal_value(self, data: Any) -> Any:
        if data == "":
            return None
        if isinstance(data, str) and data.startswith("data:"):
            return self.encoded_anew(self.decoded(data))
        if isinstance(data, str):
            if "://" in data or data.startswith("/"):
                raise serializers.SkipField
            self.fail("address")
        upload = super().to_internal_value(data)
        if upload.size > self.max_bytes:
            self.fail("size")
        return self.encoded_anew(upload)

    def decoded(self, address: str) -> io.BytesIO:
        """The bytes of a `data:` address; raises ValidationError for a bad or too large one."""
        head, _, text = address.partition(",")
        if len(text) > self.max_bytes * 4 / 3 + 4:
            self.fail("size")
        if not head.endswith(";base64"):
            self.fail("image")
        try:
            return io.BytesIO(base64.b64decode(text, validate=True))
        except ValueError:
            self.fail("image")

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
    """A stored picture, for those who may see a record it belongs to."""

    permission_classes = [IsAuthenticated]
    content_negotiation_class = AnyMediaType
    schema = None

    def get(self, request: Request, name: str) -> FileResponse:
        """The file; 404 for what is no picture of a record that the user may see."""
        kind = MEDIA_TYPES.get(PurePosixPath(name).suffix.lower())
        user = access.as_actor(request.user)
        if (
            kind is None
            or "\0" in name
            or not any(
                access.visible(model, user).filter(**{field: name}).exists()
                for model, field in image_columns()
            )
        ):
            raise Http404("Not found.")
        try:
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


def image_columns() -> list[tuple[type[models.Model], str]]:
    """The columns of resources that hold pictures and drawings."""
    return [
        (resource.model, field.name)
        for resource in registry.resources()
        for field in resource.model._meta.concrete_fields
        if isinstance(field, models.FileField) and _takes_pictures(resource, field.name)
    ]


def _takes_pictures(resource: Resource, name: str) -> bool:
    return resource.has_field(name) and isinstance(
        resource.field(name).write_field(), UploadedImage
    )


def sweep(older_than: dt.datetime) -> int:
    """Delete the stored pictures that no record has; returns how many.

    Those stored after `older_than` stay: the write they belong to may not be over. Pictures of
    deleted or changed records, and of writes that failed, are found here.
    """
    kept = {
        name
        for model, field in image_columns()
        for name in model._default_manager.values_list(field, flat=True)
        if name
    }
    folders = {
        str(model._meta.get_field(field).upload_to).strip("/")  # type: ignore[union-attr]
        for model, field in image_columns()
    }
    gone = 0
    for folder in sorted(folders):
        if not default_storage.exists(folder):
            continue
        for file in default_storage.listdir(folder)[1]:
            name = f"{folder}/{file}"
            if name not in kept and default_storage.get_modified_time(name) < older_than:
                default_storage.delete(name)
                gone += 1
    return gone
