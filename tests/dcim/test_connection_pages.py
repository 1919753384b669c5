"""Traces on pages, and the mappings of front and rear ports in their forms."""

import re

from dcim.models import FrontPort, FrontPortTemplate, PortMapping
from tests.core.pages import admin_client, database, statements, text
from tests.dcim.factories import (
    CableFactory,
    CableTerminationFactory,
    DeviceFactory,
    DeviceTypeFactory,
    FrontPortFactory,
    InterfaceFactory,
    PortMappingFactory,
    RackFactory,
    RearPortFactory,
    RearPortTemplateFactory,
    connect,
)


def panel(name: str):
    """A front and a rear port with one behind the other."""
    device = DeviceFactory(name=name, rack=RackFactory(name=f"rack of {name}"))
    front = FrontPortFactory(device=device, name="front")
    rear = RearPortFactory(device=device, name="rear")
    PortMappingFactory(front_port=front, rear_port=rear)
    return front, rear


def path():
    """An interface, a panel, another, and an interface."""
    near = InterfaceFactory(name="eth0")
    far = InterfaceFactory(name="eth9")
    (front, rear), (other_front, other_rear) = panel("panel 1"), panel("panel 2")
    cables = [connect(near, front), connect(rear, other_rear), connect(other_front, far)]
    return near, far, front, cables


def stops(page: str) -> list[str]:
    """The ports and cables of the chains of a page, in order."""
    start = page.index('id="trace"')
    found = page[start : page.index("</section>", start)]
    return re.findall(r'href="/dcim/(?!devices|racks|sites)[a-z-]+/\d+/">([^<]*)</a>', found)


@database
def test_the_page_of_a_port_shows_its_path_hop_by_hop():
    near, _, front, cables = path()
    one, two, three = (f"#{cable.pk}" for cable in cables)
    client = admin_client()
    page = text(client.get(f"/dcim/interfaces/{near.pk}/"))
    chain = ["eth0", one, "front", "rear", two, "rear", "front", three, "eth9"]
    assert stops(page) == chain
    assert "3 cables · connected from end to end" in page
    assert "rack of panel 2" in page
    # On a panel's port the same path is shown from one end to the other, once.
    assert stops(text(client.get(f"/dcim/front-ports/{front.pk}/"))) in (chain, chain[::-1])
    assert stops(text(client.get(f"/dcim/cables/{cables[1].pk}/"))) in (chain, chain[::-1])


@database
def test_a_path_that_is_not_whole_says_why():
    near, _, _, cables = path()
    cables[2].delete()
    client = admin_client()
    page = text(client.get(f"/dcim/interfaces/{near.pk}/"))
    assert "It ends in a panel, where nothing is plugged in further on." in page
    near, _, _, cables = path()
    cables[1].status = "planned"
    cables[1].save()
    page = text(client.get(f"/dcim/interfaces/{near.pk}/"))
    assert "Not every cable of it is connected yet." in page


@database
def test_a_free_port_offers_to_be_connected_and_a_plugged_one_to_be_disconnected():
    free, (one, two) = InterfaceFactory(), InterfaceFactory.create_batch(2)
    cable = connect(one, two)
    client = admin_client()
    page = text(client.get(f"/dcim/interfaces/{free.pk}/"))
    assert "Nothing is plugged in." in page
    assert f"/dcim/cables/add/?a_terminations=dcim.interface%3A{free.pk}" in page
    page = text(client.get(f"/dcim/interfaces/{one.pk}/"))
    away = f"/dcim/cables/{cable.pk}/delete/?return=%2Fdcim%2Finterfaces%2F{one.pk}%2F"
    assert away in page
    assert client.post(away.replace("%2F", "/")).url == f"/dcim/interfaces/{one.pk}/"
    assert "Nothing is plugged in." in text(client.get(f"/dcim/interfaces/{one.pk}/"))


@database
def test_the_page_of_a_cable_costs_a_fixed_number_of_statements():
    client = admin_client()

    def trunk(lanes: int):
        cable = CableFactory(profile=f"trunk-{lanes}c1p")
        for end in "AB":
            for number in range(1, lanes + 1):
                front, rear = panel(f"{cable.pk}{end}{number}")
                connect(InterfaceFactory(), front)
                CableTerminationFactory(
                    cable=cable, cable_end=end, port=rear, connector=number, positions=[1]
                )
        return cable

    few = statements(client, f"/dcim/cables/{trunk(1).pk}/")
    assert statements(client, f"/dcim/cables/{trunk(4).pk}/") == few


