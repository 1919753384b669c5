"""A valid body to create one row of each resource with, and rows of what it refers to.

A resource that can be written needs one entry: a function that makes what the row refers to and
returns the body. `filled` adds a value for every field left out, so that the contract tests meet
every field.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models as db

from core import registry
from core.fields import Choice, Scalar
from core.models import Job, ObjectChange, ObjectPermission, Tag, TaggedItem
from core.resource import Resource
from racks.models import Manufacturer
from tests.core.factories import UserFactory
from tests.dcim import factories as dcim
from tests.facilities import factories as places
from tests.power import factories as power
from tests.racks import factories as racks

Body = dict[str, Any]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Example:
    """How to make a body: the least a row needs, what may be added, and what cannot be."""

    least: Callable[[int], Body]
    more: Callable[[Body, int], Body]
    skip: Sequence[str]


EXAMPLES: dict[str, Example] = {}


def example(
    path: str,
    least: Callable[[int], Body],
    more: Callable[[Body, int], Body] = lambda body, n: {},
    skip: Sequence[str] = (),
) -> None:
    """Register how the resource at `path` is created.

    `more` gives references and values that must fit the body; fields in `skip` stay unset because
    of a rule between fields.
    """
    EXAMPLES[path] = Example(least, more, skip)


def minimal(resource: Resource) -> Body:
    """A body with the required fields only."""
    return EXAMPLES[resource.path].least(next(_numbers))


def filled(resource: Resource) -> Body:
    """A body with a value for every field that can have one."""
    number = next(_numbers)
    made = EXAMPLES[resource.path]
    body = made.least(number)
    body.update(made.more(body, number))
    for field in resource.writable_fields:
        if field.name in body or field.name in made.skip:
            continue
        value = _value(field, number)
        if value is not None:
            body[field.name] = value
    return body


def rows(resource: Resource, count: int) -> list[int]:
    """Make rows of a resource that cannot be written over REST; returns their ids."""
    if resource.model is TaggedItem:
        numbers = itertools.islice(_numbers, count)
        tags = [Tag.objects.create(name=f"T{n}", slug=f"t{n}") for n in numbers]
        site = places.SiteFactory()
        kind = registry.content_type(registry.of_model(type(site)))
        made = [
            TaggedItem.objects.create(content_type=kind, object_id=site.pk, tag=tag) for tag in tags
        ]
        return [row.pk for row in made]
    if resource.model is ObjectChange:
        # Changes of one kind of row, since each kind costs a list a statement.
        kind = registry.content_type(registry.of_path("dcim/sites"))
        ObjectChange.objects.exclude(changed_object_type=kind).delete()
        for _ in range(count):
            places.SiteFactory()
        found = ObjectChange.objects.order_by("-pk").values_list("pk", flat=True)
        return list(found[:count])
    if resource.model is Job:
        return [Job.objects.create(name=f"job {n}", user=UserFactory()).pk for n in range(count)]
    if resource.path == "dcim/cable-terminations":
        return [dcim.CableTerminationFactory().pk for _ in range(count)]
    return list(resource.model._default_manager.values_list("pk", flat=True)[:count])


def _value(field: Any, number: int) -> Any:
    """A value other than the default for a plain field; None for references."""
    if field.name == "tags":
        tag = Tag.objects.create(name=f"Tag {number}", slug=f"tag-{number}")
        return [tag.pk]
    if isinstance(field, Choice):
        return [value for value, _ in field.choices if value != ""][-1]
    column = field.model_field
    if not isinstance(field, Scalar) or column is None:
        return None
    if isinstance(column, db.BooleanField):
        return not column.get_default()
    if isinstance(column, db.DateTimeField):
        return "2030-01-02T03:04:05.000006Z"
    if isinstance(column, db.JSONField):
        return {"note": [number, None, "ü"]}
    if isinstance(column, db.DecimalField):
        return 1.5
    if isinstance(column, db.IntegerField):
        return number % 90 + 1
    if isinstance(column, db.EmailField):
        return f"one{number}@example.com"
    if isinstance(column, db.URLField):
        return f"https://example.com/{number}"
    if isinstance(column, db.FileField) or hasattr(column, "base_field"):
        return None
    if field.name == "color":
        return f"{number % 0xFFFFFF:06x}"
    if isinstance(column, db.CharField | db.TextField):
        return f"{field.name} {number}"[: column.max_length or 200]
    return None


def named(word: str) -> Callable[[int], Body]:
    """A body of name and slug."""
    return lambda n: {"name": f"{word} {n}", "slug": f"{word.lower()}-{n}"}


def named_only(word: str) -> Callable[[int], Body]:
    """A body of a name."""
    return lambda n: {"name": f"{word} {n}"}


# Places, tenants, contacts

example("dcim/regions", named("Area"), lambda b, n: {"parent": places.RegionFactory().pk})
example("dcim/site-groups", named("Cluster"), lambda b, n: {"parent": places.SiteGroupFactory().pk})
example(
    "dcim/sites",
    named("Works"),
    lambda b, n: {
        "region": places.RegionFactory().pk,
        "group": places.SiteGroupFactory().pk,
        "tenant": places.TenantFactory().pk,
        "time_zone": "Europe/Berlin",
        "latitude": 30.25,
        "longitude": -97.75,
    },
    skip=["asns"],
)


def _location(n: int) -> Body:
    return {**named("Hall")(n), "site": places.SiteFactory().pk}


def _more_location(body: Body, n: int) -> Body:
    parent = places.LocationFactory()
    return {"site": parent.site_id, "parent": parent.pk, "tenant": places.TenantFactory().pk}


example("dcim/locations", _location, _more_location)
example(
    "tenancy/tenant-groups",
    named("Division"),
    lambda b, n: {"parent": _pk("tenancy/tenant-groups")},
)
example("tenancy/tenants", named("Firm"), lambda b, n: {"group": places.TenantGroupFactory().pk})
example(
    "tenancy/contact-groups",
    named("Team"),
    lambda b, n: {"parent": places.ContactGroupFactory().pk},
)
example("tenancy/contact-roles", named("Duty"))
example(
    "tenancy/contacts",
    named_only("Person"),
    lambda b, n: {"groups": [places.ContactGroupFactory().pk]},
)
example(
    "tenancy/contact-assignments",
    lambda n: {
        "object_type": "dcim.site",
        "object_id": places.SiteFactory().pk,
        "contact": places.ContactFactory().pk,
        "role": places.ContactRoleFactory().pk,
        "priority": "primary",
    },
)

# Custom fields

example(
    "extras/custom-field-choice-sets",
    lambda n: {"name": f"Choices {n}", "extra_choices": [["a", "A"], ["b", "B"]]},
    lambda b, n: {"choice_colors": {"a": "ff0000"}},
    skip=["base_choices"],
)
example(
    "extras/custom-fields",
    lambda n: {"name": f"field_{n}", "type": "text", "object_types": ["dcim.site"]},
    lambda b, n: {
        "type": "multiselect",
        "choice_set": _pk("extras/custom-field-choice-sets"),
        "default": ["b"],
    },
    skip=[
        *("related_object_filter", "validation_schema", "validation_regex"),
        *("validation_minimum", "validation_maximum"),
    ],
)

# What people add

SITES = {"object_types": ["dcim.site"]}

example(
    "extras/saved-filters",
    lambda n: {**named("Filter")(n), **SITES, "parameters": {"status": ["active"]}},
)
example(
    "extras/table-configs",
    lambda n: {
        "name": f"View {n}",
        "object_type": "dcim.site",
        "table": "SiteTable",
        "columns": ["name", "status"],
    },
    lambda b, n: {"ordering": ["-name"]},
)
example(
    "extras/custom-links",
    lambda n: {
        "name": f"Link {n}",
        **SITES,
        "link_text": "{{ object.name }}",
        "link_url": "https://example.com/{{ object.id }}",
    },
)
example(
    "extras/export-templates",
    lambda n: {"name": f"Template {n}", **SITES, "template_code": "{{ queryset|length }}"},
    lambda b, n: {"environment_params": {"trim_blocks": True}, "file_extension": "txt"},
)
example(
    "extras/config-contexts",
    lambda n: {"name": f"Context {n}", "data": {"ntp": [f"10.0.0.{n % 250}"]}},
    lambda b, n: {
        "regions": [places.RegionFactory().pk],
        "sites": [places.SiteFactory().pk],
        "roles": [dcim.DeviceRoleFactory().pk],
        "device_types": [dcim.DeviceTypeFactory().pk],
        "tenants": [places.TenantFactory().pk],
        "tags": [Tag.objects.create(name=f"Tag {n}", slug=f"tag-{n}").slug],
    },
)

# Racks

example("dcim/rack-roles", named("Use"))
example("dcim/rack-groups", named("Pod"))


def _rack_type(n: int) -> Body:
    maker = racks.ManufacturerFactory()
    return {"manufacturer": maker.pk, "model": f"Frame {n}", "slug": f"frame-{n}"}


example("dcim/rack-types", _rack_type)


def _more_rack(body: Body, n: int) -> Body:
    location = places.LocationFactory()
    return {
        "site": location.site_id,
        "location": location.pk,
        "group": racks.RackGroupFactory().pk,
        "tenant": places.TenantFactory().pk,
        "role": racks.RackRoleFactory().pk,
    }


example(
    "dcim/racks",
    lambda n: {"name": f"R{n}", "site": places.SiteFactory().pk},
    _more_rack,
    skip=["rack_type"],
)
example(
    "dcim/rack-reservations",
    lambda n: {
        "rack": racks.RackFactory().pk,
        "units": [3, 4],
        "user": UserFactory().pk,
        "description": f"Kept {n}",
    },
    lambda b, n: {"tenant": places.TenantFactory().pk},
)

# The catalogue

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

# Devices


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

# Power

example(
    "dcim/power-panels",
    lambda n: {"name": f"PP{n}", "site": places.SiteFactory().pk},
    lambda b, n: _in_location(),
)


def _in_location() -> Body:
    location = places.LocationFactory()
    return {"site": location.site_id, "location": location.pk}


def _more_feed(body: Body, n: int) -> Body:
    rack = racks.RackFactory()
    return {
        "power_panel": power.PowerPanelFactory(site=rack.site).pk,
        "rack": rack.pk,
        "tenant": places.TenantFactory().pk,
        "supply": "ac",
        "voltage": 415,
        "amperage": 32,
    }


example(
    "dcim/power-feeds",
    lambda n: {"name": f"F{n}", "power_panel": power.PowerPanelFactory().pk},
    _more_feed,
)

# Tags, people, tokens

example("extras/tags", named("Label"), lambda b, n: {"object_types": ["dcim.rack", "dcim.site"]})
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
example(
    "extras/journal-entries",
    lambda n: {
        "assigned_object_type": "dcim.site",
        "assigned_object_id": places.SiteFactory().pk,
        "comments": f"Seen {n} times.",
    },
    lambda b, n: {"created_by": UserFactory().pk},
)
example(
    "extras/image-attachments",
    lambda n: {
        "object_type": "dcim.site",
        "object_id": places.SiteFactory().pk,
        "name": f"North {n}",
        "image": PIXEL,
    },
)
example(
    "users/users",
    lambda n: {"username": f"person{n}", "password": "Correct-Horse-9"},
    lambda b, n: {"groups": [_pk("users/groups")], "permissions": [_permission()]},
)
example("users/groups", named_only("Crew"), lambda b, n: {"permissions": [_permission()]})
example(
    "users/permissions",
    lambda n: {"name": f"May {n}", "object_types": ["dcim.rack"], "actions": ["view"]},
    lambda b, n: {
        "constraints": [{"site__slug": "ams1"}, {"tenant": None}],
        "groups": [_pk("users/groups")],
        "users": [UserFactory().pk],
    },
)
example(
    "users/tokens",
    lambda n: {"user": UserFactory().pk},
    lambda b, n: {"allowed_ips": ["10.0.0.0/8"], "version": 2},
    skip=["token", "enabled"],
)


def _permission() -> int:
    """A new permission."""
    return int(ObjectPermission.objects.create(name="May look", actions=["view"]).pk)


def _pk(path: str) -> int:
    """A new row of a resource that has no factory of its own."""
    resource = registry.of_path(path)
    return int(resource.model._default_manager.create(**EXAMPLES[path].least(next(_numbers))).pk)
