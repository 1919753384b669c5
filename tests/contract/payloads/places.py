"""Places, tenants, contacts, racks."""

from __future__ import annotations

from tests.contract.payloads.making import Body, example, named, named_only, new_pk
from tests.core.factories import UserFactory
from tests.facilities import factories as places
from tests.racks import factories as racks

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
    lambda b, n: {"parent": new_pk("tenancy/tenant-groups")},
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

example(
    "facilities/leases",
    lambda n: {"name": f"Lease {n}", "site": places.SiteFactory().pk},
    skip=["location"],
)


def _floor_plan(n: int) -> Body:
    return {"name": f"Plan {n}", "site": places.SiteFactory().pk}


def _more_floor_plan(body: Body, n: int) -> Body:
    location = places.LocationFactory()
    return {
        "site": location.site_id,
        "location": location.pk,
        "width": 12_000,
        "depth": 9_000,
        "tile_width": 500,
        "tile_depth": 500,
        "first_column": "C",
        "outline": [[0, 0], [12_000, 0], [12_000, 9_000], [0, 6_000]],
    }


example("facilities/floor-plans", _floor_plan, _more_floor_plan)
example(
    "facilities/floor-plan-items",
    lambda n: {"plan": places.FloorPlanFactory().pk, "kind": "column", "x": 900, "y": 900},
)


def _rack_placement(n: int) -> Body:
    plan = places.FloorPlanFactory()
    rack = racks.RackFactory(site=plan.site)
    return {"rack": rack.pk, "plan": plan.pk, "x": 900, "y": 1200}


example("facilities/rack-placements", _rack_placement, lambda b, n: {"rotation": 90})
