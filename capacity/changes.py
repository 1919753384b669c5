"""From changes of records to what is to be reckoned again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Q

from capacity.models import Utilization
from core.outbox import Stretch
from dcim.models import (
    CableTermination,
    Device,
    FrontPort,
    Interface,
    PowerOutlet,
    PowerPort,
)
from facilities.models import Location
from power.models import (
    PowerEquipment,
    PowerFeed,
    PowerPanel,
)
from racks.models import Rack, RackReservation


@dataclass
class Touched:
    """What some changes reach: by id, racks (space, weight, ports), sites (power), tenants."""

    racks: set[int] = field(default_factory=set)
    sites: set[int] = field(default_factory=set)
    tenants: set[int] = field(default_factory=set)
    # What has to be looked up yet.
    devices: set[int] = field(default_factory=set)
    device_types: set[int] = field(default_factory=set)
    module_types: set[int] = field(default_factory=set)
    reservations: set[int] = field(default_factory=set)
    locations: set[int] = field(default_factory=set)
    panels: set[int] = field(default_factory=set)
    equipment: set[int] = field(default_factory=set)
    floors: set[int] = field(default_factory=set)
    ports: dict[int, set[int]] = field(default_factory=dict)
    cables: set[int] = field(default_factory=set)


# By type of object, what a state of it names: column, and the set of `Touched` its value goes into.
_NAMES: dict[str, tuple[tuple[str, str], ...]] = {
    "racks.rack": (("id", "racks"), ("site_id", "sites"), ("tenant_id", "tenants")),
    "racks.rackreservation": (("rack_id", "racks"), ("tenant_id", "tenants")),
    "dcim.device": (("rack_id", "racks"), ("site_id", "sites"), ("tenant_id", "tenants")),
    "dcim.devicetype": (("id", "device_types"),),
    "dcim.moduletype": (("id", "module_types"),),
    "dcim.module": (("device_id", "devices"),),
    "dcim.interface": (("device_id", "devices"),),
    "dcim.frontport": (("device_id", "devices"),),
    "dcim.poweroutlet": (("device_id", "devices"),),
    "dcim.powerport": (("device_id", "devices"),),
    "dcim.cable": (("id", "cables"),),
    "facilities.location": (("site_id", "sites"), ("id", "locations")),
    "facilities.site": (("id", "sites"),),
    "facilities.tenant": (("id", "tenants"),),
    "facilities.lease": (("site_id", "sites"), ("location_id", "locations")),
    "power.powerequipment": (("site_id", "sites"),),
    "power.redundancygroup": (("site_id", "sites"),),
    "power.powerlink": (("upstream_id", "equipment"),),
    "power.powerpanel": (("site_id", "sites"),),
    "power.powerfeed": (("power_panel_id", "panels"), ("rack_id", "racks")),
    "power.outletbank": (("device_id", "devices"),),
    "power.devicepowerprofile": (("device_id", "devices"),),
    "power.devicetypepowerprofile": (("device_type_id", "device_types"),),
    "power.sitepowerpolicy": (("site_id", "sites"),),
    "capacity.racklimit": (("rack_id", "racks"),),
    "capacity.placelimit": (
        ("site_id", "sites"),
        ("site_id", "floors"),
        ("location_id", "locations"),
    ),
    "capacity.coolingloop": (("site_id", "sites"),),
    "capacity.devicetypecooling": (("device_type_id", "device_types"),),
    "capacity.reservationterms": (("reservation_id", "reservations"),),
}
_TERMINATION = "dcim.cabletermination"


# Each distinct value that changes name, with the set of `Touched` it goes into.
_NAMED = """
    SELECT DISTINCT n.target,
        CASE n.name WHEN 'id' THEN c.changed_object_id ELSE (s.state ->> n.name)::bigint END,
        (s.state ->> n.kind)::integer
    FROM core_objectchange c
    JOIN unnest(%s::integer[], %s::text[], %s::text[], %s::text[]) AS n(type, name, kind, target)
        ON n.type = c.changed_object_type_id
    CROSS JOIN LATERAL (VALUES (c.before), (c.after)) AS s(state)
    WHERE c.id > %s AND c.id <= %s AND s.state IS NOT NULL"""


def touched(stretch: Stretch) -> Touched:
    """What changes reach, by what they name and what that belongs to now."""
    found = Touched()
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, [*_wanted(), stretch.after, stretch.last])
        for target, value, kind in cursor.fetchall():
            if target == "ports" and value and kind:
                found.ports.setdefault(kind, set()).add(value)
            elif target != "ports" and value:
                getattr(found, target).add(value)
    _look_up(found)
    return found


def _wanted() -> list[list[Any]]:
    """What to look for: types of object, names in their states, names of kinds, targets."""
    types = ContentType.objects.get_for_models(*map(apps.get_model, [*_NAMES, _TERMINATION]))
    by_label = {f"{found.app_label}.{found.model}": found.pk for found in types.values()}
    rows: list[tuple[Any, ...]] = [
        (by_label[label], name, None, target)
        for label, names in _NAMES.items()
        for name, target in names
    ]
    rows.append((by_label[_TERMINATION], "termination_id", "termination_type_id", "ports"))
    return [list(column) for column in zip(*rows, strict=True)]


def _look_up(found: Touched) -> None:
    if found.cables:
        ends = CableTermination.objects.filter(cable__in=found.cables).order_by()
        for kind, pk in ends.values_list("termination_type", "termination_id"):
            found.ports.setdefault(kind, set()).add(pk)
    _ports(found)
    devices = Q(pk__in=found.devices)
    devices |= Q(device_type__in=found.device_types) | Q(
        modules__module_type__in=found.module_types
    )
    if found.devices or found.device_types or found.module_types:
        rows = Device.objects.filter(devices).order_by().distinct()
        for rack, site, tenant in rows.values_list("rack", "site", "tenant"):
            found.racks |= {rack} - {None}
            found.sites.add(site)
            found.tenants |= {tenant} - {None}
    _add(found.racks, found.reservations, RackReservation, "rack")
    _add(found.tenants, found.reservations, RackReservation, "tenant")
    _add(found.sites, found.locations, Location, "site")
    _add(found.sites, found.panels, PowerPanel, "site")
    _add(found.sites, found.equipment, PowerEquipment, "site")
    # What a foot may weigh hangs on the locations above a rack.
    _add(found.racks, found.locations, Rack, "pk", key="location__path__overlap")
    _add(found.racks, found.floors, Rack, "pk", key="site__in")
    _add(found.sites, found.racks, Rack, "site")
    # Where a rack was until now: its old places lose it.
    _add(found.sites, found.racks, Utilization, "site", key="rack__in")
    _add(found.tenants, found.racks, Rack, "tenant")


_PORTS = (Interface, FrontPort, PowerOutlet, PowerPort)


def _ports(found: Touched) -> None:
    for kind, ids in found.ports.items():
        model: Any = ContentType.objects.get_for_id(kind).model_class()
        if model is PowerFeed:
            _add(found.panels, ids, PowerFeed, "power_panel")
        elif model in _PORTS:
            _add(found.devices, ids, model, "device")


def _add(
    target: set[int], ids: Iterable[int], model: Any, column: str, key: str = "pk__in"
) -> None:
    wanted = list(ids)
    if wanted:
        rows = model.objects.filter(**{key: wanted, f"{column}__isnull": False}).order_by()
        target.update(rows.values_list(column, flat=True).distinct())
