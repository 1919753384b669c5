"""Traces through patch panels and breakout cables."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from dcim.cabling import profiles
from dcim.choices import CABLE_PROFILES
from tests.core.factories import UserFactory
from tests.dcim import factories as f


@pytest.fixture
def client() -> APIClient:
    found = APIClient()
    found.force_authenticate(UserFactory(is_superuser=True))
    return found


def panel(ports: int, trunks: int = 1) -> tuple[list[Any], list[Any]]:
    """A panel whose front ports share `trunks` rear ports evenly."""
    device = f.DeviceFactory()
    each = ports // trunks
    rears = [f.RearPortFactory(device=device, positions=each) for _ in range(trunks)]
    fronts = [f.FrontPortFactory(device=device) for _ in range(ports)]
    for number, front in enumerate(fronts):
        f.PortMappingFactory(
            front_port=front,
            rear_port=rears[number // each],
            front_port_position=1,
            rear_port_position=number % each + 1,
        )
    return fronts, rears


def ids(objects: list[dict[str, Any]]) -> list[int]:
    return [item["id"] for item in objects]


@pytest.mark.django_db
def test_a_free_port_has_an_empty_trace(client: APIClient) -> None:
    port = f.InterfaceFactory()
    assert client.get(f"/api/dcim/interfaces/{port.pk}/trace/").json() == []


@pytest.mark.django_db
def test_a_path_leads_through_two_panels_to_its_own_far_end(client: APIClient) -> None:
    near_fronts, [near_rear] = panel(4)
    far_fronts, [far_rear] = panel(4)
    trunk = f.connect(near_rear, far_rear)
    servers = [f.InterfaceFactory() for _ in range(4)]
    switches = [f.InterfaceFactory() for _ in range(4)]
    for server, front in zip(servers, near_fronts, strict=True):
        f.connect(server, front)
    for switch, front in zip(switches, far_fronts, strict=True):
        f.connect(front, switch)
    trace = client.get(f"/api/dcim/interfaces/{servers[2].pk}/trace/").json()
    assert [ids(near) for near, _, _ in trace] == [
        [servers[2].pk],
        [near_rear.pk],
        [far_fronts[2].pk],
    ]
    assert [ids(far) for _, _, far in trace] == [
        [near_fronts[2].pk],
        [far_rear.pk],
        [switches[2].pk],
    ]
    assert trace[1][1]["id"] == trunk.pk
    with CaptureQueriesContext(connection) as captured:
        rows = client.get("/api/dcim/interfaces/?limit=0").json()["results"]
    found = {row["id"]: row["connected_endpoints"] for row in rows}
    for server, switch in zip(servers, switches, strict=True):
        assert ids(found[server.pk]) == [switch.pk]
        assert ids(found[switch.pk]) == [server.pk]
    recursive = [q for q in captured.captured_queries if "RECURSIVE" in q["sql"]]
    assert len(recursive) == 1


@pytest.mark.django_db
def test_a_path_that_ends_in_a_panel_says_so(client: APIClient) -> None:
    fronts, [rear] = panel(2)
    port = f.InterfaceFactory()
    f.connect(port, fronts[0])
    trace = client.get(f"/api/dcim/interfaces/{port.pk}/trace/").json()
    assert ids(trace[1][0]) == [rear.pk]
    assert trace[1][1:] == [None, []]
    shown = client.get(f"/api/dcim/interfaces/{port.pk}/").json()
    assert shown["connected_endpoints"] is None
    assert client.get("/api/dcim/interfaces/?connected=true").json()["count"] == 0


@pytest.mark.django_db
def test_paths_of_a_rear_port_are_those_that_run_through_it(client: APIClient) -> None:
    fronts, [rear] = panel(3)
    others, [other_rear] = panel(3)
    f.connect(rear, other_rear)
    a, b = f.InterfaceFactory(), f.InterfaceFactory()
    f.connect(a, fronts[1])
    f.connect(others[1], b)
    f.connect(f.InterfaceFactory(), fronts[2])
    paths = client.get(f"/api/dcim/rear-ports/{rear.pk}/paths/").json()
    complete = [path for path in paths if path["is_complete"]]
    assert {path["path"][0][0]["id"] for path in complete} == {a.pk, b.pk}
    assert all(path["is_active"] and not path["is_split"] for path in complete)
    assert len(paths) == 3
    only = client.get(f"/api/dcim/front-ports/{fronts[1].pk}/paths/").json()
    assert {path["path"][0][0]["id"] for path in only} == {a.pk, b.pk}


@pytest.mark.django_db
def test_a_ring_of_panels_ends(client: APIClient) -> None:
    one, [rear_one] = panel(2)
    two, [rear_two] = panel(2)
    f.connect(rear_one, rear_two)
    f.connect(one[1], two[0])
    port = f.InterfaceFactory()
    f.connect(port, one[0])
    answer = client.get(f"/api/dcim/interfaces/{port.pk}/trace/")
    assert answer.status_code == 200


@pytest.mark.django_db
def test_the_connected_device_is_found_by_name(client: APIClient) -> None:
    near, far = f.InterfaceFactory(), f.InterfaceFactory()
    f.connect(near, far)
    address = "/api/dcim/connected-device/"
    query = {"peer_device": near.device.name, "peer_interface": near.name}
    assert client.get(address, query).json()["id"] == far.device_id
    assert client.get(address, {"peer_device": "x", "peer_interface": "y"}).status_code == 404
    assert client.get(address).status_code == 400


PROFILES = [name for _, group in CABLE_PROFILES for name, _ in group]


@given(st.sampled_from(PROFILES))
def test_every_lane_joins_one_slot_to_one_slot(profile: str) -> None:
    lanes = profiles.lanes(profile)
    (connectors, positions), far = profiles.ends(profile)
    assert len(lanes) == connectors * positions == far[0] * far[1]
    assert len({lane[:2] for lane in lanes}) == len({lane[2:] for lane in lanes}) == len(lanes)


def test_a_shuffle_sends_each_connector_to_every_other() -> None:
    lanes = {lane[:2]: lane[2:] for lane in profiles.lanes("trunk-4c4p-shuffle")}
    assert lanes[2, 3] == (3, 2)
    assert lanes[1, 1] == (1, 1)
    lanes = {lane[:2]: lane[2:] for lane in profiles.lanes("trunk-2c4p-shuffle")}
    assert lanes[1, 3] == (2, 1)
    assert lanes[2, 1] == (1, 3)
    lanes = {lane[:2]: lane[2:] for lane in profiles.lanes("breakout-2c4p-8c1p-shuffle")}
    assert [lanes[1, p][0] for p in (1, 2, 3, 4)] == [1, 2, 5, 6]
