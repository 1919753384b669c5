"""What the write path does with custom data: merging, defaults, what is required."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from core import access
from core.access import Actor
from core.custom_fields import definitions
from core.custom_fields.definitions import REFERENCES, Definitions, Kind
from core.custom_fields.values import (
    REQUIRED,
    Cleaned,
    Faults,
    clean_all,
    is_set,
    referred,
    target_of,
)
from core.history.actor import mark

if TYPE_CHECKING:
    from core.resource import Resource

FIELD, COLUMN = "custom_fields", "custom_field_data"


class Writer:
    """Puts custom data into the rows of one write, whose definitions nobody changes meanwhile."""

    def __init__(self, resource: Resource, found: Definitions, user: Actor) -> None:
        self.resource = resource
        self.found = found
        self.context: dict[str, Any] = {"user": user, "references": {}}
        self.fields = found.of(resource.model)
        self.defaults = found.defaults(resource.model)

    def apply(self, instance: Any, given: Any, *, creating: bool) -> dict[str, list[str]]:
        """Set the row's data; returns what is wrong with it, by field name."""
        try:
            values = self._cleaned(given)
        except Faults as faults:
            return faults.messages
        before = instance.custom_field_data or {}
        if not creating and not access.unlimited(self.context["user"]):
            values = {**values, **self._kept(before, values)}
        data = {**before, **({**self.defaults, **before} if creating else {}), **values}
        instance.custom_field_data = {k: v for k, v in data.items() if v is not None}
        if not creating:
            return {}
        return {
            field.name: [REQUIRED]
            for field in self.fields
            if field.required and not is_set(instance.custom_field_data.get(field.name))
        }

    def _kept(self, before: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        """References the user may not see, which a value written back as it was read would drop."""
        found: dict[str, Any] = {}
        for field in self.fields:
            if field.type not in REFERENCES or field.name not in values:
                continue
            given = values[field.name]
            had, new = _as_list(before.get(field.name)), _as_list(given)
            if field.type == Kind.OBJECT and given is not None:
                continue
            gone = [pk for pk in had if pk not in new]
            user = self.context["user"]
            hidden = gone and access.outside(target_of(field).model, gone, user, access.VIEW)
            if hidden:
                kept = [pk for pk in had if pk in hidden]
                found[field.name] = kept[0] if field.type == Kind.OBJECT else [*new, *kept]
        return found

    def _cleaned(self, given: Any) -> dict[str, Any]:
        if not given:
            return {}
        if isinstance(given, Cleaned) and given.version == self.found.version:
            return given
        raw = given.raw if isinstance(given, Cleaned) else given
        return clean_all(self.resource, raw, self.found, self.context)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def begin(
    resource: Resource, values: Sequence[dict[str, Any]], user: Actor, *, creating: bool
) -> Writer | None:
    """Begin a write: mark it as the user's; its writer, None where it touches no custom data.

    To be called in the transaction before it locks rows.
    """
    given = creating or any(FIELD in each for each in values)
    if not given or not resource.has_field(FIELD):
        mark(user)
        return None
    return Writer(resource, definitions.at(mark(user, definitions.HOLD)), user)


class CustomDataField(serializers.Field[Any, Any, Any, Any]):
    """An object of custom field names and values; the given ones are merged."""

    default_error_messages = {"form": "Give an object of custom field names and values."}

    def __init__(self, resource: Resource, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)
        self.resource = resource

    def refers_to(self, data: Any) -> list[tuple[Resource, int]]:
        """The rows that input names plainly by id, so that they can be fetched together."""
        return referred(definitions.current().of(self.resource.model), data)

    def to_internal_value(self, data: Any) -> Cleaned:
        if not isinstance(data, dict):
            self.fail("form")
        context = {"user": self.context.get("user"), "references": self.context.get("references")}
        if context["references"] is None:
            context["references"] = {}
        found = definitions.current()
        try:
            return clean_all(self.resource, data, found, context)
        except Faults as faults:
            raise serializers.ValidationError(faults.messages) from None

    def to_representation(self, value: Any) -> Any:
        return value
