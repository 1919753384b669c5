"""Modules and the bays they sit in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from rest_framework import serializers

from core import access
from core.errors import Invalid
from core.fields import Absent, Field, Json, Ref
from core.filters import Filters, absent_filters, reference_filters
from core.read import Binder, Columns
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from core.serializers import ReferenceField
from core.special_fields import Computed
from dcim import services
from dcim.models import Device, Module, ModuleBay, ModuleType, ModuleTypeProfile
from dcim.resources.components import ComponentResource
from dcim.resources.parts import module_filters
from facilities import filters as shared
from racks.models import Manufacturer, Rack

SHORT = ("id", "url", "display")


class Switch(Field):
    """A yes-or-no that is sent with a write and not kept."""

    def __init__(self, name: str, default: bool) -> None:
        super().__init__(name)
        self.default = default

    @property
    def model_field(self) -> Any:
        return None

    @property
    def is_column(self) -> bool:
        return False

    def bind_read(self, columns: Columns) -> Binder:
        return lambda cells, context: repeat(None)

    def write_field(self) -> serializers.Field[Any, Any, Any, Any]:
        return serializers.BooleanField(required=False, default=self.default)

    def store(self, values: Sequence[tuple[Any, Any]]) -> None:
        """Nothing: it is used while the module is made."""

    def schema(self) -> Json:
        return {"type": "boolean", "writeOnly": True}


class InstalledModule(Ref):
    """The module in a bay. Writing it moves a module of the same device there."""

    @property
    def is_column(self) -> bool:
        return False

    def write_field(self) -> serializers.Field[Any, Any, Any, Any]:
        return ReferenceField(self.target, required=False, allow_null=True)

    def store(self, values: Sequence[tuple[Any, Any]]) -> None:
        """Move the modules; the database refuses bays of other devices and bays that are taken.

        Raises ValidationError when a bay would be emptied: its module has to go somewhere.
        """
        user = access.writer.get()
        for bay, module in values:
            present = Module.objects.filter(module_bay=bay).first()
            if module == present:
                continue
            if module is None:
                raise ValidationError(
                    {self.name: f"{present} is installed: delete it or move it to another bay."}
                )
            if access.outside(Module, [module.pk], user, access.CHANGE):
                raise ValidationError({self.name: "You may not move this module."})
            Module.objects.filter(pk=module.pk).update(module_bay=bay, last_updated=timezone.now())


@register
class ModuleResource(Resource):
    """Line cards, supplies and other parts with ports of their own."""

    model = Module
    path = "dcim/modules"
    fields = [
        *HEAD,
        "device",
        Ref("module_bay", nested=("id", "url", "display_url", "display", "name")),
        "module_type",
        "status",
        "serial",
        "asset_tag",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        Switch("replicate_components", True),
        Switch("adopt_components", False),
    ]
    write_only = ("replicate_components", "adopt_components")
    brief = [*SHORT, "device", "module_bay", "module_type", "description"]
    nested = (*SHORT, "device", "module_bay", "module_type", "description")
    filter_key = "pk"
    display_columns = ["module_bay__name", "module_type__model"]
    unfiltered = ["comments", "device", "module_bay", "module_type"]
    search = {"serial": 10, "asset_tag": 20, "module_type__model": 30, "description": 50}
    ordering = ["module_bay__device__name_natural", "module_bay__name_natural"]
    crumbs = ["device"]
    history_of = ["device"]
    table = ["device", "module_bay", "module_type", "status", "serial", "asset_tag"]
    form = {
        "Module": ["device", "module_bay", "module_type", "status", "description"],
        "Identity": ["serial", "asset_tag"],
        "Components": ["replicate_components", "adopt_components"],
        "More": ["tags", "comments"],
    }
    constraint_fields = {
        "dcim_module_bay_device": "module_bay",
        "dcim_module_bay_enabled": "module_bay",
        "dcim_module_bay_ring": "module_bay",
        "dcim_module_device_fixed": "device",
    }
    menu = "Devices"
    icon = "cpu"

    def display(self, *values: Any) -> str:
        """The bay and what is in it."""
        bay, kind = values
        return f"{bay}: {kind}"

    def prepare(self, instance: Any, values: dict[str, Any], *, creating: bool) -> None:
        """Keep how components are to be made with the instance until it is stored."""
        instance.replicate = values.pop("replicate_components", True)
        instance.adopt = values.pop("adopt_components", False)

    def insert(self, instances: list[Any]) -> None:
        """Store modules with their components."""
        for replicate, adopt in ((True, True), (True, False), (False, True), (False, False)):
            chosen = [m for m in instances if (m.replicate, m.adopt) == (replicate, adopt)]
            if not chosen:
                continue
            try:
                services.create_modules(
                    chosen, replicate_components=replicate, adopt_components=adopt
                )
            except Invalid as error:
                said = {id(m): fault for m, fault in zip(chosen, error.items, strict=True)}
                raise Invalid([said.get(id(m), {}) for m in instances]) from error

    def get_extra_filters(self) -> Sequence[Filters]:
        """By device, bay, type, maker and profile."""
        return [
            shared.place_filters("device__site", "device__location"),
            reference_filters("rack", "device__rack", Rack, key="name"),
            reference_filters("device", "device", Device, key="name"),
            reference_filters("module_bay", "module_bay", ModuleBay, by_key=False),
            reference_filters("module_type", "module_type", ModuleType, key="model"),
            reference_filters("x", "module_type", ModuleType, by_key=False, by_id="moduletype_id"),
            reference_filters("manufacturer", "module_type__manufacturer", Manufacturer),
            reference_filters("profile", "module_type__profile", ModuleTypeProfile, key="name"),
            absent_filters("owner_group"),
        ]


@register
class ModuleBayResource(ComponentResource):
    """Where modules sit."""

    model = ModuleBay
    path = "dcim/module-bays"
    fields = [
        *HEAD,
        "device",
        Ref("module", nested=SHORT),
        "name",
        "label",
        "position",
        "enabled",
        "description",
        InstalledModule("installed_module", nested=(*SHORT, "serial", "description")),
        Absent("owner"),
        *TAIL,
        Computed(
            "_occupied",
            columns=["installed_module"],
            value=lambda pk: pk is not None,
            schema={"type": "boolean"},
        ),
    ]
    brief = [*SHORT, "installed_module", "name", "enabled", "description", "_occupied"]
    table = ["device", "module", "name", "label", "position", "enabled", "installed_module"]
    unfiltered = ["device", "module", "installed_module", "_occupied"]
    form = {
        "Module bay": ["device", "module", "name", "label", "position", "enabled"],
        "More": ["description", "tags"],
    }
    constraint_fields = {
        **ComponentResource.constraint_fields,
        "dcim_module_module_bay_id_key": "installed_module",
        "dcim_module_bay_device": "installed_module",
        "dcim_module_bay_enabled": "installed_module",
        "dcim_module_bay_ring": "installed_module",
    }
    icon = "inbox"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By the module it belongs to, the bay above and what is installed."""
        return [
            *super().get_extra_filters(),
            module_filters(),
            reference_filters("parent", "module__module_bay", ModuleBay, by_key=False),
            reference_filters("installed_module", "installed_module", Module, by_key=False),
        ]
