"""Cables: what may be plugged into what, and what responses tell of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from dcim.models import Cable, CableTermination, Interface
from tests.core.factories import UserFactory
from tests.dcim import factories as f
from tests.power.factories import PowerFeedFactory

pytestmark = pytest.mark.django_db

CABLES = "/api/dcim/cables/"


@pytest.fixture
def client() -> APIClient:
    found = APIClient()
    found.force_authenticate(UserFactory(is_superuser=True))
    return found


def end(port: Any, kind: str = "interface") -> dict[str, Any]:
    return {"object_type": f"dcim.{kind}", "object_id": port.pk}


def cable(a: Any, b: Any, **more: Any) -> dict[str, Any]:
    return {"a_terminations": [a], "b_terminations": [b], **more}


def test_a_cable_is_shown_on_both_ports(client: APIClient) -> None:
    near, far = f.InterfaceFactory(), f.InterfaceFactory()
    made = client.post(CABLES, cable(end(near), end(far), label="x"), format="json")
    assert made.status_code == 201, made.json()
    assert made.json()["a_terminations"][0]["object"]["name"] == near.name
    shown = client.get(f"/api/dcim/interfaces/{near.pk}/").json()
    assert shown["cable"]["label"] == "x"
    assert shown["cable_end"] == "A"
    assert shown["link_peers_type"] == "dcim.interface"
    assert [peer["id"] for peer in shown["link_peers"]] == [far.pk]
    assert [peer["id"] for peer in shown["connected_endpoints"]] == [far.pk]
    assert shown["connected_endpoints_reachable"] is True
    assert shown["_occupied"] is True


def test_a_planned_cable_leads_somewhere_but_cannot_be_used(client: APIClient) -> None:
    near, far = f.InterfaceFactory(), f.InterfaceFactory()
    client.post(CABLES, cable(end(near), end(far), status="planned"), format="json")
    shown = client.get(f"/api/dcim/interfaces/{far.pk}/").json()
    assert shown["cable_end"] == "B"
    assert shown["connected_endpoints_reachable"] is False


def test_a_taken_port_is_refused_by_name_and_cable(client: APIClient) -> None:
    near, far, third = f.InterfaceFactory(name="eth7"), f.InterfaceFactory(), f.InterfaceFactory()
    f.connect(near, far)
    answer = client.post(CABLES, cable(end(near), end(third)), format="json")
    assert answer.status_code == 400
    assert "already plugged into interface eth7" in answer.json()["a_terminations"][0]
    assert Cable.objects.count() == 1


def test_ends_that_do_not_fit_are_refused(client: APIClient) -> None:
    port, outlet = f.InterfaceFactory(), f.PowerOutletFactory()
    answer = client.post(CABLES, cable(end(port), end(outlet, "poweroutlet")), format="json")
    assert answer.status_code == 400
    assert "cannot be connected" in str(answer.json())


def test_a_cable_from_a_port_to_itself_is_refused(client: APIClient) -> None:
    port = f.InterfaceFactory()
    answer = client.post(CABLES, cable(end(port), end(port)), format="json")
    assert answer.status_code == 400
    assert not Cable.objects.exists()


def test_an_unknown_port_or_kind_is_refused(client: APIClient) -> None:
    port = f.InterfaceFactory()
    missing = {"object_type": "dcim.interface", "object_id": 987654321}
    assert client.post(CABLES, cable(end(port), missing), format="json").status_code == 400
    nonsense = {"object_type": "dcim.nonsense", "object_id": 1}
    assert client.post(CABLES, cable(end(port), nonsense), format="json").status_code == 400
    site = {"object_type": "dcim.site", "object_id": port.device.site_id}
    assert client.post(CABLES, cable(end(port), site), format="json").status_code == 400


def test_an_end_is_given_whole_in_a_change_too(client: APIClient) -> None:
    pk = f.connect(f.InterfaceFactory(), f.InterfaceFactory()).pk
    answer = client.patch(f"{CABLES}{pk}/", {"b_terminations": [{}]}, format="json")
    assert answer.status_code == 400
    required = ["This field is required."]
    faults = {"0": {"object_type": required, "object_id": required}}
    assert answer.json() == {"b_terminations": faults}


def test_ends_are_replaced_and_may_be_swapped(client: APIClient) -> None:
    near, far, third = f.InterfaceFactory(), f.InterfaceFactory(), f.InterfaceFactory()
    pk = f.connect(near, far).pk
    answer = client.patch(
        f"{CABLES}{pk}/",
        {"a_terminations": [end(far)], "b_terminations": [end(near)]},
        format="json",
    )
    assert answer.status_code == 200, answer.json()
    assert answer.json()["a_terminations"][0]["object_id"] == far.pk
    answer = client.patch(f"{CABLES}{pk}/", {"b_terminations": [end(third)]}, format="json")
    assert answer.json()["b_terminations"][0]["object_id"] == third.pk
    assert client.get(f"/api/dcim/interfaces/{near.pk}/").json()["cable"] is None


def test_deleting_a_device_leaves_the_far_device_and_the_cable(client: APIClient) -> None:
    near, far = f.InterfaceFactory(), f.InterfaceFactory()
    pk = f.connect(near, far).pk
    assert client.delete(f"/api/dcim/devices/{near.device_id}/").status_code == 204
    assert Interface.objects.filter(pk=far.pk).exists()
    assert list(CableTermination.objects.values_list("termination_id")) == [(far.pk,)]
    assert client.get(f"{CABLES}{pk}/").json()["a_terminations"] == []
    assert client.delete(f"{CABLES}{pk}/").status_code == 204
    assert client.get(f"/api/dcim/interfaces/{far.pk}/").json()["cable"] is None


def test_many_cables_are_stored_in_few_statements(client: APIClient) -> None:
    ports = [(f.InterfaceFactory(), f.InterfaceFactory()) for _ in range(20)]

    def statements(pairs: list[Any]) -> int:
        body = [cable(end(a), end(b)) for a, b in pairs]
        with CaptureQueriesContext(connection) as captured:
            assert client.post(CABLES, body, format="json").status_code == 201
        return len(captured)

    statements(ports[:2])
    assert statements(ports[2:5]) == statements(ports[5:])


def test_faults_of_a_list_are_placed(client: APIClient) -> None:
    a, b, c, d = (f.InterfaceFactory() for _ in range(4))
    f.connect(c, d)
    free = [f.InterfaceFactory() for _ in range(2)]
    answer = client.post(
        CABLES, [cable(end(a), end(b)), cable(end(free[0]), end(c))], format="json"
    )
    assert answer.status_code == 400
    first, second = answer.json()
    assert first == {}
    assert "already plugged" in str(second)
    assert Cable.objects.count() == 1


def test_cables_are_found_by_side_port_and_place(client: APIClient) -> None:
    near, far = f.InterfaceFactory(), f.InterfaceFactory()
    pk = f.connect(near, far).pk
    f.connect(f.InterfaceFactory(), f.InterfaceFactory())

    def found(query: str) -> list[int]:
        answer = client.get(f"{CABLES}?{query}")
        assert answer.status_code == 200, answer.json()
        return [row["id"] for row in answer.json()["results"]]

    assert found(f"interface_id={near.pk}") == [pk]
    assert found(f"device_id={far.device_id}") == [pk]
    assert found(f"site_id={near.device.site_id}") == [pk]
    assert found(f"termination_a_type=dcim.interface&termination_a_id={near.pk}") == [pk]
    assert found(f"termination_b_id={near.pk}&termination_b_type=dcim.interface") == []
    assert len(found("unterminated=false")) == 2
    CableTermination.objects.filter(cable=pk, cable_end="B").delete()
    assert found("unterminated=true") == [pk]


def test_ports_are_found_by_whether_they_are_cabled(client: APIClient) -> None:
    near, far, free = f.InterfaceFactory(), f.InterfaceFactory(), f.InterfaceFactory()
    marked = f.InterfaceFactory(mark_connected=True)
    pk = f.connect(near, far).pk

    def found(query: str) -> set[int]:
        rows = client.get(f"/api/dcim/interfaces/?{query}").json()["results"]
        return {row["id"] for row in rows}

    assert found("cabled=true") == {near.pk, far.pk}
    assert found("cabled=false") == {free.pk, marked.pk}
    assert found("occupied=true") == {near.pk, far.pk, marked.pk}
    assert found("connected=true") == {near.pk, far.pk}
    assert found(f"cable_id={pk}") == {near.pk, far.pk}
    assert found("cable_end=A") == {near.pk}


def test_feed_inlet_outlet_and_supply_tell_of_each_other(client: APIClient) -> None:
    feed = PowerFeedFactory()
    inlet = f.PowerPortFactory()
    outlet = f.PowerOutletFactory(device=inlet.device, power_port=inlet)
    supply = f.PowerPortFactory()
    body = [
        cable(end(feed, "powerfeed"), end(inlet, "powerport")),
        cable(end(outlet, "poweroutlet"), end(supply, "powerport")),
    ]
    assert client.post(CABLES, body, format="json").status_code == 201
    shown = client.get(f"/api/dcim/power-feeds/{feed.pk}/").json()
    assert shown["link_peers_type"] == "dcim.powerport"
    assert shown["connected_endpoints"][0]["id"] == inlet.pk
    trace = client.get(f"/api/dcim/power-ports/{supply.pk}/trace/").json()
    [[near], by, [far]] = trace[0]
    assert near["url"].endswith(f"/api/dcim/power-ports/{supply.pk}/")
    assert by["url"].startswith("http")
    assert far["id"] == outlet.pk


def test_a_profile_lays_out_connectors(client: APIClient) -> None:
    uplink = f.InterfaceFactory()
    lanes = [f.InterfaceFactory() for _ in range(4)]
    body = {
        "profile": "breakout-1c4p-4c1p",
        "a_terminations": [end(uplink)],
        "b_terminations": [end(port) for port in lanes],
    }
    made = client.post(CABLES, body, format="json")
    assert made.status_code == 201, made.json()
    rows = CableTermination.objects.filter(cable_end="B").order_by("connector")
    assert [row.termination_id for row in rows] == [port.pk for port in lanes]
    shown = client.get(f"/api/dcim/interfaces/{uplink.pk}/").json()
    assert [peer["id"] for peer in shown["connected_endpoints"]] == [port.pk for port in lanes]
    shown = client.get(f"/api/dcim/interfaces/{lanes[2].pk}/").json()
    assert [peer["id"] for peer in shown["connected_endpoints"]] == [uplink.pk]
    body["b_terminations"] = [end(f.InterfaceFactory()) for _ in range(5)]
    body["a_terminations"] = [end(f.InterfaceFactory())]
    refused = client.post(CABLES, body, format="json")
    assert refused.status_code == 400
    assert "4 connectors" in str(refused.json())


def test_a_fault_is_said_beside_its_end(client: APIClient) -> None:
    def refused(a: Any, b: Any) -> dict[str, Any]:
        answer = client.post(CABLES, cable(a, b), format="json")
        assert answer.status_code == 400
        assert not Cable.objects.exists()
        found: dict[str, Any] = answer.json()
        return found

    port = f.InterfaceFactory()
    assert list(refused({"object_type": "dcim.interface", "object_id": 0}, end(port))) == [
        "a_terminations"
    ]
    site = {"object_type": "dcim.site", "object_id": port.device.site_id}
    assert "into a site" in str(refused(end(port), site)["b_terminations"])
    virtual = f.InterfaceFactory(type="virtual", name="lo0")
    assert "lo0" in str(refused(end(virtual), end(port))["a_terminations"])
    marked = f.InterfaceFactory(mark_connected=True, name="eth9")
    assert "eth9" in str(refused(end(marked), end(port))["a_terminations"])
    outlet = f.PowerOutletFactory()
    assert list(refused(end(port), end(outlet, "poweroutlet"))) == ["b_terminations"]


def test_ports_of_two_kinds_or_twice_at_one_end_are_refused(client: APIClient) -> None:
    one, two, panel = f.InterfaceFactory(), f.InterfaceFactory(), f.FrontPortFactory()
    mixed = {
        "a_terminations": [end(one)],
        "b_terminations": [end(two), end(panel, "frontport")],
    }
    answer = client.post(CABLES, mixed, format="json")
    assert "one kind" in str(answer.json()["b_terminations"])
    twice = {"a_terminations": [end(one)], "b_terminations": [end(two), end(two)]}
    answer = client.post(CABLES, twice, format="json")
    assert "twice" in str(answer.json()["b_terminations"])
    pk = f.connect(one, two).pk
    answer = client.patch(f"{CABLES}{pk}/", {"a_terminations": [end(two)]}, format="json")
    assert answer.status_code == 400
    assert "twice" in str(answer.json())


def test_the_front_and_rear_of_one_port_are_not_joined(client: APIClient) -> None:
    mapping = f.PortMappingFactory()
    body = cable(end(mapping.front_port, "frontport"), end(mapping.rear_port, "rearport"))
    answer = client.post(CABLES, body, format="json")
    assert answer.status_code == 400
    assert "behind it" in str(answer.json())


def test_writing_a_cable_back_leaves_its_terminations_alone(client: APIClient) -> None:
    pk = f.connect(f.InterfaceFactory(), f.InterfaceFactory()).pk
    before = list(CableTermination.objects.order_by("pk").values("pk", "last_updated"))
    shown = client.get(f"{CABLES}{pk}/").json()
    body = {**shown, "status": shown["status"]["value"], "color": "ff0000"}
    answer = client.put(f"{CABLES}{pk}/", body, format="json")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["color"] == "ff0000"
    assert list(CableTermination.objects.order_by("pk").values("pk", "last_updated")) == before


def test_the_order_of_ports_at_an_end_is_kept(client: APIClient) -> None:
    near = f.InterfaceFactory()
    ports = [f.InterfaceFactory() for _ in range(3)]
    pk = f.connect(near, ports[0]).pk
    for wanted in (ports, ports[::-1]):
        body = {"b_terminations": [end(port) for port in wanted]}
        shown = client.patch(f"{CABLES}{pk}/", body, format="json").json()
        found = [one["object_id"] for one in shown["b_terminations"]]
        assert found == [port.pk for port in wanted]


def test_a_profile_given_later_lays_the_ports_out(client: APIClient) -> None:
    one = f.connect(f.InterfaceFactory(), f.InterfaceFactory())
    two = f.connect(f.InterfaceFactory(), f.InterfaceFactory())
    body = [{"id": one.pk, "profile": "single-1c2p"}, {"id": two.pk, "label": "plain"}]
    assert client.patch(CABLES, body, format="json").status_code == 200
    laid = CableTermination.objects.filter(cable=one).values_list("connector", "positions")
    assert list(laid) == [(1, [1, 2])] * 2
    assert set(CableTermination.objects.filter(cable=two).values_list("connector")) == {(None,)}
    client.patch(f"{CABLES}{one.pk}/", {"profile": None}, format="json")
    assert set(CableTermination.objects.values_list("connector", "positions")) == {(None, None)}


def test_two_cables_may_swap_ports_in_one_request(client: APIClient) -> None:
    a, b, c, d = (f.InterfaceFactory() for _ in range(4))
    one, two = f.connect(a, b), f.connect(c, d)
    body = [
        {"id": one.pk, "b_terminations": [end(d)]},
        {"id": two.pk, "b_terminations": [end(b)]},
    ]
    answer = client.patch(CABLES, body, format="json")
    assert answer.status_code == 200, answer.json()
    assert [row["b_terminations"][0]["object_id"] for row in answer.json()] == [d.pk, b.pk]


def test_a_port_named_by_two_cables_of_one_request_is_refused(client: APIClient) -> None:
    a, b, c = (f.InterfaceFactory() for _ in range(3))
    answer = client.post(CABLES, [cable(end(a), end(b)), cable(end(c), end(b))], format="json")
    assert answer.status_code == 400
    assert [bool(item) for item in answer.json()] == [False, True]
    assert not Cable.objects.exists()


def test_changing_many_cables_takes_few_statements(client: APIClient) -> None:
    cables = [f.connect(f.InterfaceFactory(), f.InterfaceFactory()) for _ in range(12)]

    def statements(chosen: list[Cable]) -> int:
        body = []
        for one in chosen:
            ports = [end(f.InterfaceFactory())]
            body.append({"id": one.pk, "profile": "single-1c1p", "b_terminations": ports})
        with CaptureQueriesContext(connection) as captured:
            assert client.patch(CABLES, body, format="json").status_code == 200
        return len(captured)

    statements(cables[:2])
    assert statements(cables[2:4]) == statements(cables[4:])


def test_ports_without_a_cable_have_empty_values(client: APIClient) -> None:
    near, free = f.InterfaceFactory(), f.InterfaceFactory()
    body = {
        "profile": "single-1c1p",
        "a_terminations": [end(near)],
        "b_terminations": [end(f.InterfaceFactory())],
    }
    pk = client.post(CABLES, body, format="json").json()["id"]

    def found(query: str) -> list[int]:
        answer = client.get(f"/api/dcim/interfaces/?device_id={near.device_id}&{query}")
        assert answer.status_code == 200, answer.json()
        more = client.get(f"/api/dcim/interfaces/?device_id={free.device_id}&{query}")
        return [row["id"] for one in (answer, more) for row in one.json()["results"]]

    assert found("cable_id=null") == [free.pk]
    assert found("cable_id__n=null") == [near.pk]
    assert found(f"cable_id__n={pk}") == [free.pk]
    assert found("cable_end__empty=true") == [free.pk]
    assert found("cable_end__empty=false") == [near.pk]
    assert found("cable_connector__empty=true") == [free.pk]
    assert found("cable_connector=1") == [near.pk]
    assert found("cable_connector__gt=1") == []


def test_a_feeds_cable_is_found_where_the_feed_is(client: APIClient) -> None:
    feed = PowerFeedFactory()
    pk = f.connect(feed, f.PowerPortFactory()).pk
    f.connect(f.InterfaceFactory(), f.InterfaceFactory())
    rows = client.get(f"{CABLES}?site_id={feed.power_panel.site_id}").json()["results"]
    assert [row["id"] for row in rows] == [pk]
    rows = client.get(f"{CABLES}?powerfeed_id={feed.pk}").json()["results"]
    assert [row["id"] for row in rows] == [pk]


def test_a_length_needs_its_unit(client: APIClient) -> None:
    ends = cable(end(f.InterfaceFactory()), end(f.InterfaceFactory()))
    answer = client.post(CABLES, {**ends, "length": 3}, format="json")
    assert answer.status_code == 400
    assert "unit" in str(answer.json())
    whole = {**ends, "length": 3, "length_unit": "m"}
    assert client.post(CABLES, whole, format="json").status_code == 201


def test_a_list_of_ports_costs_the_same_at_any_length(client: APIClient) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/api/dcim/interfaces/?limit=0").status_code == 200
        return len(captured)

    for _ in range(2):
        f.connect(f.InterfaceFactory(), f.InterfaceFactory())
    statements()  # content types are asked for once
    few = statements()
    for _ in range(10):
        f.connect(f.InterfaceFactory(), f.InterfaceFactory())
    assert statements() == few
