"""Pages that create, edit, copy and delete a record, through the browser's door."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from core import registry
from core.models import Group, Tag, TaggedItem, User
from core.web.record_form import expand
from facilities.models import Region, Site
from racks.models import Rack
from tests.core.factories import UserFactory
from tests.facilities.factories import LocationFactory, SiteFactory
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return UserFactory(username="boss", is_superuser=True)


@pytest.fixture
def browser(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def values_of(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send if the form at `address` were sent as it stands."""
    opened = client.get(address).context
    form = opened["form"]
    found: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value is None or value is False:
            continue
        found[bound.html_name] = "on" if value is True else value
    carried = {"_version": opened["version"], "_original": opened["original"]}
    return {**found, **carried} if opened["version"] else found


def test_a_valid_form_creates_the_record_and_shows_it(browser: Client) -> None:
    sent = {"name": "Red", "slug": "red", "color": "#FF0000", "weight": "5", "description": "x"}
    answer = browser.post("/extras/tags/add/", sent)
    tag = Tag.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/extras/tags/{tag.pk}/")
    assert (tag.name, tag.color, tag.weight) == ("Red", "ff0000", 5)
    page = browser.get(answer["Location"])
    assert "Tag Red created." in page.content.decode()


def test_faults_stand_beside_their_fields_and_the_input_is_kept(browser: Client) -> None:
    Tag.objects.create(name="Red", slug="red")
    answer = browser.post(
        "/extras/tags/add/", {"name": "Mine", "slug": "red", "color": "#zz", "weight": "9"}
    )
    assert answer.status_code == 422
    form = answer.context["form"]
    assert set(form.errors) == {"color"}, "the slug is found by the database, once the rest is good"
    assert 'value="Mine"' in answer.content.decode()
    answer = browser.post(
        "/extras/tags/add/", {"name": "Mine", "slug": "red", "color": "#00ff00", "weight": "9"}
    )
    assert answer.context["form"].errors == {"slug": ["Tag with this Slug already exists."]}
    assert Tag.objects.count() == 1


def test_all_faults_are_told_at_once(browser: Client) -> None:
    answer = browser.post("/dcim/racks/add/", {"name": "", "u_height": "500", "width": "19"})
    assert {"name", "site", "u_height"} <= set(answer.context["form"].errors)


def test_a_rule_of_the_database_is_a_message_not_an_error(browser: Client) -> None:
    rack = RackFactory()
    sent = values_of(browser, f"/dcim/racks/{rack.pk}/edit/")
    other = SiteFactory()
    from tests.facilities.factories import LocationFactory

    elsewhere = LocationFactory(site=other)
    answer = browser.post(f"/dcim/racks/{rack.pk}/edit/", {**sent, "location": str(elsewhere.pk)})
    assert answer.status_code == 422
    assert "another site" in answer.content.decode()
    rack.refresh_from_db()
    assert rack.location is None


def test_only_what_was_changed_is_written(browser: Client) -> None:
    rack = RackFactory(name="A1", comments="kept")
    address = f"/dcim/racks/{rack.pk}/edit/"
    answer = browser.post(address, {**values_of(browser, address), "name": "A2"})
    assert answer["Location"] == f"/dcim/racks/{rack.pk}/"
    rack.refresh_from_db()
    assert (rack.name, rack.comments) == ("A2", "kept")


def test_an_unchanged_form_writes_nothing(browser: Client) -> None:
    rack = RackFactory(weight="12.50", weight_unit="kg")
    address = f"/dcim/racks/{rack.pk}/edit/"
    answer = browser.post(address, values_of(browser, address))
    assert answer.status_code == 302
    before = rack.last_updated
    rack.refresh_from_db()
    assert rack.last_updated == before


def test_a_stale_version_is_refused_and_the_input_kept(browser: Client) -> None:
    tag = Tag.objects.create(name="Red", slug="red")
    address = f"/extras/tags/{tag.pk}/edit/"
    mine = {**values_of(browser, address), "description": "mine"}
    tag.description = "theirs"
    tag.save()
    answer = browser.post(address, mine)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Somebody changed this" in text and 'value="mine"' in text
    tag.refresh_from_db()
    assert tag.description == "theirs"
    answer = browser.post(address, {**mine, "_overwrite": answer.context["newer"]})
    assert answer.status_code == 302
    tag.refresh_from_db()
    assert tag.description == "mine"


