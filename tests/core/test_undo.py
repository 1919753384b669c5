"""Taking back what was just changed."""

from __future__ import annotations

import re

from django.test import Client

from core.models import ObjectChange, Tag
from dcim.models import Device
from racks.models import Rack
from tests.core.pages import admin_client, database, text
from tests.dcim.factories import DeviceFactory, DeviceTypeFactory
from tests.racks.factories import RackFactory

OFFER = re.compile(r'name="request" value="([^"]+)"')


def bulk(client: Client, racks: list[Rack], **values: str) -> str:
    """Edit racks together; the page shown afterwards."""
    given = {"pk": [rack.pk for rack in racks], "_apply": "1", **values}
    return text(client.post("/dcim/racks/edit/", given, follow=True))


def offered(html: str) -> str:
    """The request that a message of the page offers to take back."""
    [found] = OFFER.findall(html)
    return str(found)


def take_back(client: Client, path: str, request: str) -> str:
    given = {"path": path, "request": request, "return": "/dcim/racks/"}
    return text(client.post("/undo/", given, follow=True))


@database
def test_what_was_edited_together_is_put_back_row_by_row() -> None:
    client = admin_client()
    racks = [RackFactory(status=status) for status in ("active", "planned", "reserved")]
    request = offered(bulk(client, racks, status="deprecated"))
    change = f"/core/object-changes/{ObjectChange.objects.latest('pk').pk}/"
    assert offered(text(client.get(change))) == request
    assert "2 racks" not in take_back(client, "dcim/racks", request)
    assert [Rack.objects.get(pk=rack.pk).status for rack in racks] == [
        "active",
        "planned",
        "reserved",
    ]
    assert ObjectChange.objects.filter(message="Taken back").count() == 3
    assert not OFFER.findall(text(client.get(change)))


@database
def test_what_somebody_has_changed_since_stays() -> None:
    client = admin_client()
    racks = RackFactory.create_batch(2, status="active")
    request = offered(bulk(client, racks, status="planned"))
    bulk(client, racks[:1], status="reserved")
    assert "it has been changed since" in take_back(client, "dcim/racks", request)
    statuses = set(Rack.objects.values_list("status", flat=True))
    assert statuses == {"reserved", "planned"}


@database
def test_what_is_taken_back_is_one_s_own_and_of_the_kind_named() -> None:
    client, rack = admin_client(), RackFactory(status="active")
    request = offered(bulk(client, [rack], status="planned"))
    for who, path in ((admin_client(), "dcim/racks"), (client, "dcim/devices")):
        assert "cannot be taken back" in take_back(who, path, request)
    take_back(client, "no/such", request)
    take_back(client, "dcim/racks", "rubbish")
    assert Rack.objects.get(pk=rack.pk).status == "planned"


@database
def test_tags_are_not_offered_to_be_taken_back() -> None:
    client, rack = admin_client(), RackFactory()
    tag = Tag.objects.create(name="Blue", slug="blue")
    assert not OFFER.findall(bulk(client, [rack], add_tags=str(tag.pk), status="planned"))


@database
def test_a_moved_device_goes_back_unless_its_place_is_taken() -> None:
    client, rack, kind = admin_client(), RackFactory(), DeviceTypeFactory(u_height=1)
    one, other = (
        DeviceFactory(rack=rack, device_type=kind, position=position, face="front")
        for position in (1, 20)
    )

    def move(device: Device, position: str) -> str:
        page = f"/dcim/devices/{device.pk}/edit/"
        shown = client.get(page).context
        form = shown["form"]
        given = {name: form[name].value() for name in form.fields}
        given = {name: value for name, value in given.items() if value not in (None, "")}
        given |= {"position": position, "_version": shown["version"]}
        return offered(text(client.post(page, given, follow=True)))

    take_back(client, "dcim/devices", move(one, "7"))
    assert Device.objects.get(pk=one.pk).position == 1
    request = move(one, "9")
    move(other, "1")
    assert "Not taken back: Those rack units" in take_back(client, "dcim/devices", request)
    assert Device.objects.get(pk=one.pk).position == 9
