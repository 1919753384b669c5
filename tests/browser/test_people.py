"""Preferences, sessions, permissions and what others can see, in a real browser."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.models import Session, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_theme_is_kept_by_the_server_and_there_before_the_first_paint(page: Page) -> None:
    page.goto("/account/preferences/")
    page.get_by_label("Theme", exact=False).first.select_option("dark")
    page.get_by_label("Density").select_option("comfortable")
    page.get_by_role("button", name="Save").click()
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    expect(html).to_have_attribute("data-density", "comfortable")
    assert 'data-theme="dark"' in page.request.get("/dcim/racks/").text()
    with page.expect_response("**/account/theme/"):
        page.get_by_role("button", name="Theme: dark").click()
    expect(page.get_by_role("button", name="Theme: as the system")).to_be_visible()
    page.reload()
    assert html.get_attribute("data-theme") is None


def test_another_session_is_ended(page: Page) -> None:
    user = User.objects.get()
    other = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/139.0"})
    other.force_login(user)
    other.get("/account/")
    page.goto("/account/sessions/")
    expect(page.get_by_text("this one")).to_be_visible()
    page.get_by_role("button", name="End the session of Firefox on Windows").click()
    expect(page.get_by_text("Firefox on Windows")).to_have_count(0)
    assert Session.objects.filter(user_id=user.pk).count() == 1
