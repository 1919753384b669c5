"""Search and actions at Ctrl-K in a real browser, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.racks.factories import RackFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_recent_records_actions_and_typed_terms_by_keyboard(page: Page) -> None:
    rack = RackFactory(name="A12", status="planned")
    other = RackFactory(name="A13", status="active")
    page.goto(f"/dcim/racks/{other.pk}/")
    page.goto(f"/dcim/racks/{other.pk}/history/")
    page.goto("/")
    page.keyboard.press("Control+k")
    results = page.locator("#finder-results")
    # A record is one, whichever of its tabs was looked at.
    recent = results.get_by_role("group", name="Recent").locator(".hit strong")
    expect(recent).to_have_text([str(other)])
    expect(results.locator(".is-active")).to_contain_text("A13")
    page.keyboard.type("type:rack status:planned")
    expect(results.locator(".hit strong")).to_have_text(["A12"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dcim/racks/{rack.pk}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("add rack")
    expect(results.locator(".is-active")).to_have_text("Add rack")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dcim/racks/add/")
