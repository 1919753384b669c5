"""What the world sees of places, tenants and contacts."""

from __future__ import annotations

from collections.abc import Sequence

from core import access
from core.fields import Absent, Ref, Refs, Scalar, Slot
from core.filters import Filters, absent_filters, reference_filters, related_filter
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from core.resources import type_id_filters
from core.special_fields import BranchCount, Count, GenericObject
from facilities import filters as shared
from facilities.models import (
    Contact,
    ContactAssignment,
    ContactGroup,
    ContactRole,
    Lease,
    Location,
    Region,
    Site,
    SiteGroup,
    Tenant,
    TenantGroup,
)

OWNED = ("owner", "owner_group")
BRIEF_TREE = ("id", "url", "display", "name", "slug", "description")
PARENT = ("id", "url", "display_url", "display", "name", "slug")
NAMED = ("id", "url", "display", "name", "slug", "description")


def within(table: str, owner: str) -> dict[str, str]:
    """Fields of the constraints that keep name and slug unique within an owner."""
    return {
        f"{table}_{prefix}{name}": name for prefix in ("", f"{owner}_") for name in ("name", "slug")
    }


class TreeResource(Resource):
    """Shared by the trees of this app."""

    search = {"name": 10, "slug": 20, "description": 50}
    menu = "Facilities"
    unfiltered = ["comments"]

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch."""
        return [shared.ancestor_filters(self.model), absent_filters("owner_group")]


class _SiteTree(TreeResource):
    """Regions and site groups: trees of sites."""

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch and contact."""
        return [*super().get_extra_filters(), shared.contact_filters(self.model)]


def _site_tree_fields() -> list[object]:
    return [
        *HEAD,
        "name",
        "slug",
        Ref("parent", nested=(*PARENT, "site_count", "_depth")),
        "description",
        *TAIL,
        BranchCount("site_count", "sites"),
        Absent("prefix_count", 0),
        Absent("owner"),
        "comments",
        "_depth",
    ]


@register
class RegionResource(_SiteTree):
    """Parts of the world."""

    model = Region
    path = "dcim/regions"
    fields = _site_tree_fields()  # type: ignore[assignment]
    brief = [*BRIEF_TREE, "site_count", "_depth"]
    constraint_fields = within("facilities_region", "parent")
    table = ["name", "site_count", "description"]
    form = {"Region": ["parent", "name", "slug", "description", "tags"]}
    icon = "globe"


@register
class SiteGroupResource(_SiteTree):
    """Sites that belong together by what they are for."""

    model = SiteGroup
    path = "dcim/site-groups"
    fields = _site_tree_fields()  # type: ignore[assignment]
    brief = [*BRIEF_TREE, "site_count", "_depth"]
    constraint_fields = within("facilities_sitegroup", "parent")
    table = ["name", "site_count", "description"]
    form = {"Site group": ["parent", "name", "slug", "description", "tags"]}
    icon = "layers"


