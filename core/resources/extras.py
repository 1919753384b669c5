"""What people make of lists and pages: saved filters, views, links, export templates."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from rest_framework import serializers

from core import access, filters, registry, sandbox
from core.fields import Absent, Choice, RefId
from core.models import (
    CustomLink,
    ExportTemplate,
    SavedFilter,
    TableConfig,
    User,
)
from core.resource import HEAD, Resource
from core.resources.fields import type_id_filters, type_text_filters
from core.resources.tags import ObjectTypes
from core.serializers import ObjectTypeField


class SomeTypes(ObjectTypes):
    """Object types, of which one at least must be given."""

    def write_field(self) -> Any:
        return serializers.ListField(child=ObjectTypeField(), allow_empty=False)

    def filters(self) -> filters.Filters:
        model = self.resource.model
        found = {
            **type_text_filters("object_type", self.source),
            **type_id_filters("object_type_id", self.source),
        }
        return filters.related_filter(model._default_manager.all, "pk", found)


OWNERS = filters.absent_filters("owner_group")


class Personal(Resource):
    """Rows that people make for themselves and may share with all."""

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By whether the reader may use it."""

        def usable(value: bool) -> Q:
            reader = filters.current_reader.get()
            mine = Q(shared=True) | Q(user=getattr(reader, "pk", None))
            return (Q(enabled=True) & mine) if value else ~(Q(enabled=True) & mine)

        return [{"usable": filters.boolean_filter(usable)}]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """A new one belongs to whoever makes it; parameters are kept as lists of texts."""
        writer = access.writer.get()
        if creating and instance.user_id is None and isinstance(writer, User):
            instance.user = writer
        if not isinstance(instance.parameters, dict):
            sentence = 'Give values by parameter, such as {"status": ["active"]}.'
            raise ValidationError({"parameters": [sentence]})


@registry.register
class SavedFilterResource(Personal):
    """Filters of lists under a name."""

    model = SavedFilter
    path = "extras/saved-filters"
    object_type = "extras.savedfilter"
    fields = [
        *HEAD,
        SomeTypes("object_types"),
        "name",
        "slug",
        "description",
        RefId("user", key="username"),
        *("weight", "enabled", "shared", "parameters"),
        Absent("owner"),
        "created",
        "last_updated",
    ]
    brief = ["id", "url", "display", "name", "slug", "description"]
    search = {"name": 10, "slug": 20, "description": 50}
    table = ["name", "object_types", "user", "shared", "enabled", "description"]
    form = {
        "Saved filter": ["name", "slug", "description", "object_types", "parameters"],
        "Use": ["shared", "enabled", "weight"],
    }
    menu = "Customisation"
    icon = "list-filter"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By owner."""
        return [*super().get_extra_filters(), OWNERS]


@registry.register
class TableConfigResource(Personal):
    """Views of lists: columns, order and filters under a name."""

    model = TableConfig
    path = "extras/table-configs"
    object_type = "extras.tableconfig"
    fields = [
        *HEAD,
        "object_type",
        "table",
        "name",
        "description",
        RefId("user", key="username"),
        *("weight", "enabled", "shared", "columns", "ordering"),
        "created",
        "last_updated",
        "parameters",
    ]
    brief = ["id", "url", "display", "name", "description", "object_type", "table"]
    table = ["name", "object_type", "user", "shared", "enabled", "description"]
    form = {
        "View": ["name", "description", "object_type", "table"],
        "What it shows": ["columns", "ordering", "parameters"],
        "Use": ["shared", "enabled", "weight"],
    }
    unfiltered = ["columns", "ordering"]
    menu = "Customisation"
    icon = "columns-3"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By the type of the list, by id."""
        return [*super().get_extra_filters(), type_id_filters("object_type_id", "object_type")]


access.share(SavedFilter, "user", "shared")
access.share(TableConfig, "user", "shared")


@registry.register
class CustomLinkResource(Resource):
    """Links on the pages of records."""

    model = CustomLink
    path = "extras/custom-links"
    object_type = "extras.customlink"
    fields = [
        *HEAD,
        SomeTypes("object_types"),
        *("name", "enabled", "link_text", "link_url", "weight", "group_name"),
        Choice("button_class", plain=True),
        "new_window",
        Absent("owner"),
        "created",
        "last_updated",
    ]
    brief = ["id", "url", "display", "name"]
    search = {"name": 10, "link_text": 30, "link_url": 30, "group_name": 50}
    table = ["name", "object_types", "group_name", "weight", "enabled", "new_window"]
    form = {
        "Link": ["name", "object_types", "link_text", "link_url"],
        "Look": ["group_name", "weight", "button_class", "new_window", "enabled"],
    }
    menu = "Customisation"
    icon = "link"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By owner, and by what the templates are."""
        return [
            OWNERS,
            filters.text_filters("link_text", "link_text", empty=False),
            filters.text_filters("link_url", "link_url", empty=False),
        ]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Check that the templates are such."""
        for name in ("link_text", "link_url"):
            if fault := sandbox.fault(getattr(instance, name)):
                raise ValidationError({name: [fault]})


@registry.register
class ExportTemplateResource(Resource):
    """Templates that turn lists into files."""

    model = ExportTemplate
    path = "extras/export-templates"
    object_type = "extras.exporttemplate"
    fields = [
        *HEAD,
        SomeTypes("object_types"),
        *("name", "description", "environment_params", "template_code", "mime_type"),
        *("file_name", "file_extension", "as_attachment"),
        Absent("data_source"),
        Absent("data_path", ""),
        Absent("data_file"),
        Absent("data_synced"),
        Absent("owner"),
        "created",
        "last_updated",
    ]
    brief = ["id", "url", "display", "name", "description"]
    unfiltered = ["data_source", "data_path", "data_file", "data_synced"]
    table = ["name", "object_types", "mime_type", "file_extension", "description"]
    form = {
        "Export template": ["name", "description", "object_types", "template_code"],
        "File": ["mime_type", "file_name", "file_extension", "as_attachment"],
        "Language": ["environment_params"],
    }
    menu = "Customisation"
    icon = "file-down"

    def get_extra_filters(self) -> Sequence[filters.Filters]:
        """By owner and by where it comes from."""
        return [OWNERS, *synced_filters()]

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Check the settings, then that the template is one."""
        settings = instance.environment_params or {}
        if fault := sandbox.settings_fault(settings):
            raise ValidationError({"environment_params": [fault]})
        if fault := sandbox.fault(instance.template_code, settings):
            raise ValidationError({"template_code": [fault]})


def synced_filters() -> Sequence[filters.Filters]:
    """Filters of records that may come from a data source; none here does."""

    def never(value: bool) -> Q:
        return Q(pk__in=[]) if value else Q()

    absent: filters.Filters = {}
    for name in ("data_source_id", "data_file_id"):
        absent.update(filters.absent_filters(name, by_id=False))
    for name, made in filters.time_filters("data_synced", "created").items():
        unsynced = copy.copy(made)
        unsynced.condition, unsynced.path = _unsynced(name), ""
        # What was never synced is unlike every time: the condition says so itself.
        unsynced.negate = False
        absent[name] = unsynced
    return [absent, {"auto_sync_enabled": filters.boolean_filter(never)}]


def _unsynced(name: str) -> Any:
    empty, other = name.endswith("__empty"), name.endswith("__n")

    def condition(value: Any) -> Q:
        return Q() if other or (empty and value) else Q(pk__in=[])

    return condition
