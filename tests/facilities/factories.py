"""Places, tenants and contacts for tests."""

from __future__ import annotations

import factory
from django.contrib.contenttypes.models import ContentType
from django.utils.text import slugify
from factory.django import DjangoModelFactory

from facilities.models import (
    Contact,
    ContactAssignment,
    ContactGroup,
    ContactRole,
    FloorPlan,
    FloorPlanItem,
    Lease,
    Location,
    Region,
    Site,
    SiteGroup,
    Tenant,
    TenantGroup,
)


def slug() -> factory.LazyAttribute:
    """The name's slug."""
    return factory.LazyAttribute(lambda row: slugify(row.name))


class RegionFactory(DjangoModelFactory[Region]):
    class Meta:
        model = Region

    name = factory.Sequence(lambda n: f"Region {n}")
    slug = slug()


class SiteGroupFactory(DjangoModelFactory[SiteGroup]):
    class Meta:
        model = SiteGroup

    name = factory.Sequence(lambda n: f"Site group {n}")
    slug = slug()


class TenantGroupFactory(DjangoModelFactory[TenantGroup]):
    class Meta:
        model = TenantGroup

    name = factory.Sequence(lambda n: f"Tenant group {n}")
    slug = slug()


class TenantFactory(DjangoModelFactory[Tenant]):
    class Meta:
        model = Tenant

    name = factory.Sequence(lambda n: f"Tenant {n}")
    slug = slug()


class SiteFactory(DjangoModelFactory[Site]):
    class Meta:
        model = Site

    name = factory.Sequence(lambda n: f"Site {n}")
    slug = slug()


class LocationFactory(DjangoModelFactory[Location]):
    class Meta:
        model = Location

    name = factory.Sequence(lambda n: f"Location {n}")
    slug = slug()
    parent = None
    site = factory.Maybe(
        "parent", factory.SelfAttribute("parent.site"), factory.SubFactory(SiteFactory)
    )


class ContactGroupFactory(DjangoModelFactory[ContactGroup]):
    class Meta:
        model = ContactGroup

    name = factory.Sequence(lambda n: f"Contact group {n}")
    slug = slug()


class ContactRoleFactory(DjangoModelFactory[ContactRole]):
    class Meta:
        model = ContactRole

    name = factory.Sequence(lambda n: f"Contact role {n}")
    slug = slug()


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    name = factory.Sequence(lambda n: f"Contact {n}")


class ContactAssignmentFactory(DjangoModelFactory[ContactAssignment]):
    """A contact of `row`, by default of a new site."""

    class Meta:
        model = ContactAssignment
        exclude = ["row"]

    row = factory.SubFactory(SiteFactory)
    object_type = factory.LazyAttribute(lambda the: ContentType.objects.get_for_model(the.row))
    object_id = factory.SelfAttribute("row.pk")
    contact = factory.SubFactory(ContactFactory)
    role = factory.SubFactory(ContactRoleFactory)


class LeaseFactory(DjangoModelFactory[Lease]):
    """A lease of a location, by default of a new site."""

    class Meta:
        model = Lease

    name = factory.Sequence(lambda n: f"Lease {n}")
    location = None
    site = factory.Maybe("location", None, factory.SubFactory(SiteFactory))


class FloorPlanFactory(DjangoModelFactory[FloorPlan]):
    """A plan of a location, by default of a whole new site."""

    class Meta:
        model = FloorPlan

    name = factory.Sequence(lambda n: f"Floor plan {n}")
    location = None
    site = factory.Maybe(
        "location", factory.SelfAttribute("location.site"), factory.SubFactory(SiteFactory)
    )


class FloorPlanItemFactory(DjangoModelFactory[FloorPlanItem]):
    class Meta:
        model = FloorPlanItem

    plan = factory.SubFactory(FloorPlanFactory)
    kind = "column"
    x = 600
    y = 600
