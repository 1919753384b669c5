"""Component templates: what a new device or module of a type comes with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from core.fields import Field, Ref, RefId
from core.filters import Filters, reference_filters
from core.gather import Lookup, Steps
from core.read import ReadContext
from core.registry import register
from core.resource import Resource
from core.special_fields import Computed, GenericObject, ObjectType
from dcim.models import (
    ConsolePortTemplate,
    ConsoleServerPortTemplate,
    DeviceBayTemplate,
    DeviceType,
    FrontPortTemplate,
    InterfaceTemplate,
    InventoryItemTemplate,
    ModuleBayTemplate,
    ModuleType,
    PortTemplateMapping,
    PowerOutletTemplate,
    PowerPortTemplate,
    RearPortTemplate,
)
from dcim.resources.mappings import Mappings, mapping_rules

SHORT = ("id", "url", "display")
TYPE_RULES = {
    "dcim_template_type_fixed": "device_type",
    "dcim_devicebaytemplate_parent": "device_type",
    "dcim_template_power_port_type": "power_port",
    "dcim_template_bridge_type": "bridge",
    "dcim_inventoryitemtemplate_no_cycle": "parent",
}
TIMES = ("created", "last_updated")


class TemplateResource(Resource):
    """Shared by the component templates."""

    brief = [*SHORT, "name", "description"]
    constraint_fields = TYPE_RULES
    unfiltered = ["device_type", "module_type"]
    filter_key = "name"
    search = {"name": 10, "label": 20, "description": 50}
    ordering = ["device_type", "module_type", "name_natural"]
    table = ["device_type", "module_type", "name", "label", "description"]
    crumbs = ["device_type", "module_type"]
    history_of = ["device_type", "module_type"]
    menu = ""
    owner_filters: ClassVar[Sequence[str]] = ("device_type", "module_type")

    def get_extra_filters(self) -> Sequence[Filters]:
        """By the type, under both spellings of the parameter."""
        found: list[Filters] = []
        for name in self.owner_filters:
            model = DeviceType if name == "device_type" else ModuleType
            found.append(reference_filters(name, name, model, by_key=False))
            plain = name.replace("_", "")
            found.append(reference_filters(name, name, model, by_key=False, by_id=f"{plain}_id"))
        return found


def of_types(*fields: str | Field) -> list[str | Field]:
    """The fields of a template that a device type or a module type has."""
    return [*SHORT, "device_type", "module_type", "name", "label", *fields, *TIMES]


@register
class ConsolePortTemplateResource(TemplateResource):
    """Console ports to be."""

    model = ConsolePortTemplate
    path = "dcim/console-port-templates"
    fields = of_types("type", "description")


@register
class ConsoleServerPortTemplateResource(TemplateResource):
    """Console server ports to be."""

    model = ConsoleServerPortTemplate
    path = "dcim/console-server-port-templates"
    fields = of_types("type", "description")


@register
class PowerPortTemplateResource(TemplateResource):
    """Power ports to be."""

    model = PowerPortTemplate
    path = "dcim/power-port-templates"
    fields = of_types("type", "maximum_draw", "allocated_draw", "description")


@register
class PowerOutletTemplateResource(TemplateResource):
    """Power outlets to be."""

    model = PowerOutletTemplate
    path = "dcim/power-outlet-templates"
    fields = of_types("type", "color", "power_port", "feed_leg", "description")
    unfiltered = ["device_type", "module_type", "power_port"]

    def get_extra_filters(self) -> Sequence[Filters]:
        """By the power port that supplies it."""
        port = reference_filters("power_port", "power_port", PowerPortTemplate, by_key=False)
        return [*super().get_extra_filters(), port]


@register
class InterfaceTemplateResource(TemplateResource):
    """Interfaces to be."""

    model = InterfaceTemplate
    path = "dcim/interface-templates"
    fields = of_types(
        "type",
        "enabled",
        "mgmt_only",
        "description",
        Ref("bridge", nested=(*SHORT, "name")),
        "poe_mode",
        "poe_type",
        "rf_role",
    )
    unfiltered = ["device_type", "module_type", "bridge"]

    def get_extra_filters(self) -> Sequence[Filters]:
        """By bridge."""
        bridge = reference_filters("bridge", "bridge", InterfaceTemplate, by_key=False)
        return [*super().get_extra_filters(), bridge]


@register
class RearPortTemplateResource(TemplateResource):
    """Rear ports to be."""

    model = RearPortTemplate
    path = "dcim/rear-port-templates"
    fields = of_types(
        "type",
        "color",
        "positions",
        Mappings("front_ports", PortTemplateMapping, "rear_port", "front_port"),
        "description",
    )
    constraint_fields = {
        **TYPE_RULES,
        **mapping_rules("porttemplatemapping", "rear", "front"),
    }


@register
class FrontPortTemplateResource(TemplateResource):
    """Front ports to be."""

    model = FrontPortTemplate
    path = "dcim/front-port-templates"
    history_parts = {"mappings": (PortTemplateMapping, "front_port")}
    fields = of_types(
        "type",
        "color",
        "positions",
        Mappings("rear_ports", PortTemplateMapping, "front_port", "rear_port"),
        "description",
    )
    constraint_fields = {
        **TYPE_RULES,
        **mapping_rules("porttemplatemapping", "front", "rear"),
    }


@register
class ModuleBayTemplateResource(TemplateResource):
    """Module bays to be."""

    model = ModuleBayTemplate
    path = "dcim/module-bay-templates"
    brief = [*SHORT, "name", "enabled", "description"]
    fields = of_types("position", "enabled", "description")


@register
class DeviceBayTemplateResource(TemplateResource):
    """Device bays to be."""

    model = DeviceBayTemplate
    path = "dcim/device-bay-templates"
    fields = [*SHORT, "device_type", "name", "label", "enabled", "description", *TIMES]
    brief = [*SHORT, "name", "enabled", "description"]
    ordering = ["device_type", "name_natural"]
    table = ["device_type", "name", "label", "description"]
    owner_filters = ("device_type",)


_parents = Lookup(
    lambda given, user: (
        InventoryItemTemplate.objects.filter(
            device_type__in=InventoryItemTemplate.objects.filter(given("pk")).values("device_type")
        )
        .order_by()
        .values_list("pk", "parent_id")
    )
)


def depths(ids: Sequence[int], context: ReadContext) -> Steps:
    """How deep each part lies below the parts that hold it."""
    pairs = yield _parents.fetch(ids, context.user)
    parents = dict(pairs)

    def depth(pk: int) -> int:
        steps = 0
        while (parent := parents.get(pk)) is not None:
            pk, steps = parent, steps + 1
        return steps

    return {pk: depth(pk) for pk in ids}


@register
class InventoryItemTemplateResource(TemplateResource):
    """Parts to be."""

    model = InventoryItemTemplate
    path = "dcim/inventory-item-templates"
    fields = [
        *SHORT,
        "device_type",
        RefId("parent"),
        "name",
        "label",
        "role",
        "manufacturer",
        "part_id",
        "description",
        ObjectType("component_type"),
        "component_id",
        GenericObject("component", "component_type", "component_id"),
        *TIMES,
        Computed("_depth", load=depths, default=0, schema={"type": "integer"}),
    ]
    brief = [*SHORT, "name", "description", "_depth"]
    unfiltered = ["device_type", "module_type", "parent"]
    ordering = ["device_type", "parent", "name_natural"]
    table = ["device_type", "name", "role", "manufacturer", "part_id"]
    owner_filters = ("device_type",)

    def get_extra_filters(self) -> Sequence[Filters]:
        """By parent."""
        parent = reference_filters("parent", "parent", InventoryItemTemplate, by_key=False)
        return [*super().get_extra_filters(), parent]
