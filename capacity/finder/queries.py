"""What stands in the racks that may be used, and which outlets are free."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from capacity.queries import LAPSED
from dcim.models import PowerOutlet
from power.queries import Columns, columns


def racks(ids: Sequence[int]) -> Columns:
    """Racks in the order of `ids`."""
    return columns(
        """
        SELECT r.id AS "id:i", r.site_id AS "site:i", coalesce(r.location_id, 0) AS "location:i",
            r.starting_unit::bigint AS "first:i", r.u_height::bigint AS "units:i",
            r.desc_units::int::bigint AS "descending:i"
        FROM racks_rack r JOIN unnest({ids}::bigint[]) WITH ORDINALITY AS w(id, place)
            ON w.id = r.id ORDER BY w.place
        """,
        ids=list(ids),
    )


def mounted(ids: Sequence[int], day: dt.date | None) -> Columns:
    """Half units that devices take on either face, from unit 0; not those gone by the day."""
    return columns(
        """
        SELECT d.rack_id AS "rack:i", (d.position * 2)::bigint AS "low:i",
            d.height_half_u::bigint AS "size:i",
            (d.is_full_depth OR d.face = 'front')::int::bigint AS "front:i",
            (d.is_full_depth OR d.face = 'rear')::int::bigint AS "rear:i"
        FROM dcim_device d LEFT JOIN capacity_devicedates t ON t.device_id = d.id
        WHERE d.rack_id = ANY({ids}::bigint[]) AND d.position IS NOT NULL AND d.height_half_u > 0
          AND coalesce(t.removal_date > {day}::date, true)
        """,
        ids=list(ids),
        day=day,
    )


def reserved(ids: Sequence[int], day: dt.date | None, tenant: int | None) -> Columns:
    """Half units that are kept for others on the day, from unit 0."""
    return columns(
        """
        SELECT u.rack_id AS "rack:i", (u.unit * 2)::bigint AS "low:i"
        FROM racks_reservedunit u JOIN racks_rackreservation v ON v.id = u.reservation_id
        LEFT JOIN capacity_reservationterms t ON t.reservation_id = v.id
        WHERE u.rack_id = ANY({ids}::bigint[]) AND v.status <> {lapsed}
          AND coalesce(t.ends >= coalesce({day}::date, current_date), true)
          AND (v.tenant_id IS DISTINCT FROM {tenant}::bigint OR {tenant}::bigint IS NULL)
        """,
        ids=list(ids),
        day=day,
        tenant=tenant,
        lapsed=LAPSED,
    )


def free_outlets(ids: Sequence[int]) -> list[tuple[int, int, str]]:
    """Enabled outlets without a cable in some racks: id, rack, connector."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT o.id, d.rack_id, coalesce(o.type, '')
            FROM dcim_poweroutlet o JOIN dcim_device d ON d.id = o.device_id
            WHERE d.rack_id = ANY(%s) AND o.status = 'enabled' AND NOT o.mark_connected
              AND d.status <> ALL(%s) AND NOT EXISTS (
                  SELECT FROM dcim_cabletermination n
                  WHERE n.termination_type_id = %s AND n.termination_id = o.id)
            ORDER BY d.rack_id, d.name_natural, o.name_natural, o.id
            """,
            [
                list(ids),
                ["planned", "inventory"],
                ContentType.objects.get_for_model(PowerOutlet).pk,
            ],
        )
        return list(cursor.fetchall())