def test_two_people_are_told_what_the_other_changed(browser: Client) -> None:
    """What only they changed stays theirs; what both changed is the user's choice, by field."""
    north, south = SiteFactory(name="North"), SiteFactory(name="South")
    rack = RackFactory(site=north, name="A1", serial="1", weight="12.50", weight_unit="kg")
    address = f"/dcim/racks/{rack.pk}/edit/"
    mine = {**values_of(browser, address), "serial": "mine", "comments": "mine", "name": "A9"}
    other = Client()
    other.force_login(UserFactory(username="eve", is_superuser=True))
    theirs = {"serial": "theirs", "comments": "theirs", "site": south.pk, "weight": "13.00"}
    assert other.post(address, {**values_of(other, address), **theirs}).status_code == 302

    answer = browser.post(address, mine)
    assert answer.status_code == 409
    assert [change["user_name"] for change in answer.context["authors"]] == ["eve"]
    told = {d.name: (d.before, d.theirs, d.mine) for d in answer.context["differences"]}
    assert told == {
        "serial": ("1", "theirs", "mine"),
        "comments": ("—", "theirs", "mine"),
        "site": ("North", "South", ""),
        "weight": ("12.5", "13.0", ""),
    }
    form = answer.context["form"]
    shown = {name: str(form[name].value()) for name in (*told, "name")}
    kept = {"serial": "mine", "comments": "mine", "name": "A9"}
    assert shown == {**kept, "site": str(south.pk), "weight": "13.0"}

    again = {**mine, "site": south.pk, "weight": "13.00"}
    assert browser.post(address, again).status_code == 409
    chosen = {"_overwrite": answer.context["newer"], "_theirs": ["comments"]}
    assert browser.post(address, {**again, **chosen}).status_code == 302
    rack.refresh_from_db()
    found = (rack.name, rack.serial, rack.comments, rack.site_id, str(rack.weight))
    assert found == ("A9", "mine", "theirs", south.pk, "13.00")


def test_a_form_without_its_version_is_refused(browser: Client) -> None:
    tag = Tag.objects.create(name="Red", slug="red")
    sent = values_of(browser, f"/extras/tags/{tag.pk}/edit/")
    del sent["_version"]
    answer = browser.post(f"/extras/tags/{tag.pk}/edit/", {**sent, "name": "Blue"})
    assert answer.status_code == 409


def test_references_and_tags_are_chosen_by_id(browser: Client) -> None:
    site, tags = SiteFactory(), [Tag.objects.create(name=n, slug=n) for n in "ab"]
    address = f"/dcim/racks/add/?site={site.pk}"
    sent = {**values_of(browser, address), "name": "R1", "tags": [t.pk for t in tags]}
    assert sent["site"] == str(site.pk)
    answer = browser.post("/dcim/racks/add/", sent)
    rack = Rack.objects.get()
    assert answer["Location"] == f"/dcim/racks/{rack.pk}/"
    assert rack.site == site
    assert TaggedItem.objects.filter(object_id=rack.pk).count() == 2
    answer = browser.post("/dcim/racks/add/", {**sent, "name": "R2", "site": "999999"})
    assert answer.context["form"].errors == {"site": ["No site matches id 999999."]}


def test_without_scripts_a_reference_is_typed_by_name_or_id(browser: Client) -> None:
    reno, oslo = (LocationFactory(name="Hall", site__name=name).site for name in ("Reno", "Oslo"))
    sent = {**values_of(browser, "/dcim/racks/add/"), "name": "R"}
    for typed in ("Reno", f"#{reno.pk}", str(oslo.pk)):
        browser.post("/dcim/racks/add/", {**sent, "site": typed})
    assert set(Rack.objects.values_list("site", flat=True)) == {reno.pk, oslo.pk}
    answer = browser.post("/dcim/racks/add/", {**sent, "site": "Rome", "location": "Hall"})
    assert answer.context["form"].errors == {
        "site": ["Choose one of the list."],
        "location": ["Several are called so: give the id."],
    }


def test_many_choices_are_searched_for_and_few_are_listed(browser: Client) -> None:
    few = SiteFactory(name="The only one")
    page = browser.get("/dcim/racks/add/").content.decode()
    assert 'data-reference="dcim/sites"' in page and "The only one" in page
    Site.objects.bulk_create([Site(name=f"S{n}", slug=f"s{n}") for n in range(150)])
    page = browser.get(f"/dcim/racks/add/?site={few.pk}").content.decode()
    assert f'<option value="{few.pk}" selected>The only one</option>' in page
    assert "S77" not in page
    assert f'<noscript><input name="site" value="{few.pk}"' in page


