"""Records of the power chain for tests."""

from __future__ import annotations

from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from power.models import (
    DevicePowerProfile,
    DeviceTypePowerProfile,
    EquipmentPlacement,
    OutletBank,
    PowerEquipment,
    PowerFeed,
    PowerLink,
    PowerPanel,
    RedundancyGroup,
    SitePowerPolicy,
)
from tests.dcim.factories import DeviceFactory, DeviceTypeFactory
from tests.facilities.factories import FloorPlanFactory, SiteFactory


class PowerPanelFactory(DjangoModelFactory[PowerPanel]):
    """A panel in its location's site, by default in a new site and no location."""

    class Meta:
        model = PowerPanel

    name = factory.Sequence(lambda n: f"Panel {n}")
    location = None
    site = factory.Maybe(
        "location", factory.SelfAttribute("location.site"), factory.SubFactory(SiteFactory)
    )


class PowerFeedFactory(DjangoModelFactory[PowerFeed]):
    """A feed of a panel in its rack's site, by default of a panel in a new site and no rack."""

    class Meta:
        model = PowerFeed

    name = factory.Sequence(lambda n: f"Feed {n}")
    rack = None
    power_panel = factory.Maybe(
        "rack",
        factory.SubFactory(PowerPanelFactory, site=factory.SelfAttribute("..rack.site")),
        factory.SubFactory(PowerPanelFactory),
    )


class RedundancyGroupFactory(DjangoModelFactory[RedundancyGroup]):
    """An N+1 group in a new site."""

    class Meta:
        model = RedundancyGroup

    name = factory.Sequence(lambda n: f"Group {n}")
    site = factory.SubFactory(SiteFactory)


class PowerEquipmentFactory(DjangoModelFactory[PowerEquipment]):
    """A three-phase UPS of 500 kVA at 415 V, by default in a new site and no location."""

    class Meta:
        model = PowerEquipment

    name = factory.Sequence(lambda n: f"Equipment {n}")
    kind = "ups"
    location = None
    site = factory.Maybe(
        "location", factory.SelfAttribute("location.site"), factory.SubFactory(SiteFactory)
    )
    rated_kva = Decimal(500)
    rated_kw = Decimal(500)
    input_voltage = 415
    input_phase = "three-phase"
    output_voltage = 415
    output_phase = "three-phase"


class PowerLinkFactory(DjangoModelFactory[PowerLink]):
    """A link to new equipment, or to the given panel, from new equipment in the same site."""

    class Meta:
        model = PowerLink

    downstream_panel = None
    downstream_equipment = factory.Maybe(
        "downstream_panel",
        None,
        factory.SubFactory(PowerEquipmentFactory),
    )
    upstream = factory.SubFactory(
        PowerEquipmentFactory,
        site=factory.LazyAttribute(
            lambda own: (
                (
                    own.factory_parent.downstream_panel or own.factory_parent.downstream_equipment
                ).site
            )
        ),
    )


class OutletBankFactory(DjangoModelFactory[OutletBank]):
    """A bank without outlets on a new device."""

    class Meta:
        model = OutletBank

    name = factory.Sequence(lambda n: f"Bank {n}")
    device = factory.SubFactory(DeviceFactory)


class DeviceTypePowerProfileFactory(DjangoModelFactory[DeviceTypePowerProfile]):
    """A profile of a new device type."""

    class Meta:
        model = DeviceTypePowerProfile

    device_type = factory.SubFactory(DeviceTypeFactory)


class DevicePowerProfileFactory(DjangoModelFactory[DevicePowerProfile]):
    """A profile of a new device."""

    class Meta:
        model = DevicePowerProfile

    device = factory.SubFactory(DeviceFactory)


class SitePowerPolicyFactory(DjangoModelFactory[SitePowerPolicy]):
    """A policy of a new site."""

    class Meta:
        model = SitePowerPolicy

    site = factory.SubFactory(SiteFactory)


class EquipmentPlacementFactory(DjangoModelFactory[EquipmentPlacement]):
    """Equipment on a plan of its site, by default both new."""

    class Meta:
        model = EquipmentPlacement

    plan = factory.SubFactory(FloorPlanFactory)
    equipment = factory.SubFactory(PowerEquipmentFactory, site=factory.SelfAttribute("..plan.site"))
    x = 900
    y = 1200
