"""Taking back what was just changed."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.test import Client

from core.models import CustomField, ObjectChange, ObjectPermission, Tag
from dcim.models import Device
from facilities.models import Contact, ContactGroup
from racks.models import Rack
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, database, text
from tests.dcim.factories import DeviceFactory, DeviceTypeFactory
from tests.facilities.factories import ContactFactory, ContactGroupFactory
from tests.racks.factories import RackFactory

OFFER = re.compile(r'name="request" value="([^"]+)"')


def define(name: str, kind: str) -> None:
    """A custom field of racks."""
    field = CustomField.objects.create(name=name, type=kind)
    field.object_types.add(ContentType.objects.get_for_model(Rack))


def tags(rack: Rack) -> list[str]:
    return sorted(rack.tags.values_list("tag__name", flat=True))


def bulk(client: Client, racks: list[Rack], **values: Any) -> str:
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
def test_tags_and_custom_fields_edited_together_go_back_as_well() -> None:
    client = admin_client()
    red, blue = (Tag.objects.create(name=name, slug=name) for name in ("red", "blue"))
    for name in ("depth", "stage"):
        define(name, "integer" if name == "depth" else "text")
    racks = RackFactory.create_batch(2, custom_field_data={"depth": 3})
    racks[0].tags.create(tag=red)
    given = {"add_tags": [red.pk, blue.pk], "cf_depth": "5", "cf_stage": "new"}
    request = offered(bulk(client, racks, **given))
    assert all(tags(rack) == ["blue", "red"] for rack in racks)
    assert "as before" in take_back(client, "dcim/racks", request)
    assert [tags(rack) for rack in racks] == [["red"], []]
    assert all(Rack.objects.get(pk=r.pk).custom_field_data == {"depth": 3} for r in racks)
    # What is gone cannot be given back, so nothing is.
    request = offered(bulk(client, racks, remove_tags=[red.pk], status="planned"))
    assert client.delete(f"/api/extras/tags/{red.pk}/").status_code == 204
    assert "it can no longer be as it was" in take_back(client, "dcim/racks", request)
    assert set(Rack.objects.values_list("status", flat=True)) == {"planned"}


@database
def test_members_of_a_record_go_back_and_those_one_may_not_see_stay() -> None:
    contact, role = ContactFactory(name="Ann"), ContentType.objects.get_for_model
    seen, new, hidden = (ContactGroupFactory(name=name) for name in ("seen", "new", "hidden"))
    contact.groups.set([seen, hidden])
    user = UserFactory()
    for constraints, model in (({}, Contact), ({"pk__in": [seen.pk, new.pk]}, ContactGroup)):
        actions = ["view", "change"]
        permission = ObjectPermission.objects.create(
            name=model.__name__, actions=actions, constraints=constraints
        )
        permission.object_types.set([role(model)])
        permission.users.add(user)
    client = Client()
    client.force_login(user)
    page = f"/tenancy/contacts/{contact.pk}/edit/"
    version = client.get(page).context["version"]
    sent = {"name": "Anna", "groups": [new.pk], "_version": version}
    request = offered(text(client.post(page, sent, follow=True)))
    assert set(contact.groups.all()) == {new, hidden}
    take_back(client, "tenancy/contacts", request)
    contact.refresh_from_db()
    assert (contact.name, set(contact.groups.all())) == ("Ann", {seen, hidden})


@database
def test_what_the_history_does_not_hold_whole_is_not_offered() -> None:
    client, rack = admin_client(), RackFactory(custom_field_data={"facts": {"a": None, "b": 1}})
    define("facts", "json")
    assert not OFFER.findall(bulk(client, [rack], cf_facts='{"b": 2}'))
    person = UserFactory(first_name="Ann")
    page = f"/users/users/{person.pk}/edit/"
    sent = {"username": person.username, "first_name": "Eve", "is_active": "on"}
    sent["_version"] = client.get(page).context["version"]
    assert not OFFER.findall(text(client.post(page, sent, follow=True)))
    person.refresh_from_db()
    assert person.first_name == "Eve"


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
