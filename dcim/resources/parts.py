"""Fields and filters that components of devices share."""

from __future__ import annotations

from core.filters import Filters, absent_filters, choice_filters, reference_filters
from dcim.choices import DeviceStatus
from dcim.models import Device, DeviceRole, DeviceType, Module, VirtualChassis
from facilities import filters as shared
from facilities.models import Tenant
from racks.models import Rack

MODULE = ("id", "url", "display", "device", "module_bay")


def device_filters(prefix: str = "device") -> list[Filters]:
    """By the device and everything about where and what it is."""
    return [
        shared.place_filters(f"{prefix}__site", f"{prefix}__location"),
        reference_filters("rack", f"{prefix}__rack", Rack, key="name"),
        reference_filters("tenant", f"{prefix}__tenant", Tenant),
        reference_filters("device", prefix, Device, key="name"),
        reference_filters("device_type", f"{prefix}__device_type", DeviceType, key="model"),
        reference_filters("device_role", f"{prefix}__role", DeviceRole, tree=True),
        reference_filters(
            "virtual_chassis", f"{prefix}__virtual_chassis", VirtualChassis, key="name"
        ),
        choice_filters("device_status", f"{prefix}__status", DeviceStatus.choices),
        absent_filters("owner_group"),
    ]


def module_filters() -> Filters:
    """`module_id`, by the module a component belongs to."""
    return reference_filters("module", "module", Module, by_key=False)


def without(made: Filters, *suffixes: str) -> Filters:
    """Filters without those whose name ends in one of the suffixes."""
    return {name: item for name, item in made.items() if not name.endswith(suffixes)}
