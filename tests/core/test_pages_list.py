"""The list of a resource."""

import re

import pytest

from core.models import Tag, TaggedItem
from racks.models import Rack
from tests.core.pages import admin_client, database, row_names, statements, text
from tests.facilities.factories import LocationFactory, SiteFactory
from tests.racks.factories import RackFactory, RackRoleFactory


def tagged_racks(count: int) -> None:
    from django.contrib.contenttypes.models import ContentType

    site, role = SiteFactory(), RackRoleFactory()
    kind = ContentType.objects.get_for_model(Rack)
    for rack in RackFactory.create_batch(count, site=site, role=role):
        tag = Tag.objects.create(name=f"Tag {rack.pk}", slug=f"tag-{rack.pk}")
        TaggedItem.objects.create(tag=tag, content_type=kind, object_id=rack.pk)


@database
@pytest.mark.parametrize("query", ["", "?columns=name,site,role,tags,device_count&sort=-site"])
def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(query):
    client = admin_client()
    tagged_racks(2)
    few = statements(client, f"/dcim/racks/{query}")
    tagged_racks(48)
    assert statements(client, f"/dcim/racks/{query}") == few
    assert few <= 16


@database
def test_names_are_ordered_as_people_count():
    client, site = admin_client(), SiteFactory()
    for name in ("R10", "R2", "R1"):
        RackFactory(site=site, name=name)
    assert row_names(text(client.get("/dcim/racks/?sort=name"))) == ["R1", "R2", "R10"]
    page = text(client.get("/dcim/racks/?sort=-name"))
    assert row_names(page) == ["R10", "R2", "R1"]
    assert 'aria-sort="descending"' in page


@database
def test_empty_values_come_last_in_both_directions():
    client, site = admin_client(), SiteFactory()
    RackFactory(site=site, name="bare")
    RackFactory(site=site, name="roled", role=RackRoleFactory())
    for sort in ("role", "-role"):
        assert row_names(text(client.get(f"/dcim/racks/?sort={sort}")))[-1] == "bare"


@database
def test_a_list_can_be_ordered_by_a_count():
    client = admin_client()
    empty, full = SiteFactory(name="Empty"), SiteFactory(name="Full")
    RackFactory(site=full)
    names = row_names(text(client.get("/dcim/sites/?sort=-rack_count&columns=name,rack_count")))
    assert names == [full.name, empty.name]


@database
def test_filters_narrow_the_list_and_show_as_chips():
    client = admin_client()
    here, there = SiteFactory(name="Here"), SiteFactory(name="There")
    RackFactory(site=here, name="mine", status="planned")
    RackFactory(site=here, name="active", status="active")
    RackFactory(site=there, name="other", status="planned")
    page = text(client.get(f"/dcim/racks/?site_id={here.pk}&status=planned&u_height__gte="))
    assert row_names(page) == ["mine"]
    chips = re.findall(r'class="quiet">([^<]+)</span> ([^<]+)<a', page)
    assert chips == [("Site", "Here"), ("Status", "Planned")]
    assert 'href="/dcim/racks/?status=planned&amp;u_height__gte="' in page
    page = text(client.get(f"/dcim/racks/?site={here.slug}&site=nowhere"))
    chips = re.findall(r'class="quiet">([^<]+)</span> ([^<]+)<a', page)
    assert chips == [("Site", "Here"), ("Site", "nowhere")]


@database
def test_a_wrong_filter_value_is_told_and_shows_no_rows():
    RackFactory()
    page = text(admin_client().get("/dcim/racks/?status=nonsense"))
    assert "Status: Select a valid choice." in page
    assert row_names(page) == []


@database
@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("frob=1", "There is no filter “frob” here"),
        ("sort=-zzz", "There is no column “zzz” to sort by"),
        ("page=-1", "There is no page “-1”: this is page 1."),
        ("page=7", "There is no page “7”: this is page 1."),
        ("size=1e9", "A page cannot have “1e9” rows"),
        ("columns=name,zzz", "There is no column “zzz” to show"),
        ("site=%00", "Site: "),
    ],
)
@pytest.mark.parametrize("path", ["/dcim/racks/", "/dcim/rack-elevations/"])
def test_what_an_address_asks_for_in_vain_is_told(path, query, told):
    if path == "/dcim/rack-elevations/" and query.startswith(("size", "columns")):
        told = "There is no filter"  # it has neither
    RackFactory()
    answer = admin_client().get(f"{path}?{query}")
    assert answer.status_code == 200
    assert told in text(answer)


