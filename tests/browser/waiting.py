"""Waiting until a page stands still, for what is measured or judged as it is at that moment."""

from __future__ import annotations

from playwright.sync_api import Page

# Parts that come later ask for themselves as soon as the page is there.
_AT_REST = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  do await frame(); while (document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling"));
  await document.fonts.ready;
  const passing = document.getAnimations().filter((each) => each instanceof CSSTransition);
  await Promise.allSettled(passing.map((each) => each.finished));
  await frame();
}"""


def at_rest(page: Page) -> None:
    """Wait for parts that are asked for, fonts and transitions."""
    page.evaluate(_AT_REST)
