"""The tabs of a device, and what lists of racks tell beside their fields."""

import re

from core.web import columns
from core.web.columns import RowAction, add_row_actions
from dcim.models import ConsolePort
from tests.core.pages import admin_client, database, row_names, statements, text
from tests.dcim.factories import (
    ConsolePortFactory,
    DeviceFactory,
    DeviceTypeFactory,
    InterfaceFactory,
    InterfaceTemplateFactory,
    PowerPortFactory,
    RackFactory,
)
from tests.facilities.factories import LocationFactory


def tabs(page: str) -> dict[str, str]:
    """Label and count of each tab of the bar."""
    bar = page[page.index('class="tab-bar"') : page.index("</nav>", page.index('class="tab-bar"'))]
    return dict(re.findall(r'>([^<>]+)<span class="count">(\d+)</span>', bar))


@database
def test_a_device_has_a_tab_for_each_kind_of_component_it_has():
    device = DeviceFactory()
    InterfaceFactory.create_batch(3, device=device)
    InterfaceFactory()
    PowerPortFactory(device=device)
    page = text(admin_client().get(f"/dcim/devices/{device.pk}/"))
    assert tabs(page) == {"Interfaces": "3", "Power ports": "1"}
    folded = page[page.index("Empty<") : page.index("</details>", page.index("Empty<"))]
    assert f'href="/dcim/devices/{device.pk}/front-ports/"' in folded
    assert "interfaces" not in folded


@database
def test_a_tab_lists_the_rows_of_its_record_alone():
    device = DeviceFactory()
    InterfaceFactory(device=device, name="eth0")
    InterfaceFactory(device=device, name="eth1")
    other = InterfaceFactory(name="eth9")
    client = admin_client()
    here = f"/dcim/devices/{device.pk}/interfaces/"
    page = text(client.get(here))
    assert row_names(page) == ["eth0", "eth1"]
    assert f"/dcim/interfaces/add/?device={device.pk}&amp;return=" in page
    assert row_names(text(client.get(f"{here}?q=eth1"))) == ["eth1"]
    # No filter of the address leads out of the record.
    away = client.get(f"{here}?device_id={other.device_id}")
    assert row_names(text(away)) == ["eth0", "eth1"]
    # What is done to all that match, and what is exported, is what is shown.
    assert f"/dcim/interfaces/delete/?device_id={device.pk}" in page
    assert f"/dcim/interfaces/export/?device_id={device.pk}&amp;columns=name" in page


@database
def test_a_tab_costs_as_many_statements_for_fifty_rows_as_for_two():
    device = DeviceFactory()
    client = admin_client()
    InterfaceFactory.create_batch(2, device=device)
    few = statements(client, f"/dcim/devices/{device.pk}/interfaces/")
    InterfaceFactory.create_batch(48, device=device)
    assert statements(client, f"/dcim/devices/{device.pk}/interfaces/") == few
    assert few <= 20


@database
def test_an_empty_tab_offers_to_add_the_first_row():
    device = DeviceFactory()
    page = text(admin_client().get(f"/dcim/devices/{device.pk}/rear-ports/"))
    assert "There are no rear ports here" in page
    assert tabs(page) == {"Rear ports": "0"}
    assert f"/dcim/rear-ports/add/?device={device.pk}&amp;return=" in page


@database
def test_a_new_row_of_a_tab_starts_with_the_record_and_what_that_lies_in():
    rack = RackFactory()
    DeviceFactory(rack=rack)
    client = admin_client()
    page = text(client.get(f"/dcim/racks/{rack.pk}/devices/"))
    link = re.search(r'href="(/dcim/devices/add/[^"]*)"', page)
    assert link
    form = text(client.get(link[1].replace("&amp;", "&")))
    for place in (rack, rack.site):
        assert re.search(rf'<option value="{place.pk}" selected>{place}', form)


@database
def test_a_device_type_has_tabs_for_its_templates():
    kind = DeviceTypeFactory()
    InterfaceTemplateFactory.create_batch(2, device_type=kind)
    page = text(admin_client().get(f"/dcim/device-types/{kind.pk}/interface-templates/"))
    assert tabs(page) == {"Interface templates": "2"}


@database
def test_the_list_of_racks_tells_how_full_they_are():
    rack = RackFactory(u_height=40)
    RackFactory()
    kind = DeviceTypeFactory(u_height=10, is_full_depth=True)
    DeviceFactory(rack=rack, device_type=kind, position=1, face="front")
    client = admin_client()
    page = text(client.get("/dcim/racks/"))
    assert 'aria-label="Space used"' in page
    assert "10 of 40 U" in page
    few = statements(client, "/dcim/racks/")
    RackFactory.create_batch(40)
    assert statements(client, "/dcim/racks/") == few
    # It is a column like others: it can be chosen away.
    assert "10 of 40 U" not in text(client.get("/dcim/racks/?columns=name,site"))
    exported = client.get("/dcim/racks/export/?format=csv&columns=name,space")
    assert b"name" in b"".join(exported.streaming_content).splitlines()[0]


@database
def test_an_app_may_add_actions_to_rows(monkeypatch):
    monkeypatch.setattr(columns, "_actions", columns.defaultdict(list))
    port = ConsolePortFactory()
    add_row_actions(
        ConsolePort,
        lambda request, ids: {pk: [RowAction("Ring", "bell", f"/ring/{pk}/")] for pk in ids},
    )
    page = text(admin_client().get("/dcim/console-ports/"))
    assert f'<a href="/ring/{port.pk}/" aria-label="Ring: {port.name}" title="Ring">' in page


@database
def test_a_site_and_a_location_tell_how_full_their_racks_are():
    rack = RackFactory(u_height=30)
    hall = LocationFactory(site=rack.site)
    row = LocationFactory(site=rack.site, parent=hall)
    inside = RackFactory(site=rack.site, location=row, u_height=10)
    kind = DeviceTypeFactory(u_height=2, is_full_depth=False)
    for place in (rack, inside):
        # Two devices back to back take one space.
        for face in ("front", "rear"):
            DeviceFactory(
                rack=place, location=place.location, device_type=kind, position=3, face=face
            )
    client = admin_client()
    assert "4 of 40 U" in text(client.get(f"/dcim/sites/{rack.site.pk}/"))
    assert "2 of 10 U" in text(client.get(f"/dcim/locations/{hall.pk}/"))