@database
def test_what_an_address_asks_for_is_given_without_a_word():
    RackFactory()
    query = "?sort=-name&page=1&size=100&columns=name,site&q=r&status=active&view="
    assert "notice-warn" not in text(admin_client().get(f"/dcim/racks/{query}"))


@database
def test_a_text_as_long_as_can_be_typed_finds_nothing():
    RackFactory()
    answer = admin_client().get("/dcim/racks/", {"q": "x" * 5000})
    assert answer.status_code == 200
    assert "Nothing matches" in text(answer)


@database
def test_search_text_finds_within_the_list():
    RackFactory(name="alpha")
    RackFactory(name="beta")
    assert row_names(text(admin_client().get("/dcim/racks/?q=LPH"))) == ["alpha"]


@database
def test_chosen_columns_are_kept_and_exported():
    client = admin_client()
    RackFactory(serial="S-77")
    back = client.post(
        "/dcim/racks/columns/", {"column": ["name", "serial"], "return": "/dcim/racks/?q=a"}
    )
    assert back.url == "/dcim/racks/?q=a"
    page = text(client.get("/dcim/racks/"))
    assert re.findall(r'<th scope="col"[^>]*><a href[^>]*>([^<]+)', page) == [
        "Name",
        "Serial number",
    ]
    assert "columns=name%2Cserial&amp;format=csv" in page
    client.post("/dcim/racks/columns/", {"reset": "1"})
    assert "S-77" not in text(client.get("/dcim/racks/"))


@database
@pytest.mark.parametrize("back", ["https://else.example/", "//else.example/", "javascript:x"])
def test_choosing_columns_does_not_lead_to_another_server(back):
    answer = admin_client().post("/dcim/racks/columns/", {"column": "name", "return": back})
    assert answer.url == "/dcim/racks/"


@database
def test_pages_hold_as_many_rows_as_chosen():
    client, site = admin_client(), SiteFactory()
    RackFactory.create_batch(51, site=site)
    first = text(client.get("/dcim/racks/"))
    assert len(row_names(first)) == 50
    assert "of <b>51</b>" in first
    assert len(row_names(text(client.get("/dcim/racks/?page=2")))) == 1
    assert len(row_names(text(client.get("/dcim/racks/?page=99")))) == 1
    assert len(row_names(text(client.get("/dcim/racks/?size=100")))) == 51
    assert len(row_names(text(client.get("/dcim/racks/")))) == 51


@database
def test_htmx_gets_the_list_alone():
    RackFactory()
    headers = {"HX-Request": "true", "HX-Target": "list"}
    answer = admin_client().get("/dcim/racks/", headers=headers)
    assert text(answer).lstrip().startswith('<section class="list"')
    assert "HX-Request" in answer["Vary"]


@database
def test_an_empty_list_says_what_to_do_next():
    client = admin_client()
    assert "There are no racks yet" in text(client.get("/dcim/racks/"))
    assert "Nothing matches these filters" in text(client.get("/dcim/racks/?q=zz"))


@database
def test_values_are_escaped():
    RackFactory(name="<img src=x>")
    page = text(admin_client().get("/dcim/racks/"))
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page


@database
def test_trees_are_listed_branch_by_branch():
    client = admin_client()
    for site in (SiteFactory(name="A"), SiteFactory(name="B")):
        for hall in ("Hall 1", "Hall 2"):
            above = LocationFactory(site=site, name=hall)
            LocationFactory(site=site, parent=above, name="Row A")
    page = text(client.get("/dcim/locations/"))
    assert row_names(page) == ["Hall 1", "Row A", "Hall 2", "Row A"] * 2
    assert page.count("depth-1") == 4
