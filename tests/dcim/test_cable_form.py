"""The form that connects ports."""

import re

from django.test import Client

from dcim.models import Cable, CableTermination
from tests.core.pages import admin_client, database, statements, text
from tests.core.permits import permit, somebody
from tests.dcim.factories import (
    DeviceFactory,
    InterfaceFactory,
    PowerOutletFactory,
    PowerPortFactory,
    RackFactory,
    connect,
)
from tests.power.factories import PowerFeedFactory

ADD = "/dcim/cables/add/"


def end(page: str, name: str) -> str:
    """The part of a page that is one end."""
    start = page.index(f'data-end="{name}"')
    return page[start : page.index("</fieldset>", start)]


def options(part: str, name: str) -> dict[str, bool]:
    """Labels of a select's options, and whether they are chosen."""
    select = re.search(rf'<select name="{name}".*?</select>', part, re.S)
    assert select, part
    found = re.findall(r"<option value=\"[^\"]+\"( selected)?>([^<]*)", select[0])
    return {label: bool(chosen) for chosen, label in found}


def plugged(cable: Cable) -> dict[str, set[int]]:
    """Ids of the ports at each end."""
    found: dict[str, set[int]] = {}
    for each in CableTermination.objects.filter(cable=cable):
        found.setdefault(each.cable_end, set()).add(each.termination_id)
    return found


@database
def test_a_port_is_end_a_of_the_form_that_its_row_opens():
    device = DeviceFactory(rack=RackFactory())
    port = InterfaceFactory(device=device, name="eth0")
    InterfaceFactory(device=device, name="eth1", type="10gbase-x-sfpp")
    page = text(admin_client().get(f"/dcim/devices/{device.pk}/interfaces/"))
    link = re.search(r'href="(/dcim/cables/add/\?[^"]+)" aria-label="Connect: eth0"', page)
    assert link
    form = text(admin_client().get(link[1].replace("&amp;", "&")))
    near = end(form, "a")
    assert options(near, "a_terminations") == {
        f"eth0 · {port.get_type_display()}": True,
        "eth1 · SFP+ (10GE)": False,
    }
    for place in (device.site, device.rack, device):
        assert re.search(rf'<option value="{place.pk}" selected>', near)
    assert "Choose a device" in end(form, "b")


@database
def test_only_ports_that_are_free_and_fit_are_offered():
    device = DeviceFactory()
    InterfaceFactory(device=device, name="free")
    taken = InterfaceFactory(device=device, name="taken")
    connect(taken, InterfaceFactory())
    InterfaceFactory(device=device, name="marked", mark_connected=True)
    InterfaceFactory(device=device, name="air", type="ieee802.11ax")
    PowerPortFactory(device=device, name="psu")
    client, outlet = admin_client(), PowerOutletFactory()
    here = f"/dcim/cables/ports/?end=b&b_device={device.pk}"
    part = text(client.get(here))
    assert options(part, "b_kind") == {"Interface (1 free)": True, "Power port (1 free)": False}
    assert [label.split(" · ")[0] for label in options(part, "b_terminations")] == ["free"]
    opposite = text(client.get(f"{here}&a_terminations=dcim.poweroutlet:{outlet.pk}"))
    assert options(opposite, "b_kind") == {"Power port (1 free)": True}
    assert list(options(opposite, "b_terminations")) == ["psu"]


@database
def test_the_feeds_of_a_place_are_offered_where_no_device_is_chosen():
    feed = PowerFeedFactory(name="A1")
    site = feed.power_panel.site_id
    part = text(admin_client().get(f"/dcim/cables/ports/?end=a&a_site={site}"))
    assert options(part, "a_kind") == {"Power feed (1 free)": True}
    assert list(options(part, "a_terminations")) == ["A1"]


@database
def test_ports_are_connected_and_people_come_back_to_where_they_were():
    one, two = InterfaceFactory(), InterfaceFactory()
    sent = {
        "a_terminations": f"dcim.interface:{one.pk}",
        "b_terminations": f"dcim.interface:{two.pk}",
        "status": "connected",
        "type": "cat6",
        "color": "4caf50",
        "length": "3",
        "length_unit": "m",
        "label": "X-1",
        "return": f"/dcim/devices/{one.device_id}/interfaces/",
    }
    answer = admin_client().post(ADD, sent)
    assert answer.status_code == 302, text(answer)
    assert answer.headers["Location"] == sent["return"]
    cable = Cable.objects.get()
    assert (cable.label, cable.type, cable.length_unit) == ("X-1", "cat6", "m")
    assert plugged(cable) == {"A": {one.pk}, "B": {two.pk}}


@database
def test_a_breakout_has_several_ports_at_one_end_on_different_devices():
    one, four = InterfaceFactory(), InterfaceFactory.create_batch(4)
    sent = {
        "a_terminations": f"dcim.interface:{one.pk}",
        "b_terminations": [f"dcim.interface:{port.pk}" for port in four],
        "status": "connected",
        "profile": "breakout-1c4p-4c1p",
    }
    answer = admin_client().post(ADD, sent)
    assert answer.status_code == 302, text(answer)
    assert plugged(Cable.objects.get())["B"] == {port.pk for port in four}


