"""Preferences, sessions, permissions and what others can see, in a real browser."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.models import ObjectPermission, Session, User
from tests.core.permits import somebody
from tests.racks.factories import RackFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_theme_is_kept_by_the_server_and_there_before_the_first_paint(page: Page) -> None:
    page.goto("/account/preferences/")
    page.get_by_label("Theme", exact=False).first.select_option("dark")
    page.get_by_label("Density").select_option("comfortable")
    page.get_by_role("button", name="Save").click()
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    expect(html).to_have_attribute("data-density", "comfortable")
    page.wait_for_load_state()
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


def test_a_permission_is_given_and_what_it_opens_is_looked_at(page: Page) -> None:
    for name in ("A1", "A2", "B1"):
        RackFactory(name=name)
    tess = somebody()
    page.goto(f"/users/permissions/add/?users={tess.pk}")
    page.get_by_label("Name", exact=False).first.fill("A racks")
    page.locator(".kinds summary", has_text="Racks").click()
    page.get_by_role("checkbox", name="Racks", exact=True).check()
    page.get_by_role("checkbox", name="view").check()
    page.get_by_label("Constraints").fill('{"name__startswith": "A"}')
    page.get_by_role("button", name="Look").click()
    expect(page.locator("#reach tbody tr")).to_contain_text(["2 of 3"])
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", name="What it reaches now")).to_be_visible()
    assert ObjectPermission.objects.get().users.get() == tess
    page.goto(f"/users/users/{tess.pk}/access/")
    line = page.locator(".access-matrix tr", has=page.get_by_role("rowheader", name="Racks"))
    expect(line).to_contain_text("2 of 3")
    page.get_by_role("textbox", name="Record").fill("B1")
    page.get_by_role("button", name="Ask").click()
    page.get_by_role("link", name="B1").first.click()
    expect(page.locator(".access-why")).to_contain_text("name__startswith = A does not hold")
    page.get_by_role("link", name="Racks", exact=True).last.click()
    expect(page.locator(".row-link")).to_have_text(["A1", "A2"])
