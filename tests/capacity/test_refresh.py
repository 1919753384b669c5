"""What changes of records bring up to date is what reckoning everything anew gives."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from capacity import refresh, tasks
from capacity.models import Stale, Utilization, UtilizationSnapshot
from core import outbox
from dcim.models import Cable, Device, PowerOutlet, PowerPort
from facilities.models import Lease, Location
from racks.models import Rack, RackReservation
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
    DeviceRoleFactory,
    DeviceTypeFactory,
    InterfaceFactory,
    ModuleBayFactory,
    ModuleTypeFactory,
    PowerPortFactory,
    connect,
)
from tests.facilities.factories import LocationFactory, SiteFactory, TenantFactory
from tests.outboxes import read_all
from tests.power.hall import two_n
from tests.racks.factories import RackFactory, RackReservationFactory

pytestmark = pytest.mark.django_db

FIGURES = [
    field.name for field in Utilization._meta.concrete_fields if field.name not in ("id", "updated")
]


@pytest.fixture
def client() -> APIClient:
    made = APIClient()
    made.force_authenticate(UserFactory(is_superuser=True))
    return made


def catch_up() -> None:
    """Take everything that was written and reckon it."""
    read_all(refresh.READER, refresh.take)
    while Stale.objects.exists():
        refresh.reckon_stale()


def table() -> dict[Any, Any]:
    return {
        tuple(row[name] for name in ("object_type", "object_id", "resource", "variant")): row
        for row in Utilization.objects.order_by().values(*FIGURES)
    }


class Estate:
    """Two sites that are edited at random over REST."""

    def __init__(self, client: APIClient, seed: int) -> None:
        self.client, self.random = client, random.Random(seed)
        self.hall = two_n(outlets=8)
        self.sites = [self.hall.site, SiteFactory()]
        self.locations = [LocationFactory(site=self.sites[0])]
        self.locations.append(LocationFactory(parent=self.locations[0]))
        self.racks = [self.hall.rack, *(RackFactory(location=each) for each in self.locations)]
        self.racks.append(RackFactory(site=self.sites[1], u_height=12))
        self.types = [
            DeviceTypeFactory(u_height=height, weight=height * 7, weight_unit="kg")
            for height in (1, 2)
        ]
        self.types.append(DeviceTypeFactory(u_height=1, is_full_depth=False))
        DeviceTypeCoolingFactory(device_type=self.types[1], liquid_percent=60)
        self.tenants = [TenantFactory(), TenantFactory()]
        self.role = DeviceRoleFactory()
        self.loop = CoolingLoopFactory(site=self.sites[0], capacity_kw=9)
        self.module_type = ModuleTypeFactory(weight=3, weight_unit="kg")
        self.limit = PlaceLimitFactory(location=self.locations[0], point_load_kg=90, area_m2=4)
        self.edits: list[Callable[[], Any]] = [
            self.add,
            self.add,
            self.move,
            self.move,
            self.change,
            self.remove,
            self.plug,
            self.unplug,
            self.draw,
            self.reserve,
            self.release,
            self.resize,
            self.move_rack,
            self.remove_rack,
            self.change_type,
            self.limit_rack,
            self.limit_place,
            self.lease,
            self.rate,
            self.feed,
            self.module,
            self.tenant_of_rack,
            self.move_location,
        ]

    def send(self, method: str, path: str, **body: Any) -> None:
        """Whatever comes of it: what is refused changes nothing."""
        answer = getattr(self.client, method)(f"/api/{path}/", body, format="json")
        assert answer.status_code < 500, answer.content

    def pick(self, rows: Any) -> Any:
        found = sorted(rows.values_list("pk", flat=True))
        return self.random.choice(found) if found else 0

    def place(self) -> dict[str, Any]:
        rack = Rack.objects.filter(pk=self.pick(Rack.objects)).first()
        assert rack
        return {
            "rack": rack.pk,
            "site": rack.site_id,
            "location": rack.location_id,
            "position": self.random.randint(1, rack.u_height),
            "face": self.random.choice(["front", "rear"]),
        }

    def add(self) -> None:
        status = self.random.choice(["active", "active", "planned", "staged", "inventory"])
        tenant = self.random.choice([None, *(each.pk for each in self.tenants)])
        kind = self.random.choice(self.types).pk
        body = {"status": status, "tenant": tenant, "role": self.role.pk, "device_type": kind}
        self.send("post", "dcim/devices", **body, **self.place())
        device = Device.objects.order_by("-pk").first()
        if device and not PowerPort.objects.filter(device=device).exists():
            for name in ("PSU 1", "PSU 2"):
                self.send(
                    "post", "dcim/power-ports", device=device.pk, name=name, allocated_draw=300
                )

    def device(self) -> Any:
        return self.pick(Device.objects.exclude(name__startswith="PDU"))

    def move(self) -> None:
        self.send("patch", f"dcim/devices/{self.device()}", **self.place())

    def change(self) -> None:
        status = self.random.choice(["active", "planned", "offline", "decommissioning"])
        self.send(
            "patch",
            f"dcim/devices/{self.device()}",
            status=status,
            tenant=self.random.choice([None, self.tenants[0].pk]),
        )

    def remove(self) -> None:
        self.send("delete", f"dcim/devices/{self.device()}")

    def plug(self) -> None:
        port = self.pick(PowerPort.objects.exclude(device__name__startswith="PDU"))
        outlet = self.pick(PowerOutlet.objects)
        ends = [
            [{"object_type": f"dcim.{kind}", "object_id": pk}]
            for kind, pk in (("poweroutlet", outlet), ("powerport", port))
        ]
        self.send(
            "post",
            "dcim/cables",
            a_terminations=ends[0],
            b_terminations=ends[1],
            status=self.random.choice(["connected", "planned"]),
        )

    def unplug(self) -> None:
        self.send("delete", f"dcim/cables/{self.pick(Cable.objects)}")

    def draw(self) -> None:
        port = self.pick(PowerPort.objects)
        watts = self.random.choice([None, 150, 2500])
        self.send("patch", f"dcim/power-ports/{port}", allocated_draw=watts)

    def reserve(self) -> None:
        body = {"rack": self.pick(Rack.objects), "user": UserFactory().pk, "description": "kept"}
        units = [self.random.randint(1, 12)]
        self.send("post", "dcim/rack-reservations", units=units, **body)
        kept = self.pick(RackReservation.objects.filter(terms__isnull=True))
        self.send("post", "capacity/reservation-terms", reservation=kept, power_w=700, weight_kg=9)

    def release(self) -> None:
        self.send("delete", f"dcim/rack-reservations/{self.pick(RackReservation.objects)}")

    def resize(self) -> None:
        rack = self.pick(Rack.objects)
        body = {"u_height": self.random.choice([12, 24, 42]), "max_weight": 800, "weight": 90}
        status = self.random.choice(["active", "deprecated"])
        self.send("patch", f"dcim/racks/{rack}", weight_unit="kg", status=status, **body)

    def move_rack(self) -> None:
        rack = self.pick(Rack.objects)
        place = self.random.choice([*Location.objects.order_by("pk"), None])
        site = place.site_id if place else self.sites[1].pk
        self.send("patch", f"dcim/racks/{rack}", site=site, location=place and place.pk)

    def remove_rack(self) -> None:
        if self.random.random() < 0.3 and Rack.objects.count() > 2:
            self.send("delete", f"dcim/racks/{self.pick(Rack.objects)}")

    def change_type(self) -> None:
        kind = self.random.choice(self.types).pk
        body = {"weight": self.random.randint(1, 30), "weight_unit": "kg"}
        counted = self.random.random() < 0.5
        self.send("patch", f"dcim/device-types/{kind}", exclude_from_utilization=counted, **body)

    def limit_rack(self) -> None:
        body = {"power_w": 4000, "air_cooling_w": 5000, "liquid_cooling_w": 3000}
        rack = self.pick(Rack.objects.filter(limit__isnull=True))
        loop = self.random.choice([None, self.loop.pk])
        self.send("post", "capacity/rack-limits", rack=rack, cooling_loop=loop, **body)

    def limit_place(self) -> None:
        body = {"floor_load_kg_m2": self.random.choice([None, 900]), "air_cooling_kw": 8}
        self.send("patch", f"capacity/place-limits/{self.limit.pk}", **body)

    def lease(self) -> None:
        if self.random.random() < 0.4:
            self.send("delete", f"facilities/leases/{self.pick(Lease.objects)}")
        name, kw = f"L{self.random.random()}", self.random.choice([5, 20])
        self.send("post", "facilities/leases", name=name, site=self.sites[0].pk, contracted_kw=kw)

    def rate(self) -> None:
        ups = self.random.choice(self.hall.sides).ups
        body = {"rated_kw": self.random.choice([9, 90]), "status": self.random.choice(STATUSES)}
        self.send("patch", f"power/equipment/{ups.pk}", **body)

    def feed(self) -> None:
        feed = self.random.choice(self.hall.sides).feed
        body = {"amperage": self.random.choice([16, 60]), "status": self.random.choice(STATUSES)}
        self.send("patch", f"dcim/power-feeds/{feed.pk}", **body)

    def module(self) -> None:
        bay = ModuleBayFactory(device_id=self.device()) if self.device() else None
        if bay:
            body = {"device": bay.device_id, "module_bay": bay.pk}
            self.send("post", "dcim/modules", module_type=self.module_type.pk, **body)

    def tenant_of_rack(self) -> None:
        tenant = self.random.choice([None, self.tenants[1].pk])
        self.send("patch", f"dcim/racks/{self.pick(Rack.objects)}", tenant=tenant)

    def move_location(self) -> None:
        top, below = (each.pk for each in self.locations)
        parent = self.random.choice([None, top])
        self.send("patch", f"dcim/locations/{below}", parent=parent)


STATUSES = ["active", "active", "failed"]


@pytest.mark.parametrize("seed", range(2))
def test_following_changes_gives_what_reckoning_anew_gives(client: APIClient, seed: int) -> None:
    refresh.ensure()
    estate = Estate(client, seed)
    catch_up()
    for _ in range(4):
        done = [estate.random.choice(estate.edits) for _ in range(12)]
        for edit in done:
            edit()
        catch_up()
        followed = table()
        refresh.recompute()
        names = [edit.__name__ for edit in done]
        anew = table()
        wrong = {
            key: (followed.get(key), row) for key, row in anew.items() if followed.get(key) != row
        }
        assert followed == anew, (names, wrong)


def test_a_move_reaches_two_racks_and_the_places_above(client: APIClient) -> None:
    refresh.ensure()
    one, two = (RackFactory(location=LocationFactory()) for _ in range(2))
    other = RackFactory()
    device = DeviceFactory(rack=one, position=1, face="front")
    catch_up()
    Utilization.objects.update(updated=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    body = {"rack": two.pk, "site": two.site.pk, "location": two.location.pk, "position": 3}
    answer = client.patch(f"/api/dcim/devices/{device.pk}/", body, format="json")
    assert answer.status_code == 200, answer.json()
    catch_up()
    changed = Utilization.objects.filter(updated__year__gt=2020, resource="space")
    assert set(changed.values_list("rack", flat=True)) == {one.pk, two.pk, None}
    assert set(changed.values_list("site", flat=True)) == {one.site.pk, two.site.pk}
    assert not changed.filter(rack=other.pk).exists()
    assert changed.count() == 6


def test_what_was_noted_outlives_a_reckoning_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    refresh.ensure()
    RackFactory()
    catch_up()
    refresh.note(Stale.Scope.RACK, [1])

    def fail(ids: list[int]) -> list[int]:
        raise RuntimeError("killed")

    monkeypatch.setattr(refresh, "refresh_racks", fail)
    with pytest.raises(RuntimeError):
        refresh.reckon_stale()
    assert Stale.objects.filter(scope="rack", object_id=1).exists()


def test_listeners_are_told_once_it_is_committed(django_capture_on_commit_callbacks: Any) -> None:
    refresh.ensure()
    told: list[list[int]] = []
    refresh.on_change(told.append)
    try:
        rack = RackFactory()
        with django_capture_on_commit_callbacks(execute=True):
            catch_up()
    finally:
        refresh._listeners.remove(told.append)
    ids = {pk for each in told for pk in each}
    assert set(Utilization.objects.filter(rack=rack.pk).values_list("pk", flat=True)) <= ids


def test_the_night_keeps_a_days_figures_once_and_drops_old_ones(settings: Any) -> None:
    settings.CAPACITY_DAYS = 30
    outbox.add_reader(refresh.READER)
    RackFactory(u_height=40)
    tasks.recompute()
    row = Utilization.objects.get(rack__isnull=False, resource="space")
    UtilizationSnapshot.objects.create(utilization=row, day="2020-01-01", used=1)
    tasks.recompute()
    [kept] = UtilizationSnapshot.objects.filter(utilization=row)
    assert (kept.capacity, kept.used, kept.committed) == (40.0, 0.0, 0.0)
    assert kept.day > dt.date(2020, 1, 1)


def test_the_command_reckons_everything(capsys: pytest.CaptureFixture[str]) -> None:
    RackFactory()
    call_command("recompute_capacity", snapshot=True)
    assert "figures changed in" in capsys.readouterr().out
    assert Utilization.objects.filter(resource="space").count() == 2
    assert UtilizationSnapshot.objects.filter(utilization__resource="space").count() == 2


def test_the_first_refresh_reckons_what_is_there(client: APIClient) -> None:
    rack = RackFactory()
    interface = InterfaceFactory(device=DeviceFactory(rack=rack, site=rack.site))
    connect(interface, InterfaceFactory())
    PowerPortFactory(device=interface.device, allocated_draw=40)
    kept = RackReservationFactory(rack=rack, units=[5])
    ReservationTermsFactory(reservation=kept)
    RackLimitFactory(rack=rack, power_w=100)
    tasks.refresh_changed()
    row = Utilization.objects.get(rack=rack.pk, resource="power")
    assert (row.capacity, row.used, row.free) == (100.0, 40.0, 60.0)
