"""Search over every resource."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.web import search
from tests.core.pages import admin_client, database, text
from tests.dcim.factories import MACAddressFactory
from tests.facilities.factories import SiteFactory
from tests.racks.factories import RackFactory


def hits(page: str) -> list[str]:
    return re.findall(r'class="hit"[^>]*><strong>([^<]+)</strong>', page)


@database
def test_exact_matches_come_before_beginnings_before_the_rest():
    site = SiteFactory(name="Elsewhere")
    for name in ("xA1x", "A12", "A1"):
        RackFactory(site=site, name=name)
    assert hits(text(admin_client().get("/search/?q=a1"))) == ["A1", "A12", "xA1x"]


@database
def test_the_resource_with_the_best_match_comes_first():
    site = SiteFactory(name="North", description="Austin's neighbour")
    RackFactory(site=site, name="Austin")
    page = text(admin_client().get("/search/?q=austin"))
    assert hits(page) == ["Austin", "North"]
    assert "<h2>" in page


@database
def test_a_group_is_limited_and_leads_to_all_of_them():
    site = SiteFactory(name="Elsewhere")
    for number in range(12):
        RackFactory(site=site, name=f"found {number}")
    page = text(admin_client().get("/search/?q=found"))
    assert len(hits(page)) == search.PER_GROUP
    assert 'href="/dcim/racks/?q=found" data-hit>All 12</a>' in page


@database
def test_the_number_of_statements_does_not_depend_on_the_hits():
    client, site = admin_client(), SiteFactory(name="Elsewhere")

    def count() -> int:
        client.get("/search/?q=found")
        with CaptureQueriesContext(connection) as captured:
            client.get("/search/?q=found")
        return len(captured)

    RackFactory.create_batch(2, site=site, description="found")
    few = count()
    RackFactory.create_batch(40, site=site, description="found")
    assert count() == few
    assert few <= 12


@database
def test_live_results_come_without_the_page():
    RackFactory(name="alpha")
    page = text(admin_client().get("/search/?q=alp&live=1"))
    assert page.startswith('<div class="hits">')
    assert hits(page) == ["alpha"]


@database
@pytest.mark.parametrize("words", ["%", "a_b%", "'; --", "\\", "\x00\x00ab"])
def test_odd_characters_are_only_text(words):
    RackFactory(name="plain")
    assert hits(text(admin_client().get("/search/", {"q": words * 2}))) == []


@database
@pytest.mark.parametrize("rows", [10**5, 10**7])
def test_long_tables_are_searched_afterwards_and_not_live(monkeypatch, rows):
    RackFactory(name="alpha", site__name="Alphaville")
    monkeypatch.setattr(search, "estimates", lambda: {"racks_rack": rows})
    client = admin_client()
    page = text(client.get("/search/?q=alpha"))
    assert hits(page) == ["Alphaville"]
    [later] = re.findall(r'hx-get="([^"]*)"[^>]*>\s*<p class="panel-body quiet">Searching', page)
    assert later == "/search/?q=alpha&amp;rest=more"
    rest = text(client.get(html.unescape(later), headers={"HX-Request": "true"}))
    assert rest.startswith('<div class="hits">')
    assert hits(rest) == ["alpha"]
    assert hits(text(client.get(html.unescape(later)))) == ["alpha"]  # without JavaScript
    live = text(client.get("/search/?q=alpha&live=1"))
    assert hits(live) == ["Alphaville"]
    assert 'href="/dcim/racks/?q=alpha"' in live


@database
@pytest.mark.parametrize(
    "typed", ["00:1a:2b:3c:4d:5e", "001a.2b3c.4d5e", "00-1A-2b", "001A2B3C4D5E"]
)
def test_a_hardware_address_is_found_however_it_is_written(typed):
    MACAddressFactory(mac_address="00:1A:2B:3C:4D:5E")
    MACAddressFactory(mac_address="10:1A:2B:3C:4D:5E")
    page = text(admin_client().get("/search/", {"q": typed, "live": "1"}))
    assert hits(page) == ["00:1A:2B:3C:4D:5E"]


@database
def test_nothing_is_said_to_be_found_only_when_all_is_searched(monkeypatch):
    monkeypatch.setattr(search, "estimates", lambda: {"racks_rack": 10**5})
    client = admin_client()
    assert "Nothing found" not in text(client.get("/search/?q=alpha"))
    assert "Nothing found" in text(client.get("/search/?q=alpha&rest=all"))
    assert "Nothing found" not in text(client.get("/search/?q=alpha&rest=more"))