@database
def test_what_the_database_refuses_is_said_beside_the_end_and_the_input_is_kept():
    port, taken = InterfaceFactory(name="eth0"), InterfaceFactory(name="eth1")
    old = connect(taken, InterfaceFactory())
    Cable.objects.filter(pk=old.pk).update(label="OLD")
    sent = {
        "a_terminations": f"dcim.interface:{port.pk}",
        "a_device": port.device_id,
        "a_kind": "interface",
        "b_terminations": f"dcim.interface:{taken.pk}",
        "b_device": taken.device_id,
        "b_kind": "interface",
        "status": "connected",
        "label": "NEW",
    }
    answer = admin_client().post(ADD, sent)
    assert answer.status_code == 422
    page = text(answer)
    assert "Cable OLD is already plugged into interface eth1." in end(page, "b")
    assert "field-fault" not in end(page, "a")
    assert f'<option value="dcim.interface:{port.pk}" selected>' in end(page, "a")
    assert 'value="NEW"' in page
    assert Cable.objects.count() == 1


@database
def test_the_ends_of_a_cable_are_changed_by_the_same_form():
    one, two, three = InterfaceFactory.create_batch(3, device=DeviceFactory())
    cable = connect(one, two)
    client = admin_client()
    page = text(client.get(f"/dcim/cables/{cable.pk}/edit/"))
    near = end(page, "a")
    assert f'<option value="dcim.interface:{one.pk}" selected>' in near
    assert f'<option value="dcim.interface:{three.pk}">' in near
    version = re.search(r'name="_version" value="([^"]*)"', page)
    assert version
    sent = {
        "a_terminations": f"dcim.interface:{one.pk}",
        "b_terminations": f"dcim.interface:{three.pk}",
        "status": "connected",
        "_version": version[1].replace("&quot;", '"'),
    }
    answer = client.post(f"/dcim/cables/{cable.pk}/edit/", sent)
    assert answer.status_code == 302, text(answer)
    assert plugged(cable) == {"A": {one.pk}, "B": {three.pk}}
    # A copy is another cable, so it starts without ends.
    copy = text(client.get(f"/dcim/cables/{cable.pk}/clone/"))
    assert "selected" not in end(copy, "a")


@database
def test_without_scripts_the_ports_of_a_place_are_shown_on_demand():
    port = InterfaceFactory(name="eth0")
    sent = {"a_device": port.device_id, "label": "X-2", "_again": "1"}
    answer = admin_client().post(ADD, sent)
    assert answer.status_code == 200
    page = text(answer)
    assert [label.split(" · ")[0] for label in options(end(page, "a"), "a_terminations")] == [
        "eth0"
    ]
    assert 'value="X-2"' in page
    assert "field-fault" not in page


@database
def test_the_ports_offered_cost_a_fixed_number_of_statements():
    device = DeviceFactory()
    InterfaceFactory.create_batch(2, device=device)
    PowerOutletFactory.create_batch(2, device=device)
    client = admin_client()
    here = f"/dcim/cables/ports/?end=a&a_device={device.pk}"
    few = statements(client, here)
    InterfaceFactory.create_batch(48, device=device)
    assert statements(client, here) == few
    assert few <= 8


@database
def test_ports_that_somebody_may_not_see_are_neither_offered_nor_named():
    mine, other = DeviceFactory(name="mine"), DeviceFactory(name="other")
    InterfaceFactory(device=mine, name="eth0")
    hidden = InterfaceFactory(device=other, name="eth9")
    user = somebody("dcim.cable", "view add")
    permit(user, "dcim.interface", "view", {"device": mine.pk})
    client = Client()
    client.force_login(user)
    part = text(client.get(f"/dcim/cables/ports/?end=a&a_device={mine.pk}"))
    assert options(part, "a_kind") == {"Interface (1 free)": True}
    away = text(
        client.get(
            f"/dcim/cables/ports/?end=a&a_device={other.pk}"
            f"&a_terminations=dcim.interface:{hidden.pk}"
        )
    )
    assert "eth9" not in away
    sent = {"a_terminations": f"dcim.interface:{hidden.pk}", "status": "connected"}
    refused = client.post(ADD, sent)
    assert refused.status_code == 422
    assert "eth9" not in text(refused)
    assert not Cable.objects.exists()
    assert client.get("/dcim/cables/ports/").status_code == 200
    stranger = Client()
    stranger.force_login(somebody())
    assert stranger.get("/dcim/cables/ports/").status_code in (403, 404)


@database
def test_rubbish_is_refused_with_a_sentence():
    client = admin_client()
    rubbish = "a_device=99999999999999999999&a_site=x&a_kind=nothing&a_terminations=dcim.rack:1"
    assert client.get(f"/dcim/cables/ports/?end=zz&cable=x&{rubbish}").status_code == 200
    for value in ("dcim.rack:1", "nonsense", "dcim.interface:", "dcim.interface:0x1"):
        answer = client.post(ADD, {"a_terminations": value, "status": "connected"})
        assert answer.status_code == 422
        assert "Choose ports of the list." in end(text(answer), "a")
