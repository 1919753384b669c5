"""Where things stand and whose they are."""

from facilities.models.contacts import (
    Contact,
    ContactAssignment,
    ContactGroup,
    ContactRole,
    contacts_relation,
)
from facilities.models.floor_plans import FloorPlan, FloorPlanItem
from facilities.models.leases import Lease
from facilities.models.places import Location, Region, Site, SiteGroup
from facilities.models.tenants import Tenant, TenantGroup

__all__ = [
    "Contact",
    "ContactAssignment",
    "ContactGroup",
    "ContactRole",
    "FloorPlan",
    "FloorPlanItem",
    "Lease",
    "Location",
    "Region",
    "Site",
    "SiteGroup",
    "Tenant",
    "TenantGroup",
    "contacts_relation",
]
