"""The page of one record, and the overview."""

import datetime as dt
import re

import pytest
from django.http import HttpResponse

from core.web import cells, panels
from facilities.models import Location, Site
from tests.core.pages import admin_client, database, statements, text
from tests.facilities.factories import LocationFactory, SiteFactory
from tests.racks.factories import RackFactory


@database
def test_the_number_of_statements_does_not_depend_on_what_belongs_to_it():
    client, site = admin_client(), SiteFactory()
    RackFactory.create_batch(2, site=site)
    few = statements(client, f"/dcim/sites/{site.pk}/")
    RackFactory.create_batch(48, site=site)
    assert statements(client, f"/dcim/sites/{site.pk}/") == few
    assert few <= 16


@database
def test_empty_fields_are_folded_away():
    page = text(admin_client().get(f"/dcim/racks/{RackFactory(serial='S-1').pk}/"))
    shown, _, folded = page.partition('<details class="empties">')
    assert "S-1" in page
    assert "<dt>Asset tag</dt>" in folded
    assert "Asset tag" not in shown


@database
def test_related_rows_are_counted_and_lead_to_their_list():
    site = SiteFactory()
    RackFactory.create_batch(3, site=site)
    RackFactory()
    page = text(admin_client().get(f"/dcim/sites/{site.pk}/"))
    link = re.search(rf'href="/dcim/racks/\?site_id={site.pk}">.*?</a>', page)
    assert link
    assert '<span class="figures">3</span>' in link[0]


@database
def test_a_branch_counts_what_lies_below_as_its_list_does():
    site = SiteFactory()
    hall = LocationFactory(site=site)
    row = LocationFactory(site=site, parent=hall)
    RackFactory(location=row)
    client = admin_client()
    page = text(client.get(f"/dcim/locations/{hall.pk}/"))
    link = re.search(rf'href="/dcim/racks/\?location_id={hall.pk}">.*?</a>', page)
    assert link
    assert '<span class="figures">1</span>' in link[0]
    assert "of <b>1</b>" in text(client.get(f"/dcim/racks/?location_id={hall.pk}"))


@database
def test_breadcrumbs_lead_from_the_site_through_halls_to_the_record():
    site = SiteFactory(name="Austin")
    hall = LocationFactory(site=site, name="Hall 1")
    row = LocationFactory(site=site, parent=hall, name="Row A")
    rack = RackFactory(location=row)
    page = text(admin_client().get(f"/dcim/racks/{rack.pk}/"))
    crumbs = page[page.index('aria-label="Breadcrumbs"') : page.index("<h1>")]
    assert re.findall(r">([^<>]+)</a>", crumbs) == ["Racks", "Austin", "Hall 1", "Row A"]
    assert Location.objects.get(pk=row.pk).path == [hall.pk, row.pk]


@pytest.fixture
def added(monkeypatch):
    monkeypatch.setattr(panels, "_panels", panels.defaultdict(list))
    monkeypatch.setattr(panels, "_tabs", panels.defaultdict(list))


@database
def test_an_app_may_add_panels_in_order(added):
    panels.add_panel(Site, 5, lambda request, pk, context: f"<p>second {pk}</p>")
    panels.add_panel(Site, -1, lambda request, pk, context: "<p>first</p>")
    panels.add_panel(Site, 1, lambda request, pk, context: None)
    site = SiteFactory()
    page = text(admin_client().get(f"/dcim/sites/{site.pk}/"))
    assert 0 < page.index("<p>first</p>") < page.index(f"<p>second {site.pk}</p>")


def test_a_tab_is_registered_once(added):
    panels.add_tab(Site, "plan", "Plan", lambda request, **rest: HttpResponse())
    with pytest.raises(ValueError, match="tab plan already"):
        panels.add_tab(Site, "plan", "Plan", lambda request, **rest: HttpResponse())
    assert [tab.label for tab in panels.tabs_of(Site)] == ["Plan"]


@database
def test_the_overview_counts_what_there_is_and_lists_the_sites():
    site = SiteFactory(name="Austin")
    RackFactory.create_batch(3, site=site)
    page = text(admin_client().get("/"))
    assert re.search(r'href="/dcim/racks/">.*?<b>3</b><span>Racks</span>', page)
    assert f'href="/dcim/sites/{site.pk}/">Austin</a>' in page


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "just now"),
        (61, "1 minute ago"),
        (7200, "2 hours ago"),
        (3 * 86400, "3 days ago"),
        (-90000, "in 1 day"),
        (800 * 86400, "2 years ago"),
    ],
)
def test_times_are_told_as_people_tell_them(seconds, words):
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert cells.relative(now - dt.timedelta(seconds=seconds), now) == words