def test_a_copy_leaves_out_what_must_be_unique(browser: Client) -> None:
    tag = Tag.objects.create(name="Red", slug="red", color="ff0000", weight=7)
    form = browser.get(f"/extras/tags/{tag.pk}/clone/").context["form"]
    assert form["name"].value() is None and form["slug"].value() is None
    assert (form["color"].value(), form["weight"].value()) == ("#ff0000", 7)
    assert form.pk is None


def test_save_and_add_another_carries_references_along(browser: Client) -> None:
    site = SiteFactory()
    sent = values_of(browser, f"/dcim/racks/add/?site={site.pk}")
    answer = browser.post("/dcim/racks/add/", {**sent, "name": "R1", "_another": "1"})
    assert answer["Location"].startswith("/dcim/racks/add/?")
    assert f"site={site.pk}" in answer["Location"] and "name" not in answer["Location"]


def test_a_pattern_creates_several_or_none(browser: Client) -> None:
    site = SiteFactory()
    sent = values_of(browser, f"/dcim/racks/add/?site={site.pk}")
    answer = browser.post("/dcim/racks/add/", {**sent, "name": "R[08-11]", "_several": "on"})
    assert answer.status_code == 302
    assert sorted(Rack.objects.values_list("name", flat=True)) == ["R08", "R09", "R10", "R11"]
    answer = browser.post(
        "/dcim/racks/add/", {**sent, "name": "R[1-3]", "u_height": "0", "_several": "on"}
    )
    assert answer.status_code == 422 and Rack.objects.count() == 4


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("eth0", ["eth0"]),
        ("eth[0-2]", ["eth0", "eth1", "eth2"]),
        ("[a-c][1,3]", ["a1", "a3", "b1", "b3", "c1", "c3"]),
        ("x[08-10]y", ["x08y", "x09y", "x10y"]),
    ],
)
def test_patterns_stand_for_texts(pattern: str, texts: list[str]) -> None:
    assert expand(pattern) == texts


@pytest.mark.parametrize("pattern", ["e[3-1]", "e[0-1000]", "e[0-99][0-99]", "e[a-]", "e[1-z]"])
def test_patterns_that_cannot_be_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"range|1,000"):
        expand(pattern)


def test_a_password_is_hashed_and_kept_when_left_empty(browser: Client) -> None:
    answer = browser.post(
        "/users/users/add/",
        {"username": "ann", "password": "correct horse 9", "is_active": "on"},
    )
    ann = User.objects.get(username="ann")
    assert answer.status_code == 302 and ann.check_password("correct horse 9")
    address = f"/users/users/{ann.pk}/edit/"
    group = Group.objects.create(name="Planners")
    sent = {**values_of(browser, address), "email": "ann@example.org", "groups": [group.pk]}
    assert "password" not in sent
    assert browser.post(address, sent).status_code == 302
    ann.refresh_from_db()
    assert ann.check_password("correct horse 9") and ann.email == "ann@example.org"
    assert list(ann.groups.all()) == [group]


def test_a_new_token_is_shown_once(browser: Client, admin: User) -> None:
    sent = {**values_of(browser, "/users/tokens/add/"), "user": admin.pk}
    answer = browser.post("/users/tokens/add/", sent)
    assert answer.status_code == 302
    page = browser.get(answer["Location"]).content.decode()
    assert "It is shown only now" in page
    assert "It is shown only now" not in browser.get(answer["Location"]).content.decode()


def test_deleting_says_what_else_goes(browser: Client) -> None:
    rack = RackFactory()
    tag = Tag.objects.create(name="Red", slug="red")
    browser.post(
        f"/dcim/racks/{rack.pk}/edit/",
        {**values_of(browser, f"/dcim/racks/{rack.pk}/edit/"), "tags": [tag.pk]},
    )
    page = browser.get(f"/extras/tags/{tag.pk}/delete/")
    assert page.context["also"] == [(1, "tagged item")]
    answer = browser.post(f"/extras/tags/{tag.pk}/delete/", {"_version": page.context["version"]})
    assert answer["Location"] == "/extras/tags/"
    assert not Tag.objects.exists()


def test_what_prevents_a_delete_is_linked(browser: Client) -> None:
    rack = RackFactory(name="A7")
    address = f"/dcim/sites/{rack.site.pk}/delete/"
    page = browser.get(address)
    assert f'<a href="/dcim/racks/{rack.pk}/">A7</a>' in page.content.decode()
    assert "button-destroy" not in page.content.decode()
    assert browser.post(address).status_code == 409
    assert Site.objects.exists()


