"""Records of the reckoning for tests."""

from __future__ import annotations

import factory
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from factory.django import DjangoModelFactory

from capacity.models import (
    CoolingLoop,
    DeviceDates,
    DeviceTypeCooling,
    PlaceLimit,
    RackLimit,
    ReservationTerms,
    Threshold,
    Utilization,
)
from racks.models import Rack
from tests.dcim.factories import DeviceFactory, DeviceTypeFactory
from tests.facilities.factories import SiteFactory
from tests.racks.factories import RackFactory, RackReservationFactory


class CoolingLoopFactory(DjangoModelFactory[CoolingLoop]):
    class Meta:
        model = CoolingLoop

    name = factory.Sequence(lambda n: f"Loop {n}")
    site = factory.SubFactory(SiteFactory)
    capacity_kw = 100


class RackLimitFactory(DjangoModelFactory[RackLimit]):
    class Meta:
        model = RackLimit

    rack = factory.SubFactory(RackFactory)


class PlaceLimitFactory(DjangoModelFactory[PlaceLimit]):
    """Limits of a location, by default of a new site."""

    class Meta:
        model = PlaceLimit

    location = None
    site = factory.Maybe("location", None, factory.SubFactory(SiteFactory))


class DeviceDatesFactory(DjangoModelFactory[DeviceDates]):
    class Meta:
        model = DeviceDates

    device = factory.SubFactory(DeviceFactory)


class DeviceTypeCoolingFactory(DjangoModelFactory[DeviceTypeCooling]):
    class Meta:
        model = DeviceTypeCooling

    device_type = factory.SubFactory(DeviceTypeFactory)


class ReservationTermsFactory(DjangoModelFactory[ReservationTerms]):
    class Meta:
        model = ReservationTerms

    reservation = factory.SubFactory(RackReservationFactory)


class ThresholdFactory(DjangoModelFactory[Threshold]):
    class Meta:
        model = Threshold

    resource = "space"


class UtilizationFactory(DjangoModelFactory[Utilization]):
    """The space of a rack."""

    class Meta:
        model = Utilization

    rack = factory.SubFactory(RackFactory)
    site = factory.SelfAttribute("rack.site")
    object_type = factory.LazyFunction(lambda: ContentType.objects.get_for_model(Rack))
    object_id = factory.SelfAttribute("rack.pk")
    resource = "space"
    unit = "U"
    capacity = 42
    used = 10
    updated = factory.LazyFunction(timezone.now)
