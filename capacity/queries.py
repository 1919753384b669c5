"""What racks hold, as columns: one statement a table, for some racks or for all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from dcim.choices import INTERFACE_TYPES
from dcim.models import FrontPort, Interface, PowerOutlet
from power.queries import Columns, columns

# Devices that are not there yet, and those that are in no use.
COMING = ("planned", "staged")
# A rack that is given up offers nothing more.
GIVEN_UP = "deprecated"
LAPSED = "stale"

# A port takes one cable end, so this adds no row.
_CABLE = (
    "LEFT JOIN dcim_cabletermination n ON n.termination_type_id = {{kind}}"
    " AND n.termination_id = {port}.id LEFT JOIN dcim_cable c ON c.id = n.cable_id"
)
_CONNECTED = "i.mark_connected OR c.status <> 'planned'"
_COMING = "c.status = 'planned'"

_ETHERNET = re.compile(r"^([\d.]+)(g|t)?base")
_FIBRE_CHANNEL = re.compile(r"^(\d+)gfc")


def speed(interface_type: str) -> str:
    """The speed of an interface type, such as `25G`; empty for what is no network port."""
    if found := _ETHERNET.match(interface_type):
        number, prefix = found.groups()
        if prefix:
            return f"{number}{prefix.upper()}"
        return "1G" if number == "1000" else f"{number}M"
    if found := _FIBRE_CHANNEL.match(interface_type):
        return f"{found[1]}G FC"
    if interface_type.startswith("infiniband-"):
        return f"IB {interface_type.removeprefix('infiniband-').upper()}"
    return ""


@cache
def speeds() -> tuple[list[str], list[tuple[str, int]]]:
    """The speeds there are, and interface types with the place of theirs."""
    names: list[str] = []
    coded = []
    for _, pairs in INTERFACE_TYPES:
        for value, _ in pairs:
            name = speed(value)
            if name and name not in names:
                names.append(name)
            if name:
                coded.append((value, names.index(name)))
    return names, coded


def racks(ids: Sequence[int] | None) -> Columns:
    """Racks with what they can take: units, and kg."""
    return columns(
        """
        SELECT r.id AS "id:i", r.site_id AS "site:i", coalesce(r.location_id, 0) AS "location:i",
            coalesce(r.tenant_id, 0) AS "tenant:i", r.starting_unit::bigint AS "first:i",
            (r.u_height * 2)::bigint AS "halves:i",
            (r.status = {given_up})::int::bigint AS "gone:i",
            coalesce(r.max_weight_grams / 1000.0, 'NaN')::float8 AS "max_kg:f",
            coalesce(r.weight_grams / 1000.0, 'NaN')::float8 AS "own_kg:f"
        FROM racks_rack r WHERE ({ids}::bigint[] IS NULL OR r.id = ANY({ids}::bigint[]))
        ORDER BY r.id
        """,
        ids=_ids(ids),
        given_up=GIVEN_UP,
    )


def mounted(ids: Sequence[int] | None) -> Columns:
    """Devices in units of racks; `low` in half units from the rack's lowest."""
    return columns(
        """
        SELECT d.rack_id AS "rack:i",
            (d.position * 2)::bigint - r.starting_unit * 2 AS "low:i",
            d.height_half_u::bigint AS "size:i", coalesce(d.tenant_id, 0) AS "tenant:i",
            (d.status = ANY({coming}))::int::bigint AS "planned:i",
            (NOT t.exclude_from_utilization)::int::bigint AS "counted:i"
        FROM dcim_device d JOIN racks_rack r ON r.id = d.rack_id
        JOIN dcim_devicetype t ON t.id = d.device_type_id
        WHERE d.position IS NOT NULL AND d.height_half_u > 0
          AND ({ids}::bigint[] IS NULL OR d.rack_id = ANY({ids}::bigint[]))
        """,
        ids=_ids(ids),
        coming=list(COMING),
    )


