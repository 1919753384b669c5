"""Labels are scanned and racks audited, as on a tablet in the aisle."""

from __future__ import annotations

from pathlib import Path

import pytest
import segno
from playwright.sync_api import Page, expect

from tests.dcim.factories import DeviceFactory

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
