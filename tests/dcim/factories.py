"""Rows of every model of dcim, valid as they stand.

Places and racks have factories here too, so that this file leans on nothing
but the models.
"""

from __future__ import annotations

import factory
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from factory.django import DjangoModelFactory

from dcim import models
from facilities.models import Site
from racks.models import Manufacturer, Rack
from tests.core import factories as people


class ManufacturerFactory(DjangoModelFactory):
    class Meta:
        model = Manufacturer

    name = factory.Sequence(lambda n: f"Maker {n}")
    slug = factory.Sequence(lambda n: f"maker-{n}")


class SiteFactory(DjangoModelFactory):
    class Meta:
        model = Site

    name = factory.Sequence(lambda n: f"Plant {n}")
    slug = factory.Sequence(lambda n: f"plant-{n}")


class RackFactory(DjangoModelFactory):
    class Meta:
        model = Rack

    name = factory.Sequence(lambda n: f"Row {n}")
    site = factory.SubFactory(SiteFactory)


class DeviceTypeFactory(DjangoModelFactory):
    class Meta:
        model = models.DeviceType

    manufacturer = factory.SubFactory(ManufacturerFactory)
    model = factory.Sequence(lambda n: f"Server {n}")
    slug = factory.Sequence(lambda n: f"server-{n}")


class ModuleTypeProfileFactory(DjangoModelFactory):
    class Meta:
        model = models.ModuleTypeProfile

    name = factory.Sequence(lambda n: f"Profile {n}")


class ModuleTypeFactory(DjangoModelFactory):
    class Meta:
        model = models.ModuleType

    manufacturer = factory.SubFactory(ManufacturerFactory)
    model = factory.Sequence(lambda n: f"Card {n}")


class DeviceRoleFactory(DjangoModelFactory):
    class Meta:
        model = models.DeviceRole

    name = factory.Sequence(lambda n: f"Purpose {n}")
    slug = factory.Sequence(lambda n: f"purpose-{n}")


class PlatformFactory(DjangoModelFactory):
    class Meta:
        model = models.Platform

    name = factory.Sequence(lambda n: f"System {n}")
    slug = factory.Sequence(lambda n: f"system-{n}")


class InventoryItemRoleFactory(DjangoModelFactory):
    class Meta:
        model = models.InventoryItemRole

    name = factory.Sequence(lambda n: f"Part role {n}")
    slug = factory.Sequence(lambda n: f"part-role-{n}")


class DeviceFactory(DjangoModelFactory):
    class Meta:
        model = models.Device

    name = factory.Sequence(lambda n: f"device-{n}")
    device_type = factory.SubFactory(DeviceTypeFactory)
    role = factory.SubFactory(DeviceRoleFactory)
    site = factory.Maybe(
        "rack",
        yes_declaration=factory.SelfAttribute("rack.site"),
        no_declaration=factory.SubFactory(SiteFactory),
    )
    rack = None


class _TemplateFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    device_type = factory.SubFactory(DeviceTypeFactory)
    name = factory.Sequence(lambda n: f"part {n}")


class ConsolePortTemplateFactory(_TemplateFactory):
    class Meta:
        model = models.ConsolePortTemplate


class ConsoleServerPortTemplateFactory(_TemplateFactory):
    class Meta:
        model = models.ConsoleServerPortTemplate


class PowerPortTemplateFactory(_TemplateFactory):
    class Meta:
        model = models.PowerPortTemplate


class PowerOutletTemplateFactory(_TemplateFactory):
    class Meta:
        model = models.PowerOutletTemplate


class InterfaceTemplateFactory(_TemplateFactory):
    class Meta:
        model = models.InterfaceTemplate

    type = "1000base-t"


class FrontPortTemplateFactory(_TemplateFactory):
    class Meta:
        model = models.FrontPortTemplate

    type = "lc"


class RearPortTemplateFactory(_TemplateFactory):
    class Meta:
        model = models.RearPortTemplate

    type = "mpo"


class PortTemplateMappingFactory(DjangoModelFactory):
    class Meta:
        model = models.PortTemplateMapping

    front_port = factory.SubFactory(FrontPortTemplateFactory)
    rear_port = factory.SubFactory(
        RearPortTemplateFactory, device_type=factory.SelfAttribute("..front_port.device_type")
    )


class ModuleBayTemplateFactory(_TemplateFactory):
    class Meta:
        model = models.ModuleBayTemplate