def reserved(ids: Sequence[int] | None) -> Columns:
    """Reserved units in force today, from the rack's lowest, with whose they are."""
    return columns(
        """
        SELECT u.rack_id AS "rack:i", ((u.unit - r.starting_unit) * 2)::bigint AS "low:i",
            2::bigint AS "size:i", coalesce(v.tenant_id, 0) AS "tenant:i"
        FROM racks_reservedunit u JOIN racks_rackreservation v ON v.id = u.reservation_id
        JOIN racks_rack r ON r.id = u.rack_id
        LEFT JOIN capacity_reservationterms t ON t.reservation_id = v.id
        WHERE v.status <> {lapsed} AND coalesce(t.ends >= current_date, true)
          AND ({ids}::bigint[] IS NULL OR u.rack_id = ANY({ids}::bigint[]))
        """,
        ids=_ids(ids),
        lapsed=LAPSED,
    )


def weights(ids: Sequence[int] | None) -> Columns:
    """kg of what stands in racks, modules with their devices; by rack, tenant and whether it is
    planned; `unknown` counts what has no weight recorded."""
    return columns(
        """
        SELECT rack AS "rack:i", tenant AS "tenant:i", planned AS "planned:i",
            (sum(grams) / 1000.0)::float8 AS "kg:f", sum(unknown)::bigint AS "unknown:i"
        FROM (
            SELECT d.rack_id AS rack, coalesce(d.tenant_id, 0) AS tenant,
                (d.status = ANY({coming}))::int::bigint AS planned,
                coalesce(t.weight_grams, 0) AS grams, (t.weight_grams IS NULL)::int AS unknown
            FROM dcim_device d JOIN dcim_devicetype t ON t.id = d.device_type_id
            WHERE d.rack_id IS NOT NULL
              AND ({ids}::bigint[] IS NULL OR d.rack_id = ANY({ids}::bigint[]))
            UNION ALL
            SELECT d.rack_id, coalesce(d.tenant_id, 0), (d.status = ANY({coming}))::int::bigint,
                coalesce(t.weight_grams, 0), (t.weight_grams IS NULL)::int
            FROM dcim_module m JOIN dcim_device d ON d.id = m.device_id
            JOIN dcim_moduletype t ON t.id = m.module_type_id
            WHERE d.rack_id IS NOT NULL
              AND ({ids}::bigint[] IS NULL OR d.rack_id = ANY({ids}::bigint[]))) AS parts
        GROUP BY rack, tenant, planned
        """,
        ids=_ids(ids),
        coming=list(COMING),
    )


def kept_weights(ids: Sequence[int] | None) -> Columns:
    """kg that reservations keep, by rack and tenant."""
    return columns(
        """
        SELECT v.rack_id AS "rack:i", coalesce(v.tenant_id, 0) AS "tenant:i",
            sum(t.weight_kg)::float8 AS "kg:f"
        FROM capacity_reservationterms t JOIN racks_rackreservation v ON v.id = t.reservation_id
        WHERE t.weight_kg IS NOT NULL AND v.status <> {lapsed}
          AND coalesce(t.ends >= current_date, true)
          AND ({ids}::bigint[] IS NULL OR v.rack_id = ANY({ids}::bigint[]))
        GROUP BY v.rack_id, v.tenant_id
        """,
        ids=_ids(ids),
        lapsed=LAPSED,
    )


def switch_ports(ids: Sequence[int] | None) -> Columns:
    """Network ports of switches and routers by rack, tenant and speed (place in `speeds`).

    A device gives ports to others when it has at least `CAPACITY_SWITCH_PORTS` of them beside
    those for management.
    """
    _, coded = speeds()
    values = ", ".join(f"('{value}', {code})" for value, code in coded)
    return columns(
        f"""
        SELECT rack AS "rack:i", tenant AS "tenant:i", code AS "code:i", count AS "count:i",
            used AS "used:i", planned AS "planned:i"
        FROM (
            SELECT d.rack_id AS rack, coalesce(d.tenant_id, 0) AS tenant, p.code::bigint AS code,
                sum(p.count)::bigint AS count, sum(p.used)::bigint AS used,
                sum(p.planned)::bigint AS planned
            FROM (
                SELECT i.device_id, m.code, count(*) AS count,
                    sum(count(*)) OVER (PARTITION BY i.device_id) AS of_device,
                    count(*) FILTER (WHERE {_CONNECTED}) AS used,
                    count(*) FILTER (WHERE {_COMING}) AS planned
                FROM dcim_interface i JOIN (VALUES {values}) AS m(type, code) ON m.type = i.type
                {_CABLE.format(port="i")}
                WHERE NOT i.mgmt_only AND i.enabled
                  AND ({{ids}}::bigint[] IS NULL OR i.device_id IN (
                      SELECT id FROM dcim_device WHERE rack_id = ANY({{ids}}::bigint[])))
                GROUP BY i.device_id, m.code) AS p
            JOIN dcim_device d ON d.id = p.device_id
            WHERE p.of_device >= {{least}} AND d.rack_id IS NOT NULL AND d.status <> ALL({{coming}})
            GROUP BY d.rack_id, d.tenant_id, p.code) AS found
        """,  # noqa: S608
        ids=_ids(ids),
        least=settings.CAPACITY_SWITCH_PORTS,
        coming=list(COMING),
        kind=_kind(Interface),
    )


