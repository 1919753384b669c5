"""What the power and cooling of one site are reckoned from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from capacity.queries import COMING, GIVEN_UP, LAPSED
from power.queries import Columns, columns


def devices(sites: Sequence[int] | None) -> Columns:
    """Devices: where they stand, whose they are, whether planned, how much of the heat is liquid's,
    and what was measured."""
    return columns(
        """
        SELECT d.id AS "id:i", d.site_id AS "site:i", coalesce(d.location_id, 0) AS "location:i",
            coalesce(d.rack_id, 0) AS "rack:i", coalesce(d.tenant_id, 0) AS "tenant:i",
            (d.status = ANY({coming}))::int::bigint AS "planned:i",
            coalesce(c.liquid_percent, 0) / 100.0::float8 AS "liquid:f",
            coalesce(p.measured_watts::float8, 'NaN') AS "measured:f"
        FROM dcim_device d LEFT JOIN capacity_devicetypecooling c
            ON c.device_type_id = d.device_type_id
        LEFT JOIN power_devicepowerprofile p ON p.device_id = d.id
        WHERE ({sites}::bigint[] IS NULL OR d.site_id = ANY({sites}::bigint[])) ORDER BY d.id
        """,
        sites=None if sites is None else list(sites),
        coming=list(COMING),
    )


def racks(site: int) -> Columns:
    """Racks with their limits and what reservations keep, W."""
    return columns(
        """
        SELECT r.id AS "id:i", coalesce(r.location_id, 0) AS "location:i",
            coalesce(r.tenant_id, 0) AS "tenant:i",
            (r.status = {given_up})::int::bigint AS "gone:i",
            coalesce(l.power_w::float8, 'NaN') AS "power:f",
            coalesce(l.air_cooling_w::float8, 'NaN') AS "air:f",
            coalesce(l.liquid_cooling_w::float8, 'NaN') AS "liquid:f",
            coalesce(l.cooling_loop_id, 0) AS "loop:i",
            coalesce(k.power, 0)::float8 AS "kept:f", coalesce(k.liquid, 0)::float8 AS "wet:f"
        FROM racks_rack r LEFT JOIN capacity_racklimit l ON l.rack_id = r.id
        LEFT JOIN (
            SELECT v.rack_id, sum(t.power_w) AS power,
                sum(t.power_w * t.liquid_percent / 100.0) AS liquid
            FROM capacity_reservationterms t JOIN racks_rackreservation v ON v.id = t.reservation_id
            WHERE v.status <> {lapsed} AND coalesce(t.ends >= current_date, true)
            GROUP BY v.rack_id) AS k ON k.rack_id = r.id
        WHERE r.site_id = {site} ORDER BY r.id
        """,
        site=int(site),
        given_up=GIVEN_UP,
        lapsed=LAPSED,
    )


def feeds(site: int) -> Columns:
    """Feeds: whether each is of the redundant side, and whether it carries power."""
    return columns(
        """
        SELECT f.id AS "id:i", (f.type = 'redundant')::int::bigint AS "redundant:i"
        FROM power_powerfeed f JOIN power_powerpanel p ON p.id = f.power_panel_id
        WHERE p.site_id = {site} ORDER BY f.id
        """,
        site=int(site),
    )


def branches(site: int) -> dict[int, list[int]]:
    """The locations of a site, each with itself and those above it."""
    found = _rows("SELECT id, path FROM facilities_location WHERE site_id = %s", site)
    return {pk: list(path) for pk, path in found}


def cooling(site: int) -> dict[tuple[str, int], tuple[float | None, float | None]]:
    """Air and liquid cooling of places with limits of their own, W."""
    found = _rows(
        "SELECT p.site_id, p.location_id, p.air_cooling_kw * 1000, p.liquid_cooling_kw * 1000"
        " FROM capacity_placelimit p LEFT JOIN facilities_location l ON l.id = p.location_id"
        " WHERE coalesce(p.site_id, l.site_id) = %s",
        site,
    )
    return {
        ("location", location) if location else ("site", own): (_number(air), _number(liquid))
        for own, location, air, liquid in found
    }


def contracts(site: int) -> dict[tuple[str, int], float]:
    """What the leases in force today let a site and its locations draw, W."""
    found = _rows(
        "SELECT e.site_id, e.location_id, sum(e.contracted_kw) * 1000 FROM facilities_lease e"
        " LEFT JOIN facilities_location l ON l.id = e.location_id"
        " WHERE coalesce(e.site_id, l.site_id) = %s AND e.contracted_kw IS NOT NULL"
        " AND coalesce(e.starts <= current_date, true) AND coalesce(e.ends >= current_date, true)"
        " GROUP BY e.site_id, e.location_id",
        site,
    )
    return {
        ("location", location) if location else ("site", own): float(watts)
        for own, location, watts in found
    }


def loops(site: int) -> dict[int, float]:
    """What cooling loops carry away, W, where it is known."""
    found = _rows(
        "SELECT id, capacity_kw * 1000 FROM capacity_coolingloop"
        " WHERE site_id = %s AND capacity_kw IS NOT NULL",
        site,
    )
    return {pk: float(watts) for pk, watts in found}


def groups(site: int) -> dict[int, str]:
    """Redundancy groups with their schemes."""
    return dict(_rows("SELECT id, scheme FROM power_redundancygroup WHERE site_id = %s", site))


def _rows(statement: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
