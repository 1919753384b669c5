"""How full places are, on halls small enough to check by hand."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from capacity import refresh
from tests.capacity.factories import (
    CoolingLoopFactory,
    DeviceTypeCoolingFactory,
    PlaceLimitFactory,
    RackLimitFactory,
    ReservationTermsFactory,
)
from tests.core.factories import UserFactory
from tests.dcim.factories import (
    DeviceFactory,
    DeviceTypeFactory,
    FrontPortFactory,
    InterfaceFactory,
    PowerPortFactory,
    connect,
)
from tests.facilities.factories import (
    LeaseFactory,
    LocationFactory,
    SiteFactory,
    TenantFactory,
)
from tests.power.factories import RedundancyGroupFactory
from tests.power.hall import two_n
from tests.racks.factories import RackFactory, RackReservationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    made = APIClient()
    made.force_authenticate(UserFactory(is_superuser=True))
    return made


def figures(client: APIClient, place: Any, resource: str, variant: str = "") -> dict[str, Any]:
    """One row of utilization, by place and resource."""
    model = place._meta.model_name.replace("redundancygroup", "redundancygroup")
    kinds = {"rack": "dcim.rack", "location": "dcim.location", "site": "dcim.site"}
    kinds |= {"tenant": "tenancy.tenant", "redundancygroup": "power.redundancygroup"}
    query = {"object_type": kinds[model], "object_id": place.pk, "resource": resource}
    page = client.get("/api/capacity/utilization/", query)
    assert page.status_code == 200, page.content
    rows = [row for row in page.json()["results"] if row["variant"] == variant]
    assert len(rows) == 1, page.json()
    return dict(rows[0])


def some(row: dict[str, Any], **expected: Any) -> None:
    assert {name: row[name] for name in expected} == expected


def test_space_counts_units_of_either_face(client: APIClient) -> None:
    rack = RackFactory(u_height=10, location=LocationFactory())
    two = DeviceTypeFactory(u_height=2, is_full_depth=False)
    DeviceFactory(rack=rack, device_type=two, position=1, face="front")
    DeviceFactory(rack=rack, device_type=two, position=2, face="rear")
    DeviceFactory(rack=rack, device_type=two, position=6, face="front", status="planned")
    RackReservationFactory(rack=rack, units=[7, 8])
    blank = DeviceTypeFactory(u_height=1, exclude_from_utilization=True)
    DeviceFactory(rack=rack, device_type=blank, position=10, face="front")
    refresh.recompute()
    # U1-3 used, U6-7 planned (one of them reserved as well), U8 reserved, U10 a blanking panel.
    some(
        figures(client, rack, "space"),
        capacity=10.0,
        used=3.0,
        planned=2.0,
        reserved=1.0,
        free=3.0,
        longest_run=2.0,
        percent=30.0,
        committed_percent=60.0,
        unit="U",
    )
    for place in (rack.location, rack.site):
        some(figures(client, place, "space"), capacity=10.0, used=3.0, free=3.0)


def test_a_lapsed_reservation_keeps_nothing(client: APIClient) -> None:
    rack = RackFactory(u_height=10)
    kept = RackReservationFactory(rack=rack, units=[1, 2, 3])
    terms = ReservationTermsFactory(reservation=kept, power_w=500, ends="2020-01-01")
    refresh.recompute()
    some(figures(client, rack, "space"), reserved=0.0, free=10.0)
    some(figures(client, rack, "power"), reserved=0.0)
    terms.ends = None
    terms.save()
    refresh.recompute()
    some(figures(client, rack, "space"), reserved=3.0, free=7.0)
    some(figures(client, rack, "power"), reserved=500.0)


def test_weight_adds_the_rack_itself_and_counts_what_is_unknown(client: APIClient) -> None:
    location = LocationFactory()
    PlaceLimitFactory(
        location=location, area_m2=2, floor_load_kg_m2=600, point_load_kg=100, site=None
    )
    rack = RackFactory(location=location, weight=100, max_weight=1000, weight_unit="kg")
    heavy = DeviceTypeFactory(weight=20, weight_unit="kg")
    DeviceFactory(rack=rack, device_type=heavy)
    DeviceFactory(rack=rack, device_type=heavy, status="staged")
    DeviceFactory(rack=rack, device_type=DeviceTypeFactory())
    refresh.recompute()
    some(
        figures(client, rack, "weight"),
        capacity=1000.0,
        used=120.0,
        planned=20.0,
        free=860.0,
        unknown=1,
        unit="kg",
    )
    some(figures(client, rack, "point-load"), capacity=100.0, used=30.0, planned=5.0)
    some(figures(client, location, "point-load"), capacity=100.0, used=30.0)
    # 2 m² at 600 kg/m².
    some(figures(client, location, "floor-load"), capacity=1200.0, used=120.0, percent=10.0)


def test_power_is_what_is_left_when_one_side_fails(client: APIClient) -> None:
    """Two feeds of 17,292 VA with 6,000 W on either: the rack can draw 17,292 W, not 34,584."""
    hall = two_n()
    hall.add(4000, 4000)
    hall.add(2000, 2000, tenant=TenantFactory())
    refresh.recompute()
    row = figures(client, hall.rack, "power")
    some(row, capacity=17292.0, used=12000.0, free=5292.0, worst=12000.0, unit="W")
    assert row["worst_percent"] == pytest.approx(12000 / 17292 * 100, abs=0.01)
    some(figures(client, hall.site, "power"), used=12000.0, free=5292.0)
    some(figures(client, hall.devices[1].tenant, "power"), used=4000.0, capacity=None)


def test_what_stands_above_the_feeds_limits_what_is_free(client: APIClient) -> None:
    """A link of 100 A at 208 V and 80 % carries 28,821 VA; two racks behind it share that."""
    hall = two_n()
    for side in hall.sides:
        side.ups.rated_kw = side.ups.rated_kva = 14
        side.ups.save()
    hall.add(3000, 3000)
    refresh.recompute()
    # In the worst case one UPS of 14 kW carries 6,000 W.
    some(figures(client, hall.rack, "power"), capacity=17292.0, free=8000.0)
    row = figures(client, hall.site, "power")
    some(row, free=8000.0)
    assert row["worst_percent"] == pytest.approx(6000 / 14000 * 100, abs=0.01)


def test_planned_devices_and_reservations_take_from_what_is_free(client: APIClient) -> None:
    hall = two_n()
    hall.add(3000, 3000)
    coming = DeviceFactory(site=hall.site, rack=hall.rack, status="planned")
    PowerPortFactory(device=coming, allocated_draw=1000)
    kept = RackReservationFactory(rack=hall.rack, units=[40])
    ReservationTermsFactory(reservation=kept, power_w=500)
    refresh.recompute()
    some(
        figures(client, hall.rack, "power"),
        used=6000.0,
        planned=1000.0,
        reserved=500.0,
        free=17292.0 - 7500.0,
    )


def test_the_contract_of_a_cage_limits_its_racks(client: APIClient) -> None:
    hall = two_n()
    LeaseFactory(site=hall.site, contracted_kw=10)
    LeaseFactory(site=hall.site, contracted_kw=90, ends="2020-12-31")
    hall.add(3000, 3000)
    refresh.recompute()
    some(figures(client, hall.site, "power"), capacity=10000.0, used=6000.0, free=4000.0)
    some(figures(client, hall.rack, "power"), capacity=17292.0, free=4000.0)


def test_an_unknown_rating_is_unknown(client: APIClient) -> None:
    rack = RackFactory()
    device = DeviceFactory(rack=rack, site=rack.site)
    PowerPortFactory(device=device)
    refresh.recompute()
    some(
        figures(client, rack, "power"),
        capacity=None,
        used=0.0,
        free=None,
        percent=None,
        worst_percent=None,
        unknown=1,
    )


def test_heat_goes_into_air_and_liquid_apart(client: APIClient) -> None:
    hall = two_n()
    loop = CoolingLoopFactory(site=hall.site, capacity_kw=5)
    RackLimitFactory(rack=hall.rack, air_cooling_w=8000, liquid_cooling_w=20000, cooling_loop=loop)
    device = hall.add(2000, 2000)
    DeviceTypeCoolingFactory(device_type=device.device_type, liquid_percent=75)
    refresh.recompute()
    some(figures(client, hall.rack, "air-cooling"), capacity=8000.0, used=1000.0, free=7000.0)
    # The manifold takes 20 kW, the loop 5 kW of which 3 are used.
    some(figures(client, hall.rack, "liquid-cooling"), capacity=20000.0, used=3000.0, free=2000.0)
    PlaceLimitFactory(site=hall.site, air_cooling_kw=2)
    refresh.recompute()
    some(figures(client, hall.site, "air-cooling"), capacity=2000.0, used=1000.0, free=1000.0)


def test_ports_of_switches_and_panels_by_speed(client: APIClient, settings: Any) -> None:
    settings.CAPACITY_SWITCH_PORTS = 3
    rack = RackFactory()
    switch = DeviceFactory(rack=rack, site=rack.site)
    ports = InterfaceFactory.create_batch(3, device=switch, type="25gbase-x-sfp28")
    InterfaceFactory(device=switch, type="virtual")
    InterfaceFactory(device=switch, type="1000base-t", mgmt_only=True)
    server = DeviceFactory(rack=rack, site=rack.site)
    connect(ports[0], InterfaceFactory(device=server, type="25gbase-x-sfp28"))
    panel = DeviceFactory(rack=rack, site=rack.site)
    FrontPortFactory.create_batch(2, device=panel)
    refresh.recompute()
    some(figures(client, rack, "switch-ports", "25G"), capacity=3.0, used=1.0, free=2.0)
    some(figures(client, rack, "patch-ports"), capacity=2.0, used=0.0, free=2.0)


def test_outlets_by_connector(client: APIClient) -> None:
    hall = two_n()
    hall.add(100, 100)
    refresh.recompute()
    some(figures(client, hall.rack, "outlets"), capacity=12.0, used=2.0, free=10.0)


def test_units_without_power_are_stranded_and_power_without_units(client: APIClient) -> None:
    hall = two_n()
    RackLimitFactory(rack=hall.rack, power_w=6450)
    hall.add(3000, 3000)
    refresh.recompute()
    # 450 W left serve 4 of the units at 100 W each.
    free = figures(client, hall.rack, "space")["free"]
    row = figures(client, hall.rack, "space")
    some(row, stranded=free - 4, binding={"value": "power", "label": "Power"})
    some(figures(client, hall.rack, "power"), stranded=0.0, binding=None)
    RackReservationFactory(rack=hall.rack, units=list(range(1, 43)))
    refresh.recompute()
    some(figures(client, hall.rack, "space"), free=0.0, stranded=0.0)
    row = figures(client, hall.rack, "power")
    some(row, stranded=450.0, binding={"value": "space", "label": "Space"})
    some(figures(client, hall.site, "power"), stranded=450.0)


def test_a_redundancy_group_carries_what_its_scheme_leaves(client: APIClient) -> None:
    hall = two_n()
    group = RedundancyGroupFactory(site=hall.site, scheme="2n")
    for side in hall.sides:
        side.ups.redundancy_group = group
        side.ups.save()
    hall.add(3000, 3000)
    refresh.recompute()
    row = figures(client, group, "power")
    some(row, capacity=90000.0, used=6000.0, free=84000.0)
    assert row["worst_percent"] == pytest.approx(6000 / 90000 * 100, abs=0.01)


def test_places_that_are_gone_have_no_rows(client: APIClient) -> None:
    rack = RackFactory(location=LocationFactory())
    refresh.recompute()
    location, site = rack.location, rack.site
    rack.delete()
    refresh.recompute()
    page = client.get("/api/capacity/utilization/", {"site_id": site.pk, "resource": "space"})
    assert page.json()["count"] == 0
    location.delete()
    site.delete()
    refresh.recompute()
    assert client.get("/api/capacity/utilization/").json()["count"] == 0


def test_rows_are_seen_only_with_their_place(client: APIClient) -> None:
    from core.models import ObjectPermission

    mine, other = RackFactory(), RackFactory(site=SiteFactory())
    refresh.recompute()
    user = UserFactory()
    for kind, limits in (("rack", {"pk": mine.pk}), ("utilization", {})):
        from django.contrib.contenttypes.models import ContentType

        permission = ObjectPermission.objects.create(
            name=kind, actions=["view"], constraints=limits or None
        )
        app = "racks" if kind == "rack" else "capacity"
        permission.object_types.set([ContentType.objects.get(app_label=app, model=kind)])
        permission.users.set([user])
    api = APIClient()
    api.force_authenticate(user)
    rows = api.get("/api/capacity/utilization/").json()["results"]
    assert {row["object_id"] for row in rows} == {mine.pk}
    assert other.pk not in {row["object_id"] for row in rows}
