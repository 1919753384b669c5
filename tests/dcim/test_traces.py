"""Traces through patch panels and breakout cables."""

from __future__ import annotations

from typing import Any

import pynetbox
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core.models import Token
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


def coupler() -> tuple[Any, Any]:
    """A front and a rear port of one position, joined."""
    [front], [rear] = panel(1)
    return front, rear


def end_ids(client: APIClient, port: Any) -> list[int]:
    shown = client.get(f"/api/dcim/interfaces/{port.pk}/").json()
    return sorted(ids(shown["connected_endpoints"] or []))


@pytest.mark.django_db
def test_couplers_between_panels_keep_the_lane(client: APIClient) -> None:
    near_fronts, [near_rear] = panel(4)
    far_fronts, [far_rear] = panel(4)
    (c1_front, c1_rear), (c2_front, c2_rear) = coupler(), coupler()
    f.connect(near_rear, c1_front)
    f.connect(c1_rear, c2_rear)
    f.connect(c2_front, far_rear)
    server, switch = f.InterfaceFactory(), f.InterfaceFactory()
    f.connect(server, near_fronts[2])
    f.connect(far_fronts[2], switch)
    assert end_ids(client, server) == [switch.pk]
    assert end_ids(client, switch) == [server.pk]
    assert len(client.get(f"/api/dcim/interfaces/{server.pk}/trace/").json()) == 5


@pytest.mark.django_db
def test_a_trunk_within_a_trunk_comes_out_at_its_own_lane(client: APIClient) -> None:
    (near_fronts, [near_rear]), (far_fronts, [far_rear]) = panel(4), panel(4)
    (outer_near, [outer_near_rear]), (outer_far, [outer_far_rear]) = panel(3), panel(3)
    f.connect(near_rear, outer_near[1])
    f.connect(outer_near_rear, outer_far_rear)
    f.connect(outer_far[1], far_rear)
    pairs = [(f.InterfaceFactory(), f.InterfaceFactory()) for _ in range(4)]
    for number, (server, switch) in enumerate(pairs):
        f.connect(server, near_fronts[number])
        f.connect(far_fronts[number], switch)
    for server, switch in pairs:
        assert end_ids(client, server) == [switch.pk]
        assert end_ids(client, switch) == [server.pk]


@pytest.mark.django_db
def test_a_port_on_a_whole_trunk_is_split(client: APIClient) -> None:
    fronts, [rear] = panel(4)
    whole = f.InterfaceFactory()
    f.connect(whole, rear)
    servers = [f.InterfaceFactory() for _ in range(4)]
    for server, front in zip(servers, fronts, strict=True):
        f.connect(server, front)
    assert end_ids(client, whole) == []
    assert end_ids(client, servers[1]) == [whole.pk]
    trace = client.get(f"/api/dcim/interfaces/{whole.pk}/trace/").json()
    assert [ids(far) for _, _, far in trace] == [[rear.pk]]
    shown = client.get(f"/api/dcim/interfaces/{whole.pk}/").json()
    assert shown["connected_endpoints_reachable"] is False
    found = client.get("/api/dcim/interfaces/?connected=false").json()["results"]
    assert ids(found) == [whole.pk]
    paths = client.get(f"/api/dcim/rear-ports/{rear.pk}/paths/").json()
    assert [path["is_split"] for path in paths].count(True) == 1
    through_one = client.get(f"/api/dcim/front-ports/{fronts[0].pk}/paths/").json()
    assert [path["path"][0][0]["id"] for path in through_one] == [servers[0].pk]


@pytest.mark.django_db
def test_a_profile_spreads_a_trunk_over_the_ports_of_a_panel(client: APIClient) -> None:
    fronts, [rear] = panel(4)
    whole = f.InterfaceFactory()
    body = {
        "profile": "single-1c4p",
        "a_terminations": [{"object_type": "dcim.interface", "object_id": whole.pk}],
        "b_terminations": [{"object_type": "dcim.rearport", "object_id": rear.pk}],
    }
    assert client.post("/api/dcim/cables/", body, format="json").status_code == 201
    servers = [f.InterfaceFactory() for _ in range(3)]
    for server, front in zip(servers, fronts[:3], strict=True):
        f.connect(server, front)
    assert end_ids(client, whole) == sorted(server.pk for server in servers)
    assert end_ids(client, servers[2]) == [whole.pk]
    trace = client.get(f"/api/dcim/interfaces/{whole.pk}/trace/").json()
    assert ids(trace[0][2]) == [rear.pk]
    rows = [(ids(near), by is None, ids(far)) for near, by, far in trace[1:]]
    assert rows == [
        *(([front.pk], False, [s.pk]) for front, s in zip(fronts, servers, strict=False)),
        ([fronts[3].pk], True, []),
    ]


