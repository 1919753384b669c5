"""What clients rely on beside each resource's own operations, a sentence a case."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from PIL import Image
from rest_framework.test import APIClient

from core.models import Tag, User
from tests.core.factories import UserFactory
from tests.dcim import factories as f
from tests.facilities.factories import SiteFactory

pytestmark = pytest.mark.django_db

TAGS, DEVICES = "/api/extras/tags/", "/api/dcim/devices/"


def tags(count: int) -> None:
    Tag.objects.bulk_create(Tag(name=f"t{n}", slug=f"t{n}") for n in range(count))


def test_the_version_is_in_every_answer_errors_too(client: APIClient) -> None:
    stranger = APIClient()
    for answer in (client.get(TAGS), stranger.get(TAGS), client.get("/api/nothing/here/")):
        assert answer["API-Version"] == "4.6"
        assert answer["X-Request-ID"]
    assert stranger.get(TAGS).status_code == 403
    assert stranger.get(TAGS).json() == {"detail": "Authentication credentials were not provided."}


def test_status_has_the_keys_clients_look_for(client: APIClient) -> None:
    keys = client.get("/api/status/").json()
    assert keys["netbox-version"] == "4.6.8"
    assert {"headroom-version", "python-version", "plugins", "rq-workers-running"} <= set(keys)


def test_the_document_needs_no_credentials() -> None:
    answer = APIClient().get("/api/schema/?format=json")
    assert answer.status_code == 200
    assert "/api/dcim/devices/" in answer.json()["paths"]


def test_a_limit_of_nought_gives_the_most_allowed(client: APIClient) -> None:
    tags(1001)
    page = client.get(TAGS, {"limit": 0}).json()
    assert (page["count"], len(page["results"])) == (1001, 1000)
    assert len(client.get(TAGS, {"limit": "nonsense"}).json()["results"]) == 50


def test_the_cursor_walks_all_rows_once(client: APIClient) -> None:
    tags(25)
    seen: list[int] = []
    address: str | None = f"{TAGS}?start=1&limit=10"
    while address:
        page = client.get(address).json()
        assert page["count"] is None and page["previous"] is None
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) == 25
    assert client.get(f"{TAGS}?start=1&offset=5").status_code == 400


def test_the_next_page_keeps_the_filters(client: APIClient) -> None:
    tags(5)
    page = client.get(TAGS, {"limit": 2, "name__ic": "t"}).json()
    assert "name__ic=t" in page["next"]
    assert client.get(page["next"]).json()["previous"]


def test_an_unknown_filter_is_ignored_and_a_bad_value_is_not(client: APIClient) -> None:
    tags(3)
    assert client.get(TAGS, {"cf_nothing": 1, "nothing": 2}).json()["count"] == 3
    answer = client.get(DEVICES, {"site": "x"})
    sentence = "Select a valid choice. x is not one of the available choices."
    assert (answer.status_code, answer.json()) == (400, {"site": [sentence]})
    for query in ({"site_id": 99999}, {"status": "x"}, {"name__regex": "("}, {"tag": "x"}):
        assert client.get(DEVICES, query).status_code == 400


def test_several_values_mean_any_and_tags_mean_all(client: APIClient) -> None:
    one, two = Tag.objects.create(name="a", slug="a"), Tag.objects.create(name="b", slug="b")
    both, only = f.DeviceFactory(name="Both"), f.DeviceFactory(name="Only")
    for device, given in ((both, [one.pk, two.pk]), (only, [one.pk])):
        client.patch(f"{DEVICES}{device.pk}/", {"tags": given}, format="json")

    def found(query: str) -> set[str]:
        return {row["name"] for row in client.get(f"{DEVICES}?{query}").json()["results"]}

    assert found(f"id={both.pk}&id={only.pk}") == {"Both", "Only"}
    assert found("tag=a&tag=b") == {"Both"}
    assert found("tag__any=a&tag__any=b") == {"Both", "Only"}
    assert found("tag__n=b") == {"Only"}
    assert found("name=bOTH") == {"Both"}
    assert found("tenant_id=null") == {"Both", "Only"}
    assert found("serial__empty=true") == {"Both", "Only"}
    assert found(f"id__gt={both.pk}") == {"Only"}


def test_tags_are_replaced_added_and_removed(client: APIClient) -> None:
    ids = [Tag.objects.create(name=n, slug=n).pk for n in "abc"]
    address = f"{DEVICES}{f.DeviceFactory().pk}/"

    def after(body: dict[str, Any]) -> list[str]:
        answer = client.patch(address, body, format="json")
        assert answer.status_code == 200, answer.json()
        return [tag["slug"] for tag in answer.json()["tags"]]

    assert after({"tags": ids[:2]}) == ["a", "b"]
    assert after({"add_tags": [{"slug": "c"}]}) == ["a", "b", "c"]
    assert after({"remove_tags": [ids[0]]}) == ["b", "c"]
    assert after({"tags": [ids[0]]}) == ["a"]


def test_an_unknown_custom_field_is_refused(client: APIClient) -> None:
    address = f"{DEVICES}{f.DeviceFactory().pk}/"
    answer = client.patch(address, {"custom_fields": {"nothing": 1}}, format="json")
    assert answer.status_code == 400
    assert "custom_fields" in answer.json()


def test_references_by_id_by_attributes_and_ambiguous_ones(client: APIClient) -> None:
    site = SiteFactory(slug="one")
    f.RackFactory(site=site, name="R1")
    f.RackFactory(name="R1")
    kind, role = f.DeviceTypeFactory(), f.DeviceRoleFactory()
    body = {"device_type": str(kind.pk), "role": {"slug": role.slug}, "site": {"slug": "one"}}
    made = client.post(
        DEVICES, {**body, "rack": {"name": "R1", "site": {"slug": "one"}}}, format="json"
    )
    assert made.status_code == 201, made.json()
    for rack in ({"name": "R1"}, {"name": "none"}, "R1", {"nothing": 1}, True):
        answer = client.post(DEVICES, {**body, "rack": rack}, format="json")
        assert answer.status_code == 400 and "rack" in answer.json()


def test_a_list_is_stored_as_a_whole_or_not_at_all(client: APIClient) -> None:
    rack = f.RackFactory()
    kind, role = f.DeviceTypeFactory(u_height=2), f.DeviceRoleFactory()
    body = {"device_type": kind.pk, "role": role.pk, "site": rack.site_id, "rack": rack.pk}
    answer = client.post(
        DEVICES,
        [{**body, "position": 5, "face": "front"}, {**body, "position": 6, "face": "rear"}],
        format="json",
    )
    assert answer.status_code == 400
    assert answer.json() == [{}, {"position": ["Those rack units are already taken."]}]
    assert client.get(DEVICES).json()["count"] == 0


def test_a_needed_record_is_not_deleted(client: APIClient) -> None:
    device = f.DeviceFactory()
    answer = client.delete(f"/api/dcim/sites/{device.site_id}/")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("Unable to delete object. 1 dependent objects")


def test_a_stale_version_is_refused_with_the_present_one(client: APIClient) -> None:
    address = f"{DEVICES}{f.DeviceFactory().pk}/"
    old = client.get(address)["ETag"]
    changed = client.patch(address, {"serial": "1"}, format="json", headers={"If-Match": old})
    assert changed.status_code == 200
    stale = client.patch(address, {"serial": "2"}, format="json", headers={"If-Match": old})
    assert (stale.status_code, stale["ETag"]) == (412, changed["ETag"])
    assert client.patch(address, {}, format="json", headers={"If-Match": "*"}).status_code == 200


def test_a_rack_is_read_from_the_top_in_half_units(client: APIClient) -> None:
    rack = f.RackFactory(u_height=42)
    address = f"/api/dcim/racks/{rack.pk}/elevation/"
    steps = client.get(address, {"limit": 0}).json()
    assert steps["count"] == 84
    assert [step["id"] for step in steps["results"][:2]] == [42.5, 42.0]
    drawing = client.get(address, {"render": "svg"})
    assert drawing["Content-Type"].startswith("image/svg+xml")


def test_an_inventory_of_more_than_a_thousand_devices_has_each_once(client: APIClient) -> None:
    first = f.DeviceFactory()
    body = {"device_type": first.device_type_id, "role": first.role_id, "site": first.site_id}
    client.post(DEVICES, [{**body, "name": f"n{n}"} for n in range(1000)], format="json")
    seen = [
        row["id"]
        for offset in (0, 500, 1000)
        for row in client.get(DEVICES, {"limit": 500, "offset": offset}).json()["results"]
    ]
    assert len(seen) == len(set(seen)) == 1001


@pytest.mark.django_db(transaction=True)
def test_pages_fetched_at_once_hold_each_row_once() -> None:
    tags(300)
    user: User = UserFactory(is_superuser=True)

    def page(offset: int) -> list[int]:
        client = APIClient()
        client.force_authenticate(user)
        try:
            rows = client.get(TAGS, {"limit": 50, "offset": offset}).json()["results"]
            return [row["id"] for row in rows]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        seen = [pk for found in pool.map(page, range(0, 300, 50)) for pk in found]
    assert len(seen) == len(set(seen)) == 300


def picture(kind: str = "PNG") -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(file, kind)
    file.seek(0)
    file.name = f"front.{kind.lower()}"
    return file


def test_a_device_type_takes_a_picture_and_no_other_file(
    client: APIClient, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    address = f"/api/dcim/device-types/{f.DeviceTypeFactory().pk}/"
    answer = client.patch(address, {"front_image": picture()}, format="multipart")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["front_image"].startswith("http")
    script = io.BytesIO(b"<svg onload=alert(1)>")
    script.name = "x.png"
    refused = client.patch(address, {"rear_image": script}, format="multipart")
    assert refused.status_code == 400
    assert "rear_image" in refused.json()
