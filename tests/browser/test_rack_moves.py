"""Devices moved in a real browser: by drag, by keyboard, from the tray, and refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from dcim.models import Device
from racks.models import Rack
from tests.browser.waiting import at_rest
from tests.dcim.factories import DeviceFactory, DeviceTypeFactory, RackFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def mounted(rack: Rack, name: str, unit: float) -> Device:
    place = {"rack": rack, "site": rack.site, "position": Decimal(str(unit)), "face": "front"}
    return DeviceFactory(name=name, device_type=DeviceTypeFactory(u_height=2), **place)


def place_of(device: Device) -> tuple[int | None, float | None, str | None]:
    row = Device.objects.get(pk=device.pk)
    return row.rack_id, None if row.position is None else float(row.position), row.face


def drawn(page: Page, rack: Rack, device: Device, side: str = "front") -> Locator:
    return page.locator(
        f'svg[data-rack="{rack.pk}"][data-side="{side}"] [data-device="{device.pk}"]'
    )


def drag(page: Page, source: Locator, target: Locator, units_down: float = 0) -> None:
    """From the middle of `source` to that of `target`, or so many units of 20 pixels below."""
    at_rest(page)
    start, end = source.bounding_box(), target.bounding_box()
    assert start and end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    x, y = end["x"] + end["width"] / 2, end["y"] + end["height"] / 2 + units_down * 20
    page.mouse.move(x, y - 8)
    page.mouse.move(x, y)
    page.mouse.up()


def test_a_device_is_moved_and_refused_by_keyboard(page: Page) -> None:
    rack = RackFactory(u_height=12)
    server, other = mounted(rack, "server", 10), mounted(rack, "other", 7)
    page.goto(f"/dcim/racks/{rack.pk}/")
    drawn(page, rack, server).focus()
    page.keyboard.press("m")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    said = page.locator("[data-announce]")
    expect(said).to_contain_text("U8, front, taken by other")
    page.keyboard.press("Enter")
    expect(page.locator(".toast-error")).to_contain_text("Those rack units are already taken.")
    expect(drawn(page, rack, server)).to_be_focused()
    assert place_of(server) == (rack.pk, 10, "front")

    page.keyboard.press("m")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator(".drop")).to_have_count(0)

    page.keyboard.press("m")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".toast-success")).to_contain_text("server: at U10.5, front")
    expect(drawn(page, rack, server)).to_have_attribute("data-low", "21")
    assert place_of(server) == (rack.pk, 10.5, "front")

    page.get_by_role("button", name="Undo").click()
    expect(drawn(page, rack, server)).to_have_attribute("data-low", "20")
    assert place_of(server) == (rack.pk, 10, "front")
    assert place_of(other) == (rack.pk, 7, "front")


def test_a_device_is_dragged_and_a_stale_page_does_not_overrule(page: Page) -> None:
    rack = RackFactory(u_height=12)
    server = mounted(rack, "server", 10)
    page.goto(f"/dcim/racks/{rack.pk}/")
    drag(page, drawn(page, rack, server), drawn(page, rack, server), units_down=4)
    expect(drawn(page, rack, server)).to_have_attribute("data-low", "12")
    assert place_of(server) == (rack.pk, 6, "front")
    expect(page.locator(".elevation-figures")).to_contain_text("2 U of 12")

    Device.objects.filter(pk=server.pk).update(position=1)
    drag(page, drawn(page, rack, server), drawn(page, rack, server), units_down=-2)
    expect(page.locator(".toast-error")).to_contain_text("has been moved since this page was read")
    expect(drawn(page, rack, server)).to_have_attribute("data-low", "2")
    assert place_of(server) == (rack.pk, 1, "front")


def test_devices_go_between_racks_and_tray(page: Page) -> None:
    first = RackFactory(u_height=12)
    second = RackFactory(u_height=12, site=first.site)
    server = mounted(first, "server", 10)
    spare = DeviceFactory(
        name="spare", site=first.site, device_type=DeviceTypeFactory(u_height=1), rack=None
    )
    page.goto(f"/dcim/rack-elevations/?site_id={first.site_id}")
    target = page.locator(f'svg[data-rack="{second.pk}"][data-side="front"] .rack-sheet')
    drag(page, drawn(page, first, server), target)
    expect(drawn(page, second, server)).to_be_visible()
    expect(drawn(page, first, server)).to_have_count(0)
    assert place_of(server)[0] == second.pk

    waiting = page.locator(f'[data-tray] [data-device="{spare.pk}"]')
    drag(page, waiting, page.locator(f'svg[data-rack="{first.pk}"] .rack-sheet'))
    expect(drawn(page, first, spare)).to_be_visible()
    expect(waiting).to_have_count(0)
    assert place_of(spare)[0] == first.pk

    drag(page, drawn(page, first, spare), page.locator("[data-tray]"))
    expect(waiting).to_be_visible()
    assert place_of(spare) == (None, None, None)
