"""Typed terms and actions of the search, and what they keep from whom."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from core.web import search
from core.web.search_terms import Term, split
from tests.core.pages import admin_client, database, text
from tests.core.permits import somebody
from tests.dcim.factories import DeviceFactory
from tests.facilities.factories import SiteFactory
from tests.racks.factories import RackFactory


def hits(page: str) -> list[str]:
    return re.findall(r'class="hit"[^>]*><strong>([^<]+)</strong>', page)


def found(client: Client, words: str, **more: str) -> list[str]:
    return hits(text(client.get("/search/", {"q": words, **more})))


def client_of(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


@pytest.mark.parametrize(
    ("typed", "terms", "words"),
    [
        ("rack:A12 status:planned web", [("rack", "A12"), ("status", "planned")], "web"),
        ('web site:"North East"', [("site", "North East")], "web"),
        ("asset:12 Device-Type:r640", [("asset_tag", "12"), ("device_type", "r640")], ""),
        ("00:11:22:33", [], "00:11:22:33"),
        ("a: b", [], "a: b"),
    ],
)
def test_terms_are_told_from_words(typed: str, terms: list[tuple[str, str]], words: str) -> None:
    assert split(typed) == ([Term(*each) for each in terms], words)


@database
def test_terms_narrow_by_reference_choice_kind_and_text() -> None:
    site = SiteFactory(name="Austin")
    racks = {name: RackFactory(name=name, site=site) for name in ("A12", "A120")}
    for rack in racks.values():
        for status in ("planned", "active"):
            DeviceFactory(name=f"{status}-{rack.name}", rack=rack, site=site, status=status)
    client = admin_client()
    assert found(client, "rack:a12 status:planned") == ["planned-A12"]
    assert found(client, "rack:12 status:planned") == ["planned-A12", "planned-A120"]
    assert found(client, "type:device site:austin active") == ["active-A12", "active-A120"]
    assert found(client, "type:rack a120") == ["A120"]
    assert found(client, "name:active-a120") == ["active-A120"]
    assert found(client, "rack:nowhere") == []
    assert found(client, "colour:blue") == []
    page = text(client.get("/search/", {"q": "type:device status:planned", "live": "1"}))
    assert found(client, "type:device status:planned") == ["planned-A12", "planned-A120"]
    assert "planned-A12" in page


@database
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("frob:1", "No record has a field “frob”."),
        ("status:plannd", "No status is “plannd”: it is "),
        ("site:nowhere", "No site is “nowhere”."),
        ("type:spaceship", "There is no kind of record called “spaceship”."),
    ],
)
def test_a_term_that_nothing_can_fulfil_is_told(typed: str, told: str) -> None:
    RackFactory()
    assert told in text(admin_client().get("/search/", {"q": typed, "live": 1}))


@database
def test_all_that_terms_find_is_the_list_with_the_same_filters() -> None:
    rack = RackFactory(name="A12")
    for n in range(search.PER_GROUP + 1):
        DeviceFactory(name=f"web-{n}", rack=rack, site=rack.site)
    client = admin_client()
    page = text(client.get("/search/", {"q": "rack:a12 web"}))
    url = f"/dcim/devices/?rack_id={rack.pk}&amp;q=web"
    assert f'href="{url}"' in page
    assert f"{search.PER_GROUP + 1}</b>" in text(client.get(url.replace("&amp;", "&")))


@database
def test_who_may_not_see_a_row_does_not_find_it_by_its_fields_either() -> None:
    rack = RackFactory(name="secret-rack")
    DeviceFactory(name="mine", rack=rack, site=rack.site)
    DeviceFactory(name="theirs", rack=rack, site=rack.site)
    admin = admin_client()
    assert found(admin, "mine") == found(admin, "rack:secret-rack mine") == ["mine"]
    user = somebody("dcim.device", "view", {"name": "mine"})
    client = client_of(user)
    assert found(client, "theirs") == []
    assert found(client, "mine", live="1") == ["mine"]
    assert found(client, "theirs", live="1") == []
    assert found(client, "type:device mine") == ["mine"]
    assert found(client, "type:device theirs") == []
    # By the name of a rack that they may not see they find nothing.
    assert found(client, "rack:secret-rack") == []


@database
def test_actions_are_offered_to_those_who_may() -> None:
    client = admin_client()
    first = hits_of_commands(client, "")
    assert "Add device" in first
    assert hits_of_commands(client, "add a dev")[0] == "Add device"
    assert "Open rack elevations" in hits_of_commands(client, "elev")
    assert hits_of_commands(client, "type:device") == []
    viewer = client_of(somebody("dcim.device", "view"))
    assert hits_of_commands(viewer, "add dev") == []
    assert hits_of_commands(viewer, "open devices") == ["Open devices"]
    assert hits_of_commands(viewer, "open racks") == []


def hits_of_commands(client: Client, words: str) -> list[str]:
    page = text(client.get("/search/", {"q": words, "live": "1"}))
    _, _, actions = page.partition("data-commands")
    return re.findall(r"<strong>([^<]+)</strong>", actions.partition("</ul>")[0])


@database
def test_while_typing_the_row_of_the_very_name_is_first_among_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "MOST_LIVE", 3)
    monkeypatch.setattr("core.web.search_statements._kept", {})
    site = SiteFactory()
    for n in range(6):
        DeviceFactory(name=f"srv-{n}", site=site)
    DeviceFactory(name="SRV", site=site)
    DeviceFactory(name="other", site=site, serial="SRV-9")
    client = admin_client()
    live = found(client, "srv", live="1")
    assert live[0] == "SRV"
    assert found(client, "SRV-9", live="1") == ["other"]
    assert len(found(client, "srv")) == 8
