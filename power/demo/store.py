"""Stores the plan of a site, a table at a time."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from core.models import Tag, TaggedItem
from dcim.models import (
    Cable,
    CableBundle,
    CableTermination,
    ConsolePort,
    ConsoleServerPort,
    Device,
    DeviceRole,
    FrontPort,
    Interface,
    InventoryItem,
    InventoryItemRole,
    MACAddress,
    Module,
    ModuleBay,
    Platform,
    PowerOutlet,
    PowerPort,
    RearPort,
    VirtualChassis,
)
from dcim.services import create_devices, create_modules
from facilities.models import (
    Contact,
    ContactAssignment,
    ContactRole,
    Location,
    Site,
    SiteGroup,
    Tenant,
)
from power.demo import bulk, supply
from power.demo.parts import DevicePlan, SitePlan
from power.demo.people import LANDLORD, Shared
from power.models import PowerFeed
from racks.models import Rack, RackReservation, RackRole, RackType

PORTS: dict[str, type[Model]] = {
    "consoleport": ConsolePort,
    "consoleserverport": ConsoleServerPort,
    "frontport": FrontPort,
    "interface": Interface,
    "poweroutlet": PowerOutlet,
    "powerport": PowerPort,
    "rearport": RearPort,
}
# Organizationally unique identifiers the makers own, for hardware addresses.
OUI = {
    "Arista": "28:99:3A",
    "Cisco": "70:0F:6A",
    "Dell": "D0:94:66",
    "HPE": "94:18:82",
    "Juniper": "44:F4:77",
    "Mellanox": "EC:0D:9A",
    "Nvidia": "94:6D:AE",
    "Supermicro": "AC:1F:6B",
}
OTHER_OUI = "02:48:52"  # locally administered


class Store:
    """Stores one site; `number` is its place among all sites, for addresses and coordinates."""

    def __init__(self, plan: SitePlan, shared: Shared, number: int) -> None:
        self.plan = plan
        self.shared = shared
        self.number = number
        self.now: datetime = timezone.now()
        self.locations: dict[str, int] = {}
        self.panels: dict[str, int] = {}
        self.ids: dict[tuple[str, int, str], int] = {}
        self.site = 0

    def tenant(self, slug: str | None) -> int | None:
        """The id of a tenant."""
        return self.shared.of(Tenant, slug)

    def places(
        self, kind: str, site: dict[str, Any], locations: Iterable[tuple[str, str, str, str | None]]
    ) -> None:
        """The site and its halls and rows, with whom to call."""
        stored = Site.objects.create(group_id=self.shared.need(SiteGroup, kind), **site)
        self.site = stored.pk
        for key, name, status, parent in locations:
            made = Location.objects.create(
                site=stored,
                name=name,
                slug=key,
                status=status,
                parent_id=self.locations[parent] if parent else None,
            )
            self.locations[key] = made.pk
        people = [("Rosa Delgado", "facility", "primary"), ("Data center on call", "on-call", None)]
        if kind == "leased":
            people[0] = (LANDLORD, "landlord", "primary")
        people.append(("Amir Haddad", "escalation", "secondary"))
        ContactAssignment.objects.bulk_create(
            ContactAssignment(
                object_type=ContentType.objects.get_for_model(Site),
                object_id=stored.pk,
                contact_id=self.shared.need(Contact, name),
                role_id=self.shared.need(ContactRole, role),
                priority=priority,
            )
            for name, role, priority in people
        )

    def racks(self) -> None:
        """Racks, what is reserved in them, and the power chain down to the feeds."""
        rows = [
            Rack(
                name=plan.name,
                facility_id=plan.name.split("-", 1)[1],
                site_id=self.site,
                location_id=self.locations[plan.row],
                tenant_id=self.tenant(plan.tenant),
                status=plan.status,
                role_id=self.shared.need(RackRole, plan.role),
                rack_type_id=self.shared.of(RackType, plan.rack_type),
                serial=f"{self.plan.code}R{n:04d}",
                asset_tag=f"{self.plan.code}-R{n:04d}",
                u_height=plan.units,
                airflow="front-to-rear",
                description=plan.description,
                **plan.limits,
            )
            for n, plan in enumerate(self.plan.racks, start=1)
        ]
        for plan, row in zip(self.plan.racks, Rack.objects.bulk_create(rows), strict=True):
            plan.pk = row.pk
        RackReservation.objects.bulk_create(
            RackReservation(
                rack_id=rack.pk,
                units=units,
                user_id=self.shared.planner,
                tenant_id=self.tenant(tenant),
                description=purpose,
            )
            for rack, units, purpose, tenant in self.plan.reserved
        )
        supply.feeds(self)
        supply.chain(self)

    def devices(self) -> None:
        """Devices with the components of their types, modules and added interfaces."""
        names = {plan.chassis[0] for plan in self.plan.devices if plan.chassis}
        chassis = {name: VirtualChassis.objects.create(name=name) for name in sorted(names)}
        rows = [self._device(plan, chassis) for plan in self.plan.devices]
        create_devices(rows)
        for plan, row in zip(self.plan.devices, rows, strict=True):
            plan.pk = row.pk
            if plan.chassis and plan.chassis[1] == 1:
                chassis[plan.chassis[0]].master_id = row.pk
        for virtual in chassis.values():
            virtual.save()
        self._modules()
        Interface.objects.bulk_create(
            [
                Interface(device_id=plan.pk, name=port.name, type=port.type, mgmt_only=port.mgmt)
                for plan in self.plan.devices
                for port in plan.added
            ]
        )
        self._find_ports()
        self._draws()

    def _device(self, plan: DevicePlan, chassis: dict[str, VirtualChassis]) -> Device:
        values: dict[str, Any] = {}
        if plan.chassis:
            values = {"virtual_chassis": chassis[plan.chassis[0]], "vc_position": plan.chassis[1]}
        return Device(
            name=plan.name,
            device_type_id=plan.kind.pk,
            role_id=self.shared.need(DeviceRole, plan.role),
            tenant_id=self.tenant(plan.tenant),
            platform_id=self.shared.of(Platform, plan.platform),
            serial=plan.serial,
            asset_tag=plan.asset_tag,
            site_id=self.site,
            location_id=self.locations[plan.rack.row],
            rack_id=plan.rack.pk,
            position=plan.position,
            face=plan.face,
            height_half_u=plan.kind.half_units,
            status=plan.status,
            description=plan.description,
            **values,
        )

    def _modules(self) -> None:
        with_modules = {plan.pk: plan for plan in self.plan.devices if plan.modules}
        bays = ModuleBay.objects.filter(device__in=with_modules).order_by("device_id", "pk")
        modules = []
        for pk, device, name in bays.values_list("pk", "device_id", "name"):
            kind = with_modules[device].modules.get(name)
            if kind is not None:
                modules.append(Module(device_id=device, module_bay_id=pk, module_type_id=kind.pk))
        create_modules(modules)

    def _find_ports(self) -> None:
        devices = [plan.pk for plan in self.plan.devices]
        for kind, model in PORTS.items():
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT device_id, name, id FROM {model._meta.db_table}"  # noqa: S608
                    " WHERE device_id = ANY(%s)",
                    [devices],
                )
                for device, name, pk in cursor:
                    self.ids[kind, device, name] = pk

    def _draws(self) -> None:
        """The budget of every inlet, and the supply's rating where its type does not say it."""
        rows = []
        for plan in self.plan.devices:
            if plan.watts:
                each = max(1, round(plan.watts / len(plan.inlets)))
                rating = max(plan.kind.assumed.supply, each)
                for port in plan.inlets:
                    rows.append((self.ids["powerport", plan.pk, port.name], each, rating))
        ids, watts, ratings = zip(*rows, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE dcim_powerport p SET allocated_draw = x.watts,
                    maximum_draw = greatest(coalesce(p.maximum_draw, x.rating), x.watts)
                FROM unnest(%s::bigint[], %s::integer[], %s::integer[]) AS x (id, watts, rating)
                WHERE p.id = x.id""",
                [list(ids), list(watts), list(ratings)],
            )

    def cables(self) -> None:
        """Cables and both their ends."""
        kinds = {kind: ContentType.objects.get_for_model(model).pk for kind, model in PORTS.items()}
        kinds["powerfeed"] = ContentType.objects.get_for_model(PowerFeed).pk
        cables = self.plan.cables
        ids = bulk.draw_ids(Cable, len(cables))
        names = sorted({cable.bundle for cable in cables if cable.bundle})
        bundles = {
            row.name: row.pk
            for row in CableBundle.objects.bulk_create(CableBundle(name=name) for name in names)
        }
        columns = ("id", "type", "status", "profile", "label", "color", "length", "length_unit",
                   "bundle_id")  # fmt: skip
        rows = (
            (pk, c.type, c.status, c.profile, c.label, c.color, c.length, "m",
             bundles[c.bundle] if c.bundle else None)
            for pk, c in zip(ids, cables, strict=True)
        )  # fmt: skip
        bulk.copy(Cable, columns, rows, self.now)
        ends = ("cable_id", "cable_end", "termination_type_id", "termination_id", "connector",
                   "positions")  # fmt: skip
        bulk.copy(CableTermination, ends, self._ends(ids, kinds), self.now)

    def _ends(self, ids: list[int], kinds: dict[str, int]) -> Iterator[tuple[Any, ...]]:
        for pk, cable in zip(ids, self.plan.cables, strict=True):
            for letter, ends in (("A", cable.a), ("B", cable.b)):
                for number, end in enumerate(ends, start=1):
                    if end.kind == "powerfeed":
                        port = end.of.pk
                    else:
                        port = self.ids[end.kind, end.of.pk, end.name]
                    laid = (number, [1]) if cable.profile else (None, None)
                    yield pk, letter, kinds[end.kind], port, *laid

    def extras(self) -> None:
        """Hardware addresses of what is cabled, outlet banks, power profiles, parts, tags."""
        self._addresses()
        supply.banks(self)
        supply.profiles(self)
        parts = [
            InventoryItem(
                device_id=plan.pk,
                name=name,
                role_id=self.shared.need(InventoryItemRole, role),
                manufacturer_id=plan.kind.maker_id if role != "gpu" else None,
                part_id=number,
                serial=f"{plan.serial}-{n}",
            )
            for plan in self.plan.devices
            for n, (name, role, number) in enumerate(plan.parts, start=1)
        ]
        InventoryItem.objects.bulk_create(parts, batch_size=5000)
        kind = ContentType.objects.get_for_model(Device).pk
        tags = (
            (self.shared.need(Tag, tag), kind, plan.pk)
            for plan in self.plan.devices
            for tag in plan.tags
        )
        bulk.copy(TaggedItem, ("tag_id", "content_type_id", "object_id"), tags, self.now)

    def _addresses(self) -> None:
        counters: dict[str, itertools.count[int]] = defaultdict(itertools.count)
        kind = ContentType.objects.get_for_model(Interface).pk
        rows = []
        for plan in self.plan.devices:
            prefix = OUI.get(plan.kind.maker, OTHER_OUI)
            for port in plan.ports.get("interface", []):
                cabled = ("interface", port.name) in plan.used
                if (
                    cabled
                    and (port.mgmt or "server" in plan.role)
                    and "infiniband" not in port.type
                ):
                    number = self.number % 256 << 16 | next(counters[prefix])
                    address = (
                        f"{prefix}:{number >> 16:02X}:{number >> 8 & 255:02X}:{number & 255:02X}"
                    )
                    rows.append((address, kind, self.ids["interface", plan.pk, port.name]))
        ids = bulk.draw_ids(MACAddress, len(rows))
        columns = ("id", "mac_address", "assigned_object_type_id", "assigned_object_id")
        filled = ((pk, *row) for pk, row in zip(ids, rows, strict=True))
        bulk.copy(MACAddress, columns, filled, self.now)
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE dcim_interface i SET primary_mac_address_id = x.mac
                FROM unnest(%s::bigint[], %s::bigint[]) AS x (mac, id) WHERE i.id = x.id""",
                [ids, [row[2] for row in rows]],
            )