@register
class SiteResource(Resource):
    """Buildings and campuses."""

    model = Site
    path = "dcim/sites"
    fields = [
        *HEAD,
        "name",
        "slug",
        "status",
        Ref("region"),
        Ref("group"),
        "tenant",
        "facility",
        "time_zone",
        "description",
        "physical_address",
        "shipping_address",
        "latitude",
        "longitude",
        Absent("owner"),
        "comments",
        Absent("asns", []),
        *TAIL,
        Absent("circuit_count", 0),
        Slot("device_count"),
        Absent("prefix_count", 0),
        Slot("rack_count"),
        Absent("virtualmachine_count", 0),
        Absent("vlan_count", 0),
    ]
    brief = ["id", "url", "display", "name", "description", "slug"]
    nested = NAMED
    unfiltered = ["comments", "asns", "physical_address", "shipping_address", "time_zone"]
    search = {"name": 10, "facility": 20, "slug": 30, "description": 50, "physical_address": 60}
    crumbs = ["region"]
    table = ["name", "status", "facility", "region", "tenant", "rack_count", "device_count"]
    form = {
        "Site": [
            "name",
            "slug",
            "status",
            "region",
            "group",
            "facility",
            "time_zone",
            "description",
        ],
        "Tenancy": ["tenant"],
        "Address": ["physical_address", "shipping_address", "latitude", "longitude"],
        "More": ["tags", "comments"],
    }
    menu = "Facilities"
    icon = "building"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch of tenants, contact and autonomous system."""
        zone = {
            name: made
            for name, made in Scalar("time_zone").attach(self).filters().items()
            if not name.endswith("__empty")
        }
        return [
            zone,
            shared.tenant_filters(),
            shared.contact_filters(Site),
            absent_filters("asn"),
            absent_filters("owner_group"),
        ]


@register
class LocationResource(TreeResource):
    """Halls, rooms, cages and rows."""

    model = Location
    path = "dcim/locations"
    fields = [
        *HEAD,
        "name",
        "slug",
        "site",
        Ref("parent", nested=(*PARENT, "rack_count", "_depth")),
        "status",
        "tenant",
        "facility",
        "description",
        *TAIL,
        Slot("rack_count"),
        Slot("device_count"),
        Absent("prefix_count", 0),
        Absent("owner"),
        "comments",
        "_depth",
    ]
    brief = [*BRIEF_TREE, "rack_count", "_depth"]
    crumbs = ["site"]
    table = ["name", "site", "parent", "status", "tenant", "rack_count", "device_count"]
    form = {
        "Location": ["site", "parent", "name", "slug", "status", "facility", "description"],
        "Tenancy": ["tenant"],
        "More": ["tags", "comments"],
    }
    constraint_fields = {
        **within("facilities_location", "parent"),
        "facilities_location_parent_site": "parent",
        "power_location_feeds_site": "site",
    }
    search = {"name": 10, "facility": 20, "slug": 30, "description": 50}
    icon = "map-pin"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch, region, tenants and contact."""
        return [
            *super().get_extra_filters(),
            shared.region_filters("site"),
            shared.tenant_filters(),
            shared.contact_filters(Location),
        ]


@register
class TenantGroupResource(TreeResource):
    """Branches of the list of tenants."""

    model = TenantGroup
    path = "tenancy/tenant-groups"
    fields = [
        *HEAD,
        "name",
        "slug",
        Ref("parent", nested=(*PARENT, "tenant_count", "_depth")),
        "description",
        *TAIL,
        BranchCount("tenant_count", "tenants"),
        Absent("owner"),
        "comments",
        "_depth",
    ]
    brief = [*BRIEF_TREE, "tenant_count", "_depth"]
    table = ["name", "tenant_count", "description"]
    form = {"Tenant group": ["parent", "name", "slug", "description", "tags"]}
    menu = "Organisation"
    icon = "folder"


@register
class TenantResource(Resource):
    """Whose things are."""

    model = Tenant
    path = "tenancy/tenants"
    fields = [
        *HEAD,
        "name",
        "slug",
        "group",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
        Absent("circuit_count", 0),
        Slot("device_count"),
        Absent("ipaddress_count", 0),
        Absent("prefix_count", 0),
        Slot("rack_count"),
        Count("site_count", "sites"),
        Absent("virtualmachine_count", 0),
        Absent("vlan_count", 0),
        Absent("vrf_count", 0),
        Absent("cluster_count", 0),
    ]
    brief = list(NAMED)
    unfiltered = ["comments", "group"]
    search = {"name": 10, "slug": 20, "description": 50}
    constraint_fields = within("facilities_tenant", "group")
    crumbs = ["group"]
    table = ["name", "group", "site_count", "rack_count", "device_count", "description"]
    form = {"Tenant": ["name", "slug", "group", "description", "tags", "comments"]}
    menu = "Organisation"
    icon = "briefcase"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch of groups and contact."""
        return [
            reference_filters("group", "group", TenantGroup, tree=True),
            shared.contact_filters(Tenant),
            absent_filters("owner_group"),
        ]


@register
class ContactGroupResource(TreeResource):
    """Branches of the directory."""

    model = ContactGroup
    path = "tenancy/contact-groups"
    fields = [
        *HEAD,
        "name",
        "slug",
        Ref("parent", nested=(*PARENT, "contact_count", "_depth")),
        "description",
        *TAIL,
        BranchCount("contact_count", "contacts"),
        Absent("owner"),
        "comments",
        "_depth",
    ]
    brief = [*BRIEF_TREE, "contact_count", "_depth"]
    constraint_fields = within("facilities_contactgroup", "parent")
    table = ["name", "contact_count", "description"]
    form = {"Contact group": ["parent", "name", "slug", "description", "tags"]}
    menu = "Organisation"
    icon = "folder"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch and member."""
        members = reference_filters("contact", "contacts", Contact, by_key=False)
        return [
            *super().get_extra_filters(),
            related_filter(lambda: ContactGroup.objects.all(), "pk", members),
        ]


