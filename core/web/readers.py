"""The one read path with references as pages need them: a name to link, not every count."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any, cast

from core.custom_fields import PREFIX
from core.custom_fields.columns import CustomFields
from core.fields import Field, Ref, Refs
from core.read import Reader
from core.resource import Resource

KNOWN = ("id", "url", "display", "color")


class SlimResource:
    """A resource whose references hold only id, address, name and colour."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    def field(self, name: str) -> Field:
        """The field with this name, references made slim."""
        field = self._resource.field(name)
        if isinstance(field, Ref | Refs):
            target, field = field.target, copy.copy(field)
            field.nested = tuple(name for name in KNOWN if target.has_field(name))
        elif isinstance(field, CustomFields):
            field = copy.copy(field)
            field.slim = True
        return field

    def __getattr__(self, name: str) -> Any:
        return getattr(self._resource, name)


def page_reader(resource: Resource, names: tuple[str, ...]) -> Reader:
    """The compiled reader of these fields."""
    if any(name.startswith(PREFIX) for name in names):
        return _made(resource, names)  # not kept, since custom fields come and go
    return _kept(resource, names)


@lru_cache(maxsize=512)
def _kept(resource: Resource, names: tuple[str, ...]) -> Reader:
    return _made(resource, names)


def _made(resource: Resource, names: tuple[str, ...]) -> Reader:
    return Reader(cast(Resource, SlimResource(resource)), names)
