"""Devices and what they form together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from core import access, registry
from core.fields import Absent, Ref, Refs
from core.filters import (
    Filters,
    ParameterFilter,
    absent_filters,
    boolean_filter,
    reference_filters,
    related_filter,
    seen,
    text_filters,
)
from core.gather import Load, Lookup, Steps
from core.read import ReadContext
from core.registry import of_model, register
from core.resource import HEAD, TAIL, Resource
from core.special_fields import BranchCount, Computed, Count
from dcim import services
from dcim.contexts import ConfigContextField
from dcim.decommission_api import DECOMMISSION
from dcim.models import (
    Device,
    DeviceBay,
    DeviceType,
    Interface,
    MACAddress,
    VirtualChassis,
    VirtualDeviceContext,
)
from dcim.resources.parts import without
from dcim.resources.types import TEMPLATES, component_presence
from facilities import filters as shared
from facilities.models import Location, Site, Tenant
from racks.models import Manufacturer, Rack

MEMBER = ("id", "url", "display_url", "display", "name")
BRIEF_DEVICE = ("id", "url", "display", "name", "description")


_bays = Lookup(
    lambda given, user: (
        access.visible(DeviceBay, user)
        .filter(given("installed_device_id"))
        .values_list("installed_device_id", "device_id", "pk", "name")
    )
)


def parent_devices(ids: Sequence[int], context: ReadContext) -> Steps:
    """The chassis and bay each device is installed in, by device id."""
    rows = yield _bays.fetch(ids, context.user)
    table = yield Load(of_model(Device), BRIEF_DEVICE, {row[1] for row in rows})
    bay = registry.of_model(DeviceBay)
    return {
        child: {
            **table[parent],
            "device_bay": {
                "id": pk,
                "url": bay.url(pk, context.base),
                "display": name,
                "name": name,
            },
        }
        for child, parent, pk, name in rows
        if parent in table
    }


@register
class DeviceResource(Resource):
    """Equipment."""

    model = Device
    path = "dcim/devices"
    fields = [
        *HEAD,
        "name",
        "device_type",
        "role",
        "tenant",
        "platform",
        "serial",
        "asset_tag",
        "site",
        "location",
        "rack",
        "position",
        "face",
        "latitude",
        "longitude",
        Computed(
            "parent_device",
            load=parent_devices,
            expects=[_bays],
            schema={"type": "object", "nullable": True},
        ),
        "status",
        "airflow",
        Absent("primary_ip"),
        Absent("primary_ip4"),
        Absent("primary_ip6"),
        Absent("oob_ip"),
        Absent("cluster"),
        "virtual_chassis",
        "vc_position",
        "vc_priority",
        "description",
        Absent("owner"),
        "comments",
        Absent("config_template"),
        ConfigContextField("config_context"),
        "local_context_data",
        *TAIL,
        *(
            Count(f"{name}_count", f"{name.replace('_', '')}s", filterable=True)
            for name in TEMPLATES
        ),
    ]
    brief = list(BRIEF_DEVICE)
    filter_key = "name"
    case_insensitive = ["name", "serial"]
    display_columns = ["name", "device_type__manufacturer__name", "device_type__model", "pk"]
    unfiltered = [
        "comments",
        "primary_ip",
        "oob_ip",
        "cluster",
        "config_template",
        "rack",
        "virtual_chassis",
    ]
    search = {"name": 10, "serial": 20, "asset_tag": 20, "description": 50}
    ordering = ["name_natural"]
    crumbs = ["site", "location", "rack"]
    table = [
        "name",
        "status",
        "role",
        "device_type",
        "site",
        "rack",
        "position",
        "tenant",
        "serial",
    ]
    form = {
        "Device": ["name", "device_type", "role", "status", "platform", "description"],
        "Place": ["site", "location", "rack", "position", "face"],
        "Identity": ["serial", "asset_tag", "tenant", "airflow"],
        "Virtual chassis": ["virtual_chassis", "vc_position", "vc_priority"],
        "More": ["latitude", "longitude", "local_context_data", "tags", "comments"],
    }
    checked_with = ["device_type", "platform"]
    deferrable = ["dcim_device_no_overlap", "dcim_device_vc_position_once"]
    constraint_fields = {
        "dcim_device_no_overlap": "position",
        "dcim_device_fits_rack": "position",
        "dcim_device_zero_u": "position",
        "dcim_device_position_face": "face",
        "dcim_device_child_face": "face",
        "dcim_device_rack_site": "rack",
        "dcim_device_rack_location": "location",
        "dcim_device_chassis_master": "virtual_chassis",
        "dcim_device_type_parent": "device_type",
        "dcim_device_type_child": "device_type",
    }
    menu = "Devices"
    icon = "server"
    actions = [DECOMMISSION]

    def display(self, *values: Any) -> str:
        """The name; for a nameless device its type and id."""
        name, maker, model, pk = values
        return str(name) if name else f"{maker} {model} ({pk})"

    def insert(self, instances: list[Any]) -> None:
        """Store devices with all their components."""
        services.create_devices(instances)

    def update(self, instances: list[Any], columns: Sequence[str]) -> None:
        """Store changes; those that place devices wait for others in the same racks."""
        if {"rack", "position", "face", "device_type"} & set(columns):
            services.lock_racks(instances)
        super().update(instances, columns)

    def get_extra_filters(self) -> Sequence[Filters]:
        """By place, type, role, components and membership."""
        kind = reference_filters("device_type", "device_type", DeviceType)
        return [
            shared.region_filters("site"),
            shared.tenant_filters(),
            shared.contact_filters(Device),
            kind,
            reference_filters("x", "device_type", DeviceType, by_key=False, by_id="devicetype_id"),
            {k: v for k, v in absent_filters("config_template").items() if "_id" in k},
            {k: v for k, v in absent_filters("cluster").items() if "_id" in k},
            {k: v for k, v in absent_filters("oob_ip").items() if "_id" in k},
            reference_filters("rack", "rack", Rack, by_key=False),
            reference_filters("virtual_chassis", "virtual_chassis", VirtualChassis, by_key=False),
            absent_filters("cluster_group"),
            absent_filters("owner_group"),
            reference_filters("manufacturer", "device_type__manufacturer", Manufacturer),
            model_filters(),
            component_presence(Device, "s", TEMPLATES[:-1]),
            mac_filters(),
            parent_bay_filters(),
            membership_filters(),
        ]


def model_filters() -> Filters:
    """`model`: by the slug of the device type."""
    made = reference_filters("model", "device_type", DeviceType)
    return {name: item for name, item in made.items() if "_id" not in name}


def mac_filters() -> Filters:
    """`mac_address` and its lookups, over the device's interfaces."""
    made = without(text_filters("mac_address", "mac_address"), "__empty")

    def addresses() -> Any:
        kind = ContentType.objects.get_for_model(Interface)
        return MACAddress.objects.filter(assigned_object_type=kind)

    return {
        name: ParameterFilter(
            _interface_condition(addresses, item.condition), item.extra["parse"], negate=item.negate
        )
        for name, item in made.items()
    }


