"""The catalogue: what devices and modules are like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q

from core.fields import Absent, Ref
from core.filters import (
    NULL,
    Filters,
    absent_filters,
    boolean_filter,
    reference_filters,
    related_filter,
)
from core.registry import of_model, register
from core.resource import HEAD, TAIL, Resource
from core.special_fields import BranchCount, Count
from dcim.models import (
    DeviceRole,
    DeviceType,
    InventoryItemRole,
    ModuleType,
    ModuleTypeProfile,
    Platform,
)
from facilities import filters as shared
from racks.models import Manufacturer

TREE_PARENT = ("id", "url", "display_url", "display", "name")
TEMPLATES = (
    "console_port",
    "console_server_port",
    "power_port",
    "power_outlet",
    "interface",
    "front_port",
    "rear_port",
    "device_bay",
    "module_bay",
    "inventory_item",
)
MODULE_TEMPLATES = tuple(n for n in TEMPLATES if n not in ("device_bay", "inventory_item"))


def template_counts(names: Sequence[str]) -> list[Count]:
    """A count of each kind of component template."""
    return [
        Count(f"{name}_template_count", f"{name.replace('_', '')}templates", filterable=True)
        for name in names
    ]


def has_filters(model: type, names: dict[str, str]) -> Filters:
    """Yes-or-no filters: whether a row has any of a relation."""

    def made(relation: str) -> object:
        def condition(value: bool) -> Q:
            field = model._meta.get_field(relation)  # type: ignore[attr-defined]
            rows = field.related_model._default_manager.filter(**{field.field.name: OuterRef("pk")})
            return Q(Exists(rows)) if value else ~Q(Exists(rows))

        return boolean_filter(condition)

    return {name: made(relation) for name, relation in names.items()}  # type: ignore[misc]


def pass_through(model: type, front: str, rear: str) -> Filters:
    """`pass_through_ports`: whether a row has front or rear ports."""
    one, other = has_filters(model, {"x": front})["x"], has_filters(model, {"x": rear})["x"]

    def condition(value: bool) -> Q:
        if value:
            return one.condition(True) | other.condition(True)
        return one.condition(False) & other.condition(False)

    return {"pass_through_ports": boolean_filter(condition)}


def component_presence(model: type, suffix: str, names: Sequence[str]) -> Filters:
    """`interfaces`, `power_ports` and the rest: whether a row has such components."""
    relations = {f"{name}s": f"{name.replace('_', '')}{suffix}" for name in names}
    found = has_filters(model, relations)
    for name in ("front_ports", "rear_ports"):
        found.pop(name, None)
    return {**found, **pass_through(model, f"frontport{suffix}", f"rearport{suffix}")}


@register
class DeviceTypeResource(Resource):
    """Models of devices."""

    model = DeviceType
    path = "dcim/device-types"
    fields = [
        *HEAD,
        Ref("manufacturer"),
        Ref("default_platform"),
        "model",
        "slug",
        "part_number",
        "u_height",
        "exclude_from_utilization",
        "is_full_depth",
        "subdevice_role",
        "airflow",
        "weight",
        "weight_unit",
        "front_image",
        "rear_image",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        Count("device_count", "devices", in_references=True, filterable=True),
        *template_counts(TEMPLATES),
    ]
    brief = ["id", "url", "display", "manufacturer", "model", "slug", "description", "device_count"]
    display_columns = ["model"]
    unfiltered = ["comments", "front_image", "rear_image"]
    search = {"model": 10, "part_number": 20, "slug": 30, "manufacturer__name": 40}
    ordering = ["manufacturer__name", "model"]
    crumbs = ["manufacturer"]
    table = [
        "manufacturer",
        "model",
        "part_number",
        "u_height",
        "is_full_depth",
        "weight",
        "device_count",
    ]
    form = {
        "Device type": ["manufacturer", "model", "slug", "part_number", "description"],
        "Size": ["u_height", "is_full_depth", "exclude_from_utilization", "weight", "weight_unit"],
        "Chassis": ["subdevice_role", "airflow", "default_platform"],
        "Images": ["front_image", "rear_image"],
        "More": ["tags", "comments"],
    }
    constraint_fields = {
        "dcim_devicetype_parent_used": "subdevice_role",
        "dcim_devicetype_child_used": "subdevice_role",
        "dcim_devicetype_child_mounted": "subdevice_role",
        "dcim_device_child_face": "subdevice_role",
        "dcim_device_no_overlap": "u_height",
        "dcim_device_fits_rack": "u_height",
        "dcim_device_zero_u": "u_height",
    }
    menu = "Catalogue"
    icon = "server"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By what components there are and whether there are pictures."""

        def pictured(column: str) -> object:
            def condition(value: bool) -> Q:
                blank = Q(**{f"{column}__isnull": True}) | Q(**{column: ""})
                return ~blank if value else blank

            return boolean_filter(condition)

        return [
            {f"has_{c}": pictured(c) for c in ("front_image", "rear_image")},  # type: ignore[misc]
            component_presence(DeviceType, "templates", TEMPLATES),
            absent_filters("owner_group"),
        ]


@register
class ModuleTypeProfileResource(Resource):
    """Kinds of module types and the attributes theirs have."""

    model = ModuleTypeProfile
    path = "dcim/module-type-profiles"
    fields = [*HEAD, "name", "description", "schema", Absent("owner"), "comments", *TAIL]
    brief = ["id", "url", "display", "name", "description"]
    unfiltered = ["comments", "schema"]
    table = ["name", "description"]
    form = {"Profile": ["name", "description", "schema", "tags", "comments"]}
    extra_filters = [absent_filters("owner_group")]
    menu = "Catalogue"
    icon = "sliders"


