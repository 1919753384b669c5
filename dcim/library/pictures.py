"""The pictures of a library: checked, decoded, stored anew with the device types they show."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from rest_framework.serializers import ValidationError

from core.images import MAX_BYTES, UploadedImage
from dcim.library.source import SourcePicture, read_pictures
from dcim.models import DeviceType

BATCH = 100  # pictures in one transaction
Key = tuple[str, str]  # a device type's manufacturer and itself, by slug


@dataclass
class _Known:
    """A device type, and the files of its pictures by side."""

    pk: int
    names: dict[str, str]


def import_pictures(path: Path, types: set[Key], *, dry_run: bool) -> tuple[int, dict[str, str]]:
    """Store the pictures that the library at `path` has of these device types.

    Returns how many were new to their types, and why others were refused, by path. A file's name
    begins with the digest of the library's file, so that a second run finds it is there already.
    """
    known = _known(types)
    refused: dict[str, str] = {}
    new = 0
    batch: list[tuple[int, str, str]] = []
    for picture in read_pictures(path, MAX_BYTES):
        key = (slugify(picture.maker), picture.slug)
        if key not in types:
            continue
        digest = hashlib.sha256(picture.data or b"").hexdigest()[:32]
        kind = known.get(key)
        if kind and PurePosixPath(kind.names[picture.side]).stem.startswith(digest):
            continue
        try:
            file = _checked(picture)
        except ValidationError as error:
            refused[picture.path] = str(error.detail[0])  # type: ignore[index]
            continue
        new += 1
        if kind and not dry_run:
            name = f"device-types/{digest}{PurePosixPath(str(file.name)).suffix}"
            batch.append((kind.pk, picture.side, default_storage.save(name, file)))
        if len(batch) >= BATCH:
            _store(batch)
            batch = []
    _store(batch)
    return new, refused


def _checked(picture: SourcePicture) -> Any:
    field = UploadedImage()
    if picture.data is None:
        field.fail("size")
    return field.encoded_anew(io.BytesIO(picture.data))


def _known(types: set[Key]) -> dict[Key, _Known]:
    rows = DeviceType.objects.filter(
        manufacturer__slug__in={maker for maker, _ in types}, slug__in={slug for _, slug in types}
    )
    return {
        (maker, slug): _Known(pk, {"front": front or "", "rear": rear or ""})
        for maker, slug, pk, front, rear in rows.order_by().values_list(
            "manufacturer__slug", "slug", "pk", "front_image", "rear_image"
        )
    }


@transaction.atomic
def _store(batch: Sequence[tuple[int, str, str]]) -> None:
    for pk, side, name in batch:
        DeviceType.objects.filter(pk=pk).update(
            **{f"{side}_image": name}, last_updated=timezone.now()
        )
