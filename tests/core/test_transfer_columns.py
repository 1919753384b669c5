"""Imported columns that a file names in its own way."""

from __future__ import annotations

import pytest
from django.test import Client

from core import jobs
from core.models import Job, Tag
from racks.models import Rack
from tests.core.pages import admin_client
from tests.core.transfer import bring, check
from tests.facilities.factories import SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return admin_client()


def test_columns_with_names_of_their_own_are_mapped(browser: Client) -> None:
    SiteFactory(name="Austin", slug="aus")
    text = "Rack name,Site,Units,Colour of door\nA1,aus,47,red\nA2,aus,42,\n"
    report = check(browser, "dcim/racks", text)
    assert {fault.column for fault in report.faults} >= {"rack_name", "colour_of_door"}
    page = browser.post("/dcim/racks/import/", {"text": text})
    assert page.status_code == 422
    found = {each["name"]: each for each in page.context["mapping"]}
    assert found["site"]["chosen"] == "site" and found["rack_name"]["sample"] == "A1"
    assert found["colour_of_door"] | {"options": ()} == {
        "name": "colour_of_door",
        "sample": "red",
        "chosen": "",
        "options": (),
    }
    assert 'name="as"' in page.content.decode()
    said = {
        "column": ["rack_name", "site", "units", "colour_of_door", "gone"],
        "as": ["name", "site", "u_height", "", "serial"],
    }
    assert check(browser, "dcim/racks", text, **said).good
    assert bring(browser, "dcim/racks", text, **said).status_code == 302
    assert list(Rack.objects.order_by("name").values_list("name", "u_height")) == [
        ("A1", 47),
        ("A2", 42),
    ]


def test_likely_columns_are_proposed_once(browser: Client) -> None:
    text = "Rack name,Location name\na,b\n"
    hints = [fault.message for fault in check(browser, "dcim/racks", text).faults]
    assert "There is no column rack_name. Did you mean name?" in hints
    assert "There is no column location_name. Did you mean location?" in hints
    text = "Rack name,names,Asset tags,site.slug\na,b,c,aus\n"
    found = browser.post("/dcim/racks/import/", {"text": text}).context["mapping"]
    assert [each["chosen"] for each in found] == ["name", "", "asset_tag", "site.slug"]


def test_two_columns_cannot_be_one(browser: Client) -> None:
    text = "name,title,slug\na,b,c\n"
    said = {"column": ["name", "title", "slug"], "as": ["name", "name", "slug"]}
    [fault] = check(browser, "extras/tags", text, **said).faults
    assert (fault.column, fault.line) == ("name", 1) and "Leave one out" in fault.message


@pytest.mark.django_db(transaction=True)
def test_a_long_import_asks_for_unknown_columns_first_and_keeps_the_answer(browser: Client) -> None:
    text = "\n".join(["title,slug", *(f"t{n},t{n}" for n in range(600))])
    page = browser.post("/extras/tags/import/", {"text": text})
    assert page.status_code == 422 and not Job.objects.exists()
    assert [fault.column for fault in page.context["report"].faults] == ["title"]
    said = {"column": ["title", "slug"], "as": ["name", "slug"]}
    browser.post("/extras/tags/import/", {"text": text, **said})
    checked = Job.objects.get()
    assert jobs.run(checked.pk)
    browser.post("/extras/tags/import/", {"_job": checked.pk})
    assert jobs.run(Job.objects.latest("pk").pk)
    assert Tag.objects.filter(name__startswith="t").count() == 600
