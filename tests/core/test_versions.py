"""Versions of rows: what an ETag tells apart, and what `If-Match` refuses."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from core.models import Group, Tag, Token
from tests.core.factories import UserFactory
from tests.facilities.factories import SiteFactory

pytestmark = pytest.mark.django_db
SITES = "/api/dcim/sites/"


@pytest.fixture
def client() -> APIClient:
    made = APIClient()
    made.force_authenticate(UserFactory(is_superuser=True))
    return made


def etag(client: APIClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer["ETag"])


def test_every_change_of_what_is_shown_changes_the_version(client: APIClient) -> None:
    site = SiteFactory()
    address = f"{SITES}{site.pk}/"
    seen = [etag(client, address)]
    assert etag(client, address) == seen[0]
    assert site.last_updated.isoformat() in seen[0]

    red = Tag.objects.create(name="Red", slug="red")
    client.patch(address, {"add_tags": [red.pk]}, format="json")
    seen.append(etag(client, address))
    red.delete()  # writes no row of the site
    seen.append(etag(client, address))
    with connection.cursor() as cursor:  # as a second write in the same microsecond would
        cursor.execute("UPDATE facilities_site SET facility = 'X' WHERE id = %s", [site.pk])
    seen.append(etag(client, address))
    assert len(set(seen)) == len(seen)


def test_members_belong_to_the_version_of_what_has_them(client: APIClient) -> None:
    user, group = UserFactory(), Group.objects.create(name="Night shift")
    address = f"/api/users/users/{user.pk}/"
    before = etag(client, address)
    user.groups.add(group)
    assert etag(client, address) != before


def test_use_is_no_change(client: APIClient) -> None:
    """Otherwise a token could never be changed by a request that is made with it."""
    user = UserFactory(is_superuser=True)
    made = client.post("/api/users/tokens/", {"user": user.pk}, format="json").json()
    address = f"/api/users/tokens/{made['id']}/"
    before = etag(client, address)
    Token.objects.filter(pk=made["id"]).update(last_used="2026-01-01T00:00:00Z")
    assert etag(client, address) == before


@pytest.mark.parametrize("method", ["patch", "put", "delete"])
def test_many_rows_are_written_at_the_versions_that_were_read(
    client: APIClient, method: str
) -> None:
    one, other = SiteFactory(), SiteFactory()
    addresses = [f"{SITES}{site.pk}/" for site in (one, other)]
    tags = [etag(client, address) for address in addresses]
    body: list[dict[str, Any]] = [
        {"id": site.pk, "name": f"{site.name} 2", "slug": site.slug} for site in (one, other)
    ]

    def send(versions: list[str]) -> Any:
        headers = {"If-Match": ", ".join(versions)}
        return getattr(client, method)(SITES, body, format="json", headers=headers)

    assert client.patch(addresses[1], {"facility": "X"}, format="json").status_code == 200
    stale = send(tags)
    assert (stale.status_code, stale["ETag"]) == (412, etag(client, addresses[1]))
    assert send(tags[:1]).status_code == 412
    assert [client.get(a).json()["name"] for a in addresses] == [one.name, other.name]
    assert send([tags[0], etag(client, addresses[1])]).status_code in (200, 204)


@pytest.mark.parametrize("given", ["", "nonsense", 'W/""', '"x", W/"y"', "ü"])
def test_any_other_version_is_stale(client: APIClient, given: str) -> None:
    address = f"{SITES}{SiteFactory().pk}/"
    for method in ("patch", "delete"):
        answer = getattr(client, method)(address, {}, headers={"If-Match": given}, format="json")
        assert answer.status_code == 412
    strong = etag(client, address).removeprefix("W/")
    assert client.patch(address, {}, headers={"If-Match": strong}).status_code == 200
