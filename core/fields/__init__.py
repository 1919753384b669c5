"""Kinds of field a resource may expose: how each is read, written, filtered and described."""

from core.fields.base import Field, Json
from core.fields.columns import Choice, Scalar
from core.fields.fixed import Absent, Identity, Slot
from core.fields.references import Ref, RefId, Refs

__all__ = [
    "Absent",
    "Choice",
    "Field",
    "Identity",
    "Json",
    "Ref",
    "RefId",
    "Refs",
    "Scalar",
    "Slot",
]