@register
class ContactRoleResource(Resource):
    """What somebody is called for."""

    model = ContactRole
    path = "tenancy/contact-roles"
    fields = [*HEAD, "name", "slug", "description", Absent("owner"), "comments", *TAIL]
    brief = list(NAMED)
    unfiltered = ["comments"]
    search = {"name": 10, "slug": 20, "description": 50}
    table = ["name", "description"]
    form = {"Contact role": ["name", "slug", "description", "tags"]}
    extra_filters = [absent_filters("owner_group")]
    menu = "Organisation"
    icon = "badge"


@register
class ContactResource(Resource):
    """People and desks that can be reached."""

    model = Contact
    path = "tenancy/contacts"
    fields = [
        *HEAD,
        Refs("groups", nested=("id", "url", "display", "name", "slug", "description")),
        "name",
        "title",
        "phone",
        "email",
        "address",
        "link",
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "name", "description"]
    unfiltered = ["comments", "groups"]
    search = {"name": 10, "email": 20, "phone": 30, "title": 40, "description": 50}
    crumbs = ["group"]
    table = ["name", "title", "phone", "email", "groups", "description"]
    form = {
        "Contact": ["name", "title", "phone", "email", "link", "address", "description"],
        "Groups": ["groups", "tags", "comments"],
    }
    menu = "Organisation"
    icon = "contact"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch of groups."""
        groups = reference_filters("group", "groups", ContactGroup, tree=True)
        return [
            related_filter(lambda: Contact.objects.all(), "pk", groups),
            absent_filters("owner_group"),
        ]


@register
class ContactAssignmentResource(Resource):
    """Who is to be called for what."""

    model = ContactAssignment
    path = "tenancy/contact-assignments"
    fields = [
        "id",
        "url",
        "display",
        "object_type",
        "object_id",
        GenericObject("object", "object_type", "object_id"),
        "contact",
        "role",
        "priority",
        *TAIL,
    ]
    brief = ["id", "url", "display", "contact", "role", "priority"]
    display_columns = ["contact__name", "role__name"]
    search = {"contact__name": 10, "role__name": 20}
    ordering = ["contact__name", "priority", "role__name"]
    constraint_fields = {
        "facilities_contactassignment_once": "role",
        "facilities_contactassignment_once_no_role": "contact",
    }
    table = ["object", "contact", "role", "priority"]
    form = {
        "Contact assignment": ["object_type", "object_id", "contact", "role", "priority", "tags"]
    }
    unfiltered = ["contact", "role"]
    menu = "Organisation"
    icon = "phone"

    def display(self, *values: object) -> str:
        """The contact and what for."""
        contact, role = values
        return f"{contact} ({role})" if role else str(contact)

    def get_extra_filters(self) -> Sequence[Filters]:
        """By contact, role and group."""
        groups = reference_filters("group", "contact__groups", ContactGroup, tree=True)
        return [
            reference_filters("contact", "contact", Contact, by_key=False),
            reference_filters("role", "role", ContactRole),
            related_filter(lambda: ContactAssignment.objects.all(), "pk", groups),
            type_id_filters("object_type_id", "object_type"),
        ]


access.tie(
    ContactAssignment, "object_type", "object_id", lambda target: hasattr(target.model, "contacts")
)


@register
class LeaseResource(Resource):
    """What is rented, until when, and how much power comes with it."""

    model = Lease
    path = "facilities/leases"
    fields = [
        *HEAD,
        "name",
        "site",
        "location",
        "tenant",
        "landlord",
        "starts",
        "ends",
        "notice_days",
        "contracted_kw",
        "description",
        "comments",
        *TAIL,
    ]
    brief = ["id", "url", "display", "name", "ends", "description"]
    unfiltered = ["comments"]
    search = {"name": 10, "landlord": 30, "description": 50}
    table = ["name", "site", "location", "tenant", "landlord", "starts", "ends", "contracted_kw"]
    form = {
        "Lease": ["name", "site", "location", "tenant", "landlord", "description"],
        "Terms": ["starts", "ends", "notice_days", "contracted_kw"],
        "More": ["tags", "comments"],
    }
    constraint_fields = {"facilities_lease_one_place": "location", "facilities_lease_ends": "ends"}
    menu = "Facilities"
    icon = "file-text"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By branch of locations, tenant group and contact."""
        return [
            reference_filters("location", "location", Location, tree=True),
            shared.tenant_filters(),
            shared.contact_filters(Lease),
        ]
