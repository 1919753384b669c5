"""What people and programs read of the history, and what they may not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from rest_framework.test import APIClient

from core.history import actor
from core.models import Group, ObjectChange, ObjectPermission, Tag, User
from dcim.models import Device
from facilities.models import Site, Tenant
from tests.core.factories import UserFactory
from tests.dcim.factories import DeviceFactory, RackFactory, SiteFactory

pytestmark = pytest.mark.django_db
CHANGES = "/api/core/object-changes/"
SITES = "/api/dcim/sites/"


def signed(user: User) -> APIClient:
    made = APIClient()
    made.force_authenticate(user)
    return made


@pytest.fixture
def ada() -> User:
    return UserFactory(username="ada", is_superuser=True)


@pytest.fixture
def rest(ada: User) -> APIClient:
    return signed(ada)


@pytest.fixture
def pages(ada: User) -> Client:
    made = Client()
    made.force_login(ada)
    return made


def permit(user: User, model: Any, constraints: Any = None) -> None:
    made = ObjectPermission.objects.create(
        name=f"view {model.__name__}", actions=["view"], constraints=constraints
    )
    made.object_types.set([ContentType.objects.get_for_model(model)])
    made.users.set([user])


def listed(client: APIClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(CHANGES, query)
    assert answer.status_code == 200, answer.json()
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_a_change_in_the_wire_format(rest: APIClient, ada: User) -> None:
    region = rest.post("/api/dcim/regions/", {"name": "R", "slug": "r"}, format="json").json()
    body = {"name": "A", "slug": "a", "region": region["id"], "changelog_message": "why"}
    answer = rest.post(SITES, body, format="json")
    [row] = listed(rest, changed_object_type="dcim.site")
    assert row["user"]["username"] == row["user_name"] == "ada"
    assert row["request_id"] == answer["X-Request-ID"]
    assert row["action"] == {"value": "create", "label": "Created"}
    assert row["changed_object_id"] == answer.json()["id"]
    assert row["changed_object"]["name"] == row["object_repr"] == "A"
    assert (row["message"], row["prechange_data"]) == ("why", None)
    data = row["postchange_data"]
    assert (data["region"], data["group"], data["custom_fields"]) == (region["id"], None, {})
    assert row == rest.get(row["url"]).json()
    for method in ("post", "patch", "delete"):
        assert getattr(rest, method)(row["url"]).status_code == 405


def test_the_filters(rest: APIClient) -> None:
    made = rest.post(SITES, {"name": "Hall", "slug": "hall"}, format="json")
    pk = made.json()["id"]
    rest.patch(f"{SITES}{pk}/", {"facility": "x"}, format="json")
    DeviceFactory(name="leaf")
    site = ContentType.objects.get_for_model(Site).pk
    of_site = {"changed_object_type": "dcim.site", "changed_object_id": pk}
    assert len(listed(rest, **of_site)) == 2
    assert len(listed(rest, changed_object_type_id=site, changed_object_id=pk)) == 2
    assert [r["action"]["value"] for r in listed(rest, **of_site, action="update")] == ["update"]
    assert len(listed(rest, request_id=made["X-Request-ID"])) == 1
    assert len(listed(rest, **of_site, user="ada")) == 2
    assert len(listed(rest, **of_site, user_name__ic="AD")) == 2
    assert listed(rest, **of_site, user_name__n="ada") == []
    assert {r["object_repr"] for r in listed(rest, q="leaf")} == {"leaf"}
    create = listed(rest, **of_site)[-1]
    between = {"time_after": create["time"], "time_before": create["time"]}
    assert [r["id"] for r in listed(rest, **of_site, **between)] == [create["id"]]
    interface = {"device": Device.objects.get().pk, "name": "e0", "type": "virtual"}
    rest.post("/api/dcim/interfaces/", interface, format="json")
    part = {"related_object_type": "dcim.device", "related_object_id": interface["device"]}
    assert [r["object_repr"] for r in listed(rest, **part)] == ["e0"]
    for bad in ({"action": "x"}, {"request_id": "x"}, {"changed_object_type": "dcim.x"}):
        assert rest.get(CHANGES, bad).status_code == 400


def test_lists_are_filtered_by_request(rest: APIClient) -> None:
    one = rest.post(SITES, [{"name": n, "slug": n} for n in "ab"], format="json")
    pk = rest.post(SITES, {"name": "c", "slug": "c"}, format="json").json()["id"]
    two = rest.patch(f"{SITES}{pk}/", {"facility": "x"}, format="json")

    def names(**query: Any) -> list[str]:
        return [row["name"] for row in rest.get(SITES, query).json()["results"]]

    first, second = one["X-Request-ID"], two["X-Request-ID"]
    assert names(created_by_request=first) == names(modified_by_request=first) == ["a", "b"]
    assert names(updated_by_request=first) == names(created_by_request=second) == []
    assert names(updated_by_request=second) == names(modified_by_request=second) == ["c"]


def test_a_list_keeps_the_message_of_its_items(rest: APIClient) -> None:
    body = [
        {"name": "a", "slug": "a", "changelog_message": "audit"},
        {"name": "b", "slug": "b", "changelog_message": "audit"},
    ]
    rest.post(SITES, body, format="json")
    assert {r["message"] for r in listed(rest, changed_object_type="dcim.site")} == {"audit"}


def test_nobody_sees_changes_of_what_they_may_not_see(rest: APIClient) -> None:
    mine, other = (Tenant.objects.create(name=n, slug=n) for n in ("mine", "other"))
    for name, tenant in (("seen", mine), ("unseen", other), ("gone", mine)):
        SiteFactory(name=name, slug=name, tenant=tenant)
    actor.mark(None)
    Site.objects.get(name="gone").delete()
    guest = UserFactory()
    assert signed(guest).get(CHANGES).status_code == 403
    permit(guest, ObjectChange)
    [own] = listed(signed(User.objects.get(pk=guest.pk)))
    assert own["object_repr"] == guest.username  # everybody may see their own account
    permit(guest, Site, {"tenant__slug": "mine"})
    client = signed(User.objects.get(pk=guest.pk))
    [seen] = listed(client, changed_object_type="dcim.site")
    assert seen["object_repr"] == "seen"
    assert seen["postchange_data"]["tenant"] is None  # tenants are not theirs to see
    hidden = ObjectChange.objects.filter(object_repr="unseen").values_list("pk", flat=True)[0]
    assert client.get(f"{CHANGES}{hidden}/").status_code == 404
    permit(guest, Site)
    found = listed(signed(User.objects.get(pk=guest.pk)), changed_object_type="dcim.site")
    assert {row["object_repr"] for row in found} == {"seen", "unseen", "gone"}


def test_a_person_needs_the_permission_for_the_history_tab() -> None:
    site, guest = SiteFactory(name="Hall"), UserFactory()
    permit(guest, Site)
    browser = Client()
    browser.force_login(guest)
    page = browser.get(f"/dcim/sites/{site.pk}/history/")
    assert page.status_code == 200 and "You may not see changes" in page.content.decode()
    assert browser.get("/core/object-changes/").status_code == 403


def test_the_history_tab_tells_what_changed_in_words(rest: APIClient, pages: Client) -> None:
    device = DeviceFactory(name="leaf-1", site=SiteFactory())
    rack = RackFactory(site=device.site, name="R7")
    red = Tag.objects.create(name="red", slug="red")
    body = {
        "rack": rack.pk,
        "status": "planned",
        "comments": "one\ntwo",
        "tags": [red.pk],
        "changelog_message": "moved",
    }
    url = f"/api/dcim/devices/{device.pk}/"
    assert rest.patch(url, body, format="json").status_code == 200
    text = pages.get(f"/dcim/devices/{device.pk}/history/").content.decode()
    for words in ("R7", "Active", "Planned", "2 lines", "moved", "ada", "red"):
        assert words in text
    assert f'href="/dcim/racks/{rack.pk}/"' in text
    rest.patch(url, {"rack": None}, format="json")
    rest.delete(f"/api/dcim/racks/{rack.pk}/")
    text = pages.get(f"/dcim/devices/{device.pk}/history/").content.decode()
    assert "R7 (deleted)" in text


def test_a_deleted_row_is_found_with_all_its_request_changed(
    rest: APIClient, pages: Client
) -> None:
    device = DeviceFactory(name="leaf-1")
    interface = {"device": device.pk, "name": "eth0", "type": "virtual"}
    rest.post("/api/dcim/interfaces/", interface, format="json")
    request = rest.delete(f"/api/dcim/devices/{device.pk}/")["X-Request-ID"]
    page = pages.get("/core/object-changes/", {"changed_object_type": "dcim.device", "q": "leaf-1"})
    assert "leaf-1" in page.content.decode()
    change = ObjectChange.objects.get(object_repr="leaf-1", action="delete")
    text = pages.get(f"/core/object-changes/{change.pk}/").content.decode()
    for words in ("Deleted", "eth0", "Changed by the same request", request):
        assert words in text
    assert pages.get("/core/object-changes/999999/").status_code == 404


def test_a_form_keeps_why(pages: Client) -> None:
    pages.post("/users/groups/add/", {"name": "crew", "changelog_message": "new shift"})
    change = ObjectChange.objects.get(changed_object_id=Group.objects.get().pk, action="create")
    assert (change.message, change.user_name) == ("new shift", "ada")


def test_the_overview_shows_the_latest_changes(pages: Client) -> None:
    SiteFactory(name="Newest hall")
    text = pages.get("/").content.decode()
    assert "Latest changes" in text and "Newest hall" in text


def test_the_statements_of_a_tab_do_not_grow(
    rest: APIClient, pages: Client, django_assert_max_num_queries: Any
) -> None:
    device = DeviceFactory()
    url = f"/api/dcim/devices/{device.pk}/"
    for n in range(12):
        rest.patch(url, {"serial": str(n), "rack": RackFactory(site=device.site).pk})
    with django_assert_max_num_queries(30):
        pages.get(f"/dcim/devices/{device.pk}/history/")


def test_the_list_of_changes_tells_what_each_changed() -> None:
    site, admin = SiteFactory(), UserFactory(is_superuser=True)
    rest, client = APIClient(), Client()
    rest.force_authenticate(admin)
    client.force_login(admin)
    body = {"facility": "S-9", "status": "planned"}
    assert rest.patch(f"/api/dcim/sites/{site.pk}/", body, format="json").status_code == 200
    page = client.get("/core/object-changes/?action=update").content.decode()
    plain = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Facility — → S-9" in plain
    assert "Status Active → Planned" in plain
