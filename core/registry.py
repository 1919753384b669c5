"""The registered resources, found by model, path or object type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

if TYPE_CHECKING:
    from core.resource import Resource

_by_model: dict[type[Model], Resource] = {}
_by_path: dict[str, Resource] = {}
_by_type: dict[str, Resource] = {}


def register(resource_class: type[Resource]) -> type[Resource]:
    """Class decorator that makes a resource part of the product.

    Raises ValueError when its model, path or object type is taken.
    """
    resource = resource_class()
    for table, key in (
        (_by_model, resource.model),
        (_by_path, resource.path),
        (_by_type, resource.object_type),
    ):
        if key in table:
            raise ValueError(f"{key} is registered twice")
        table[key] = resource  # type: ignore[index]
    return resource_class


def resources() -> list[Resource]:
    """Every resource, in order of registration."""
    return list(_by_path.values())


def of_model(model: type[Model]) -> Resource:
    """The resource of a model; LookupError where there is none."""
    try:
        return _by_model[model]
    except KeyError:
        raise LookupError(f"no resource for model {model.__name__}") from None


def of_path(path: str) -> Resource:
    """The resource at a REST path such as `dcim/racks`; LookupError where there is none."""
    try:
        return _by_path[path]
    except KeyError:
        raise LookupError(f"no resource at {path}") from None


def of_type(object_type: str) -> Resource:
    """The resource of an object type such as `dcim.rack`; LookupError where there is none."""
    try:
        return _by_type[object_type.lower()]
    except KeyError:
        raise LookupError(f"no object type {object_type}") from None


def has_model(model: type[Model]) -> bool:
    """Whether the model is registered."""
    return model in _by_model


def content_type(resource: Resource) -> ContentType:
    """Django's content type of a resource's model."""
    return ContentType.objects.get_for_model(resource.model, for_concrete_model=False)


def of_content_type(content_type_id: Any) -> Resource | None:
    """The resource behind a content type's id; None for tables that are no resource."""
    if content_type_id is None:
        return None
    model = ContentType.objects.get_for_id(content_type_id).model_class()
    return _by_model.get(model) if model else None