@database
def test_a_list_of_ports_shows_what_each_is_plugged_into_and_the_colour_of_the_cable():
    near, far = InterfaceFactory(name="eth0"), InterfaceFactory(name="eth9")
    cable = connect(near, far)
    cable.color, cable.status = "4caf50", "planned"
    cable.save()
    page = text(admin_client().get(f"/dcim/devices/{near.device_id}/interfaces/"))
    link = re.search(rf'<a href="/dcim/cables/{cable.pk}/">(.*?)</a>', page)
    assert link and 'color="#4caf50"' in link[1]
    assert '<span class="quiet">planned</span>' in page
    assert f'href="/dcim/interfaces/{far.pk}/">eth9</a>' in page
    assert f'href="/dcim/devices/{far.device_id}/">' in page


@database
def test_a_device_tells_how_many_of_its_ports_are_in_use():
    device = DeviceFactory()
    ports = InterfaceFactory.create_batch(4, device=device)
    InterfaceFactory(device=device, type="virtual")
    connect(ports[0], InterfaceFactory())
    page = text(admin_client().get(f"/dcim/devices/{device.pk}/"))
    assert re.search(r'aria-label="Interfaces in use".*?1 of 4<', page)


@database
def test_what_is_behind_a_port_is_chosen_in_rows():
    device = DeviceFactory()
    one, two = (RearPortFactory(device=device, name=f"R{n}") for n in (1, 2))
    client = admin_client()
    sent = {
        "device": device.pk,
        "name": "F1",
        "type": "lc",
        "positions": 2,
        "rear_ports-0-position": 1,
        "rear_ports-0-port": one.pk,
        "rear_ports-0-there": 1,
        "rear_ports-1-position": 2,
        "rear_ports-1-port": two.pk,
        "rear_ports-1-there": 1,
        "rear_ports-2-position": 3,
        "rear_ports-2-port": "",
        "rear_ports-2-there": 1,
    }
    answer = client.post("/dcim/front-ports/add/", sent)
    assert answer.status_code == 302, text(answer)
    front = FrontPort.objects.get(name="F1")
    columns = ("front_port_position", "rear_port", "rear_port_position")
    mapped = PortMapping.objects.filter(front_port=front).order_by("front_port_position")
    assert list(mapped.values_list(*columns)) == [(1, one.pk, 1), (2, two.pk, 1)]
    page = text(client.get(f"/dcim/front-ports/{front.pk}/"))
    assert re.findall(r'class="row-link" href="/dcim/rear-ports/\d+/">(R\d)', page) == ["R1", "R2"]
    form = text(client.get(f"/dcim/front-ports/{front.pk}/edit/"))
    assert f'<option value="{two.pk}" selected>R2</option>' in form
    assert 'data-params="{&quot;device_id&quot;: &quot;device&quot;}"' in form or (
        "data-params='{&quot;device_id&quot;: &quot;device&quot;}'" in form
    )


@database
def test_what_cannot_be_behind_a_port_is_said_beside_the_rows():
    device = DeviceFactory()
    elsewhere = RearPortFactory()
    sent = {"device": device.pk, "name": "F1", "type": "lc", "positions": 1}
    row = {"rear_ports-0-position": 1, "rear_ports-0-there": 1}
    answer = admin_client().post(
        "/dcim/front-ports/add/", {**sent, **row, "rear_ports-0-port": elsewhere.pk}
    )
    assert answer.status_code == 422
    page = text(answer)
    rows = page[page.index('data-mapping="rear_ports"') : page.index("Leave the port empty")]
    assert "field-fault" in rows
    assert f'<option value="{elsewhere.pk}" selected>' in rows


@database
def test_the_templates_of_a_type_have_the_same_rows():
    kind = DeviceTypeFactory()
    rear = RearPortTemplateFactory(device_type=kind)
    sent = {
        "device_type": kind.pk,
        "name": "F1",
        "type": "lc",
        "positions": 1,
        "rear_ports-0-position": 1,
        "rear_ports-0-port": rear.pk,
        "rear_ports-0-there": 1,
    }
    answer = admin_client().post("/dcim/front-port-templates/add/", sent)
    assert answer.status_code == 302, text(answer)
    made = FrontPortTemplate.objects.get(name="F1")
    assert list(made.mappings.values_list("rear_port", flat=True)) == [rear.pk]


@database
def test_a_cable_has_a_label_for_each_end_and_its_code_opens_its_page(settings):
    settings.PUBLIC_URL = "https://dc.example"
    near = InterfaceFactory(device=DeviceFactory(name="sw-1"), name="eth0")
    cable = connect(near, InterfaceFactory(device=DeviceFactory(name="sw-2"), name="eth9"))
    page = text(admin_client().get(f"/dcim/cables/labels/?pk={cable.pk}"))
    told = [re.findall("<span>([^<]*)</span>", each) for each in page.split('class="label"')[1:]]
    assert told == [["sw-1 eth0", "→ sw-2 eth9"], ["sw-2 eth9", "→ sw-1 eth0"]]
    assert page.count('class="label-code"') == 2
