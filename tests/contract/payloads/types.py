"""The catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from racks.models import Manufacturer
from tests.contract.payloads.making import Body, example, named, named_only
from tests.dcim import factories as dcim

example("dcim/manufacturers", named("Brand"))


def _device_type(n: int) -> Body:
    return {
        "manufacturer": Manufacturer.objects.create(name=f"Make {n}", slug=f"make-{n}").pk,
        "model": f"Box {n}",
        "slug": f"box-{n}",
    }


example(
    "dcim/device-types",
    _device_type,
    lambda b, n: {
        "default_platform": dcim.PlatformFactory().pk,
        "u_height": 2.5,
        "subdevice_role": "parent",
    },
    skip=["front_image", "rear_image"],
)
example(
    "dcim/module-types",
    lambda n: {"manufacturer": dcim.ManufacturerFactory().pk, "model": f"Board {n}"},
    lambda b, n: {"profile": dcim.ModuleTypeProfileFactory().pk, "attributes": {}},
)
example(
    "dcim/module-type-profiles",
    named_only("Sort"),
    lambda b, n: {"schema": {"properties": {"speed": {"type": "integer", "title": "Speed"}}}},
)
example(
    "dcim/device-roles", named("Function"), lambda b, n: {"parent": dcim.DeviceRoleFactory().pk}
)
example(
    "dcim/platforms",
    named("Software"),
    lambda b, n: {
        "parent": dcim.PlatformFactory().pk,
        "manufacturer": dcim.ManufacturerFactory().pk,
    },
)
example("dcim/inventory-item-roles", named("Part"))


def _template(**values: Any) -> Callable[[int], Body]:
    return lambda n: {
        "device_type": dcim.DeviceTypeFactory().pk,
        "name": f"slot {n}",
        **values,
    }


def _owner(body: Body) -> Any:
    return dcim.models.DeviceType.objects.get(pk=body["device_type"])


example("dcim/console-port-templates", _template(), skip=["module_type"])
example("dcim/console-server-port-templates", _template(), skip=["module_type"])
example(
    "dcim/power-port-templates",
    _template(),
    lambda b, n: {"maximum_draw": 500, "allocated_draw": 300},
)
example(
    "dcim/power-outlet-templates",
    _template(),
    lambda b, n: {"power_port": dcim.PowerPortTemplateFactory(device_type=_owner(b)).pk},
)
example(
    "dcim/interface-templates",
    _template(type="1000base-t"),
    lambda b, n: {"bridge": dcim.InterfaceTemplateFactory(device_type=_owner(b)).pk},
    skip=["rf_role"],
)


def _mapped_template(far: str, factory: Any) -> Callable[[Body, int], Body]:
    def more(body: Body, n: int) -> Body:
        other = factory(device_type=_owner(body), positions=4)
        mapping = {"position": 2, far: other.pk, f"{far}_position": 3}
        return {"positions": 4, f"{far}s": [mapping]}

    return more


example(
    "dcim/front-port-templates",
    _template(type="lc"),
    _mapped_template("rear_port", dcim.RearPortTemplateFactory),
)
example(
    "dcim/rear-port-templates",
    _template(type="mpo"),
    _mapped_template("front_port", dcim.FrontPortTemplateFactory),
)
example("dcim/module-bay-templates", _template())
example(
    "dcim/device-bay-templates",
    lambda n: {
        "device_type": dcim.DeviceTypeFactory(subdevice_role="parent").pk,
        "name": f"bay {n}",
    },
)


def _more_item_template(body: Body, n: int) -> Body:
    owner = _owner(body)
    return {
        "parent": dcim.InventoryItemTemplateFactory(device_type=owner).pk,
        "role": dcim.InventoryItemRoleFactory().pk,
        "manufacturer": dcim.ManufacturerFactory().pk,
        "component_type": "dcim.interfacetemplate",
        "component_id": dcim.InterfaceTemplateFactory(device_type=owner).pk,
    }


example("dcim/inventory-item-templates", _template(), _more_item_template)
