"""Labels are scanned and racks audited, as on a tablet in the aisle."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Page, expect

from dcim.models import RackAuditLine
from tests.dcim.factories import DeviceFactory, DeviceTypeFactory, RackFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_code_is_typed_by_a_scanner_and_read_from_a_picture(
    page: Page, address: str, tmp_path: Path
) -> None:
    typed = DeviceFactory(name="db-1", asset_tag="HR-000123")
    pictured = DeviceFactory(name="db-2")
    page.goto("/scan/")
    # A hand-held scanner types wherever the focus is, then presses Enter.
    page.locator("h1").click()
    page.keyboard.type("HR-000123\n")
    page.wait_for_url(f"{address}/dcim/devices/{typed.pk}/")
    page.goto("/scan/")
    picture = tmp_path / "label.png"
    segno.make(f"{address}/dcim/devices/{pictured.pk}/").save(str(picture), scale=6)
    page.get_by_label("Keep scanning").check()
    page.locator("[data-picture]").set_input_files(picture)
    expect(page.locator("[data-results] strong")).to_have_text(["Device db-2"])
    segno.make("https://evil.example.com/dcim/devices/1/").save(str(picture), scale=6)
    page.get_by_label("Open it").check()
    page.locator("[data-picture]").set_input_files(picture)
    expect(page.get_by_role("alert").first).to_contain_text("leads to evil.example.com")
    picture.write_text("no picture")
    page.locator("[data-picture]").set_input_files(picture)
    expect(page.locator("[data-fault]")).to_contain_text("no picture")
    page.get_by_label("Keep scanning").check()
    page.get_by_label("Code, serial number").fill("nothing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing is called nothing")).to_be_visible()


def test_a_rack_is_audited_to_the_end_though_the_network_goes_away(
    page: Page, address: str, tmp_path: Path
) -> None:
    rack = RackFactory(name="A1")
    kind = DeviceTypeFactory(u_height=1)
    one, two, three = (
        DeviceFactory(
            name=name, site=rack.site, rack=rack, device_type=kind, position=n, face="front"
        )
        for n, name in enumerate(("one", "two", "three"), start=1)
    )
    DeviceFactory(name="guest", serial="G-1", rack=RackFactory(name="B7"), device_type=kind)
    # From the beginning: what a page sends right after it is intercepted may still get through.
    away = threading.Event()
    page.route(
        "**/*",
        lambda route: (
            route.abort() if away.is_set() and route.request.method == "POST" else route.continue_()
        ),
    )
    page.goto(f"/dcim/racks/{rack.pk}/")
    page.get_by_role("link", name="Audit", exact=True).click()
    page.get_by_role("button", name="Start the audit").click()
    page.wait_for_url("**/walk/")  # and its scripts: without them a mark is a form
    rows = page.locator("[data-rows] .audit-row")
    expect(rows.locator("strong")).to_have_text(["three", "two", "one"])
    # By keyboard: the first is there, the next is not.
    rows.nth(0).get_by_role("button", name="There", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-progress]")).to_contain_text("1 of 3 checked")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    # Without network a mark shows, is kept over a reload, and is sent later.
    away.set()
    page.keyboard.press("Enter")
    expect(page.locator("[data-unsaved]")).to_contain_text("server cannot be reached")
    expect(rows.nth(1)).to_have_attribute("data-result", "missing")
    assert RackAuditLine.objects.filter(device=two).count() == 0
    page.reload()
    expect(page.locator("[data-unsaved]")).to_contain_text("server cannot be reached")
    away.clear()
    expect(page.locator("[data-unsaved]")).to_be_hidden()
    expect(page.locator("[data-progress]")).to_contain_text("2 of 3 checked")
    # A label ticks its device, be it pictured or typed by a scanner.
    picture = tmp_path / "label.png"
    segno.make(f"{address}/dcim/devices/{one.pk}/").save(str(picture), scale=6)
    page.locator("[data-picture]").set_input_files(picture)
    expect(rows.nth(2)).to_have_attribute("data-result", "found")
    page.locator("h1").click()
    page.keyboard.type("G-1\n")
    notice = page.locator(".audit-notice")
    expect(notice).to_contain_text("is recorded in rack B7")
    notice.get_by_label("Found at unit").fill("9")
    notice.get_by_role("button", name="Note as found here").click()
    expect(page.locator("[data-others] .audit-row")).to_contain_text("Found here: U9")
    page.get_by_label("Serial number, asset tag or what it looks like").fill("grey box")
    page.get_by_role("button", name="Note an unknown device").click()
    expect(page.locator("[data-others] .audit-row")).to_have_count(2)
    page.get_by_role("link", name="Finish").click()
    page.get_by_role("button", name="Finish the audit").click()
    report = page.get_by_role("region", name="Report")
    expect(report).to_contain_text("3 of 3 checked")
    found = dict(RackAuditLine.objects.values_list("device__name", "result"))
    expected = {"three": "found", "two": "missing", "one": "found", "guest": "extra"}
    assert found == {**expected, None: "unknown"}
    report.get_by_role("link", name="Set it offline").click()
    page.get_by_role("button", name="Save").click()
    expect(report.get_by_text("Done")).to_be_visible()
    two.refresh_from_db()
    assert (two.status, three.status) == ("offline", "active")
