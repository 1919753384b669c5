"""Journal entries and pictures: who may, where they show, what becomes of the files."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from core import images
from core.models import Group, ImageAttachment, JournalEntry, ObjectPermission, User
from facilities.models import Site
from tests.core.factories import UserFactory
from tests.facilities.factories import SiteFactory

pytestmark = pytest.mark.django_db

JOURNAL = "/api/extras/journal-entries/"
IMAGES = "/api/extras/image-attachments/"


@pytest.fixture
def admin() -> User:
    return UserFactory(username="ann", is_superuser=True)


@pytest.fixture
def client(admin: User) -> APIClient:
    made = APIClient()
    made.force_authenticate(admin)
    return made


@pytest.fixture
def pages(admin: User) -> Client:
    made = Client()
    made.force_login(admin)
    return made


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, kind)
    return SimpleUploadedFile(f"a.{kind.lower()}", buffer.getvalue())


def may_only_see(site: Site, *models: str) -> User:
    """Somebody who sees one site and everything attached to it."""
    user = UserFactory()
    for constraints, names in (({"pk": site.pk}, ["site"]), ({}, models)):
        permission = ObjectPermission.objects.create(
            name=str(names), actions=["view", "add", "change", "delete"], constraints=constraints
        )
        permission.object_types.set(ContentType.objects.filter(model__in=names))
        permission.users.add(user)
    return user


def entry(site: Site, **values: Any) -> dict[str, Any]:
    return {
        "assigned_object_type": "dcim.site",
        "assigned_object_id": site.pk,
        "comments": "Filter changed.",
        **values,
    }


def test_the_writer_is_the_author_and_the_entry_goes_with_its_object(
    client: APIClient, admin: User
) -> None:
    site = SiteFactory()
    made = client.post(JOURNAL, entry(site, kind="warning"), format="json").json()
    assert made["created_by"] == admin.pk
    assert made["kind"] == {"value": "warning", "label": "Warning"}
    assert made["assigned_object"]["id"] == site.pk
    found = client.get(f"{JOURNAL}?assigned_object_type=dcim.site&created_by=ann&q=filter")
    assert found.json()["count"] == 1
    assert client.delete(f"/api/dcim/sites/{site.pk}/").status_code == 204
    assert not JournalEntry.objects.exists()


def test_nobody_writes_in_the_name_of_others() -> None:
    site, other = SiteFactory(), UserFactory()
    user = may_only_see(site, "journalentry", "user")
    guest = APIClient()
    guest.force_authenticate(user)
    made = guest.post(JOURNAL, entry(site, created_by=other.pk), format="json").json()
    assert made["created_by"] == user.pk
    again = guest.patch(made["url"], {"created_by": other.pk, "kind": "danger"}, format="json")
    assert (again.json()["created_by"], again.json()["kind"]["value"]) == (user.pk, "danger")


def test_an_entry_needs_an_object_that_takes_it(client: APIClient) -> None:
    site = SiteFactory()
    gone = client.post(JOURNAL, entry(site, assigned_object_id=999_999), format="json")
    assert gone.status_code == 400
    assert gone.json() == {"assigned_object_id": ["There is no site 999999."]}
    group = Group.objects.create(name="Crew")
    body = entry(site, assigned_object_type="users.group", assigned_object_id=group.pk)
    refused = client.post(JOURNAL, body, format="json")
    assert refused.status_code == 400
    assert "assigned_object_type" in refused.json()


def test_the_journal_of_what_one_may_not_see_is_not_there(client: APIClient) -> None:
    mine, other = SiteFactory(), SiteFactory()
    for site in (mine, other):
        client.post(JOURNAL, entry(site), format="json")
    guest = APIClient()
    guest.force_authenticate(may_only_see(mine, "journalentry"))
    assert [e["assigned_object_id"] for e in guest.get(JOURNAL).json()["results"]] == [mine.pk]
    refused = guest.post(JOURNAL, entry(other), format="json")
    missing = guest.post(JOURNAL, entry(other, assigned_object_id=999_999), format="json")
    assert refused.status_code == missing.status_code == 400
    assert str(other.pk) in refused.json()["assigned_object_id"][0]
    assert guest.post(JOURNAL, entry(mine), format="json").status_code == 201


def test_the_tab_shows_the_journal_and_adds_to_it(pages: Client) -> None:
    site = SiteFactory()
    address = f"/dcim/sites/{site.pk}/journal/"
    assert "Nothing has been noted yet" in pages.get(address).content.decode()
    sent = pages.post(address, {"kind": "danger", "comments": "Leak <b>here</b>"})
    assert sent.status_code == 302
    page = pages.get(address).content.decode()
    assert "Leak &lt;b&gt;here" in page
    assert "ann" in page
    assert pages.post(address, {"kind": "info", "comments": ""}).status_code == 400


def test_a_picture_is_stored_anew_and_measured(client: APIClient) -> None:
    site = SiteFactory()
    body = {"object_type": "dcim.site", "object_id": site.pk, "image": picture("JPEG")}
    made = client.post(IMAGES, body, format="multipart").json()
    assert (made["image_width"], made["image_height"]) == (40, 30)
    assert made["image_size"] > 0
    assert re.search(r"/media/image-attachments/[0-9a-f]{32}\.jpg$", made["image"])
    answer = client.get(made["image"])
    assert answer["Content-Type"] == "image/jpeg"
    assert "sandbox" in answer["Content-Security-Policy"]
    bad = {**body, "image": SimpleUploadedFile("a.png", b"<script>")}
    refused = client.post(IMAGES, bad, format="multipart")
    assert refused.status_code == 400
    assert "PNG, JPEG" in refused.json()["image"][0]


def test_a_picture_is_served_to_those_who_see_its_record(client: APIClient) -> None:
    mine, other = SiteFactory(), SiteFactory()
    addresses = []
    for site in (mine, other):
        body = {"object_type": "dcim.site", "object_id": site.pk, "image": picture()}
        addresses.append(client.post(IMAGES, body, format="multipart").json()["image"])
    guest = APIClient()
    guest.force_authenticate(may_only_see(mine, "imageattachment"))
    assert [guest.get(address).status_code for address in addresses] == [200, 404]
    assert APIClient().get(addresses[0]).status_code == 403


def test_the_tab_takes_pictures_and_the_record_shows_them(pages: Client) -> None:
    site = SiteFactory()
    address = f"/dcim/sites/{site.pk}/pictures/"
    sent = pages.post(address, {"image": picture("WEBP"), "name": "Front"})
    assert sent.status_code == 302
    assert "Front" in pages.get(address).content.decode()
    assert "/media/image-attachments/" in pages.get(f"/dcim/sites/{site.pk}/").content.decode()
    bad = pages.post(address, {"image": SimpleUploadedFile("a.png", b"no picture")})
    assert bad.status_code == 400
    assert "PNG, JPEG" in bad.content.decode()


def test_files_without_a_record_are_swept(client: APIClient) -> None:
    site = SiteFactory()
    body = {"object_type": "dcim.site", "object_id": site.pk}
    kept, gone = (
        client.post(IMAGES, {**body, "image": picture()}, format="multipart").json()
        for _ in range(2)
    )
    files = {a.pk: a.image.name for a in ImageAttachment.objects.all()}
    client.delete(f"{IMAGES}{gone['id']}/")
    later = timezone.now() + dt.timedelta(hours=1)
    images.sweep(timezone.now() - dt.timedelta(hours=1))
    assert default_storage.exists(files[gone["id"]]), "too young"
    assert images.sweep(later) >= 1
    assert not default_storage.exists(files[gone["id"]])
    assert default_storage.exists(files[kept["id"]])
