"""What tenants have: the capacity of their own racks, and what their devices take anywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from capacity import queries, site_queries, store
from capacity.choices import ResourceKind as Kind
from capacity.models import Utilization
from capacity.store import Row
from capacity.supply import RESOURCES, Draw, draw
from dcim.models import Device
from facilities.models import Tenant

SUMMED = (Kind.SPACE, Kind.WEIGHT, Kind.SWITCH_PORTS, Kind.PATCH_PORTS, Kind.OUTLETS, *RESOURCES)
_OF_RACKS = (Kind.SPACE, Kind.WEIGHT, *RESOURCES)


class _Figures:
    """Used, planned, reserved, unknown and (of ports) capacity, by tenant, resource, variant."""

    def __init__(self) -> None:
        self.sums: dict[tuple[int, Kind, str], dict[str, float]] = defaultdict(
            lambda: dict.fromkeys(("used", "planned", "reserved", "unknown"), 0.0)
        )

    def add(self, tenant: Any, kind: Kind, variant: str = "", **figures: Any) -> None:
        """Add to a tenant's figures; tenant 0 is nobody."""
        if tenant:
            sums = self.sums[int(tenant), kind, variant]
            for name, value in figures.items():
                sums[name] = sums.get(name, 0.0) + float(value)


def refresh_tenants(ids: Sequence[int] | None) -> list[int]:
    """Bring the figures of some tenants (of all with None) up to date.

    Returns the ids of the rows that changed.
    """
    wanted = Tenant.objects.order_by("pk") if ids is None else Tenant.objects.filter(pk__in=ids)
    there = set(wanted.values_list("pk", flat=True))
    racks, sites = _where(ids)
    found = _Figures()
    _standing(racks, found)
    _ports(racks, found)
    if sites:
        _drawing(draw(site_queries.devices(sites), sites), found)
    owned = _owned(there)
    rows = []
    for (tenant, kind, variant), figures in sorted(found.sums.items()):
        if tenant not in there:
            continue
        capacity = figures.pop("capacity", owned.pop((tenant, kind), None))
        figures["unknown"] = int(figures["unknown"])
        rows.append(_row(tenant, kind, variant, capacity=capacity, **figures))
    for (tenant, kind), capacity in sorted(owned.items()):
        rows.append(_row(tenant, kind, "", capacity=capacity, used=0.0))
    scope = None if ids is None else [("tenant", pk) for pk in ids]
    return store.write(rows, SUMMED, ["tenant"], scope)


def _row(tenant: int, kind: Kind, variant: str, **figures: Any) -> Row:
    return store.row("tenant", tenant, kind, variant, tenant_id=tenant, **figures)


def _where(ids: Sequence[int] | None) -> tuple[list[int] | None, list[int]]:
    """The racks and sites in which tenants have devices."""
    devices = Device.objects.filter(tenant__isnull=False).order_by()
    if ids is not None:
        devices = devices.filter(tenant__in=ids)
    sites = list(devices.values_list("site", flat=True).distinct())
    if ids is None:
        return None, sites
    racks = devices.filter(rack__isnull=False).values_list("rack", flat=True).distinct()
    reserved = Tenant.objects.filter(pk__in=ids, rack_reservations__isnull=False)
    kept = reserved.values_list("rack_reservations__rack", flat=True)
    return sorted({*racks, *kept}), sites


def _standing(racks: list[int] | None, found: _Figures) -> None:
    mounted = queries.mounted(racks)
    counted = mounted["counted"] > 0
    for tenant, planned, size in zip(
        mounted["tenant"][counted],
        mounted["planned"][counted],
        mounted["size"][counted],
        strict=True,
    ):
        found.add(tenant, Kind.SPACE, **{"planned" if planned else "used": size / 2})
    kept = queries.reserved(racks)
    for tenant, size in zip(kept["tenant"], kept["size"], strict=True):
        found.add(tenant, Kind.SPACE, reserved=size / 2)
    weighed = queries.weights(racks)
    for tenant, planned, kg, unknown in zip(
        *(weighed[name] for name in ("tenant", "planned", "kg", "unknown")), strict=True
    ):
        figures = {"planned" if planned else "used": kg, "unknown": unknown}
        found.add(tenant, Kind.WEIGHT, **figures)
    reserved = queries.kept_weights(racks)
    for tenant, kg in zip(reserved["tenant"], reserved["kg"], strict=True):
        found.add(tenant, Kind.WEIGHT, reserved=kg)


def _ports(racks: list[int] | None, found: _Figures) -> None:
    names, _ = queries.speeds()
    ports = queries.switch_ports(racks)
    columns = ("tenant", "code", "count", "used", "planned")
    for tenant, code, count, used, planned in zip(*(ports[n] for n in columns), strict=True):
        figures = {"capacity": count, "used": used, "planned": planned}
        found.add(tenant, Kind.SWITCH_PORTS, names[code], **figures)
    ports = queries.patch_ports(racks)
    for tenant, count, used, planned in zip(
        *(ports[n] for n in ("tenant", "count", "used", "planned")), strict=True
    ):
        found.add(tenant, Kind.PATCH_PORTS, capacity=count, used=used, planned=planned)
    for _, tenant, connector, count, used, planned in queries.outlets(racks):
        figures = {"capacity": count, "used": used, "planned": planned}
        found.add(tenant, Kind.OUTLETS, connector, **figures)


def _drawing(draw: Draw, found: _Figures) -> None:
    dry = draw.watts - draw.liquid
    for kind, watts in zip(RESOURCES, (draw.watts, dry, draw.liquid), strict=True):
        for planned, name in ((False, "used"), (True, "planned")):
            here = draw.planned == planned
            tenants, place = np.unique(draw.tenant[here], return_inverse=True)
            sums = np.bincount(place, weights=watts[here], minlength=len(tenants))
            missing = np.bincount(place, weights=~draw.known[here], minlength=len(tenants))
            for tenant, total, unknown in zip(tenants, sums, missing, strict=True):
                if kind != Kind.LIQUID_COOLING or total:
                    found.add(tenant, kind, **{name: total, "unknown": 0 if planned else unknown})


def _owned(tenants: set[int]) -> dict[tuple[int, Kind], float]:
    """The capacity of the racks of tenants, as far as it is known, by resource."""
    rows = Utilization.objects.filter(
        object_type=store.kind("rack"), resource__in=_OF_RACKS, capacity__isnull=False
    ).order_by("object_id")
    owned: dict[tuple[int, Kind], float] = defaultdict(float)
    for tenant, resource, capacity in rows.filter(rack__tenant__in=tenants).values_list(
        "rack__tenant", "resource", "capacity"
    ):
        owned[tenant, Kind(resource)] += capacity or 0.0
    return owned
