"""Config contexts merged for devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from core.access import Actor
from core.fields import Field
from core.gather import Lookup, Steps
from core.models import TaggedItem
from core.read import Binder, Cells, Columns, ReadContext
from dcim.models import ConfigContext, Device

# What a context may name, and the column of a device that is compared: an id, or a tree's path.
CONDITIONS = {
    "regions": "site__region__path",
    "site_groups": "site__group__path",
    "sites": "site_id",
    "locations": "location__path",
    "device_types": "device_type_id",
    "roles": "role__path",
    "platforms": "platform__path",
    "tenant_groups": "tenant__group__path",
    "tenants": "tenant_id",
}


@dataclass(frozen=True)
class Context:
    """An active context and what it is for: ids by condition, without the empty ones."""

    pk: int
    name: str
    weight: int
    data: Any
    wanted: Mapping[str, frozenset[int]]

    def matches(self, owned: Mapping[str, frozenset[int]]) -> bool:
        """Whether a device with these ids by condition gets it."""
        return all(not ids.isdisjoint(owned[name]) for name, ids in self.wanted.items())


def _members(name: str) -> ArraySubquery:
    relation: Any = ConfigContext._meta.get_field(name)
    through = getattr(ConfigContext, name).through._default_manager
    rows = through.filter(**{relation.m2m_field_name(): OuterRef("pk")})
    return ArraySubquery(rows.values(f"{relation.m2m_reverse_field_name()}_id"))


def _tags() -> ArraySubquery:
    rows = TaggedItem.objects.filter(
        content_type__app_label="dcim", content_type__model="device", object_id=OuterRef("pk")
    )
    return ArraySubquery(rows.values("tag_id"))


_active = Lookup(
    lambda given, user: (
        ConfigContext.objects.filter(is_active=True)
        .order_by("weight", "name")
        .values_list("pk", "name", "weight", "data", *map(_members, [*CONDITIONS, "tags"]))
    )
)
_devices = Lookup(
    lambda given, user: (
        Device.objects.filter(given("pk"))
        .order_by()
        .values_list("pk", *CONDITIONS.values(), _tags())
    )
)


def sources(ids: Iterable[int], user: Actor) -> Steps:
    """The contexts each device gets, by its id, the weakest first.

    The devices are asked for only where there are contexts.
    """
    names = [*CONDITIONS, "tags"]
    contexts = [
        Context(
            pk,
            name,
            weight,
            data,
            {key: frozenset(wanted) for key, wanted in zip(names, members, strict=True) if wanted},
        )
        for pk, name, weight, data, *members in (yield _active.template(user))
    ]
    found: dict[int, list[Context]] = {}
    devices = (yield _devices.fetch(ids, user)) if contexts else ()
    for pk, *values in devices:
        owned = {
            name: frozenset(value if isinstance(value, list) else [value])
            for name, value in zip(names, values, strict=True)
        }
        found[pk] = [context for context in contexts if context.matches(owned)]
    return found


def merged(parts: Iterable[Any]) -> dict[str, Any]:
    """Dicts put into each other, later ones winning; dicts in them are merged likewise."""
    found: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, dict):
            found = _merge(found, part)
    return found


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    found = dict(below)
    for name, value in above.items():
        known = found.get(name)
        both = isinstance(known, dict) and isinstance(value, dict)
        found[name] = _merge(known, value) if both else value  # type: ignore[arg-type]
    return found


class ConfigContextField(Field):
    """What a device gets of all contexts, its own local data last."""

    def __init__(self, name: str) -> None:
        super().__init__(name, read_only=True, filterable=False)

    @property
    def model_field(self) -> Any:
        return None

    def bind_read(self, columns: Columns) -> Binder:
        key, local = columns.index("pk"), columns.index("local_context_data")
        columns.expect(_active)

        def bind(cells: Cells, context: ReadContext) -> Steps:
            found = yield sources(cells[key], context.user)
            return [
                merged([*(each.data for each in found.get(pk, ())), own])
                for pk, own in zip(cells[key], cells[local], strict=True)
            ]

        return bind

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "readOnly": True}