class DeviceBayTemplateFactory(_TemplateFactory):
    class Meta:
        model = models.DeviceBayTemplate

    device_type = factory.SubFactory(DeviceTypeFactory, subdevice_role="parent")


class InventoryItemTemplateFactory(_TemplateFactory):
    class Meta:
        model = models.InventoryItemTemplate


class _ComponentFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    device = factory.SubFactory(DeviceFactory)
    name = factory.Sequence(lambda n: f"part {n}")


class ConsolePortFactory(_ComponentFactory):
    class Meta:
        model = models.ConsolePort


class ConsoleServerPortFactory(_ComponentFactory):
    class Meta:
        model = models.ConsoleServerPort


class PowerPortFactory(_ComponentFactory):
    class Meta:
        model = models.PowerPort


class PowerOutletFactory(_ComponentFactory):
    class Meta:
        model = models.PowerOutlet


class InterfaceFactory(_ComponentFactory):
    class Meta:
        model = models.Interface

    type = "1000base-t"


class FrontPortFactory(_ComponentFactory):
    class Meta:
        model = models.FrontPort

    type = "lc"


class RearPortFactory(_ComponentFactory):
    class Meta:
        model = models.RearPort

    type = "mpo"


class PortMappingFactory(DjangoModelFactory):
    class Meta:
        model = models.PortMapping

    front_port = factory.SubFactory(FrontPortFactory)
    rear_port = factory.SubFactory(
        RearPortFactory, device=factory.SelfAttribute("..front_port.device")
    )


class ModuleBayFactory(_ComponentFactory):
    class Meta:
        model = models.ModuleBay


class ModuleFactory(DjangoModelFactory):
    class Meta:
        model = models.Module

    module_bay = factory.SubFactory(ModuleBayFactory)
    device = factory.SelfAttribute("module_bay.device")
    module_type = factory.SubFactory(ModuleTypeFactory)


class DeviceBayFactory(_ComponentFactory):
    class Meta:
        model = models.DeviceBay

    device = factory.SubFactory(DeviceFactory, device_type__subdevice_role="parent")


class InventoryItemFactory(_ComponentFactory):
    class Meta:
        model = models.InventoryItem


class MACAddressFactory(DjangoModelFactory):
    class Meta:
        model = models.MACAddress

    mac_address = factory.Sequence(lambda n: f"02{n:010X}")


class VirtualChassisFactory(DjangoModelFactory):
    class Meta:
        model = models.VirtualChassis

    name = factory.Sequence(lambda n: f"stack-{n}")


class VirtualDeviceContextFactory(DjangoModelFactory):
    class Meta:
        model = models.VirtualDeviceContext

    name = factory.Sequence(lambda n: f"context-{n}")
    device = factory.SubFactory(DeviceFactory)
    status = "active"


class CableBundleFactory(DjangoModelFactory):
    class Meta:
        model = models.CableBundle

    name = factory.Sequence(lambda n: f"bundle-{n}")


class CableFactory(DjangoModelFactory):
    class Meta:
        model = models.Cable


class CableTerminationFactory(DjangoModelFactory):
    class Meta:
        model = models.CableTermination
        exclude = ["port"]

    cable = factory.SubFactory(CableFactory)
    cable_end = "A"
    port = factory.SubFactory(InterfaceFactory)
    termination_type = factory.LazyAttribute(
        lambda row: ContentType.objects.get_for_model(type(row.port))
    )
    termination_id = factory.SelfAttribute("port.id")


def connect(near: object, far: object) -> models.Cable:
    """A cable from one port to another."""
    cable = CableFactory()
    CableTerminationFactory(cable=cable, cable_end="A", port=near)
    CableTerminationFactory(cable=cable, cable_end="B", port=far)
    return cable


class RackAuditFactory(DjangoModelFactory):
    class Meta:
        model = models.RackAudit

    rack = factory.SubFactory(RackFactory)
    user = factory.SubFactory(people.UserFactory)


class RackAuditLineFactory(DjangoModelFactory):
    class Meta:
        model = models.RackAuditLine

    audit = factory.SubFactory(RackAuditFactory)
    device = factory.LazyAttribute(
        lambda line: DeviceFactory(rack=line.audit.rack, site=line.audit.rack.site)
    )
    user = factory.SubFactory(people.UserFactory)
    checked = factory.LazyFunction(timezone.now)