def test_a_delete_of_what_was_changed_meanwhile_is_refused(browser: Client) -> None:
    tag = Tag.objects.create(name="Red", slug="red")
    version = browser.get(f"/extras/tags/{tag.pk}/delete/").context["version"]
    tag.save()
    answer = browser.post(f"/extras/tags/{tag.pk}/delete/", {"_version": version})
    assert answer.status_code == 409 and Tag.objects.exists()


def test_strangers_log_in_and_people_without_permission_get_nothing() -> None:
    tag = Tag.objects.create(name="Red", slug="red")
    for path in ("add/", "import/", f"{tag.pk}/edit/", f"{tag.pk}/delete/", "export/"):
        answer = Client().get(f"/extras/tags/{path}")
        assert answer.status_code == 302 and "/login/" in answer["Location"], path
    client = Client()
    client.force_login(UserFactory())
    for path in ("add/", f"{tag.pk}/edit/", f"{tag.pk}/clone/", f"{tag.pk}/delete/"):
        assert client.get(f"/extras/tags/{path}").status_code in (403, 404), path
    client.post(f"/extras/tags/{tag.pk}/delete/")
    assert Tag.objects.exists()


def test_a_form_from_another_site_is_refused(admin: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    answer = client.post("/extras/tags/add/", {"name": "Red", "slug": "red"})
    assert answer.status_code == 403 and not Tag.objects.exists()


def test_what_a_resource_does_not_allow_has_no_page(browser: Client) -> None:
    assert browser.get("/core/jobs/add/").status_code == 404
    assert browser.get("/extras/tagged-objects/add/").status_code == 404


def test_a_tree_cannot_be_bent_into_a_circle(browser: Client) -> None:
    top = Region.objects.create(name="Top", slug="top")
    below = Region.objects.create(name="Below", slug="below", parent=top)
    address = f"/dcim/regions/{top.pk}/edit/"
    answer = browser.post(address, {**values_of(browser, address), "parent": below.pk})
    assert answer.status_code == 422
    assert "parent" in answer.context["form"].errors


def test_the_return_address_must_be_on_this_server(browser: Client) -> None:
    sent = {"name": "Red", "slug": "red", "color": "#ff0000", "weight": "1"}
    answer = browser.post("/extras/tags/add/", {**sent, "return": "//evil.example/"})
    assert answer["Location"].startswith("/extras/tags/")


def test_object_types_of_a_tag_are_chosen_by_name(browser: Client) -> None:
    sent = {"name": "Red", "slug": "red", "color": "#ff0000", "weight": "1"}
    browser.post("/extras/tags/add/", {**sent, "object_types": ["dcim.rack", "dcim.site"]})
    kinds = Tag.objects.get().object_types.values_list("model", flat=True)
    assert sorted(kinds) == ["rack", "site"]


def test_every_resource_has_a_form_that_opens(browser: Client) -> None:
    broken = {}
    for resource in registry.resources():
        if "post" in resource.methods:
            answer = browser.get(f"/{resource.path}/add/")
            if answer.status_code != 200 or not list(answer.context["form"]):
                broken[resource.path] = answer.status_code
                continue
            form = answer.context["form"]
            shown = {bound.name for _, group in form.sections() for bound in group}
            assert shown == set(form.fields), resource.path
    assert broken == {}


def test_an_optional_colour_can_be_left_empty(browser: Client) -> None:
    from core.web.record_form import form_class
    from dcim.models import Cable

    made = form_class(registry.of_model(Cable)).base_fields["color"]
    assert made.widget.input_type != "color", "a picker would send black"
    tag = form_class(registry.of_model(Tag)).base_fields["color"]
    assert tag.widget.input_type == "color"


def test_nothing_is_chosen_where_a_choice_is_needed(browser: Client) -> None:
    form = browser.get("/dcim/interfaces/add/").context["form"]
    assert form["type"].value() is None
    assert form.fields["type"].choices[0][0] == ""
    assert browser.get("/dcim/racks/add/").context["form"]["status"].value() == "active"


def test_json_is_shown_as_it_is_stored() -> None:
    from core.web.form_fields import JsonInput

    shown = JsonInput().prepare_value({"a": [1]})
    assert json.loads(shown) == {"a": [1]}
