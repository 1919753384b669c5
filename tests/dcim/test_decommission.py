"""Taking a device out of service: space and cables become free, the record stays."""

import pytest

from core.models import JournalEntry, ObjectChange
from dcim.decommission import decommission
from dcim.models import Cable, CableTermination, Device
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, database, statements, text
from tests.core.permits import permit, rest, somebody
from tests.dcim.factories import (
    CableFactory,
    CableTerminationFactory,
    DeviceBayFactory,
    DeviceFactory,
    DeviceTypeFactory,
    InterfaceFactory,
    PowerOutletFactory,
    PowerPortFactory,
    RackFactory,
    connect,
)
from tests.races import while_open


def racked(**values) -> Device:
    """A device at U10 of a rack."""
    return DeviceFactory(rack=RackFactory(name="A12"), position=10, face="front", **values)


def breakout(device: Device) -> tuple[Cable, list]:
    """A cable from an interface elsewhere to one of the device and to one of another."""
    cable = CableFactory(profile="breakout-1c4p-4c1p")
    ports = [InterfaceFactory(), InterfaceFactory(device=device), InterfaceFactory()]
    for port, end, number, lanes in zip(
        ports, "ABB", (1, 1, 2), ([1, 2, 3, 4], [1], [1]), strict=True
    ):
        CableTerminationFactory(
            cable=cable, cable_end=end, port=port, connector=number, positions=lanes
        )
    return cable, ports


@database
def test_the_page_says_what_goes_and_what_stays_and_then_does_it():
    device = racked(name="app-1", serial="S-1")
    cable = connect(InterfaceFactory(device=device, name="eth0"), InterfaceFactory(name="swp7"))
    cable.label = "C-100"
    cable.save()
    connect(PowerPortFactory(device=device), PowerOutletFactory())
    shared, ports = breakout(device)
    racked_in = device.rack_id
    client, here = admin_client(), f"/dcim/devices/{device.pk}/decommission/"
    assert f'href="{here}"' in text(client.get(f"/dcim/devices/{device.pk}/"))
    page = text(client.get(here))
    assert "rack A12 at U10, front: 1 U becomes free" in page
    assert "2 cables, with what is recorded of them" in page
    assert "C-100" in page and "swp7" in page
    assert "Its plugs in 1 cable that leads to other devices too" in page
    answer = client.post(here, {"status": "inventory", "note": "End of its lease."}, follow=True)
    assert "Device app-1 is out of service, 2 cables removed." in text(answer)
    device.refresh_from_db()
    assert (device.rack, device.position, device.face, device.status) == (
        *(None, None, None),
        "inventory",
    )
    assert device.serial == "S-1" and device.interfaces.count() == 2
    # The breakout still joins the others, on their lanes.
    assert list(Cable.objects.all()) == [shared]
    left = CableTermination.objects.order_by("cable_end").values_list("termination_id", "connector")
    assert list(left) == [(ports[0].pk, 1), (ports[2].pk, 2)]
    told = JournalEntry.objects.get(assigned_object_id=device.pk).comments
    for words in ("rack A12 at U10, front", "C-100: app-1 eth0 to", "End of its lease."):
        assert words in told
    changes = ObjectChange.objects.filter(
        changed_object_id=device.pk, changed_object_type__model="device"
    )
    assert racked_in in [(each.before or {}).get("rack_id") for each in changes], changes.values()


@database
def test_over_rest_it_needs_the_permission_for_all_that_goes():
    device = racked()
    connect(InterfaceFactory(device=device), InterfaceFactory())
    user = somebody("dcim.device dcim.interface", "view change")
    url = f"/api/dcim/devices/{device.pk}/decommission/"
    answer = rest(user).post(url, {}, format="json")
    assert answer.status_code == 403
    assert "Of its cables there are 1 that you may not remove." in str(answer.json())
    device.refresh_from_db()
    assert device.rack and Cable.objects.count() == 1 and not JournalEntry.objects.exists()
    permit(user, "dcim.cable", "view delete")
    wrong = rest(user).post(url, {"status": "active"}, format="json")
    assert wrong.status_code == 400 and "status" in wrong.json()
    stale = rest(user).post(url, {}, format="json", HTTP_IF_MATCH='W/"old"')
    assert stale.status_code == 412 and Cable.objects.count() == 1
    answer = rest(user).post(url, {}, format="json")
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert (found["rack"], found["status"]["value"]) == (None, "decommissioning")
    assert not Cable.objects.exists() and JournalEntry.objects.get().created_by == user


@database
def test_whoever_may_only_look_or_not_even_that_cannot_do_it():
    device = racked()
    url = f"/dcim/devices/{device.pk}/decommission/"
    client = admin_client()
    client.force_login(somebody("dcim.device", "view"))
    assert client.post(url, {"status": "offline"}).status_code == 403
    client.force_login(somebody("dcim.device", "view change", {"name": "other"}))
    assert client.get(url).status_code == 404


@database
def test_a_blade_leaves_its_bay():
    bay = DeviceBayFactory(
        device=DeviceFactory(
            device_type=DeviceTypeFactory(subdevice_role="parent"), rack=RackFactory()
        )
    )
    blade = DeviceFactory(
        device_type=DeviceTypeFactory(subdevice_role="child", u_height=0), site=bay.device.site
    )
    bay.installed_device = blade
    bay.save()
    decommission(blade.pk, "decommissioning", UserFactory(is_superuser=True))
    bay.refresh_from_db()
    blade.refresh_from_db()
    assert (bay.installed_device, blade.rack) == (None, None)


@database
def test_the_page_costs_a_fixed_number_of_statements():
    client = admin_client()

    def cost(cables: int) -> int:
        device = racked()
        for _ in range(cables):
            connect(InterfaceFactory(device=device), InterfaceFactory())
        return statements(client, f"/dcim/devices/{device.pk}/decommission/")

    assert cost(2) == cost(9)


@pytest.mark.django_db(transaction=True)
def test_a_cable_that_is_being_plugged_in_goes_as_well():
    device, user = racked(), UserFactory(is_superuser=True)
    near, far = InterfaceFactory(device=device), InterfaceFactory()
    refusal = while_open(
        lambda: connect(near, far), lambda: decommission(device.pk, "decommissioning", user)
    )
    assert refusal is None
    assert not Cable.objects.exists()
