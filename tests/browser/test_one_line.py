"""The one-line diagram in a real browser, by keyboard."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright

from tests.core.factories import UserFactory
from tests.power.hall import two_n

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium"),
]


def signed_in(browser: Any, address: str, session: str) -> Page:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
    page: Page = context.new_page()
    return page


def test_a_node_is_failed_and_restored_by_keyboard(address: str) -> None:
    hall = two_n()
    hall.add(600, 400)
    hall.add(500)
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = signed_in(browser, address, session)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{address}/power/one-line/?site={hall.site.pk}")
        feed, other = (f"feed:{side.feed.pk}" for side in hall.sides)
        drawn = page.locator(f'g[data-id="{feed}"]')
        expect(drawn).to_have_class("level-1")
        drawn.focus()
        page.keyboard.press("f")
        expect(page.locator("#consequences")).to_contain_text("1 device down")
        expect(drawn).to_have_class("level-dead failed chosen")
        expect(page.locator(f'g[data-id="{other}"] .figure')).to_have_text("6 %")
        assert f"fail={feed.replace(':', '%3A')}" in page.url
        page.keyboard.press("ArrowUp")
        panel = page.locator(f'g[data-id="panel:{hall.sides[0].panel.pk}"]')
        expect(panel).to_be_focused()
        expect(page.locator("[data-side] h2")).to_have_text("Panel A")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("f")
        expect(page.locator("#consequences .stage")).to_have_count(0)
        expect(drawn).to_have_class("level-1 chosen")
        # An address with a failure opens as it was left.
        page.goto(f"{address}/power/one-line/?site={hall.site.pk}&fail={feed}")
        expect(drawn).to_have_class("level-dead failed")
        browser.close()
    assert faults == []
