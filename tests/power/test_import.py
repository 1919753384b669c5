"""The files of the documentation can be imported as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from power.models import PowerEquipment, PowerLink
from tests.core.factories import UserFactory
from tests.facilities.factories import SiteFactory
from tests.power.factories import PowerPanelFactory

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).parents[2] / "docs" / "power-chain.md"


def bring(path: str, text: str) -> str:
    browser = Client()
    browser.force_login(UserFactory(is_superuser=True))
    answer = browser.post(f"/{path}/import/", {"text": text, "_import": "1"}, follow=True)
    return answer.content.decode()


def test_a_hall_comes_in_by_two_files() -> None:
    site = SiteFactory(slug="aus")
    PowerPanelFactory(site=site, name="RPP-A1")
    equipment, links = re.findall(r"```csv\n(.*?)```", PAGE.read_text(), re.S)
    bring("power/equipment", equipment)
    assert PowerEquipment.objects.filter(site=site).count() == 5
    bring("power/links", links)
    found = PowerLink.objects.order_by("pk").values_list("upstream__name", "preference")
    assert list(found) == [
        ("UTIL-A", 1),
        ("GEN-A", 2),
        ("ATS-A", 1),
        ("UPS-A1", 1),
        ("PDU-A1", 1),
    ]


def test_ends_of_one_name_are_told_apart_by_their_site() -> None:
    site = SiteFactory(slug="aus")
    for place in (site, SiteFactory(slug="sac")):
        for name, kind in (("UTIL", "utility"), ("UPS", "ups")):
            PowerEquipment.objects.create(site=place, name=name, kind=kind)
    text = (
        "upstream.name,upstream.site.slug,downstream_equipment.name,"
        "downstream_equipment.site.slug\nUTIL,aus,UPS,aus\n"
    )
    bring("power/links", text)
    assert PowerLink.objects.get().downstream_equipment.site == site


def test_a_line_that_does_not_fit_is_named() -> None:
    site = SiteFactory(slug="aus")
    for name, kind in (("UTIL", "utility"), ("UPS", "ups")):
        PowerEquipment.objects.create(site=site, name=name, kind=kind)
    page = bring("power/links", "upstream,downstream_equipment\nUTIL,UPS\nUPS,UTIL\n")
    assert "UTIL is a source (utility service), so nothing can feed it." in page
    assert not PowerLink.objects.exists()
