"""axe-core finds nothing serious on any kind of page, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.contenttypes.models import ContentType
from playwright.sync_api import Page

from capacity import refresh
from core.models import User
from core.web.middleware import CAMERA_POLICY, POLICY
from dcim.models import Cable, PowerPort
from facilities.models import FloorPlan
from racks.models import Rack
from tests.alerts.factories import AlertFactory
from tests.browser.waiting import at_rest
from tests.dcim.factories import DeviceFactory, RackAuditFactory, RackAuditLineFactory
from tests.facilities.factories import FloorPlanFactory, FloorPlanItemFactory
from tests.power.hall import Hall, two_n
from tests.racks.factories import RackPlacementFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# In the dark, to which an open page changes, only what depends on colours is judged again.
SCHEMES: tuple[tuple[Any, Any], ...] = (("light", LEVELS), ("dark", COLOURS))
GRAVE = ("serious", "critical")
# A screen of 1280 pixels at four times the size: nothing has to be scrolled sideways to be read.
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 320, "height": 640}
BEYOND = "document.documentElement.scrollWidth - innerWidth"
# Half of a page is what leads to others. It is judged once for each of its parts being open.
MENU = ".nav"
OPENED = "menu => [...menu.querySelectorAll('[open]')].map(part => part.dataset.keep).join()"


@pytest.fixture
def hall() -> Hall:
    """Two sides down to two devices and one that waits for a place, with an open alert."""
    found = two_n()
    found.add(600, 400)
    found.add(500)
    DeviceFactory(site=found.site)
    AlertFactory(
        severity="critical",
        object_type=ContentType.objects.get_for_model(Rack),
        object_id=found.rack.pk,
        object_repr=str(found.rack),
        message="is too heavy",
    )
    plan = FloorPlanFactory(site=found.site)
    RackPlacementFactory(plan=plan, rack=found.rack, x=900, y=1200)
    FloorPlanItemFactory(plan=plan, kind="cold-aisle", width=3000, depth=1200, x=3000, y=6000)
    refresh.recompute()
    return found


def pages(hall: Hall) -> Iterator[str]:
    """One page of each kind."""
    device, rack, site = hall.devices[0].pk, hall.rack.pk, hall.site.pk
    yield from ("/", "/dcim/sites/", "/dcim/racks/", "/dcim/devices/", "/dcim/cables/")
    yield from (f"/dcim/sites/{site}/", f"/dcim/racks/{rack}/", f"/dcim/devices/{device}/")
    yield from (f"/dcim/power-feeds/{hall.sides[0].feed.pk}/", f"/dcim/racks/{rack}/edit/")
    yield from (f"/power/equipment/{hall.sides[0].ups.pk}/", f"/dcim/racks/{rack}/history/")
    yield from (f"/dcim/cables/{Cable.objects.latest('pk').pk}/", f"/dcim/racks/{rack}/journal/")
    yield f"/dcim/power-ports/{PowerPort.objects.latest('pk').pk}/"
    yield from (f"/dcim/devices/{device}/move/", f"/dcim/devices/{device}/decommission/")
    yield f"/dcim/cables/connect/?a_rack={rack}&b_rack={rack}"
    yield from (f"/dcim/sites/{site}/delete/", "/dcim/devices/import/", "/dcim/cables/add/")
    yield from (f"/dcim/racks/labels/?pk={rack}", f"/dcim/rack-elevations/?site_id={site}")
    yield from (f"/power/one-line/?site={site}", "/power/findings/", "/capacity/board/")
    yield from (f"/capacity/board/?site={site}", f"/capacity/forecast/site/{site}/")
    plan = FloorPlan.objects.latest("pk").pk
    yield from (
        f"/facilities/floor-plans/{plan}/plan/",
        f"/facilities/floor-plans/{plan}/plan/?edit=1",
    )
    yield from ("/capacity/finder/", "/alerts/inbox/", "/alerts/rules/add/", "/core/jobs/")
    yield from (
        "/design/",
        "/core/object-changes/",
        "/search/?q=a",
        "/account/",
        "/users/permissions/add/",
    )
    audit = RackAuditFactory(rack=hall.rack)
    RackAuditLineFactory(audit=audit, device=hall.devices[0], result="missing")
    walked = f"/dcim/rack-audits/{audit.pk}/"
    yield from (walked, f"{walked}walk/", f"{walked}finish/", "/scan/", "/scan/?code=a")
    yield from ("/account/preferences/", "/account/tokens/", "/account/sessions/")
    user = User.objects.earliest("pk").pk
    yield from (f"/users/users/{user}/", f"/users/users/{user}/access/?record=/dcim/racks/{rack}/")


@pytest.mark.parametrize("half", [0, 1], ids=["one half", "the other"])
def test_nothing_serious_is_wrong_on_any_page(page: Page, hall: Hall, half: int) -> None:
    judge = Axe()
    found: list[Any] = []
    judged: set[str] = set()
    for path in list(pages(hall))[half::2]:
        page.emulate_media(color_scheme="light")
        answer = page.goto(path)
        assert answer and answer.status == 200, path
        scans = path.startswith("/scan/") or path.endswith("/walk/")
        policy = CAMERA_POLICY if scans else POLICY
        assert answer.headers["content-security-policy"] == policy, path
        opened = page.locator(MENU).evaluate(OPENED)
        context = {"exclude": [MENU]} if opened in judged else None
        judged.add(opened)
        for scheme, rules in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            at_rest(page)
            options = {"resultTypes": ["violations"], "runOnly": rules}
            for each in judge.run(page, context, options).response["violations"]:
                if each["impact"] in GRAVE:
                    why = [(n["html"][:200], n["failureSummary"][:300]) for n in each["nodes"][:3]]
                    found.append((path, scheme, each["id"], why))
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        if (beyond := page.evaluate(BEYOND)) > 0:
            found.append((path, f"{beyond} pixels beyond the edge of {NARROW['width']}"))
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert not found, "\n".join(map(str, found))
