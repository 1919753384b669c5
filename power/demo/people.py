"""What all sites share: the company's tenants, contacts, tags, and the roles of things."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from core.models import Tag, User
from dcim.models import DeviceRole, InventoryItemRole, Platform
from facilities.models import (
    Contact,
    ContactGroup,
    ContactRole,
    Region,
    SiteGroup,
    Tenant,
    TenantGroup,
)
from racks.models import Manufacturer, RackRole, RackType

COMPANY = "Meridian Compute"

SITE_GROUPS = (
    ("owned", "Owned sites", None),
    ("leased", "Leased sites", None),
)
TENANT_GROUPS = (
    ("internal", "Internal teams", None),
    ("customers", "Customers", None),
)
TENANTS = (
    ("platform", "Platform Engineering", "internal"),
    ("data-platform", "Data Platform", "internal"),
    ("corporate-it", "Corporate IT", "internal"),
    ("research", "Research", "internal"),
    ("halcyon-robotics", "Halcyon Robotics", "customers"),
    ("bluebonnet-bank", "Bluebonnet Bank", "customers"),
    ("lodestar-ai", "Lodestar AI", "customers"),
)
TAGS = (
    ("production", "Production", "4caf50"),
    ("gpu", "GPU", "9c27b0"),
    ("pci", "PCI DSS", "f44336"),
    ("planned-2027", "Planned for 2027", "2196f3"),
)
RACK_ROLES = (
    ("network", "Network", "3f51b5"),
    ("compute", "General compute", "009688"),
    ("gpu", "Dense GPU", "9c27b0"),
)
# slug, name, color, parent
DEVICE_ROLES = (
    ("network", "Network", "3f51b5", None),
    ("spine", "Spine", "303f9f", "network"),
    ("leaf", "Leaf", "5c6bc0", "network"),
    ("core-router", "Core router", "1a237e", "network"),
    ("border-router", "Border router", "283593", "network"),
    ("access-switch", "Access switch", "7986cb", "network"),
    ("management-switch", "Management switch", "607d8b", "network"),
    ("firewall", "Firewall", "d32f2f", "network"),
    ("load-balancer", "Load balancer", "ff7043", "network"),
    ("network-services", "Network services", "8d6e63", "network"),
    ("console-server", "Console server", "455a64", "network"),
    ("server", "Server", "009688", None),
    ("web-server", "Web server", "26a69a", "server"),
    ("application-server", "Application server", "00897b", "server"),
    ("kubernetes-node", "Kubernetes node", "00acc1", "server"),
    ("hypervisor", "Hypervisor", "43a047", "server"),
    ("database-server", "Database server", "6d4c41", "server"),
    ("storage-node", "Storage node", "5d4037", "server"),
    ("gpu-server", "GPU server", "9c27b0", "server"),
    ("rack-pdu", "Rack PDU", "ffb300", None),
    ("patch-panel", "Patch panel", "9e9e9e", None),
)
VIRTUAL_ROLES = {"server", "web-server", "application-server", "kubernetes-node"}
# slug, name, manufacturer, parent
PLATFORMS = (
    ("linux", "Linux", None, None),
    ("ubuntu-24-04", "Ubuntu 24.04 LTS", None, "linux"),
    ("rhel-9", "Red Hat Enterprise Linux 9", None, "linux"),
    ("dgx-os", "DGX OS 7", "Nvidia", None),
    ("esxi-8", "VMware ESXi 8", None, None),
    ("eos", "Arista EOS", "Arista", None),
    ("nx-os", "Cisco NX-OS", "Cisco", None),
    ("junos", "Junos", "Juniper", None),
    ("cumulus-linux", "Cumulus Linux", "Mellanox", None),
    ("pan-os", "PAN-OS", "Palo Alto", None),
    ("opengear-ngcs", "Opengear NGCS", "Opengear", None),
)
PART_ROLES = (("gpu", "GPU", "9c27b0"), ("network-card", "Network card", "3f51b5"))
_CABINET = {
    "form_factor": "4-post-cabinet",
    "outer_unit": "mm",
    "weight_unit": "kg",
    "max_weight": 1360,
}
# slug, model, and sizes by the maker's data sheets
RACK_TYPES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "netshelter-sx-42u-600",
        "NetShelter SX AR3100",
        {"u_height": 42, "outer_width": 600, "outer_height": 1991, "outer_depth": 1070,
         "weight": 125},
    ),
    (
        "netshelter-sx-42u-750",
        "NetShelter SX AR3150",
        {"u_height": 42, "outer_width": 750, "outer_height": 1991, "outer_depth": 1070,
         "weight": 150},
    ),
    (
        "netshelter-sx-48u-750",
        "NetShelter SX AR3357",
        {"u_height": 48, "outer_width": 750, "outer_height": 2258, "outer_depth": 1200,
         "weight": 184},
    ),
)  # fmt: skip
CONTACT_ROLES = (
    ("facility", "Facility manager"),
    ("on-call", "On call"),
    ("escalation", "Escalation"),
    ("landlord", "Landlord"),
)
CONTACT_GROUPS = (("operations", "Operations", None), ("partners", "Partners", None))
CONTACTS = (
    ("Rosa Delgado", "Facility manager", "rosa.delgado@example.com", "+1 512 555 0110"),
    ("Data center on call", "Desk", "dc-oncall@example.com", "+1 512 555 0199"),
    ("Amir Haddad", "Head of operations", "amir.haddad@example.com", "+1 512 555 0121"),
    ("River City Colocation", "Landlord's desk", "noc@example.net", "+1 916 555 0140"),
)
LANDLORD = "River City Colocation"


@dataclass
class Shared:
    """Ids of what all sites share, by slug (contacts by name)."""

    ids: dict[type[Model], dict[str, int]] = field(default_factory=dict)
    planner: int = 0

    def of(self, model: type[Model], slug: str | None) -> int | None:
        """The id of a slug; nothing for none."""
        return self.ids[model][slug] if slug else None

    def need(self, model: type[Model], slug: str) -> int:
        """The id of a slug."""
        return self.ids[model][slug]


def store_shared() -> Shared:
    """Everything the sites share, made where it is not there yet."""
    shared = Shared()
    _tree(shared, SiteGroup, SITE_GROUPS)
    _tree(shared, TenantGroup, TENANT_GROUPS)
    _tree(shared, ContactGroup, CONTACT_GROUPS)
    _plain(shared, Tenant, ((s, {"name": n, "group_id": shared.need(TenantGroup, g)})
                            for s, n, g in TENANTS))  # fmt: skip
    for model, rows in ((Tag, TAGS), (RackRole, RACK_ROLES), (InventoryItemRole, PART_ROLES)):
        _plain(shared, model, ((s, {"name": n, "color": c}) for s, n, c in rows))
    _plain(shared, ContactRole, ((s, {"name": n}) for s, n in CONTACT_ROLES))
    makers = dict(Manufacturer.objects.values_list("name", "pk"))
    apc = makers["APC"]
    _plain(shared, RackType, ((s, {"model": m, "manufacturer_id": apc, **_CABINET, **sizes})
                              for s, m, sizes in RACK_TYPES))  # fmt: skip
    for slug, name, color, parent in DEVICE_ROLES:
        given = {"name": name, "color": color, "vm_role": slug in VIRTUAL_ROLES}
        _one(shared, DeviceRole, slug, given, parent)
    for slug, name, maker, parent in PLATFORMS:
        given = {"name": name, "manufacturer_id": makers[maker] if maker else None}
        _one(shared, Platform, slug, given, parent)
    _contacts(shared)
    shared.planner = User.objects.get_or_create(
        username="planner",
        defaults={"first_name": "Capacity", "last_name": "Planning", "is_active": False},
    )[0].pk
    return shared


def region(path: list[tuple[str, str]]) -> int:
    """The id of a region by slugs and names from the top, made where it is not there yet."""
    parent: int | None = None
    for slug, name in path:
        found = Region.objects.get_or_create(slug=slug, parent_id=parent, defaults={"name": name})
        parent = found[0].pk
    assert parent is not None
    return parent


def _contacts(shared: Shared) -> None:
    found = shared.ids.setdefault(Contact, {})
    for name, title, email, phone in CONTACTS:
        group = "partners" if name == LANDLORD else "operations"
        contact, made = Contact.objects.get_or_create(
            email=email, defaults={"name": name, "title": title, "phone": phone}
        )
        if made:
            contact.groups.add(shared.need(ContactGroup, group))
        found[name] = contact.pk


def _tree(shared: Shared, model: type[Model], rows: Any) -> None:
    for slug, name, parent in rows:
        _one(shared, model, slug, {"name": name}, parent)


def _plain(shared: Shared, model: type[Model], rows: Any) -> None:
    for slug, given in rows:
        _one(shared, model, slug, given, None)


def _one(
    shared: Shared, model: type[Model], slug: str, given: dict[str, Any], parent: str | None
) -> None:
    found = shared.ids.setdefault(model, {})
    if parent:
        given = {**given, "parent_id": found[parent]}
    manager: Any = model._default_manager
    found[slug] = manager.get_or_create(slug=slug, defaults=given)[0].pk
