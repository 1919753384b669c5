"""Input validation: ordinary serializers built from a resource's fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.core.validators import validate_unicode_slug
from django.db import models
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from core import access, constraints, instances, registry
from core.images import UploadedImage
from core.validators import COLOR

if TYPE_CHECKING:
    from core.resource import Resource

AnySerializerField = serializers.Field[Any, Any, Any, Any]
TAG_CHANGES = ("add_tags", "remove_tags")
UNSTORABLE = "Null characters and lone surrogates are not allowed."
SURROGATE = re.compile("[\ud800-\udfff]")
_MAKER = serializers.ModelSerializer[Any]()


def standard_field(model_field: Any) -> AnySerializerField | None:
    """The serializer field of a plain column, without the checks that the database makes."""
    if not model_field.editable:
        return None
    if isinstance(model_field, models.ImageField):
        return UploadedImage(
            required=not model_field.blank,
            allow_null=model_field.null,
            max_length=model_field.max_length,
        )
    kind, options = _MAKER.build_standard_field(model_field.name, model_field)
    options["validators"] = [
        validator
        for validator in options.get("validators", [])
        if not isinstance(validator, UniqueValidator) and validator is not validate_unicode_slug
    ]
    if not options["validators"]:
        options.pop("validators")
    if options.get("read_only"):
        return None
    if _has_default(model_field) or model_field.null or model_field.blank:
        options["required"] = False
    if COLOR in model_field.validators:
        return ColorText(**{k: v for k, v in options.items() if k != "validators"})
    return kind(**options)


class ColorText(serializers.CharField):
    """An RGB colour, kept in lower case."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data).lower()
        if text:
            COLOR(text)
        return text


def _has_default(model_field: Any) -> bool:
    return bool(model_field.has_default() or model_field.has_db_default())


class ChoiceValue(serializers.Field[Any, Any, Any, Any]):
    """One of a column's choices, given as the bare value; empty and null clear an optional one."""

    default_error_messages = {
        "object": 'Give the value itself (e.g. "active"), not an object or a list.',
        "invalid": '"{value}" is not a valid choice.',
        "blank": "This field may not be blank.",
    }

    def __init__(self, model_field: Any, **kwargs: Any) -> None:
        self.model_field = model_field
        self.choices = {str(value): value for value, _ in model_field.flatchoices}
        kwargs.setdefault("allow_null", model_field.null or model_field.blank)
        kwargs.setdefault("required", not (_has_default(model_field) or model_field.blank))
        super().__init__(**kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if data in ("", None) and data is not serializers.empty:
            if not self.allow_null:
                self.fail("blank" if data == "" else "null")
            return True, None if self.model_field.null else ""
        return super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict | list):
            self.fail("object")
        found = self.choices.get(str(data), self)
        if found is self or isinstance(data, bool):
            self.fail("invalid", value=data)
        return found

    def to_representation(self, value: Any) -> Any:
        return value