def patch_ports(ids: Sequence[int] | None) -> Columns:
    """Front ports of patch panels by rack and tenant."""
    return columns(
        f"""
        SELECT d.rack_id AS "rack:i", coalesce(d.tenant_id, 0) AS "tenant:i",
            count(*) AS "count:i", count(*) FILTER (WHERE {_CONNECTED}) AS "used:i",
            count(*) FILTER (WHERE {_COMING}) AS "planned:i"
        FROM dcim_frontport i JOIN dcim_device d ON d.id = i.device_id
        {_CABLE.format(port="i")}
        WHERE d.rack_id IS NOT NULL AND d.status <> ALL({{coming}})
          AND ({{ids}}::bigint[] IS NULL OR d.rack_id = ANY({{ids}}::bigint[]))
        GROUP BY d.rack_id, d.tenant_id
        """,  # noqa: S608
        ids=_ids(ids),
        coming=list(COMING),
        kind=_kind(FrontPort),
    )


def outlets(ids: Sequence[int] | None) -> list[tuple[int, int, str, int, int, int]]:
    """Outlets by rack, tenant and connector: how many, connected, and with a planned cable."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT d.rack_id, coalesce(d.tenant_id, 0), coalesce(i.type, ''), count(*),
                count(*) FILTER (WHERE {_CONNECTED}), count(*) FILTER (WHERE {_COMING})
            FROM dcim_poweroutlet i JOIN dcim_device d ON d.id = i.device_id
            {_CABLE.format(port="i").replace("{kind}", "%(kind)s")}
            WHERE d.rack_id IS NOT NULL AND d.status <> ALL(%(coming)s) AND i.status = 'enabled'
              AND (%(ids)s::bigint[] IS NULL OR d.rack_id = ANY(%(ids)s::bigint[]))
            GROUP BY d.rack_id, d.tenant_id, i.type ORDER BY d.rack_id, d.tenant_id, i.type
            """,  # noqa: S608
            {"ids": _ids(ids), "coming": list(COMING), "kind": _kind(PowerOutlet)},
        )
        return list(cursor.fetchall())


def point_limits(ids: Sequence[int] | None) -> dict[int, float]:
    """kg one foot of a rack may put on the floor, by rack: the nearest location's, else the
    site's."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.id, coalesce((
                SELECT p.point_load_kg FROM capacity_placelimit p
                JOIN facilities_location a ON a.id = p.location_id
                JOIN facilities_location l ON l.id = r.location_id AND a.id = ANY(l.path)
                WHERE p.point_load_kg IS NOT NULL ORDER BY cardinality(a.path) DESC LIMIT 1),
                (SELECT p.point_load_kg FROM capacity_placelimit p WHERE p.site_id = r.site_id)
            )::float8 AS kg
            FROM racks_rack r
            WHERE EXISTS (SELECT FROM capacity_placelimit WHERE point_load_kg IS NOT NULL)
              AND (%(ids)s::bigint[] IS NULL OR r.id = ANY(%(ids)s::bigint[]))
            """,
            {"ids": _ids(ids)},
        )
        return {pk: kg for pk, kg in cursor.fetchall() if kg is not None}


def _ids(ids: Sequence[int] | None) -> list[int] | None:
    return None if ids is None else [int(pk) for pk in ids]


def _kind(model: Any) -> int:
    return int(ContentType.objects.get_for_model(model).pk)
