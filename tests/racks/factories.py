"""Racks for tests."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from racks.models import (
    Manufacturer,
    Rack,
    RackGroup,
    RackPlacement,
    RackReservation,
    RackRole,
    RackType,
)
from tests.core.factories import UserFactory
from tests.facilities.factories import FloorPlanFactory, SiteFactory, slug


class ManufacturerFactory(DjangoModelFactory[Manufacturer]):
    class Meta:
        model = Manufacturer

    name = factory.Sequence(lambda n: f"Manufacturer {n}")
    slug = slug()


class RackRoleFactory(DjangoModelFactory[RackRole]):
    class Meta:
        model = RackRole

    name = factory.Sequence(lambda n: f"Rack role {n}")
    slug = slug()


class RackGroupFactory(DjangoModelFactory[RackGroup]):
    class Meta:
        model = RackGroup

    name = factory.Sequence(lambda n: f"Rack group {n}")
    slug = slug()


class RackTypeFactory(DjangoModelFactory[RackType]):
    class Meta:
        model = RackType

    manufacturer = factory.SubFactory(ManufacturerFactory)
    model = factory.Sequence(lambda n: f"Rack type {n}")
    slug = factory.Sequence(lambda n: f"rack-type-{n}")


class RackFactory(DjangoModelFactory[Rack]):
    """A rack in its location's site, by default in a new site and no location."""

    class Meta:
        model = Rack

    name = factory.Sequence(lambda n: f"Rack {n}")
    location = None
    site = factory.Maybe(
        "location", factory.SelfAttribute("location.site"), factory.SubFactory(SiteFactory)
    )


class RackReservationFactory(DjangoModelFactory[RackReservation]):
    class Meta:
        model = RackReservation

    rack = factory.SubFactory(RackFactory)
    units = factory.LazyFunction(lambda: [1, 2])
    user = factory.SubFactory(UserFactory)
    description = factory.Sequence(lambda n: f"Reservation {n}")


class RackPlacementFactory(DjangoModelFactory[RackPlacement]):
    """A rack on a plan of its site, by default both new."""

    class Meta:
        model = RackPlacement

    plan = factory.SubFactory(FloorPlanFactory)
    rack = factory.SubFactory(
        RackFactory,
        site=factory.SelfAttribute("..plan.site"),
        location=factory.SelfAttribute("..plan.location"),
    )
    x = 900
    y = 1200