class ReferenceField(serializers.Field[Any, Any, Any, Any]):
    """A reference given as an id, `{"id": 1}`, or attributes that match exactly one row."""

    default_error_messages = {
        "form": "Refer to it by numeric id or by an object of attributes, not by {value}.",
        "missing": "No {name} matches {value}.",
        "ambiguous": "More than one {name} matches {value}.",
        "attribute": "Cannot look a {name} up by {value}.",
    }

    def __init__(self, target: Resource, model_field: Any = None, **kwargs: Any) -> None:
        self.target = target
        if model_field is not None:
            kwargs.setdefault("allow_null", model_field.null)
            optional = model_field.null or model_field.blank or _has_default(model_field)
            kwargs.setdefault("required", not optional)
        super().__init__(**kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if data == "" and self.allow_null:
            return True, None
        return super().validate_empty_values(data)

    def refers_to(self, data: Any) -> tuple[Resource, int] | None:
        """The resource and id that input names plainly, so that rows can be fetched together."""
        pk = data.get("id") if isinstance(data, dict) else data
        return (self.target, pk) if plain_id(pk) else None

    def to_internal_value(self, data: Any) -> Any:
        name = self.target.name
        if isinstance(data, models.Model):
            return data
        if isinstance(data, dict):
            return self.by_attributes(data)
        if isinstance(data, bool | float | list) or not str(data).strip().isdecimal():
            self.fail("form", value=repr(data)[:100])
        pk = int(str(data)[:20])
        cache = self.context.get("references", {})
        found = cache.get((self.target.path, pk))
        if found is None and pk < 2**63:
            rows = instances.find(self.target.model, [pk], self.context.get("user"))
            found = cache[self.target.path, pk] = rows[0] if rows else None
        if found is None:
            self.fail("missing", name=name, value=f"id {pk}")
        return found

    def visible(self) -> models.QuerySet[Any]:
        """The rows that may be referred to."""
        return access.restrict(self.target.model._default_manager.all(), self.context.get("user"))

    def lookups(self, given: dict[str, Any]) -> models.Q:
        """The rows with these attributes, as far as the user may see what they belong to."""
        condition, model = models.Q(), self.target.model
        for key, value in given.items():
            path = constraints.lookup(model, key).path
            condition &= models.Q(**{path: value})
            if "__" in path:
                condition &= access.along(model, path, self.context.get("user"))
        return condition

    def by_attributes(self, data: dict[str, Any]) -> Any:
        """The one row with these attributes; `id` alone decides where it is given."""
        name = self.target.name
        if "id" in data:
            return self.to_internal_value(data["id"])
        try:
            condition = self.lookups(flatten(data))
            found = list(self.visible().filter(condition)[:2]) if condition else []
        except (FieldError, FieldDoesNotExist, ValueError, TypeError):
            self.fail("attribute", name=name, value=repr(data)[:200])
        if not found:
            self.fail("missing", name=name, value=repr(data)[:200])
        if len(found) > 1:
            self.fail("ambiguous", name=name, value=repr(data)[:200])
        return found[0]

    def to_representation(self, value: Any) -> Any:
        return value.pk


def plain_id(value: Any) -> TypeGuard[int]:
    """Whether a JSON value is a number that can be an id."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def flatten(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested attributes as lookups: `{"site": {"name": "A"}}` becomes `{"site__name": "A"}`.

    Keys with a double underscore are refused with FieldError, so no lookup can be smuggled in.
    """
    found: dict[str, Any] = {}
    for key, value in data.items():
        if "__" in str(key):
            raise FieldError(key)
        if isinstance(value, dict):
            found.update(flatten(value, f"{prefix}{key}__"))
        else:
            found[f"{prefix}{key}"] = value
    return found


class ReferenceListField(serializers.ListField):
    """A list of references; it replaces what was there."""

    def __init__(self, target: Resource, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(child=ReferenceField(target), **kwargs)


class ObjectTypeField(serializers.Field[Any, Any, Any, Any]):
    """An object type by its wire name, such as `dcim.rack`."""

    default_error_messages = {"invalid": 'There is no object type "{value}".'}

    def to_internal_value(self, data: Any) -> ContentType:
        try:
            return registry.content_type(registry.of_type(str(data)))
        except LookupError:
            self.fail("invalid", value=data)

    def to_representation(self, value: Any) -> Any:
        resource = registry.of_content_type(value.pk)
        return resource.object_type if resource else None


class WriteSerializer(serializers.Serializer[Any]):
    """Validates one object of a request; unknown keys are ignored, as clients rely on it."""

    resource: Resource

    def lend(self, context: dict[str, Any], *, partial: bool) -> None:
        """Serve another request, for `run_validation` only."""
        self._context, self.partial = context, partial

    def get_fields(self) -> dict[str, AnySerializerField]:
        found: dict[str, AnySerializerField] = {}
        for field in self.resource.writable_fields:
            serializer_field = field.write_field()
            if serializer_field is not None:
                found[field.name] = serializer_field
        if self.resource.has_field("tags"):
            for name in TAG_CHANGES:
                found[name] = ReferenceListField(registry.of_path("extras/tags"))
        return found

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, dict):
            refuse_unstorable_text(data)
        return super().run_validation(data)


def refuse_unstorable_text(data: dict[str, Any]) -> None:
    """Raise ValidationError naming the fields whose text PostgreSQL cannot store."""
    bad = {key: [UNSTORABLE] for key, value in data.items() if unstorable(value)}
    if bad:
        raise serializers.ValidationError(bad)


def unstorable(value: Any) -> bool:
    """Whether a NUL character or half a surrogate pair is anywhere in a JSON value."""
    if isinstance(value, str):
        return "\x00" in value or (not value.isascii() and SURROGATE.search(value) is not None)
    if isinstance(value, dict):
        return any(unstorable(key) or unstorable(item) for key, item in value.items())
    return isinstance(value, list) and any(unstorable(item) for item in value)
