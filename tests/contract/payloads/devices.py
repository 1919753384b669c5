"""Devices, components and cables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.payloads.making import Body, example, named_only
from tests.dcim import factories as dcim
from tests.facilities import factories as places
from tests.racks import factories as racks


def _device(n: int) -> Body:
    return {
        "name": f"machine-{n}",
        "device_type": dcim.DeviceTypeFactory().pk,
        "role": dcim.DeviceRoleFactory().pk,
        "site": places.SiteFactory().pk,
    }


def _more_device(body: Body, n: int) -> Body:
    location = places.LocationFactory()
    rack = racks.RackFactory(location=location)
    return {
        "site": location.site_id,
        "location": location.pk,
        "rack": rack.pk,
        "position": 10.5,
        "face": "rear",
        "tenant": places.TenantFactory().pk,
        "platform": dcim.PlatformFactory().pk,
        "latitude": 30.25,
        "longitude": -97.75,
        "virtual_chassis": dcim.VirtualChassisFactory().pk,
        "vc_position": 2,
        "vc_priority": 10,
    }


example("dcim/devices", _device, _more_device)


example("dcim/virtual-chassis", named_only("stack"), skip=["master"])
example(
    "dcim/virtual-device-contexts",
    lambda n: {"name": f"split {n}", "device": dcim.DeviceFactory().pk, "status": "active"},
    lambda b, n: {"tenant": places.TenantFactory().pk},
)


def _module(n: int) -> Body:
    bay = dcim.ModuleBayFactory()
    return {
        "device": bay.device_id,
        "module_bay": bay.pk,
        "module_type": dcim.ModuleTypeFactory().pk,
    }


example("dcim/modules", _module, skip=["replicate_components", "adopt_components"])


def _component(**values: Any) -> Callable[[int], Body]:
    return lambda n: {"device": dcim.DeviceFactory().pk, "name": f"port {n}", **values}


def _device_of(body: Body) -> Any:
    return dcim.models.Device.objects.get(pk=body["device"])


def _with_module(body: Body, n: int) -> Body:
    bay = dcim.ModuleBayFactory(device=_device_of(body))
    return {"module": dcim.ModuleFactory(module_bay=bay).pk}


example("dcim/console-ports", _component(), _with_module)
example("dcim/console-server-ports", _component(), _with_module)
example(
    "dcim/power-ports",
    _component(),
    lambda b, n: {**_with_module(b, n), "maximum_draw": 500, "allocated_draw": 300},
)
example(
    "dcim/power-outlets",
    _component(),
    lambda b, n: {
        **_with_module(b, n),
        "power_port": dcim.PowerPortFactory(device=_device_of(b)).pk,
    },
)


def _more_interface(body: Body, n: int) -> Body:
    device = _device_of(body)
    context = dcim.VirtualDeviceContextFactory(device=device)
    return {
        **_with_module(body, n),
        "bridge": dcim.InterfaceFactory(device=device).pk,
        "lag": dcim.InterfaceFactory(device=device, type="lag").pk,
        "vdcs": [context.pk],
        "mtu": 9000,
        "wwn": "20:00:00:25:B5:00:00:0F",
        "speed": 1000000,
    }


example(
    "dcim/interfaces",
    _component(type="1000base-t"),
    _more_interface,
    skip=[
        "parent",
        "primary_mac_address",
        "rf_role",
        "rf_channel",
        "rf_channel_frequency",
        "rf_channel_width",
        "tx_power",
    ],
)


def _mapped(far: str, factory: Any) -> Callable[[Body, int], Body]:
    def more(body: Body, n: int) -> Body:
        other = factory(device=_device_of(body), positions=4)
        mapping = {"position": 2, far: other.pk, f"{far}_position": 3}
        return {**_with_module(body, n), "positions": 4, f"{far}s": [mapping]}

    return more


example("dcim/front-ports", _component(type="lc"), _mapped("rear_port", dcim.RearPortFactory))
example("dcim/rear-ports", _component(type="mpo"), _mapped("front_port", dcim.FrontPortFactory))
example("dcim/module-bays", _component(), _with_module)


def _device_bay(n: int) -> Body:
    device = dcim.DeviceFactory(device_type__subdevice_role="parent")
    return {"device": device.pk, "name": f"bay {n}"}


def _more_device_bay(body: Body, n: int) -> Body:
    kind = dcim.DeviceTypeFactory(subdevice_role="child", u_height=0)
    device = _device_of(body)
    return {
        "enabled": True,
        "installed_device": dcim.DeviceFactory(device_type=kind, site=device.site).pk,
    }


example("dcim/device-bays", _device_bay, _more_device_bay)


def _more_item(body: Body, n: int) -> Body:
    device = _device_of(body)
    return {
        "parent": dcim.InventoryItemFactory(device=device).pk,
        "role": dcim.InventoryItemRoleFactory().pk,
        "manufacturer": dcim.ManufacturerFactory().pk,
        "component_type": "dcim.interface",
        "component_id": dcim.InterfaceFactory(device=device).pk,
    }


example("dcim/inventory-items", _component(), _more_item)
example(
    "dcim/mac-addresses",
    lambda n: {"mac_address": f"02:00:00:{n >> 16 & 255:02X}:{n >> 8 & 255:02X}:{n & 255:02X}"},
    lambda b, n: {
        "assigned_object_type": "dcim.interface",
        "assigned_object_id": dcim.InterfaceFactory().pk,
    },
)


def _cable(n: int) -> Body:
    return {
        f"{end}_terminations": [
            {"object_type": "dcim.interface", "object_id": dcim.InterfaceFactory().pk}
        ]
        for end in "ab"
    }


example(
    "dcim/cables",
    _cable,
    lambda b, n: {
        "tenant": places.TenantFactory().pk,
        "bundle": dcim.CableBundleFactory().pk,
        "profile": "single-1c1p",
        "type": "cat6",
    },
)
example("dcim/cable-bundles", named_only("loom"))

example("dcim/rack-audits", lambda n: {"rack": dcim.RackFactory().pk}, skip=["status"])


def _audit_line(n: int) -> Body:
    audit = dcim.RackAuditFactory()
    device = dcim.DeviceFactory(rack=audit.rack, site=audit.rack.site)
    return {"audit": audit.pk, "device": device.pk}


example(
    "dcim/rack-audit-lines",
    _audit_line,
    lambda b, n: {"result": "moved", "position": 3.5, "face": "rear"},
    skip=["label"],
)
