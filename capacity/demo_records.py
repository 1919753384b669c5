"""What the demo estate gets of limits, plans and a past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone

from capacity import forecasting, refresh
from capacity.models import (
    CoolingLoop,
    DeviceDates,
    DeviceTypeCooling,
    PlaceLimit,
    RackLimit,
    ReservationTerms,
    Threshold,
)
from core.rows import insert_rows
from dcim.models import Device, DeviceType
from facilities.models import Lease, Location, Site, Tenant
from racks.models import Rack, RackReservation

# area m², floor kg/m², kg under a foot, air and liquid kW
HALLS: dict[str, tuple[int, int, int, int, int | None]] = {
    "h1": (140, 1200, 450, 900, None),
    "h2": (70, 1500, 600, 420, 900),
    "cg1": (55, 980, 400, 110, None),
}
# How much of the heat of these goes into liquid, percent.
LIQUID = {"Rack-scale GPU System 132 kW": 85, "SYS-821GE-TNHR": 70}
DENSE_AIR_W, DENSE_LIQUID_W, USUAL_AIR_W = 40_000, 120_000, 15_000
ROW_AIR_W = {"h1-r03": 55_000}  # behind doors with coolers of their own
PAST_DAYS = 240
RACKS_WITH_PAST = 200  # beyond that only places have one


def add(codes: Sequence[str]) -> None:
    """Add records to the sites of these names, reckon everything, and give it a past."""
    sites = list(Site.objects.filter(name__in=codes).order_by("pk"))
    today = timezone.localdate()
    for model, percent in LIQUID.items():
        for kind in DeviceType.objects.filter(model=model):
            DeviceTypeCooling.objects.get_or_create(
                device_type=kind, defaults={"liquid_percent": percent}
            )
    for site in sites:
        _limits(site)
        _lease(site, today)
    _plans(sites, today)
    if not Threshold.objects.exists():
        # Liquid cooling gives less warning: a loop that trips takes its racks down in minutes.
        Threshold.objects.create(resource="liquid-cooling", warn_percent=70, critical_percent=85)
    refresh.ensure()
    refresh.recompute()
    _past(today)
    forecasting.keep()


def _limits(site: Site) -> None:
    for location in Location.objects.filter(site=site, slug__in=HALLS).order_by("pk"):
        area, floor, foot, air, liquid = HALLS[location.slug]
        PlaceLimit.objects.create(
            location=location,
            area_m2=area,
            floor_load_kg_m2=floor,
            point_load_kg=foot,
            air_cooling_kw=air,
            liquid_cooling_kw=liquid,
        )
    dense = Rack.objects.filter(site=site, location__parent__slug="h2").order_by("pk")
    limits: list[Any] = []
    if dense.exists():
        loops = [
            CoolingLoop.objects.create(
                site=site,
                name=f"{site.name} CDU {name}",
                capacity_kw=450,
                supply_temperature=Decimal(32),
            )
            for name in "AB"
        ]
        limits += [
            RackLimit(
                rack=rack,
                air_cooling_w=DENSE_AIR_W,
                liquid_cooling_w=DENSE_LIQUID_W,
                cooling_loop=loops[place % 2],
            )
            for place, rack in enumerate(dense)
        ]
    usual = Rack.objects.filter(site=site).exclude(pk__in=dense.values("pk")).order_by("pk")
    limits += [
        RackLimit(rack_id=pk, air_cooling_w=ROW_AIR_W.get(row, USUAL_AIR_W))
        for pk, row in usual.values_list("pk", "location__slug")
    ]
    insert_rows(limits)


def _lease(site: Site, today: dt.date) -> None:
    cage = Location.objects.filter(site=site, slug="cg1").first()
    if cage is None:
        return
    Lease.objects.create(
        name=f"{site.name} cage",
        location=cage,
        landlord=site.facility,
        starts=today - dt.timedelta(days=900),
        ends=today + dt.timedelta(days=150),
        notice_days=180,
        contracted_kw=90,
    )


def _plans(sites: Sequence[Site], today: dt.date) -> None:
    coming = Device.objects.filter(site__in=sites, status__in=("planned", "staged")).order_by("pk")
    # Deliveries come in three batches.
    dates: list[Any] = [
        DeviceDates(device=device, install_date=today + dt.timedelta(days=(21, 60, 130)[n % 3]))
        for n, device in enumerate(coming)
    ]
    insert_rows(dates)
    kept = RackReservation.objects.filter(rack__site__in=sites).order_by("pk")
    terms: list[Any] = [
        ReservationTerms(
            reservation=reservation,
            power_w=1200,
            weight_kg=60,
            starts=today + dt.timedelta(days=10 + 15 * (n % 8)),
            ends=today + dt.timedelta(days=20 if n == 0 else 180),
        )
        for n, reservation in enumerate(kept)
    ]
    insert_rows(terms)


def _past(today: dt.date) -> None:
    """Daily figures that grew to those of now, with a delivery now and then."""
    places = [Site, Location, Tenant]
    if Rack.objects.count() <= RACKS_WITH_PAST:
        places.append(Rack)
    kinds = [ContentType.objects.get_for_model(model).pk for model in places]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO capacity_utilizationsnapshot
                (utilization_id, day, capacity, used, committed, worst_percent)
            SELECT u.id, %(today)s::date - back, u.capacity, u.used * part,
                (u.used + coalesce(u.reserved, 0) + coalesce(u.planned, 0)) * part,
                u.worst_percent * part
            FROM capacity_utilization u, generate_series(0, %(days)s) AS back,
                LATERAL (SELECT 1 - back * (0.0006 + (u.object_id * 7 %% 10) * 0.00008)
                    - (back / 45) * 0.012 + 0.004 * sin(back * 0.9 + u.id)
                    * (back > 0)::int AS part) AS grown
            WHERE u.object_type_id = ANY(%(kinds)s) AND u.used IS NOT NULL
                AND u.variant = ''
            ON CONFLICT DO NOTHING
            """,
            {"today": today, "days": PAST_DAYS, "kinds": kinds},
        )
