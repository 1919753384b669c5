"""What goes, what stays and what prevents it when rows are deleted."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.models import Tag, TaggedItem
from dcim import models
from dcim.models import Cable, CableTermination, Device, Interface, MACAddress
from tests.core.factories import UserFactory
from tests.dcim import factories as f

pytestmark = pytest.mark.django_db

DEVICES, INTERFACES = "/api/dcim/devices/", "/api/dcim/interfaces/"


@pytest.fixture
def client() -> APIClient:
    found = APIClient()
    found.force_authenticate(UserFactory(is_superuser=True))
    return found


def full_device() -> Device:
    """A device with everything a device can have."""
    device = f.DeviceFactory(device_type__subdevice_role="parent")
    group = f.InterfaceFactory(device=device, type="lag")
    port = f.InterfaceFactory(device=device, lag=group)
    f.InterfaceFactory(device=device, type="virtual", parent=port, bridge=port)
    address = f.MACAddressFactory(assigned_object=port)
    Interface.objects.filter(pk=port.pk).update(primary_mac_address=address)
    inlet = f.PowerPortFactory(device=device)
    f.PowerOutletFactory(device=device, power_port=inlet)
    f.ConsolePortFactory(device=device)
    f.ConsoleServerPortFactory(device=device)
    front = f.FrontPortFactory(device=device)
    f.PortMappingFactory(front_port=front, rear_port__device=device)
    module = f.ModuleFactory(module_bay__device=device)
    f.InterfaceFactory(device=device, module=module)
    nested = f.ModuleFactory(module_bay__device=device, module_bay__module=module)
    f.InterfaceFactory(device=device, module=nested)
    f.DeviceBayFactory(device=device)
    board = f.InventoryItemFactory(device=device)
    f.InventoryItemFactory(device=device, parent=board)
    kind = ContentType.objects.get_for_model(Device)
    tag, _ = Tag.objects.get_or_create(name="hot", slug="hot")
    TaggedItem.objects.create(content_type=kind, object_id=device.pk, tag=tag)
    f.connect(port, f.InterfaceFactory())
    return device


KINDS = (
    models.ConsolePort,
    models.ConsoleServerPort,
    models.PowerPort,
    models.PowerOutlet,
    models.Interface,
    models.FrontPort,
    models.RearPort,
    models.PortMapping,
    models.ModuleBay,
    models.Module,
    models.DeviceBay,
    models.InventoryItem,
    models.MACAddress,
    models.CableTermination,
    TaggedItem,
    models.Device,
)


def test_a_device_goes_with_all_it_has_and_nothing_else(client: APIClient) -> None:
    full_device()
    before = {kind: set(kind.objects.values_list("pk", flat=True)) for kind in KINDS}
    device = full_device()
    peers = set(CableTermination.objects.values_list("pk", flat=True)) - before[CableTermination]
    peer = CableTermination.objects.get(pk__in=peers, cable_end="B")
    assert client.delete(f"{DEVICES}{device.pk}/").status_code == 204
    for kind in KINDS:
        left = set(kind.objects.values_list("pk", flat=True)) - before[kind]
        if kind is CableTermination:
            assert left == {peer.pk}
        elif kind is Device:
            assert len(left) == 1  # the one at the other end of the cable
        elif kind is Interface:
            assert left == {peer.termination_id}
        else:
            assert not left, kind
    assert Cable.objects.filter(pk=peer.cable_id).exists()


def test_deleting_many_costs_as_many_statements_as_one(client: APIClient) -> None:
    def statements(count: int) -> int:
        chosen = [{"id": full_device().pk} for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            assert client.delete(DEVICES, chosen, format="json").status_code == 204
        return len(captured)

    ContentType.objects.clear_cache()
    statements(1)
    assert statements(4) == statements(1)


def test_references_to_what_goes_are_emptied(client: APIClient) -> None:
    device = f.DeviceFactory()
    group = f.InterfaceFactory(device=device, type="lag")
    port = f.InterfaceFactory(device=device, lag=group, bridge=group)
    assert client.delete(f"{INTERFACES}{group.pk}/").status_code == 204
    port.refresh_from_db()
    assert (port.lag_id, port.bridge_id) == (None, None)


def test_a_parent_interface_goes_only_with_its_children(client: APIClient) -> None:
    parent = f.InterfaceFactory()
    child = f.InterfaceFactory(device=parent.device, type="virtual", parent=parent)
    refused = client.delete(f"{INTERFACES}{parent.pk}/")
    assert refused.status_code == 409
    assert f"{child} ({child.pk})" in refused.json()["detail"]
    both = [{"id": parent.pk}, {"id": child.pk}]
    assert client.delete(INTERFACES, both, format="json").status_code == 204
    assert not Interface.objects.filter(pk__in=[parent.pk, child.pk]).exists()


def test_what_needs_a_row_is_named_and_counted(client: APIClient) -> None:
    kind = f.DeviceTypeFactory()
    devices = f.DeviceFactory.create_batch(12, device_type=kind)
    refused = client.delete(f"/api/dcim/device-types/{kind.pk}/")
    assert refused.status_code == 409
    sentence = refused.json()["detail"]
    assert "12 dependent objects" in sentence
    assert f"({devices[0].pk})" in sentence
    assert sentence.endswith("…")


def test_a_primary_address_may_go_with_its_interface(client: APIClient) -> None:
    port = f.InterfaceFactory()
    address = f.MACAddressFactory(assigned_object=port)
    Interface.objects.filter(pk=port.pk).update(primary_mac_address=address)
    assert client.delete(f"{INTERFACES}{port.pk}/").status_code == 204
    assert not MACAddress.objects.filter(pk=address.pk).exists()
