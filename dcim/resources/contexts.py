"""Config contexts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from core import registry
from core.fields import Absent, Refs
from core.filters import Filters, absent_filters, reference_filters, related_filter
from core.models import Tag
from core.read import Binder, Cells, Columns, ReadContext
from core.registry import register
from core.resource import HEAD, Resource
from core.resources.extras import synced_filters
from core.serializers import ReferenceField
from dcim.models import ConfigContext, DeviceRole, DeviceType, Platform
from facilities.models import Location, Region, Site, SiteGroup, Tenant, TenantGroup


class TagReference(ReferenceField):
    """A tag by its slug, or as any other reference."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str) and not data.isdecimal():
            return self.by_attributes({"slug": data})
        return super().to_internal_value(data)


class TagSlugs(Refs):
    """Tags by their slugs."""

    def bind_read(self, columns: Columns) -> Binder:
        bind_whole = super().bind_read(columns)

        def bind(cells: Cells, context: ReadContext) -> Any:
            whole = yield bind_whole(cells, context)
            return [[tag["slug"] for tag in tags] for tags in whole]

        return bind

    def write_field(self) -> Any:
        child = TagReference(registry.of_model(Tag))
        return serializers.ListField(child=child, required=False)

    def add(self, values: Sequence[tuple[Any, Any]]) -> None:
        """Name tags besides those that are there."""
        for instance, tags in values:
            instance.tags.add(*tags)

    def remove(self, values: Sequence[tuple[Any, Any]]) -> None:
        """Name tags no more."""
        for instance, tags in values:
            instance.tags.remove(*tags)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}

    write_schema = schema


@register
class ConfigContextResource(Resource):
    """Data that devices get by where and what they are."""

    model = ConfigContext
    path = "extras/config-contexts"
    object_type = "extras.configcontext"
    fields = [
        *HEAD,
        "name",
        "weight",
        Absent("profile"),
        "description",
        "is_active",
        *("regions", "site_groups", "sites", "locations", "device_types", "roles", "platforms"),
        Absent("cluster_types", []),
        Absent("cluster_groups", []),
        Absent("clusters", []),
        *("tenant_groups", "tenants"),
        Absent("owner"),
        TagSlugs("tags"),
        Absent("data_source"),
        Absent("data_path", ""),
        Absent("data_file"),
        Absent("data_synced"),
        "data",
        "created",
        "last_updated",
    ]
    brief = ["id", "url", "display", "name", "description"]
    unfiltered = [
        *("regions", "site_groups", "sites", "locations", "device_types", "roles", "platforms"),
        *("tenant_groups", "tenants", "tags", "cluster_types", "cluster_groups", "clusters"),
        *("data_source", "data_path", "data_file", "data_synced"),
    ]
    table = ["name", "weight", "is_active", "description"]
    form = {
        "Config context": ["name", "weight", "is_active", "description", "data"],
        "Places": ["regions", "site_groups", "sites", "locations"],
        "Devices": ["device_types", "roles", "platforms", "tags"],
        "Tenants": ["tenant_groups", "tenants"],
    }
    menu = "Customisation"
    icon = "braces"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By what the context is for."""
        rows = ConfigContext._default_manager
        named: Filters = {
            **reference_filters("region", "regions", Region, tree=True),
            **reference_filters("site_group", "site_groups", SiteGroup, tree=True),
            **reference_filters("site", "sites", Site),
            **reference_filters("location", "locations", Location, tree=True),
            **reference_filters("device_type", "device_types", DeviceType, by_key=False),
            **reference_filters("device_role", "roles", DeviceRole, tree=True),
            **reference_filters("platform", "platforms", Platform, tree=True),
            **reference_filters("tenant_group", "tenant_groups", TenantGroup, tree=True),
            **reference_filters("tenant", "tenants", Tenant),
            **reference_filters("tag", "tags", Tag),
        }
        absent = [absent_filters(n) for n in ("cluster_type", "cluster_group", "owner_group")]
        cluster = {name: made for name, made in absent_filters("cluster").items() if "_id" in name}
        return [related_filter(rows.all, "pk", named), *absent, cluster, *synced_filters()]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Data is an object, as only such can be merged."""
        if not isinstance(instance.data, dict):
            raise ValidationError({"data": ["Give a JSON object, such as {}."]})
