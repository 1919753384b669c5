"""Many ports connected at once: by lists, by pasted pairs, all or nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dcim.cabling.pairing import Line, Order, labels, lines
from dcim.models import Cable, CableTermination, Device
from tests.core.pages import admin_client, database, text
from tests.core.permits import permit, somebody
from tests.dcim.factories import (
    DeviceFactory,
    FrontPortFactory,
    InterfaceFactory,
    PortMappingFactory,
    PowerOutletFactory,
    PowerPortFactory,
    RackFactory,
    RearPortFactory,
    connect,
)
from tests.power.factories import PowerFeedFactory

HERE = "/dcim/cables/connect/"


def switch(name: str, ports: int, **values) -> Device:
    """A device with interfaces eth1, eth2, …"""
    device = DeviceFactory(name=name, **values)
    for number in range(1, ports + 1):
        InterfaceFactory(device=device, name=f"eth{number}")
    return device


def joined() -> list[tuple[str, str]]:
    """Names of the ports at both ends of each cable, in the order of the cables."""
    ends: dict[int, dict[str, str]] = {}
    for row in CableTermination.objects.order_by("cable", "cable_end"):
        ends.setdefault(row.cable_id, {})[row.cable_end] = row.termination.name
    return [(each["A"], each["B"]) for each in ends.values()]


def test_ports_are_taken_in_an_order():
    ports = [1, 2, 3, 4, 5, 6]
    assert Order().of(ports) == ports
    assert Order(skip=1, step=2).of(ports) == [2, 4, 6]
    assert Order(skip=1, step=2, reverse=True).of(ports) == [5, 3, 1]


def test_labels_count_up_as_wide_as_they_start():
    assert labels("A-{n}", "", 2) == ["A-1", "A-2"]
    assert labels("{n}/x", "099", 2) == ["099/x", "100/x"]
    assert labels("same", "7", 2) == ["same", "same"]
    with pytest.raises(ValueError, match="whole number"):
        labels("{n}", "one", 1)


def test_pairs_are_read_from_lines():
    assert lines("eth1, eth2\n\neth3,eth4") == [
        Line(1, ("", "eth1"), ("", "eth2")),
        Line(3, ("", "eth3"), ("", "eth4")),
    ]
    pasted = "B port\tB device\tA port\tLength\n e2\td2\te1\t3"
    assert lines(pasted) == [Line(2, ("", "e1"), ("d2", "e2"), {"length": "3"})]
    assert lines('"a, b";1;c;2;L-1') == [Line(1, ("a, b", "1"), ("c", "2"), {"label": "L-1"})]
    for wrong, words in (
        ("a,b,c", "Line 1 has 3 columns"),
        ("a_port,b_port,colour", "no column colour"),
        ("a,b\n" * 501, "501 pairs"),
    ):
        with pytest.raises(ValueError, match=words):
            lines(wrong)


@database
def test_the_free_ports_of_both_sides_are_paired_and_connected():
    near, far = switch("near", 12), switch("far", 12)
    connect(near.interfaces.get(name="eth2"), InterfaceFactory(name="else"))
    old = Cable.objects.get().pk
    client = admin_client()
    sent = {"a_device": near.pk, "b_device": far.pk, "b_skip": "10", "b_reverse": "", "count": "2"}
    page = text(client.get(f"{HERE}?a_device={near.pk}"))
    assert "Interface (11 free)" in page
    sent |= {"status": "planned", "type": "cat6", "color": "4caf50", "label": "X-{n}"}
    sent |= {
        "start": "09",
        "length": "3",
        "length_unit": "m",
        "return": f"/dcim/devices/{near.pk}/",
    }
    shown = client.post(HERE, sent)
    assert shown.status_code == 200
    # Natural order: eth2 is taken, eth10 comes after eth9.
    row = text(shown).split("near eth3")[1].split("</tr>")[0]
    assert "far eth12" in row and "X-10" in row
    assert "Nothing is wrong" in text(client.post(HERE, {**sent, "_check": "1"}))
    assert Cable.objects.count() == 1
    answer = client.post(HERE, {**sent, "_connect": "1"})
    assert answer.status_code == 302 and answer.url == sent["return"], text(answer)
    assert joined()[1:] == [("eth1", "eth11"), ("eth3", "eth12")]
    made = Cable.objects.exclude(pk=old).order_by("pk")
    assert [(c.label, c.type, c.status, c.color, c.length_m) for c in made] == [
        ("X-09", "cat6", "planned", "4caf50", 3),
        ("X-10", "cat6", "planned", "4caf50", 3),
    ]


@database
def test_ticked_ports_of_a_rack_are_paired_from_the_last_on():
    rack = RackFactory()
    servers = [DeviceFactory(name=f"srv-{n}", rack=rack) for n in (1, 2, 10)]
    for server in servers:
        for name in ("PSU1", "PSU2"):
            PowerPortFactory(device=server, name=name)
    pdu = DeviceFactory(rack=rack)
    outlets = [PowerOutletFactory(device=pdu, name=f"{n}") for n in (1, 2, 10, 11)]
    sent = {"a_rack": rack.pk, "a_kind": "powerport", "a_name": "*1", "b_device": pdu.pk}
    ticked = {"b_port": [outlets[0].pk, outlets[2].pk, outlets[3].pk], "b_reverse": "1"}
    answer = admin_client().post(HERE, {**sent, **ticked, "status": "connected", "_connect": "1"})
    assert answer.status_code == 302, text(answer)
    ends = CableTermination.objects.order_by("cable", "cable_end")
    assert [(str(row.termination.device), row.termination.name) for row in ends] == [
        *(("srv-1", "PSU1"), (str(pdu), "11"), ("srv-2", "PSU1"), (str(pdu), "10")),
        *(("srv-10", "PSU1"), (str(pdu), "1")),
    ]


@database
def test_feeds_of_a_rack_lead_to_its_pdus():
    rack = RackFactory()
    feed = PowerFeedFactory(rack=rack, power_panel__site=rack.site)
    inlet = PowerPortFactory(device=DeviceFactory(rack=rack), name="Inlet")
    sent = {"a_rack": rack.pk, "a_kind": "powerfeed", "b_rack": rack.pk, "status": "connected"}
    answer = admin_client().post(HERE, {**sent, "_connect": "1"})
    assert answer.status_code == 302, text(answer)
    assert joined() == [(feed.name, inlet.name)]


@database
def test_pasted_pairs_that_cannot_be_are_marked_and_nothing_is_stored():
    near, far = switch("near", 4), switch("far", 3)
    taken = connect(near.interfaces.get(name="eth2"), InterfaceFactory())
    Cable.objects.filter(pk=taken.pk).update(label="OLD")
    PowerPortFactory(device=far, name="PSU")
    pasted = "\n".join(
        (
            *("near,eth1,far,eth1,OK-1", "near,eth2,far,eth2", "near,eth9,far,eth2"),
            *("near,eth3,far,PSU", "near,eth1,far,eth3", "near,eth4,far,eth3"),
        )
    )
    client, sent = admin_client(), {"way": "paste", "status": "connected", "_connect": "1"}
    answer = client.post(HERE, {**sent, "pasted": pasted})
    page = text(answer)
    assert answer.status_code == 422
    assert "4 of 6 pairs would be refused" in page
    for words in (
        "Cable OLD is already plugged into interface eth2.",
        "End A: there is no port near eth9.",
        "A interface cannot be connected to a power port.",
        "eth1 is in another pair as well.",
    ):
        assert words in page
    assert Cable.objects.count() == 1
    good = "near,eth1,far,eth1,OK-1\nnear,eth4,far,eth3,OK-2"
    assert client.post(HERE, {**sent, "pasted": good}).status_code == 302
    assert list(Cable.objects.order_by("pk").values_list("label", flat=True)[1:]) == [
        "OK-1",
        "OK-2",
    ]


@database
def test_what_only_the_database_knows_is_said_before_anything_is_stored():
    device = DeviceFactory(name="panel")
    front, rear = FrontPortFactory(device=device), RearPortFactory(device=device)
    PortMappingFactory(front_port=front, rear_port=rear)
    sent = {"a_device": device.pk, "a_kind": "frontport", "b_device": device.pk}
    sent |= {"b_kind": "rearport", "status": "connected"}
    client, loop = admin_client(), "A front port cannot be connected to the rear port behind it."
    assert loop not in text(client.post(HERE, sent))
    for button in ("_check", "_connect"):
        answer = client.post(HERE, {**sent, button: "1"})
        assert answer.status_code == 422 and loop in text(answer)
    assert not Cable.objects.exists()


@database
def test_only_ports_that_may_be_seen_are_offered_or_found_by_name():
    near, far = switch("near", 2), switch("far", 2)
    user = somebody("dcim.cable", "view add")
    client = admin_client()
    client.force_login(user)
    permit(user, "dcim.device dcim.interface", "view", {"name__in": ["near", "eth1", "far"]})
    page = text(client.get(f"{HERE}?a_device={near.pk}&b_device={far.pk}"))
    assert "near eth1" in page and "eth2" not in page
    pasted = {"way": "paste", "pasted": "near,eth2,far,eth1", "status": "connected"}
    assert "there is no port near eth2" in text(client.post(HERE, pasted))
    forged = {"a_device": near.pk, "a_port": near.interfaces.get(name="eth2").pk}
    forged |= {"b_device": far.pk, "status": "connected", "_connect": "1"}
    client.post(HERE, forged)
    assert joined() == [("eth1", "eth1")]
    client.force_login(somebody("dcim.cable", "view"))
    assert client.get(HERE).status_code == 403


@database
def test_the_number_of_statements_does_not_depend_on_how_many_are_connected():
    client = admin_client()

    def cost(count: int) -> int:
        near, far = switch(f"a{count}", count), switch(f"b{count}", count)
        sent = {"a_device": near.pk, "b_device": far.pk, "status": "connected", "_connect": "1"}
        with CaptureQueriesContext(connection) as captured:
            assert client.post(HERE, sent).status_code == 302
        assert Cable.objects.count() >= count
        return len(captured)

    cost(1)
    assert cost(2) == cost(24)


@database
def test_it_is_reached_from_the_cables_a_device_and_a_rack():
    device = DeviceFactory(rack=RackFactory())
    client = admin_client()
    assert f'href="{HERE}"' in text(client.get("/dcim/cables/"))
    assert f"{HERE}?a_device={device.pk}" in text(client.get(f"/dcim/devices/{device.pk}/"))
    assert f"{HERE}?a_rack={device.rack_id}" in text(client.get(f"/dcim/racks/{device.rack_id}/"))
