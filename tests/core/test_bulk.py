"""Changes to many records at once, from the list."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core import jobs
from core.models import Job, Tag, TaggedItem
from facilities.models import Tenant
from racks.models import Rack
from tests.core.factories import UserFactory
from tests.facilities.factories import SiteFactory
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    return client


@pytest.fixture
def racks() -> list[Rack]:
    site = SiteFactory(slug="one")
    return [RackFactory(site=site, name=f"R{n}", comments="old") for n in range(3)]


def test_the_first_step_names_the_rows_and_changes_nothing(
    browser: Client, racks: list[Rack]
) -> None:
    answer = browser.post("/dcim/racks/edit/", {"pk": [r.pk for r in racks[:2]]})
    text = answer.content.decode()
    assert "Edit 2 racks" in text and "R0, R1" in text
    assert answer.context["form"]["status"].value() is None


def test_fields_are_set_and_cleared_on_the_chosen_rows_only(
    browser: Client, racks: list[Rack]
) -> None:
    tenant = Tenant.objects.create(name="T", slug="t")
    tag = Tag.objects.create(name="hot", slug="hot")
    chosen = ",".join(str(r.pk) for r in racks[:2])
    sent = {
        "pks": chosen,
        "_apply": "1",
        "tenant": tenant.pk,
        "desc_units": "true",
        "add_tags": [tag.pk],
        "_clear": ["comments"],
    }
    answer = browser.post("/dcim/racks/edit/", {**sent, "return": "/dcim/racks/?q=R"})
    assert answer["Location"] == "/dcim/racks/?q=R"
    for rack in racks:
        rack.refresh_from_db()
    assert [r.tenant for r in racks] == [tenant, tenant, None]
    assert [r.comments for r in racks] == ["", "", "old"]
    assert [r.desc_units for r in racks] == [True, True, False]
    assert TaggedItem.objects.filter(tag=tag).count() == 2
    sent = {"pks": chosen, "_apply": "1", "_clear": ["tenant"], "remove_tags": [tag.pk]}
    assert browser.post("/dcim/racks/edit/", sent).status_code == 302
    assert not Rack.objects.exclude(tenant=None).exists()
    assert not TaggedItem.objects.exists()


def test_rows_at_fault_are_named_and_nothing_changes(browser: Client, racks: list[Rack]) -> None:
    from tests.facilities.factories import LocationFactory

    there = LocationFactory(site=racks[0].site)
    other = RackFactory(name="Elsewhere")
    sent = {"pk": [racks[0].pk, other.pk], "_apply": "1", "location": there.pk}
    answer = browser.post("/dcim/racks/edit/", sent)
    assert answer.status_code == 422
    [fault] = answer.context["faults"].rows
    assert fault.display == "Elsewhere" and "another site" in fault.sentences[0]
    assert not Rack.objects.exclude(location=None).exists()


def test_values_wrong_for_all_stand_beside_their_field(browser: Client, racks: list[Rack]) -> None:
    sent = {"pk": [racks[0].pk], "_apply": "1", "u_height": "101"}
    answer = browser.post("/dcim/racks/edit/", sent)
    assert answer.status_code == 422 and "u_height" in answer.context["form"].errors
    answer = browser.post("/dcim/racks/edit/", {"pk": [racks[0].pk], "_apply": "1"})
    assert "Nothing is set" in answer.content.decode()


def test_all_that_match_the_filters_are_changed(browser: Client, racks: list[Rack]) -> None:
    other = RackFactory(name="Elsewhere")
    answer = browser.post("/dcim/racks/edit/?site=one", {"all": "1"})
    assert ("_count", "3") in answer.context["chosen"].hidden
    sent = {"all": "1", "_count": "3", "_apply": "1", "status": "planned"}
    RackFactory(site=racks[0].site)
    answer = browser.post("/dcim/racks/edit/?site=one", sent)
    assert not Rack.objects.filter(status="planned").exists(), "one more matches than was shown"
    browser.post("/dcim/racks/edit/?site=one", {**sent, "_count": "4"})
    assert Rack.objects.filter(status="planned").count() == 4
    other.refresh_from_db()
    assert other.status == "active"


def test_a_wrong_filter_chooses_nothing(browser: Client, racks: list[Rack]) -> None:
    answer = browser.post("/dcim/racks/delete/?site=nowhere", {"all": "1", "_apply": "1"})
    assert answer.status_code == 302 and Rack.objects.count() == 3


def test_bulk_delete_says_what_goes_and_deletes_all_or_none(
    browser: Client, racks: list[Rack]
) -> None:
    sites = [racks[0].site, SiteFactory()]
    ids = [site.pk for site in sites]
    answer = browser.post("/dcim/sites/delete/", {"pk": ids})
    assert answer.context["blocking_total"] == 3
    answer = browser.post("/dcim/sites/delete/", {"pk": ids, "_apply": "1"})
    assert answer.status_code == 409
    assert type(sites[0]).objects.count() == 2
    answer = browser.post("/dcim/racks/delete/", {"pk": [r.pk for r in racks], "_apply": "1"})
    assert answer.status_code == 302 and not Rack.objects.exists()


def test_renaming_shows_the_new_names_first(browser: Client, racks: list[Rack]) -> None:
    ids = [r.pk for r in racks]
    sent = {"pk": ids, "find": "^R([0-9])", "replace": r"Row-\1", "regex": "on"}
    answer = browser.post("/dcim/racks/rename/", {**sent, "_preview": "1"})
    assert [item.new for item in answer.context["renamings"]] == ["Row-0", "Row-1", "Row-2"]
    assert Rack.objects.filter(name="R0").exists()
    answer = browser.post("/dcim/racks/rename/", {**sent, "_apply": "1"})
    assert answer.status_code == 302
    assert sorted(Rack.objects.values_list("name", flat=True)) == ["Row-0", "Row-1", "Row-2"]


def test_renaming_is_all_or_nothing(browser: Client) -> None:
    tags = [Tag.objects.create(name=f"t{n}", slug=f"t{n}") for n in range(3)]
    sent: dict[str, Any] = {"pk": [t.pk for t in tags], "find": "[12]", "replace": "x"}
    answer = browser.post("/extras/tags/rename/", {**sent, "regex": "on", "_apply": "1"})
    assert answer.status_code == 422
    assert "tx" not in Tag.objects.values_list("name", flat=True)
    assert answer.context["faults"].rows
    sent["replace"] = "y" * 100
    answer = browser.post("/extras/tags/rename/", {**sent, "regex": "on", "_apply": "1"})
    assert answer.status_code == 422 and Tag.objects.filter(name="t1").exists()


def test_a_plain_find_takes_signs_as_they_are(browser: Client) -> None:
    tag = Tag.objects.create(name="a.b", slug="ab")
    sent = {"pk": [tag.pk], "find": ".", "replace": "%", "_apply": "1"}
    browser.post("/extras/tags/rename/", sent)
    tag.refresh_from_db()
    assert tag.name == "a%b"


def test_a_broken_expression_is_a_message(browser: Client, racks: list[Rack]) -> None:
    sent = {"pk": [racks[0].pk], "find": "(", "regex": "on", "_preview": "1"}
    answer = browser.post("/dcim/racks/rename/", sent)
    assert answer.status_code == 422 and "find" in answer.context["form"].errors


def test_swapping_names_in_one_step_is_not_stopped_half_way(browser: Client) -> None:
    tags = [Tag.objects.create(name=n, slug=n) for n in ("a1", "a2")]
    sent = {"pk": [t.pk for t in tags], "find": "a", "replace": "b", "_apply": "1"}
    assert browser.post("/extras/tags/rename/", sent).status_code == 302
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["b1", "b2"]


def test_without_permission_nothing_changes(racks: list[Rack]) -> None:
    client = Client()
    client.force_login(UserFactory())
    ids = [r.pk for r in racks]
    for action in ("edit", "delete", "rename"):
        answer = client.post(f"/dcim/racks/{action}/", {"pk": ids, "_apply": "1"})
        assert answer.status_code in (403, 404)
    assert Rack.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_many_rows_are_changed_by_a_job(browser: Client) -> None:
    Tag.objects.bulk_create([Tag(name=f"t{n}", slug=f"t{n}") for n in range(501)])
    sent = {"all": "1", "_count": "501", "_apply": "1", "description": "many"}
    answer = browser.post("/extras/tags/edit/", sent)
    job = Job.objects.get()
    assert answer["Location"] == f"/core/jobs/{job.pk}/"
    assert not Tag.objects.filter(description="many").exists()
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.data) == ("completed", {"changed": 501})
    assert Tag.objects.filter(description="many").count() == 501
    browser.post("/extras/tags/delete/", {"all": "1", "_count": "501", "_apply": "1"})
    assert jobs.run(Job.objects.latest("pk").pk) and not Tag.objects.exists()
