"""Many clients at once over REST: the database decides, somebody wins, nothing overlaps."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from core.models import User
from dcim.models import Cable, CableTermination, Device
from tests.core.factories import UserFactory
from tests.dcim import factories as dcim
from tests.facilities.factories import SiteFactory
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db(transaction=True)

# .ci/run asks for 200 rounds, which take minutes.
CLIENTS, ROUNDS = 20, int(os.environ.get("RACE_ROUNDS", "8"))
# Height and whether the type takes both faces; positions so that any two of a round may clash.
SHAPES = [(1.0, True), (1.5, False), (2.0, True), (3.0, False), (1.0, False), (2.0, False)]
OVERLAPS = """
    SELECT a.id, b.id FROM dcim_device a JOIN dcim_device b ON a.rack_id = b.rack_id AND a.id < b.id
        JOIN dcim_devicetype s ON s.id = a.device_type_id
        JOIN dcim_devicetype t ON t.id = b.device_type_id
    WHERE a.position < b.position + t.u_height AND b.position < a.position + s.u_height
        AND (s.is_full_depth OR t.is_full_depth OR a.face = b.face)
"""

Work = Callable[[APIClient, int], Any]


@pytest.fixture
def admin() -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def together(admin: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Work], list[Any]]]:
    """Run a function in every client's thread at the same moment; results in clients' order."""
    # Each thread keeps its connection, as a web server's threads do.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", None)
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", False)
    barrier = threading.Barrier(CLIENTS)
    local = threading.local()

    def turn(work: Work, number: int) -> Any:
        if not hasattr(local, "client"):
            local.client = APIClient()
            local.client.force_authenticate(admin)
        barrier.wait(timeout=120)
        return work(local.client, number)

    with ThreadPoolExecutor(CLIENTS) as pool:

        def run(work: Work) -> list[Any]:
            return list(pool.map(lambda number: turn(work, number), range(CLIENTS)))

        yield run
        barrier_free = threading.Barrier(CLIENTS)

        def close(_number: int) -> None:
            barrier_free.wait(timeout=120)
            connection.close()

        list(pool.map(close, range(CLIENTS)))


def rows(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_twenty_clients_never_overlap_and_somebody_wins(
    together: Callable[[Work], list[Any]],
) -> None:
    site, role = SiteFactory(), dcim.DeviceRoleFactory()
    types = [
        dcim.DeviceTypeFactory(u_height=height, is_full_depth=full).pk for height, full in SHAPES
    ]
    racks = [RackFactory(site=site, u_height=10).pk for _ in range(ROUNDS)]
    for turn, rack in enumerate(racks):

        def ask(client: APIClient, number: int, rack: int = rack, turn: int = turn) -> Any:
            body = {
                "device_type": types[(number + turn) % len(types)],
                "role": role.pk,
                "site": site.pk,
                "rack": rack,
                "position": 4 + (number % 3) / 2,
                "face": ("front", "rear")[(number + turn) // 2 % 2],
            }
            return client.post("/api/dcim/devices/?fields=id", body, format="json")

        answers = together(ask)
        codes = {answer.status_code for answer in answers}
        assert codes <= {201, 400}
        assert 201 in codes
        for answer in answers:
            if answer.status_code == 400:
                assert answer.json() == {"position": ["Those rack units are already taken."]}
    assert rows(OVERLAPS) == []
    assert not Device.objects.exclude(rack__in=racks).exists()
    assert Device.objects.values("rack").distinct().count() == ROUNDS


def test_twenty_moves_to_the_same_units_leave_one(together: Callable[[Work], list[Any]]) -> None:
    rack = RackFactory()
    kind = dcim.DeviceTypeFactory(u_height=2)
    devices = [dcim.DeviceFactory(device_type=kind, rack=rack).pk for _ in range(CLIENTS)]

    def move(client: APIClient, number: int) -> Any:
        body = {"position": 20, "face": "front"}
        return client.patch(f"/api/dcim/devices/{devices[number]}/?fields=id", body, format="json")

    answers = together(move)
    assert sorted(a.status_code for a in answers) == [200] + [400] * (CLIENTS - 1)
    refused = [a.json() for a in answers if a.status_code == 400]
    assert all(body == {"position": ["Those rack units are already taken."]} for body in refused)
    assert Device.objects.filter(position=20).count() == 1


def test_one_port_takes_one_of_twenty_cables(together: Callable[[Work], list[Any]]) -> None:
    device = dcim.DeviceFactory()
    others = [dcim.InterfaceFactory(device=device).pk for _ in range(CLIENTS)]
    ends = CableTermination.objects.order_by()
    for turn in range(ROUNDS):
        wanted = dcim.InterfaceFactory(device=device).pk

        def plug(client: APIClient, number: int, wanted: int = wanted, turn: int = turn) -> Any:
            sides = [[_end(wanted)], [_end(others[number])]]
            if (number + turn) % 2:
                sides.reverse()
            body = {"a_terminations": sides[0], "b_terminations": sides[1]}
            return client.post("/api/dcim/cables/?fields=id", body, format="json")

        answers = together(plug)
        assert sorted(a.status_code for a in answers) == [201] + [400] * (CLIENTS - 1)
        [winner] = [a.json()["id"] for a in answers if a.status_code == 201]
        for number, answer in enumerate(answers):
            if answer.status_code == 400:
                side = ("b" if (number + turn) % 2 else "a") + "_terminations"
                [sentence] = answer.json()[side]
                assert f"Cable #{winner} is already plugged into" in sentence
        assert set(ends.values_list("cable", flat=True)) == {winner}
        assert ends.count() == 2
        Cable.objects.all().delete()


def _end(interface: int) -> dict[str, Any]:
    return {"object_type": "dcim.interface", "object_id": interface}


@pytest.fixture
def client(admin: User) -> APIClient:
    made = APIClient()
    made.force_authenticate(admin)
    return made


def two_devices(height: float = 2) -> tuple[Device, Device]:
    rack = RackFactory(u_height=10)
    kind = dcim.DeviceTypeFactory(u_height=height)
    return tuple(  # type: ignore[return-value]
        dcim.DeviceFactory(device_type=kind, rack=rack, position=position, face="front")
        for position in (1, 3)
    )


def test_two_devices_swap_places_in_one_request(client: APIClient) -> None:
    one, other = two_devices()
    swap = [{"id": one.pk, "position": 3}, {"id": other.pk, "position": 1}]
    answer = client.patch("/api/dcim/devices/", swap, format="json")
    assert answer.status_code == 200, answer.json()
    assert [row["position"] for row in answer.json()] == [3.0, 1.0]
    assert rows(OVERLAPS) == []


def test_a_swap_that_ends_in_an_overlap_is_refused_by_position(client: APIClient) -> None:
    one, other = two_devices()
    swap = [{"id": one.pk, "position": 3}, {"id": other.pk, "position": 4}]
    answer = client.patch("/api/dcim/devices/", swap, format="json")
    assert answer.status_code == 400
    taken = {"position": ["Those rack units are already taken."]}
    assert taken in answer.json()
    one.refresh_from_db()
    assert one.position == 1


def test_a_type_does_not_grow_into_its_neighbours(client: APIClient) -> None:
    one, _ = two_devices()
    address = f"/api/dcim/device-types/{one.device_type_id}/"
    answer = client.patch(address, {"u_height": 2.5}, format="json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"u_height"}
    shrunk = client.patch(address, {"u_height": 1.5}, format="json")
    assert shrunk.status_code == 200, shrunk.json()
    assert rows(OVERLAPS) == []


def test_a_rack_does_not_shrink_below_its_devices(client: APIClient) -> None:
    one, _ = two_devices()
    address = f"/api/dcim/racks/{one.rack_id}/"
    for change in ({"u_height": 3}, {"starting_unit": 2}):
        answer = client.patch(address, change, format="json")
        assert answer.status_code == 400, change
        assert set(answer.json()) <= {"u_height", "starting_unit"}


def test_a_list_with_one_overlap_creates_nothing(client: APIClient) -> None:
    one, _ = two_devices()
    common = {
        "device_type": one.device_type_id,
        "role": one.role_id,
        "site": one.site_id,
        "rack": one.rack_id,
        "face": "front",
    }
    bodies = [{**common, "position": position} for position in (5, 7, 6)]
    answer = client.post("/api/dcim/devices/", bodies, format="json")
    assert answer.status_code == 400
    assert answer.json() == [{}, {}, {"position": ["Those rack units are already taken."]}]
    assert Device.objects.count() == 2
