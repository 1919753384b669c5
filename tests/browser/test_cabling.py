"""Cabling in a real browser: the A and B side of a server, and taking it out of service."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from dcim.models import Cable, CableTermination
from tests.dcim.factories import DeviceFactory, PowerOutletFactory, PowerPortFactory
from tests.facilities.factories import SiteFactory
from tests.power.factories import PowerFeedFactory, PowerPanelFactory
from tests.racks.factories import RackFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def joined() -> set[tuple[str, ...]]:
    """The names of the ports at the ends of each cable, A first."""
    found: dict[int, list[str]] = {}
    for row in CableTermination.objects.order_by("cable", "cable_end"):
        found.setdefault(row.cable_id, []).append(row.termination.name)
    return {tuple(names) for names in found.values()}


def choose(page: Page, end: str, place: str, name: str) -> None:
    """Choose a place of a side."""
    page.locator(f"#id_{end}_{place}_search").click()
    page.get_by_role("option", name=name, exact=True).click()


def test_both_sides_of_a_server_are_cabled_from_feed_to_supply(page: Page) -> None:
    site = SiteFactory()
    rack = RackFactory(site=site, name="R1")
    server = DeviceFactory(rack=rack, name="srv-1")
    for side in "AB":
        panel = PowerPanelFactory(site=site, name=f"Panel {side}")
        PowerFeedFactory(power_panel=panel, rack=rack, name=f"Feed {side}")
        pdu = DeviceFactory(rack=rack, name=f"pdu-{side.lower()}")
        inlet = PowerPortFactory(device=pdu, name=f"Inlet {side}")
        for number in range(1, 4):
            PowerOutletFactory(device=pdu, name=f"{side}{number}", power_port=inlet)
        PowerPortFactory(device=server, name=f"PSU {side}", allocated_draw=400)
    # Feeds to PDUs, both sides at once: the first with the first.
    page.goto(f"/dcim/cables/connect/?a_rack={rack.pk}")
    page.get_by_label("Kind").first.select_option(label="Power feed (2 free)")
    choose(page, "b", "rack", "R1")
    page.locator("#id_b_name").fill("Inlet")
    pairs = page.locator(".connect-pairs tbody tr")
    expect(pairs).to_have_count(2)
    expect(pairs.last).to_contain_text("pdu-b Inlet B")
    page.locator("#id_label").fill("F-{n}")
    expect(pairs.last).to_contain_text("F-2")
    page.get_by_role("button", name="Connect 2").click()
    page.wait_for_url(re.compile("/dcim/cables/$"))
    # Each supply to an outlet of its side, by pasted pairs; a mistake is told first.
    page.goto("/dcim/cables/connect/")
    page.get_by_label("Pasted pairs").check()
    page.locator("#id_pasted").fill("pdu-a,A1,srv-1,PSU A\npdu-b,B9,srv-1,PSU B")
    expect(page.locator(".is-refused")).to_contain_text("there is no port pdu-b B9")
    expect(page.get_by_role("button", name="Connect", exact=True)).to_be_disabled()
    page.locator("#id_pasted").fill("pdu-a,A1,srv-1,PSU A\npdu-b,B1,srv-1,PSU B")
    page.get_by_role("button", name="Connect 2").click()
    page.wait_for_url(re.compile("/dcim/cables/$"))
    assert joined() == {
        *(("Feed A", "Inlet A"), ("Feed B", "Inlet B")),
        *(("A1", "PSU A"), ("B1", "PSU B")),
    }
    page.goto(f"/dcim/devices/{server.pk}/")
    ways = page.locator(".path-way")
    expect(ways).to_have_count(2)
    expect(ways.first).to_contain_text(re.compile("pdu-a.*Feed A.*Panel A", re.S))
    expect(ways.last).to_contain_text(re.compile("pdu-b.*Feed B.*Panel B", re.S))
    expect(page.locator(".power-path")).to_contain_text("No single failure takes it down")
    # And out of service again.
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Decommission").click()
    expect(page.locator("main")).to_contain_text("2 cables, with what is recorded of them")
    page.get_by_role("button", name="Decommission device").click()
    page.wait_for_url(re.compile(f"/dcim/devices/{server.pk}/$"))
    assert Cable.objects.count() == 2


def test_a_rack_shows_its_free_places_at_once_and_one_is_chosen_in_the_drawing(page: Page) -> None:
    site = SiteFactory()
    racks = [RackFactory(site=site, name=name, u_height=12) for name in ("R1", "R2")]
    device = DeviceFactory(rack=racks[0], position=3, face="front", name="srv-1")
    page.goto(f"/dcim/devices/{device.pk}/move/")
    page.locator("#id_rack_search").click()
    page.get_by_role("option", name="R2").click()
    page.wait_for_url(re.compile(f"rack={racks[1].pk}"))
    page.get_by_role("link", name="Choose at U7, front").click()
    expect(page.locator("#id_place")).to_have_value("7|front")
    page.get_by_role("button", name="Move", exact=True).click()
    page.wait_for_url(re.compile(f"/dcim/devices/{device.pk}/$"))
    device.refresh_from_db()
    assert (device.rack, device.position, device.face) == (racks[1], 7, "front")