def _interface_condition(addresses: Any, condition: Any) -> Any:
    def found(value: str) -> Q:
        interfaces = seen(addresses()).filter(condition(value)).values("assigned_object_id")
        return Q(pk__in=seen(Interface.objects.filter(pk__in=interfaces)).values("device"))

    return found


def parent_bay_filters() -> Filters:
    """By the bay a device is installed in, and by the device that has it."""
    return {
        **reference_filters("parent_bay", "parent_bay", DeviceBay, by_key=False),
        **reference_filters("parent_device", "parent_bay__device", Device, by_key=False),
    }


def membership_filters() -> Filters:
    """Whether a device has addresses, is a chassis member, has contexts."""
    no_address = boolean_filter(lambda value: Q(pk__isnull=value))
    return {
        "has_primary_ip": no_address,
        "has_oob_ip": boolean_filter(lambda value: Q(pk__isnull=value)),
        "virtual_chassis_member": boolean_filter(
            lambda value: Q(virtual_chassis__isnull=not value)
        ),
        "has_virtual_device_context": boolean_filter(
            lambda value: (
                Q(pk__in=VirtualDeviceContext.objects.values("device"))
                if value
                else ~Q(pk__in=VirtualDeviceContext.objects.values("device"))
            )
        ),
        "local_context_data": boolean_filter(lambda value: Q(local_context_data__isnull=not value)),
        "is_full_depth": boolean_filter(lambda value: Q(device_type__is_full_depth=value)),
    }


@register
class VirtualChassisResource(Resource):
    """Devices that are managed as one."""

    model = VirtualChassis
    path = "dcim/virtual-chassis"
    fields = [
        *HEAD,
        "name",
        "domain",
        Ref("master", nested=MEMBER),
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        Count("member_count", "members", in_references=True, filterable=True),
        Refs("members", nested=MEMBER, read_only=True),
    ]
    brief = ["id", "url", "display", "name", "master", "description", "member_count"]
    filter_key = "name"
    unfiltered = ["comments", "members", "master"]
    search = {"name": 10, "domain": 30, "description": 50}
    table = ["name", "domain", "master", "member_count", "description"]
    form = {"Virtual chassis": ["name", "domain", "master", "description", "tags", "comments"]}
    constraint_fields = {"dcim_virtualchassis_master_member": "master"}
    menu = "Devices"
    icon = "layers"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By where the master stands."""
        return [
            reference_filters("master", "master", Device, key="name"),
            shared.place_filters("master__site"),
            reference_filters("tenant", "master__tenant", Tenant),
            absent_filters("owner_group"),
        ]


@register
class VirtualDeviceContextResource(Resource):
    """Parts of devices that act as devices of their own."""

    model = VirtualDeviceContext
    path = "dcim/virtual-device-contexts"
    fields = [
        *HEAD,
        "name",
        "device",
        "identifier",
        "tenant",
        Absent("primary_ip"),
        Absent("primary_ip4"),
        Absent("primary_ip6"),
        "status",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        Count("interface_count", "interfaces"),
    ]
    brief = ["id", "url", "display", "name", "identifier", "device", "description"]
    filter_key = "name"
    unfiltered = ["comments", "primary_ip"]
    search = {"name": 10, "description": 50}
    crumbs = ["device"]
    history_of = ["device"]
    table = ["device", "name", "identifier", "status", "tenant", "interface_count"]
    form = {
        "Context": ["device", "name", "identifier", "status", "tenant", "description"],
        "More": ["tags", "comments"],
    }
    menu = "Devices"
    icon = "boxes"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By tenants, interface and address."""
        interfaces = reference_filters("interface", "interfaces", Interface, by_key=False)
        return [
            shared.tenant_filters(),
            related_filter(lambda: VirtualDeviceContext.objects.all(), "pk", interfaces),
            {"has_primary_ip": boolean_filter(lambda value: Q(pk__isnull=value))},
            absent_filters("owner_group"),
        ]


of_model(Site).fill(Count("device_count", "devices"))
of_model(Tenant).fill(Count("device_count", "devices"))
of_model(Location).fill(BranchCount("device_count", "devices"))
of_model(Rack).fill(Count("device_count", "devices"))
