"""The pictures of pages in README and docs, drawn anew from the demo estate: make screenshots

Starts the product on a data folder of its own, `data/bench/1` or `<HEADROOM_DATA>/1` as the
benchmark does, waits for the first alerts, and writes `docs/images/*.png` with Chromium.
"""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.__main__ import credentials
from bench.estate import prepare
from bench.server import running

IMAGES = Path(__file__).parent.parent / "docs" / "images"
SIZE = {"width": 1440, "height": 900}
COLORS = 256  # of each picture's palette, which halves its bytes
WAIT_SECONDS = 180

Page = tuple[str, str, Callable[[Any], None]]  # address, colours, what is done there


def main() -> None:
    """Draw all of them."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        raise SystemExit("Chromium is needed, as `chromium` or `chromium-browser` on the path.")
    prepare(1)
    pages = addresses()
    _, cookie = credentials()
    with running(1) as (url, _):
        wait()
        draw(url, cookie, chromium, pages)


def draw(url: str, cookie: str, chromium: str, pages: dict[str, Page]) -> None:
    """Take each picture from the server at an address."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            context = browser.new_context(
                base_url=url, viewport=SIZE, color_scheme=scheme, reduced_motion="reduce"
            )
            name, value = cookie.split("=", 1)
            context.add_cookies([{"name": name, "value": value, "url": url}])
            page = context.new_page()
            for image, (address, wanted, act) in pages.items():
                if wanted == scheme:
                    page.goto(address, wait_until="networkidle")
                    act(page)
                    store(image, page.screenshot(animations="disabled"))
            context.close()
        browser.close()


def addresses() -> dict[str, Page]:
    """Address and colours of each picture, and what is done on the page before it is taken."""
    from django.contrib.contenttypes.models import ContentType

    from dcim.models import CableTermination, Device, FrontPort, Interface
    from facilities.models import FloorPlan, Site
    from power.models import PowerEquipment
    from racks.models import Rack

    austin = Site.objects.get(name="AUS1").pk
    rack = Rack.objects.get(name="AUS1-H1-R01-C05")
    dense = Rack.objects.get(name="AUS1-H1-R03-C07")
    device = Device.objects.filter(rack=rack, device_type__u_height__gt=0).order_by("pk")[1].pk
    plan = FloorPlan.objects.get(site=austin, location=dense.location.parent).pk
    ups = PowerEquipment.objects.filter(site=austin, kind="ups").order_by("name")[0].pk
    # A switch port whose path goes on through a patch panel.
    panels = CableTermination.objects.filter(
        termination_type=ContentType.objects.get_for_model(FrontPort)
    )
    port = (
        CableTermination.objects.filter(
            cable__in=panels.values("cable"),
            termination_type=ContentType.objects.get_for_model(Interface),
        )
        .order_by("pk")[0]
        .termination_id
    )
    return {
        "overview.png": ("/", "light", still),
        "rack.png": (f"/dcim/racks/{rack.pk}/", "light", still),
        "rack-dark.png": (f"/dcim/racks/{dense.pk}/", "dark", still),
        "row.png": (f"/dcim/rack-elevations/?location_id={dense.location_id}", "light", still),
        "device.png": (f"/dcim/devices/{device}/", "light", still),
        "floor-plan.png": (
            f"/facilities/floor-plans/{plan}/plan/",
            "light",
            lambda page: page.wait_for_selector("[data-legend] li"),
        ),
        "path.png": (f"/dcim/interfaces/{port}/", "light", still),
        "one-line.png": (
            f"/power/one-line/?site={austin}&fail=equipment:{ups}",
            "light",
            lambda page: page.wait_for_selector("#consequences h3, #consequences li"),
        ),
        "board.png": (f"/capacity/board/?site={austin}", "light", still),
        "forecast.png": (f"/capacity/forecast/site/{austin}/", "light", still),
        "alerts.png": ("/alerts/inbox/", "dark", still),
        "search.png": ("/dcim/devices/", "dark", search),
    }


def still(page: Any) -> None:
    """As the page opens."""


def search(page: Any) -> None:
    """What `Ctrl-K` finds."""
    page.keyboard.press("Control+k")
    page.keyboard.type("rack:AUS1-H1-R01-C05 status:active")
    page.wait_for_timeout(800)


def wait() -> None:
    """Return when the worker has reckoned capacity and raised alerts."""
    from alerts.models import Alert
    from capacity.models import Utilization

    deadline = time.monotonic() + WAIT_SECONDS
    while not (Utilization.objects.exists() and Alert.objects.exists()):
        if time.monotonic() > deadline:
            raise SystemExit(f"No alert was raised within {WAIT_SECONDS} seconds.")
        time.sleep(1)


def store(name: str, data: bytes) -> None:
    """Keep a picture, in few bytes."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as drawn:
        small = drawn.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
        small.save(IMAGES / name, optimize=True)
    print(f"{name:<16}{(IMAGES / name).stat().st_size / 1024:6.0f} kB", flush=True)


if __name__ == "__main__":
    main()
