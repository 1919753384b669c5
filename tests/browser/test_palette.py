"""Search and actions at Ctrl-K in a real browser, by keyboard alone."""

from __future__ import annotations

import shutil

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from tests.core.factories import UserFactory
from tests.racks.factories import RackFactory

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium"),
]


def test_recent_records_actions_and_typed_terms_by_keyboard(address: str) -> None:
    rack = RackFactory(name="A12", status="planned")
    other = RackFactory(name="A13", status="active")
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(base_url=address)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}
        context.add_cookies([cookie])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"/dcim/racks/{other.pk}/")
        page.goto("/")
        page.keyboard.press("Control+k")
        results = page.locator("#finder-results")
        expect(results.get_by_role("group", name="Recent")).to_contain_text("A13")
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
        browser.close()
    assert faults == []
