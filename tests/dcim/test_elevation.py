"""The elevation of a rack over REST: half-unit steps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from dcim.models import Device
from racks.models import Rack
from tests.core.factories import UserFactory
from tests.dcim.factories import DeviceFactory, DeviceTypeFactory, RackFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    found = APIClient()
    found.force_authenticate(UserFactory(is_superuser=True))
    return found


def mount(rack: Rack, position: float, height: float = 1, face: str = "front", **type_: Any) -> Any:
    kind = DeviceTypeFactory(u_height=Decimal(str(height)), **type_)
    return DeviceFactory(rack=rack, position=Decimal(str(position)), face=face, device_type=kind)


def steps(client: APIClient, rack: Rack, **query: Any) -> list[dict[str, Any]]:
    response = client.get(f"/api/dcim/racks/{rack.pk}/elevation/", {"limit": 0, **query})
    assert response.status_code == 200, response.json()
    return response.json()["results"]


def taken(found: list[dict[str, Any]]) -> list[float]:
    return [step["id"] for step in found if step["occupied"]]


def test_42_units_are_84_steps_from_the_top(client: APIClient) -> None:
    rack = RackFactory(u_height=42)
    found = client.get(f"/api/dcim/racks/{rack.pk}/elevation/", {"limit": 100}).json()
    assert found["count"] == 84
    assert [step["id"] for step in found["results"][:3]] == [42.5, 42.0, 41.5]
    assert [step["name"] for step in found["results"][:2]] == ["U42.5", "U42"]
    assert found["results"][-1] == {
        "id": 1.0,
        "name": "U1",
        "face": {"value": "front", "label": "Front"},
        "device": None,
        "occupied": False,
        "display": "U1",
    }


def test_pages_are_linked_and_keep_the_parameters(client: APIClient) -> None:
    rack = RackFactory(u_height=42)
    first = client.get(f"/api/dcim/racks/{rack.pk}/elevation/?face=rear").json()
    assert (len(first["results"]), first["previous"]) == (50, None)
    second = client.get(first["next"]).json()
    assert len(second["results"]) == 34
    assert second["next"] is None
    assert {step["face"]["value"] for step in second["results"]} == {"rear"}
    assert client.get(second["previous"]).json()["results"] == first["results"]


def test_a_device_is_named_in_each_of_its_steps(client: APIClient) -> None:
    rack = RackFactory(u_height=10)
    device = mount(rack, 3.5, 1.5)
    found = steps(client, rack)
    assert taken(found) == [4.5, 4.0, 3.5]
    named = [step["device"] for step in found if step["device"]]
    assert len(named) == 3
    assert named[0] == {
        "id": device.pk,
        "url": f"http://testserver/api/dcim/devices/{device.pk}/",
        "display": device.name,
        "name": device.name,
        "description": "",
    }


def test_full_depth_takes_the_opposite_face_and_half_depth_does_not(client: APIClient) -> None:
    rack = RackFactory(u_height=10)
    mount(rack, 1, is_full_depth=True)
    mount(rack, 3, is_full_depth=False)
    assert taken(steps(client, rack)) == [3.5, 3.0, 1.5, 1.0]
    assert taken(steps(client, rack, face="rear")) == [1.5, 1.0]


def test_units_are_told_in_the_order_they_are_seen(client: APIClient) -> None:
    rack = RackFactory(u_height=4, starting_unit=5, desc_units=True)
    mount(rack, 6)
    found = steps(client, rack)
    assert [step["id"] for step in found] == [5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5]
    assert taken(found) == [6.0, 6.5]


def test_an_excluded_device_leaves_its_units_free(client: APIClient) -> None:
    rack = RackFactory(u_height=4)
    stays, goes = mount(rack, 1), mount(rack, 2)
    found = steps(client, rack, exclude=goes.pk)
    assert taken(found) == [1.5, 1.0]
    assert {s["device"]["id"] for s in found if s["device"]} == {stays.pk}


def test_not_expanded_a_device_is_told_once_at_its_lowest_step(client: APIClient) -> None:
    rack = RackFactory(u_height=8)
    mount(rack, 2, 4)
    assert taken(steps(client, rack, expand_devices="false")) == [2.0]


def test_q_finds_steps_by_their_number(client: APIClient) -> None:
    rack = RackFactory(u_height=22)
    names = [step["name"] for step in steps(client, rack, q="21")]
    assert names == ["U21.5", "U21"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"face": "top"}, "face"),
        ({"exclude": "x"}, "exclude"),
        ({"render": "png"}, "render"),
        ({"unit_height": "0"}, "unit_height"),
        ({"unit_width": "999999"}, "unit_width"),
    ],
)
def test_a_wrong_parameter_is_named(client: APIClient, query: dict[str, str], field: str) -> None:
    rack = RackFactory()
    response = client.get(f"/api/dcim/racks/{rack.pk}/elevation/", query)
    assert response.status_code == 400
    assert list(response.json()) == [field]


def test_an_unknown_rack_is_not_found(client: APIClient) -> None:
    for render in ("json", "svg"):
        response = client.get("/api/dcim/racks/0/elevation/", {"render": render})
        assert response.status_code == 404
        assert response.json() == {"detail": "No Rack matches the given query."}


def test_who_may_not_see_the_rack_gets_nothing() -> None:
    rack = RackFactory()
    stranger = APIClient()
    assert stranger.get(f"/api/dcim/racks/{rack.pk}/elevation/").status_code == 403
    stranger.force_authenticate(UserFactory())
    assert stranger.get(f"/api/dcim/racks/{rack.pk}/elevation/").status_code in (403, 404)


def test_the_elevation_is_read_only(client: APIClient) -> None:
    rack = RackFactory()
    assert client.post(f"/api/dcim/racks/{rack.pk}/elevation/", {}).status_code == 405


@pytest.mark.parametrize("render", ["json", "svg"])
def test_statements_do_not_grow_with_the_devices(client: APIClient, render: str) -> None:
    few, many = RackFactory(u_height=42), RackFactory(u_height=42)
    mount(few, 1)
    for unit in range(1, 31):
        mount(many, unit)
    counts = []
    for rack in (few, few, many):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(f"/api/dcim/racks/{rack.pk}/elevation/", {"render": render, "limit": 0})
        counts.append(len(captured))
    assert counts[1] == counts[2]
    assert Device.objects.filter(rack=many).count() == 30
