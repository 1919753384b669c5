"""The power chain as columns: one statement a table, sent in binary form and read as arrays.

The server puts the values of all rows one after the other into one binary value, which NumPy sees
as a table: there is no Python object a row. Unknown figures are NaN, missing references 0 (no row
has that id).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from psycopg import sql

from dcim.models import PowerOutlet, PowerPort
from power.choices import EquipmentKind, EquipmentStatus, FeedStatus, LinkStatus
from power.engine.rows import NodeKind
from power.models import PowerFeed

Columns = dict[str, Any]

_NAMED = re.compile(r'"(\w+):([if])"')
_SENT = {"i": "int8send", "f": "float8send"}
_TYPES = {"i": ">i8", "f": ">f8"}
KINDS = {
    EquipmentKind.UTILITY: NodeKind.UTILITY,
    EquipmentKind.GENERATOR: NodeKind.GENERATOR,
    EquipmentKind.SOLAR: NodeKind.SOLAR,
    EquipmentKind.BATTERY: NodeKind.BATTERY,
    EquipmentKind.SWITCHGEAR: NodeKind.SWITCHGEAR,
    EquipmentKind.TRANSFORMER: NodeKind.TRANSFORMER,
    EquipmentKind.ATS: NodeKind.ATS,
    EquipmentKind.STS: NodeKind.STS,
    EquipmentKind.UPS: NodeKind.UPS,
    EquipmentKind.FLOOR_PDU: NodeKind.FLOOR_PDU,
    EquipmentKind.RPP: NodeKind.RPP,
    EquipmentKind.BUSWAY: NodeKind.BUSWAY,
    EquipmentKind.OTHER: NodeKind.OTHER,
}
# What is not there yet has no place in the reckoning; what is there and not active is dead.
_COMING = (EquipmentStatus.PLANNED.value, EquipmentStatus.STAGED.value)
# By default devices of these are left out: they draw nothing, since they are not there.
ABSENT_DEVICES = ("planned", "inventory")


def _case(column: str, codes: dict[Any, NodeKind]) -> str:
    whens = " ".join(f"WHEN '{value}' THEN {int(code)}" for value, code in codes.items())
    return f"CASE {column} {whens} ELSE {int(NodeKind.OTHER)} END"


def _phases(column: str) -> str:
    return f"CASE {column} WHEN 'three-phase' THEN 3 WHEN 'single-phase' THEN 1 ELSE 0 END"


def columns(statement: str, **values: Any) -> Columns:
    """The columns of a SELECT by name, as arrays of int64 and float64.

    The statement calls its columns `"name:i"` (bigint) or `"name:f"` (float8). Raises ValueError
    when one of them holds a null.
    """
    connection.ensure_connection()
    query = sql.SQL(statement).format(**{k: sql.Literal(v) for k, v in values.items()})
    names = _NAMED.findall(statement)
    sent = sql.SQL(" || ").join(
        sql.SQL("{}(t.{})").format(sql.SQL(_SENT[kind]), sql.Identifier(f"{name}:{kind}"))
        for name, kind in names
    )
    whole = sql.SQL(
        "SELECT coalesce(string_agg({}, ''::bytea), ''::bytea), count(*) FROM ({}) AS t"
    ).format(sent, query)
    with connection.cursor() as cursor:
        cursor.execute(whole.as_string(connection.connection))
        raw, count = cursor.fetchone()
    layout = np.dtype([(name, _TYPES[kind]) for name, kind in names])
    rows = np.frombuffer(raw, dtype=layout)
    if len(rows) != count:
        raise ValueError("a column that is read as an array holds a null")
    return {name: rows[name].astype(rows[name].dtype.newbyteorder("=")) for name, _ in names}


def equipment(sites: Sequence[int]) -> Columns:
    """Equipment that is there: kind, ratings, voltages, storage, group."""
    return columns(
        f"""
        SELECT e.id AS "id:i", e.site_id AS "site:i", coalesce(e.location_id, 0) AS "location:i",
            ({_case("e.kind", KINDS)})::bigint AS "kind:i",
            (e.status <> {{active}})::int::bigint AS "dead:i",
            coalesce((e.rated_kva * 10 * e.derating)::float8, 'NaN') AS "usable_va:f",
            coalesce((e.rated_kw * 10 * e.derating)::float8, 'NaN') AS "usable_w:f",
            coalesce((e.rated_kva * 1000)::float8, 'NaN') AS "rated_va:f",
            coalesce((e.rated_kw * 1000)::float8, (e.rated_kva * 1000)::float8, 'NaN')
                AS "rated_w:f",
            coalesce((e.efficiency / 100)::float8, 'NaN') AS "efficiency:f",
            (e.efficiency_curve IS NOT NULL)::int::bigint AS "curved:i",
            coalesce(e.power_factor::float8, 'NaN') AS "power_factor:f",
            coalesce(e.input_voltage::float8, 'NaN') AS "input_volts:f",
            coalesce(e.output_voltage::float8, e.input_voltage::float8, 'NaN') AS "volts:f",
            ({_phases("coalesce(e.output_phase, e.input_phase)")})::bigint AS "phases:i",
            (e.supply = 'dc')::int::bigint AS "dc:i",
            coalesce((e.usable_kwh * 1000)::float8, 'NaN') AS "energy_wh:f",
            coalesce((e.max_discharge_kw * 1000)::float8, 'NaN') AS "discharge_w:f",
            coalesce(e.start_delay, 0)::float8 AS "start_delay:f",
            coalesce(e.redundancy_group_id, 0) AS "group:i"
        FROM power_powerequipment e
        WHERE e.site_id = ANY({{sites}}::bigint[]) AND e.status <> ALL({{coming}}) ORDER BY e.id
        """,  # noqa: S608
        sites=list(sites),
        active=EquipmentStatus.ACTIVE.value,
        coming=list(_COMING),
    )


def curves(ids: Sequence[int]) -> dict[int, list[list[float]]]:
    """Efficiency curves by equipment."""
    from power.models import PowerEquipment

    rows = PowerEquipment.objects.filter(pk__in=ids).order_by()
    return {pk: curve or [] for pk, curve in rows.values_list("pk", "efficiency_curve")}


def links(sites: Sequence[int]) -> Columns:
    """Links that are there: ends, breaker, preference."""
    return columns(
        """
        SELECT l.id AS "id:i", l.upstream_id AS "up:i",
            coalesce(l.downstream_equipment_id, 0) AS "equipment:i",
            coalesce(l.downstream_panel_id, 0) AS "panel:i",
            (l.status <> {active})::int::bigint AS "dead:i",
            coalesce(l.breaker_amperage::float8, 'NaN') AS "amperes:f",
            coalesce(l.poles, 0)::bigint AS "poles:i",
            coalesce(l.voltage::float8, 'NaN') AS "volts:f",
            coalesce(l.max_utilization, p.breaker_utilization, 80)::float8 AS "percent:f",
            l.preference::bigint AS "preference:i", l.normally_open::int::bigint AS "open:i"
        FROM power_powerlink l JOIN power_powerequipment u ON u.id = l.upstream_id
        LEFT JOIN power_sitepowerpolicy p ON p.site_id = u.site_id
        WHERE u.site_id = ANY({sites}::bigint[]) AND l.status <> {planned} ORDER BY l.id
        """,
        sites=list(sites),
        active=LinkStatus.ACTIVE.value,
        planned=LinkStatus.PLANNED.value,
    )


def panels(sites: Sequence[int]) -> Columns:
    """Panels."""
    return columns(
        """
        SELECT p.id AS "id:i", p.site_id AS "site:i", coalesce(p.location_id, 0) AS "location:i"
        FROM power_powerpanel p WHERE p.site_id = ANY({sites}::bigint[]) ORDER BY p.id
        """,
        sites=list(sites),
    )


def feeds(sites: Sequence[int]) -> Columns:
    """Feeds that are there: what each may carry, in VA."""
    return columns(
        f"""
        SELECT f.id AS "id:i", f.power_panel_id AS "panel:i", coalesce(f.rack_id, 0) AS "rack:i",
            coalesce(r.location_id, p.location_id, 0) AS "location:i", p.site_id AS "site:i",
            (f.status <> {{active}})::int::bigint AS "dead:i",
            f.available_power::float8 AS "usable_va:f", f.amperage::float8 AS "amperes:f",
            abs(f.voltage)::float8 AS "volts:f", ({_phases("f.phase")})::bigint AS "phases:i",
            (f.supply = 'dc')::int::bigint AS "dc:i"
        FROM power_powerfeed f JOIN power_powerpanel p ON p.id = f.power_panel_id
        LEFT JOIN racks_rack r ON r.id = f.rack_id
        WHERE p.site_id = ANY({{sites}}::bigint[]) AND f.status <> {{planned}} ORDER BY f.id
        """,  # noqa: S608
        sites=list(sites),
        active=FeedStatus.ACTIVE.value,
        planned=FeedStatus.PLANNED.value,
    )


def ports(sites: Sequence[int], absent: Sequence[str] = ABSENT_DEVICES) -> Columns:
    """Power ports of devices that are there, with what each draws."""
    return columns(
        """
        SELECT p.id AS "id:i", p.device_id AS "device:i", d.site_id AS "site:i",
            coalesce(d.location_id, 0) AS "location:i",
            coalesce(p.allocated_draw::float8, 'NaN') AS "allocated:f",
            coalesce(p.maximum_draw::float8, 'NaN') AS "maximum:f"
        FROM dcim_powerport p JOIN dcim_device d ON d.id = p.device_id
        WHERE d.site_id = ANY({sites}::bigint[]) AND d.status <> ALL({absent}) ORDER BY p.id
        """,
        sites=list(sites),
        absent=list(absent),
    )


def names_of_ports(ids: Sequence[int]) -> dict[int, str]:
    """Names of ports as they sort."""
    rows = PowerPort.objects.filter(pk__in=ids).order_by()
    return dict(rows.values_list("pk", "name_natural"))


def outlets(sites: Sequence[int], absent: Sequence[str] = ABSENT_DEVICES) -> Columns:
    """Outlets with the port, bank and leg they draw from."""
    return columns(
        """
        SELECT o.id AS "id:i", o.device_id AS "device:i", d.site_id AS "site:i",
            coalesce(d.location_id, 0) AS "location:i", coalesce(o.power_port_id, 0) AS "port:i",
            coalesce(b.bank_id, 0) AS "bank:i", (o.status <> 'enabled')::int::bigint AS "dead:i",
            (CASE o.feed_leg WHEN 'A' THEN 0 WHEN 'B' THEN 1 WHEN 'C' THEN 2 ELSE -1 END)::bigint
                AS "leg:i"
        FROM dcim_poweroutlet o JOIN dcim_device d ON d.id = o.device_id
        LEFT JOIN power_bankedoutlet b ON b.outlet_id = o.id
        WHERE d.site_id = ANY({sites}::bigint[]) AND d.status <> ALL({absent}) ORDER BY o.id
        """,
        sites=list(sites),
        absent=list(absent),
    )


def banks(sites: Sequence[int], absent: Sequence[str] = ABSENT_DEVICES) -> Columns:
    """Outlet banks with their breakers."""
    return columns(
        """
        SELECT b.id AS "id:i", b.device_id AS "device:i", d.site_id AS "site:i",
            coalesce(d.location_id, 0) AS "location:i", coalesce(b.power_port_id, 0) AS "port:i",
            coalesce(b.breaker_amperage::float8, 'NaN') AS "amperes:f",
            coalesce(b.poles, 0)::bigint AS "poles:i",
            coalesce(b.voltage::float8, 'NaN') AS "volts:f",
            coalesce(b.max_utilization, p.breaker_utilization, 80)::float8 AS "percent:f"
        FROM power_outletbank b JOIN dcim_device d ON d.id = b.device_id
        LEFT JOIN power_sitepowerpolicy p ON p.site_id = d.site_id
        WHERE d.site_id = ANY({sites}::bigint[]) AND d.status <> ALL({absent}) ORDER BY b.id
        """,
        sites=list(sites),
        absent=list(absent),
    )


def devices(sites: Sequence[int], absent: Sequence[str] = ABSENT_DEVICES) -> Columns:
    """Devices that have power ports: where they are and how they draw, by profile and policy."""
    return columns(
        """
        SELECT d.id AS "id:i", d.site_id AS "site:i", coalesce(d.location_id, 0) AS "location:i",
            coalesce(d.rack_id, 0) AS "rack:i", coalesce(d.tenant_id, 0) AS "tenant:i",
            d.role_id AS "role:i",
            coalesce(v.supplies_required, t.supplies_required, 0)::bigint AS "required:i",
            coalesce(v.supply_watts::float8, t.supply_watts::float8, 'NaN') AS "rating:f",
            coalesce(coalesce(v.budget_percent, t.budget_percent, p.budget_percent)::float8, 'NaN')
                / 100 AS "budget:f",
            coalesce(v.measured_watts::float8, 'NaN') AS "measured:f",
            coalesce(p.power_factor, 1)::float8 AS "power_factor:f"
        FROM dcim_device d
        LEFT JOIN power_devicepowerprofile v ON v.device_id = d.id
        LEFT JOIN power_devicetypepowerprofile t ON t.device_type_id = d.device_type_id
        LEFT JOIN power_sitepowerpolicy p ON p.site_id = d.site_id
        WHERE d.site_id = ANY({sites}::bigint[]) AND d.status <> ALL({absent})
          AND EXISTS (SELECT FROM dcim_powerport o WHERE o.device_id = d.id)
        ORDER BY d.id
        """,
        sites=list(sites),
        absent=list(absent),
    )


def cables(sites: Sequence[int]) -> Columns:
    """What is cabled to feeds and outlets: `near` gives power to the port `far`.

    Power is not patched: the database refuses a power cable that ends at a panel's port.
    """
    types = ContentType.objects.get_for_models(PowerFeed, PowerOutlet, PowerPort)
    feed, outlet, port = (types[model].pk for model in (PowerFeed, PowerOutlet, PowerPort))
    return columns(
        """
        SELECT (n.termination_type_id = {feed})::int::bigint AS "from_feed:i",
            n.termination_id AS "near:i", f.termination_id AS "far:i"
        FROM dcim_cabletermination n JOIN dcim_cable c ON c.id = n.cable_id
        JOIN dcim_cabletermination f ON f.cable_id = n.cable_id AND f.cable_end <> n.cable_end
        WHERE c.status = 'connected' AND f.termination_type_id = {port} AND (
            (n.termination_type_id = {feed} AND n.termination_id IN (
                SELECT w.id FROM power_powerfeed w JOIN power_powerpanel p
                    ON p.id = w.power_panel_id WHERE p.site_id = ANY({sites}::bigint[])))
            OR (n.termination_type_id = {outlet} AND n.termination_id IN (
                SELECT o.id FROM dcim_poweroutlet o JOIN dcim_device d ON d.id = o.device_id
                    WHERE d.site_id = ANY({sites}::bigint[]))))
        ORDER BY n.termination_type_id, n.termination_id, f.termination_id
        """,
        sites=list(sites),
        feed=feed,
        outlet=outlet,
        port=port,
    )