@register
class ModuleTypeResource(Resource):
    """Models of modules."""

    model = ModuleType
    path = "dcim/module-types"
    fields = [
        *HEAD,
        "profile",
        "manufacturer",
        "model",
        "part_number",
        "airflow",
        "weight",
        "weight_unit",
        "description",
        "attributes",
        Absent("owner"),
        "comments",
        *TAIL,
        Count("module_count", "modules", in_references=True, filterable=True),
        *template_counts(MODULE_TEMPLATES),
    ]
    brief = [
        "id",
        "url",
        "display",
        "profile",
        "manufacturer",
        "model",
        "description",
        "module_count",
    ]
    display_columns = ["model"]
    filter_key = "model"
    unfiltered = ["comments", "attributes", "profile"]
    search = {"model": 10, "part_number": 20, "manufacturer__name": 40, "description": 50}
    ordering = ["profile__name", "manufacturer__name", "model"]
    crumbs = ["manufacturer"]
    table = ["manufacturer", "model", "profile", "part_number", "module_count"]
    form = {
        "Module type": ["manufacturer", "model", "profile", "part_number", "description"],
        "Size": ["airflow", "weight", "weight_unit"],
        "More": ["attributes", "tags", "comments"],
    }
    menu = "Catalogue"
    icon = "cpu"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By profile and by what components there are."""
        return [
            reference_filters("profile", "profile", ModuleTypeProfile, key="name"),
            component_presence(ModuleType, "templates", MODULE_TEMPLATES),
            absent_filters("owner_group"),
        ]


@register
class DeviceRoleResource(Resource):
    """What devices are for."""

    model = DeviceRole
    path = "dcim/device-roles"
    fields = [
        *HEAD,
        "name",
        "slug",
        "color",
        "vm_role",
        Absent("config_template"),
        Ref("parent", nested=TREE_PARENT),
        "description",
        *TAIL,
        BranchCount("device_count", "devices"),
        Absent("virtualmachine_count", 0),
        Absent("owner"),
        "comments",
        "_depth",
    ]
    brief = [
        "id",
        "url",
        "display",
        "name",
        "slug",
        "description",
        "device_count",
        "virtualmachine_count",
        "_depth",
    ]
    unfiltered = ["comments", "config_template"]
    search = {"name": 10, "slug": 20, "description": 50}
    table = ["name", "color", "device_count", "vm_role", "description"]
    form = {"Device role": ["parent", "name", "slug", "color", "vm_role", "description", "tags"]}
    menu = "Devices"
    icon = "palette"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch."""
        return [
            shared.ancestor_filters(DeviceRole),
            {k: v for k, v in absent_filters("config_template").items() if "_id" in k},
            absent_filters("owner_group"),
        ]


def _fits_device_types(ids: Any) -> Q:
    """Platforms of any maker or of the maker of one of the device types."""
    found = Q(manufacturer__isnull=True)
    if ids == NULL:
        return found
    makers = DeviceType.objects.filter(pk__in=ids).values("manufacturer")
    return found | Q(manufacturer__in=makers)


@register
class PlatformResource(Resource):
    """What runs on devices."""

    model = Platform
    path = "dcim/platforms"
    fields = [
        *HEAD,
        Ref("parent", nested=TREE_PARENT),
        "name",
        "slug",
        "manufacturer",
        Absent("config_template"),
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        BranchCount("device_count", "devices"),
        Absent("virtualmachine_count", 0),
        "_depth",
    ]
    brief = [
        "id",
        "url",
        "display",
        "name",
        "slug",
        "description",
        "device_count",
        "virtualmachine_count",
        "_depth",
    ]
    unfiltered = ["comments", "config_template"]
    search = {"name": 10, "slug": 20, "manufacturer__name": 30, "description": 50}
    table = ["name", "manufacturer", "device_count", "description"]
    form = {"Platform": ["parent", "name", "slug", "manufacturer", "description", "tags"]}
    menu = "Devices"
    icon = "terminal"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch and by the device type it may run on."""
        parse = reference_filters("x", "x", DeviceType, by_key=False)["x_id"]
        fits = related_filter(
            lambda: Platform.objects.all(),
            "pk",
            {
                "available_for_device_type": type(parse)(
                    _fits_device_types,
                    parse.extra["parse"],
                    schema={"type": "integer"},
                )
            },
        )
        return [
            shared.ancestor_filters(Platform),
            fits,
            {k: v for k, v in absent_filters("config_template").items() if "_id" in k},
            absent_filters("owner_group"),
        ]


@register
class InventoryItemRoleResource(Resource):
    """What parts are for."""

    model = InventoryItemRole
    path = "dcim/inventory-item-roles"
    fields = [
        *HEAD,
        "name",
        "slug",
        "color",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        Count("inventoryitem_count", "inventory_items"),
    ]
    brief = ["id", "url", "display", "name", "slug", "description", "inventoryitem_count"]
    unfiltered = ["comments"]
    search = {"name": 10, "slug": 20, "description": 50}
    table = ["name", "color", "inventoryitem_count", "description"]
    form = {"Inventory item role": ["name", "slug", "color", "description", "tags"]}
    extra_filters = [absent_filters("owner_group")]
    menu = "Devices"
    icon = "palette"


_maker = of_model(Manufacturer)
_maker.fill(Count("devicetype_count", "device_types"))
_maker.fill(Count("moduletype_count", "module_types"))
_maker.fill(Count("inventoryitem_count", "inventory_items"))
_maker.fill(Count("platform_count", "platforms"))
