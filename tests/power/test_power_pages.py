"""What the pages of records show of the reckoning, and the page of findings."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from core.models import ObjectPermission
from facilities.models import Site
from power.models import PowerPanel
from tests.core.factories import UserFactory
from tests.dcim.factories import DeviceFactory, PowerPortFactory
from tests.power.factories import PowerFeedFactory
from tests.power.hall import Hall, two_n

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    made = Client()
    made.force_login(UserFactory(is_superuser=True))
    return made


def text(browser: Client, path: str) -> str:
    """The words of a page, tags and blanks apart."""
    page = browser.get(path)
    assert page.status_code == 200, page.content
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


@pytest.fixture
def hall() -> Hall:
    made = two_n(voltage=230, amperage=32, phase="single-phase")
    made.add(3000, 3000)
    return made


def test_a_feed_shows_now_and_worst_case_with_the_cause(browser, hall):
    """3,000 of 5,888 VA now, 6,000 when the other side is gone: 112 VA too many."""
    shown = text(browser, f"/dcim/power-feeds/{hall.sides[0].feed.pk}/")
    assert "Apparent power 3 000 VA 6 000 VA" in shown
    assert "Of what may be carried 51.0 % 101.9 %" in shown
    assert "Headroom -112 VA" in shown
    assert re.search("Upstream .* UPS A .* Downstream .* PDU A", shown)


def test_equipment_links_and_panels_show_their_load(browser, hall):
    side = hall.sides[0]
    ups = text(browser, f"/power/equipment/{side.ups.pk}/")
    assert re.search(r"Leg A [0-9.]+ A, ", ups)
    assert "Upstream" in ups and "Utility A" in ups
    for path in (
        f"/power/links/{side.ups.upstream_links.get().pk}/",
        f"/dcim/power-panels/{side.panel.pk}/",
    ):
        assert "Load and headroom" in text(browser, path)


def test_a_rack_shows_each_feed_and_its_worst_failure(browser, hall):
    hall.add(500)
    shown = text(browser, f"/dcim/racks/{hall.rack.pk}/")
    assert "Devices draw 6 500 W by 2 with supplies" in shown
    assert re.search(r"Worst failure .*? takes down 1 \(500 W\)", shown)
    assert "Feed A feed" in shown and "Feed B feed" in shown


def test_what_is_not_known_says_so(browser, hall):
    hall.sides[0].ups.rated_kva = hall.sides[0].ups.rated_kw = None
    hall.sides[0].ups.save()
    shown = text(browser, f"/power/equipment/{hall.sides[0].ups.pk}/")
    assert "Headroom unknown" in shown and "May be carried unknown" in shown


def test_findings_are_counted_listed_and_exported(browser, hall):
    loose = DeviceFactory(site=hall.site, name="Loose")
    PowerPortFactory(device=loose)
    hall.add(100, 100, sides="A")  # both supplies on one side
    lone = PowerFeedFactory(power_panel__site=hall.site, name="Lone feed")
    query = f"?site={hall.site.pk}"
    shown = text(browser, f"/power/findings/{query}")
    for words in ("Not truly A/B 1", "Unconnected supplies 1", "Unknown draw 1"):
        assert words in shown
    for kind, name in (
        ("not_diverse", hall.devices[-1].name),
        ("unconnected", "Loose"),
        ("without_source", lone.name),
        ("overloaded", "Feed A"),
    ):
        assert name in text(browser, f"/power/findings/{query}&list={kind}")
        file = browser.get(f"/power/findings/{query}&list={kind}&export=csv")
        rows = list(csv.DictReader(file.content.decode().splitlines()))
        assert name in {row.get("node") or row.get("device") for row in rows}
    unknown = browser.get(f"/power/findings/{query}&list=unknown_demand&export=csv")
    row: dict[str, Any] = next(csv.DictReader(unknown.content.decode().splitlines()))
    assert (row["device"], row["watts"]) == ("Loose", "unknown")


def test_findings_name_nothing_hidden(hall):
    user = UserFactory()
    browser = Client()
    browser.force_login(user)
    assert browser.get("/power/findings/").status_code == 403
    permission = ObjectPermission.objects.create(name="few", actions=["view"])
    permission.object_types.set(ContentType.objects.get_for_models(PowerPanel, Site).values())
    permission.users.add(user)
    page = browser.get(f"/power/findings/?site={hall.site.pk}&list=overloaded")
    assert page.status_code == 200
    assert b"Feed A" not in page.content
    assert browser.get("/power/findings/?site=999999").status_code == 404
