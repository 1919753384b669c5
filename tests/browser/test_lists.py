"""Lists and forms as people use them: how much is seen, by keyboard, without JavaScript."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from dcim.models import Device
from racks.models import Rack
from tests.browser.waiting import at_rest
from tests.dcim.factories import DeviceFactory, DeviceRoleFactory, DeviceTypeFactory
from tests.facilities.factories import SiteFactory
from tests.racks.factories import RackFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREEN = {"width": 1440, "height": 900}
ROWS_A_SCREEN = 28
SCRIPT_BYTES = 80_000


@pytest.fixture
def devices() -> list[Device]:
    """Sixty devices, so that a list has two pages."""
    rack, kind, role = RackFactory(), DeviceTypeFactory(u_height=0), DeviceRoleFactory()
    return [
        DeviceFactory(name=f"app-{n:02}", rack=rack, device_type=kind, role=role)
        for n in range(1, 61)
    ]


def test_the_list_of_devices_shows_much_for_few_bytes_of_script(
    page: Page, devices: list[Device]
) -> None:
    page.set_viewport_size(SCREEN)  # type: ignore[arg-type]
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/dcim/devices/", wait_until="networkidle")
    whole = page.locator("[data-list] tbody tr").evaluate_all(
        "rows => rows.filter(row => row.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert whole >= ROWS_A_SCREEN
    scripts = {each.url: each for each in answers if each.request.resource_type == "script"}
    sizes = [len(gzip.compress(each.body(), 6)) for each in scripts.values()]
    assert len(sizes) > 5
    assert sum(sizes) < SCRIPT_BYTES
    # Figures stand in columns: every digit of the font is as wide as any other.
    widths = page.evaluate(
        """() => ["1111", "8888"].map((digits) => {
            const box = Object.assign(document.createElement("span"), { textContent: digits });
            box.className = "figures";
            document.body.append(box);
            return box.getBoundingClientRect().width;
        })"""
    )
    assert widths[0] == widths[1]


def test_rows_are_walked_chosen_and_acted_on_by_keyboard(page: Page, devices: list[Device]) -> None:
    page.goto("/dcim/devices/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    focus = page.locator(":focus")
    expect(focus).to_have_text("app-03")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("x")
    page.keyboard.press("k")
    page.keyboard.press("Shift+x")
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    page.keyboard.press(".")
    expect(page.get_by_role("menu", name="Actions of app-01")).to_be_visible()
    expect(focus).to_have_text("Open")
    page.keyboard.press("End")
    expect(focus).to_have_text("Delete")
    page.keyboard.press("Escape")
    expect(focus).to_have_text("app-01")
    page.keyboard.press(".")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dcim/devices/{devices[0].pk}/edit/")
    page.go_back()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_a_column_keeps_the_width_it_was_given_until_the_list_is_as_at_first(
    page: Page, devices: list[Device]
) -> None:
    def width() -> float:
        at_rest(page)
        return float(head.evaluate("head => head.getBoundingClientRect().width"))

    page.goto("/dcim/devices/")
    head = page.locator("th[data-column=rack]")
    grip = page.get_by_role("separator", name="Width of Rack")
    expect(grip).to_be_attached()
    first = width()
    box = grip.bounding_box()
    assert box
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 84, box["y"] + 4, steps=4)
    page.mouse.up()
    assert width() == pytest.approx(first + 80, abs=2)
    grip.focus()
    page.keyboard.press("ArrowRight")
    assert width() == pytest.approx(first + 96, abs=2)
    page.goto("/dcim/devices/?sort=-name")
    assert width() == pytest.approx(first + 96, abs=2)
    page.locator("[data-columns] > summary").click()
    # The text of a box is clicked twice, and the menu stays.
    for _ in range(2):
        page.locator(".column-list label").get_by_text("Comments").click()
    with page.expect_navigation():
        page.get_by_role("button", name="As at first").click()
    assert width() == pytest.approx(first, abs=2)


@pytest.fixture
def plain(page: Page, browser: Browser, address: str) -> Iterator[Page]:
    """A page of the same person in a browser that runs no script."""
    context = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state(), base_url=address
    )
    yield context.new_page()
    context.close()


def test_lists_and_forms_work_without_javascript(plain: Page, devices: list[Device]) -> None:
    plain.goto("/dcim/devices/")
    names = plain.locator("tbody .row-link")
    plain.get_by_role("link", name="Next page").click()
    expect(names).to_have_count(10)
    plain.get_by_role("link", name="Name", exact=True).click()
    plain.get_by_role("link", name="Name", exact=True).click()
    expect(names.first).to_have_text("app-60")
    plain.get_by_label("Find in devices").fill("app-1")
    plain.keyboard.press("Enter")
    expect(names).to_have_count(10)
    plain.locator("[data-filters] > summary").click()
    plain.locator("#filter_status").select_option("offline")
    plain.get_by_role("button", name="Apply").click()
    expect(plain.get_by_role("heading", name="Nothing matches these filters")).to_be_visible()
    plain.get_by_role("link", name="Remove the filter Status Offline").click()
    expect(names).to_have_count(10)

    site = SiteFactory(name="Reno")
    plain.goto("/dcim/racks/add/")
    plain.get_by_role("textbox", name="Name", exact=False).first.fill("R1")
    plain.get_by_label("Site", exact=False).first.select_option(label="Reno")
    plain.get_by_role("button", name="Create", exact=True).click()
    expect(plain.get_by_role("heading", name="R1")).to_be_visible()
    plain.get_by_role("link", name="Edit", exact=True).click()
    plain.get_by_role("textbox", name="Name", exact=False).first.fill("R2")
    plain.get_by_role("button", name="Save").click()
    plain.get_by_role("link", name="Delete", exact=True).click()
    plain.get_by_role("button", name="Delete rack").click()
    plain.wait_for_url("**/dcim/racks/")
    assert not Rack.objects.filter(site=site).exists()

    plain.goto("/dcim/devices/")
    plain.locator("tbody [name=pk]").first.check()
    plain.get_by_role("button", name="Edit", exact=True).click()
    plain.locator("#id_status").select_option("staged")
    plain.get_by_role("button", name="Change 1 device").click()
    assert list(Device.objects.filter(status="staged")) == [devices[0]]