@pytest.mark.django_db
def test_a_breakout_cable_into_a_panel_reaches_each_lane(client: APIClient) -> None:
    (near_fronts, near_rears), (far_fronts, far_rears) = panel(4, 4), panel(4, 4)
    uplink = f.InterfaceFactory()
    body = {
        "profile": "breakout-1c4p-4c1p",
        "a_terminations": [{"object_type": "dcim.interface", "object_id": uplink.pk}],
        "b_terminations": [
            {"object_type": "dcim.frontport", "object_id": port.pk} for port in near_fronts
        ],
    }
    assert client.post("/api/dcim/cables/", body, format="json").status_code == 201
    servers = [f.InterfaceFactory() for _ in range(4)]
    for rear, far_rear, front, server in zip(
        near_rears, far_rears, far_fronts, servers, strict=True
    ):
        f.connect(rear, far_rear)
        f.connect(front, server)
    assert end_ids(client, uplink) == sorted(server.pk for server in servers)
    assert [end_ids(client, server) for server in servers] == [[uplink.pk]] * 4


@pytest.mark.django_db
def test_many_ports_at_both_ends_do_not_multiply(client: APIClient) -> None:
    width, near = 12, [f.InterfaceFactory() for _ in range(12)]
    kind = "dcim.interface"
    first = near
    for _ in range(6):
        fronts, rears = panel(width, width)
        post_bundle(client, kind, near, "dcim.frontport", fronts)
        kind, near = "dcim.rearport", rears
    last = [f.InterfaceFactory() for _ in range(width)]
    post_bundle(client, kind, near, "dcim.interface", last)
    assert end_ids(client, first[0]) == sorted(port.pk for port in last)


def post_bundle(client: APIClient, kind: str, near: Any, far_kind: str, far: Any) -> None:
    body = {
        "a_terminations": [{"object_type": kind, "object_id": port.pk} for port in near],
        "b_terminations": [{"object_type": far_kind, "object_id": port.pk} for port in far],
    }
    answer = client.post("/api/dcim/cables/", body, format="json")
    assert answer.status_code == 201, answer.json()


@pytest.mark.django_db
def test_a_ring_of_panels_reached_from_inside_ends(client: APIClient) -> None:
    (one_front, one_rear), (two_front, two_rear) = coupler(), coupler()
    f.connect(one_rear, two_front)
    f.connect(two_rear, one_front)
    answer = client.get(f"/api/dcim/front-ports/{one_front.pk}/paths/")
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.django_db(transaction=True)
def test_pynetbox_reads_traces_and_paths(live_server: Any) -> None:
    fronts, [rear] = panel(2)
    near, far = f.InterfaceFactory(), f.InterfaceFactory()
    f.connect(near, fronts[0])
    over = f.connect(rear, far)
    token = Token(user=UserFactory(is_superuser=True))
    secret = token.issue()
    token.save()
    api = pynetbox.api(live_server.url, token=secret)
    port = api.dcim.interfaces.get(near.pk)
    [a], first, [b], [c], second, [d] = port.trace()
    assert [a.id, b.id, c.id, d.id] == [near.pk, fronts[0].pk, rear.pk, far.pk]
    assert [type(x).__name__ for x in (a, b, c, first)] == [
        "Interfaces",
        "FrontPorts",
        "RearPorts",
        "Cables",
    ]
    assert second.id == over.pk
    [path] = [p for p in api.dcim.front_ports.get(fronts[0].pk).paths() if p["path"][0] == [a]]
    assert [segment[0].id for segment in path["path"]][-1] == far.pk
