"""The one-line diagram in a real browser, by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.power.hall import two_n

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_node_is_failed_and_restored_by_keyboard(page: Page) -> None:
    hall = two_n()
    hall.add(600, 400)
    hall.add(500)
    page.goto(f"/power/one-line/?site={hall.site.pk}")
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
    page.goto(f"/power/one-line/?site={hall.site.pk}&fail={feed}")
    expect(drawn).to_have_class("level-dead failed")
