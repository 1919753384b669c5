"""Pictures in the forms of records: chosen, kept, replaced, removed."""

from __future__ import annotations

import html
import re

from core.models import ImageAttachment
from dcim.models import DeviceType
from tests.core.pages import admin_client, database, text
from tests.core.test_attached import picture
from tests.dcim.factories import DeviceTypeFactory, ManufacturerFactory
from tests.facilities.factories import SiteFactory


def opened(page: str) -> dict[str, str]:
    """The hidden fields of a form."""
    found = re.findall(r'<input type="hidden" name="(_\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def sent(kind: DeviceType, **changed: object) -> dict[str, object]:
    return {
        "manufacturer": kind.manufacturer_id,
        "model": kind.model,
        "slug": kind.slug,
        "u_height": kind.u_height,
        **changed,
    }


@database
def test_a_type_is_created_with_a_picture_which_its_page_shows():
    client, maker = admin_client(), ManufacturerFactory()
    form = text(client.get("/dcim/device-types/add/"))
    assert 'enctype="multipart/form-data"' in form
    values = {"manufacturer": maker.pk, "model": "R1", "slug": "r1", "u_height": "1"}
    answer = client.post("/dcim/device-types/add/", {**values, "front_image": picture("JPEG")})
    assert answer.status_code == 302
    kind = DeviceType.objects.get(slug="r1")
    assert re.fullmatch(r"device-types/[0-9a-f]{32}\.jpg", kind.front_image.name)
    assert not kind.rear_image
    page = text(client.get(f"/dcim/device-types/{kind.pk}/"))
    assert f'<img class="picture-small" src="{kind.front_image.url}"' in page


@database
def test_a_picture_stays_until_it_is_replaced_or_removed():
    client, kind = admin_client(), DeviceTypeFactory()
    here = f"/dcim/device-types/{kind.pk}/edit/"

    def save(**changed: object) -> str:
        kind.refresh_from_db()
        page = text(client.get(here))
        answer = client.post(here, {**opened(page), **sent(kind, **changed)})
        assert answer.status_code == 302, text(answer)
        kind.refresh_from_db()
        return kind.rear_image.name if kind.rear_image else ""

    first = save(rear_image=picture())
    assert first
    assert save(part_number="7") == first
    second = save(rear_image=picture("WEBP"))
    assert second.endswith(".webp")
    assert save(**{"rear_image-clear": "on"}) == ""


@database
def test_what_is_no_picture_is_refused_beside_the_field():
    client, kind = admin_client(), DeviceTypeFactory(model="Old")
    here = f"/dcim/device-types/{kind.pk}/edit/"
    rubbish = picture()
    rubbish.file.seek(0)
    rubbish.file.write(b"nothing of the kind")
    rubbish.file.seek(0)
    page = text(client.get(here))
    answer = client.post(here, {**opened(page), **sent(kind, model="New", front_image=rubbish)})
    assert answer.status_code == 422
    shown = text(answer)
    assert "this is none, or it is damaged" in shown
    assert "Choose the file again" in shown
    assert 'value="New"' in shown
    kind.refresh_from_db()
    assert kind.model == "Old"


@database
def test_somebody_elses_change_is_told_with_the_name_of_the_chosen_file():
    client, kind = admin_client(), DeviceTypeFactory()
    here = f"/dcim/device-types/{kind.pk}/edit/"
    page = text(client.get(here))
    other = admin_client()
    assert (
        other.post(here, {**opened(page), **sent(kind, front_image=picture("GIF"))}).status_code
        == 302
    )
    answer = client.post(here, {**opened(page), **sent(kind, front_image=picture())})
    assert answer.status_code == 409
    assert "a.png" in text(answer)
    answer = client.post(here, {**opened(page), **sent(kind, part_number="9")})
    assert answer.status_code == 409


@database
def test_a_copy_starts_without_pictures_and_many_are_not_given_one():
    client, kind = admin_client(), DeviceTypeFactory()
    here = f"/dcim/device-types/{kind.pk}/edit/"
    page = text(client.get(here))
    client.post(here, {**opened(page), **sent(kind, front_image=picture())})
    assert "picture-now" in text(client.get(here))
    assert "picture-now" not in text(client.get(f"/dcim/device-types/{kind.pk}/clone/"))
    many = text(client.post("/dcim/device-types/edit/", {"pk": [kind.pk]}))
    assert 'name="front_image"' not in many


@database
def test_the_form_of_pictures_takes_one_for_any_record():
    client, site = admin_client(), SiteFactory()
    page = text(client.get(f"/extras/image-attachments/add/?object_id={site.pk}"))
    assert 'type="file" name="image"' in page or 'name="image" type="file"' in page
    values = {"object_type": "facilities.site", "object_id": site.pk, "name": "Yard"}
    values["object_type"] = "dcim.site"
    answer = client.post("/extras/image-attachments/add/", {**values, "image": picture()})
    assert answer.status_code == 302, text(answer)
    made = ImageAttachment.objects.get(name="Yard")
    assert (made.image_width, made.image_height, made.object_id) == (40, 30, site.pk)
