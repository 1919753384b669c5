"""What belongs to a device and how its parts refer to each other."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connection
from rest_framework.test import APIClient

from dcim.models import CableTermination, Interface, MACAddress, VirtualChassis
from tests.core.factories import UserFactory
from tests.dcim import factories as make
from tests.dcim.helpers import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    return make.DeviceFactory()


@pytest.mark.parametrize(
    "factory",
    [
        value
        for name, value in vars(make).items()
        if name.endswith("Factory") and not name.startswith(("_", "Django"))
    ],
)
def test_every_factory_makes_a_valid_row(factory):
    row = factory()
    row.full_clean()
    assert str(row)


def test_names_sort_naturally(device):
    for name in ("eth10", "eth9", "Eth1"):
        make.InterfaceFactory(device=device, name=name)
    assert [row.name for row in Interface.objects.all()] == ["Eth1", "eth9", "eth10"]


def test_a_component_stays_with_its_device():
    interface = make.InterfaceFactory()
    interface.device = make.DeviceFactory()
    with refused("dcim_component_device_fixed"):
        interface.save()


def test_a_component_s_module_is_in_its_device(device):
    module = make.ModuleFactory()
    make.InterfaceFactory(device=module.device, module=module)
    with refused("dcim_component_module_device"):
        make.InterfaceFactory(device=device, module=module)


@pytest.mark.parametrize(
    ("field", "kind"), [("parent", "virtual"), ("bridge", "lag"), ("lag", "other")]
)
def test_related_interfaces_are_of_the_same_device(device, field, kind):
    near = make.InterfaceFactory(device=device, type="lag")
    far = make.InterfaceFactory(type="lag")
    make.InterfaceFactory(device=device, type=kind, **{field: near})
    with refused(f"dcim_interface_{field}_device"):
        make.InterfaceFactory(device=device, type=kind, **{field: far})


def test_a_group_may_span_a_virtual_chassis(device):
    chassis = make.VirtualChassisFactory(master=device)
    member = make.DeviceFactory(virtual_chassis=chassis, vc_position=2)
    group = make.InterfaceFactory(device=device, type="lag")
    make.InterfaceFactory(device=member, lag=group)


def test_a_group_is_a_lag_and_stays_one(device):
    plain = make.InterfaceFactory(device=device)
    with refused("dcim_interface_lag_type"):
        make.InterfaceFactory(device=device, lag=plain)
    group = make.InterfaceFactory(device=device, type="lag")
    make.InterfaceFactory(device=device, lag=group)
    group.type = "1000base-t"
    with refused("dcim_interface_lag_used"):
        group.save()


def test_an_interface_is_not_its_own_bridge(device):
    interface = make.InterfaceFactory(device=device)
    interface.bridge = interface
    with refused("dcim_interface_bridge_self"):
        interface.save()


def test_only_virtual_interfaces_have_a_parent(device):
    parent = make.InterfaceFactory(device=device)
    with refused("dcim_interface_parent_virtual"):
        make.InterfaceFactory(device=device, parent=parent)


def test_bounds_hold_in_the_database(device):
    with refused("dcim_interface_mtu"):
        make.InterfaceFactory(device=device, mtu=0)
    with refused("dcim_interface_tx_power"):
        make.InterfaceFactory(device=device, tx_power=-41)
    with refused("dcim_powerport_maximum_draw"):
        make.PowerPortFactory(device=device, maximum_draw=0)
    with refused("dcim_frontport_positions"):
        make.FrontPortFactory(device=device, positions=1025)


@pytest.mark.parametrize(
    "text", ["00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a.2b3c.4d5e", "001A2B3C4D5E"]
)
def test_a_mac_address_is_stored_in_one_form(text):
    row = MACAddress(mac_address=text)
    row.full_clean()
    row.save()
    row.refresh_from_db()
    assert row.mac_address == "00:1A:2B:3C:4D:5E"
    assert MACAddress.objects.filter(mac_address=text).exists()


@pytest.mark.parametrize("text", ["00:1a:2b:3c:4d", "00:1a:2b:3c:4d:5g", "x"])
def test_it_refuses_what_is_no_mac_address(text):
    with pytest.raises(ValidationError, match="not a MAC address"):
        MACAddress(mac_address=text).full_clean()
    with refused("dcim_macaddress_form"):
        MACAddress(mac_address=text).save()


def test_the_primary_mac_address_is_one_of_the_interface(device):
    interface = make.InterfaceFactory(device=device)
    loose = make.MACAddressFactory()
    interface.primary_mac_address = loose
    with refused("dcim_interface_primary_mac"):
        interface.save()
    loose.assigned_object = interface
    loose.save()
    interface.save()
    loose.assigned_object = make.InterfaceFactory(device=device)
    with refused("dcim_macaddress_primary"):
        loose.save()


def test_a_power_outlet_draws_from_its_own_device(device):
    make.PowerOutletFactory(device=device, power_port=make.PowerPortFactory(device=device))
    with refused("dcim_poweroutlet_power_port"):
        make.PowerOutletFactory(device=device, power_port=make.PowerPortFactory())


def test_mappings_are_of_one_device_and_within_the_ports(device):
    front = make.FrontPortFactory(device=device)
    rear = make.RearPortFactory(device=device, positions=2)
    with refused("dcim_portmapping_same_owner"):
        make.PortMappingFactory(front_port=front, rear_port=make.RearPortFactory())
    with refused("dcim_portmapping_rear_position"):
        make.PortMappingFactory(front_port=front, rear_port=rear, rear_port_position=3)
    make.PortMappingFactory(front_port=front, rear_port=rear, rear_port_position=2)
    with refused("dcim_portmapping_front_once"):
        make.PortMappingFactory(front_port=front, rear_port=rear)
    rear.positions = 1
    with refused("dcim_rearport_positions_used"):
        rear.save()


def test_a_module_is_in_a_bay_of_its_device(device):
    bay = make.ModuleBayFactory()
    with refused("dcim_module_bay_device"):
        make.ModuleFactory(device=device, module_bay=bay)
    with refused("dcim_module_bay_enabled"):
        make.ModuleFactory(module_bay=make.ModuleBayFactory(enabled=False))


def test_a_module_is_not_in_a_bay_of_its_own():
    module = make.ModuleFactory()
    inner = make.ModuleBayFactory(device=module.device, module=module)
    module.module_bay = inner
    with refused("dcim_module_bay_ring"):
        module.save()


def test_device_bays_are_for_parents_and_children(device):
    with refused("dcim_devicebay_parent"):
        make.DeviceBayFactory(device=device)
    with refused("dcim_devicebay_child"):
        make.DeviceBayFactory(installed_device=device)
    bay = make.DeviceBayFactory()
    kind = bay.device.device_type
    kind.subdevice_role = None
    with refused("dcim_devicetype_parent_used"):
        kind.save()


def test_the_master_is_a_member(device):
    chassis = make.VirtualChassisFactory(master=device)
    device.refresh_from_db()
    assert (device.virtual_chassis, device.vc_position) == (chassis, 1)
    chassis.master = make.DeviceFactory()
    with refused("dcim_virtualchassis_master_member"):
        chassis.save()
    device.virtual_chassis = None
    with refused("dcim_device_chassis_master"):
        device.save()
    VirtualChassis.objects.get(pk=chassis.pk).delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    device.refresh_from_db()
    assert device.virtual_chassis is None


def test_positions_in_a_chassis_are_taken_once(device):
    chassis = make.VirtualChassisFactory(master=device)
    with refused("dcim_device_vc_position_once"):
        make.DeviceFactory(virtual_chassis=chassis, vc_position=1)
    with refused("dcim_device_vc_position_needed"):
        make.DeviceFactory(virtual_chassis=chassis)


def test_a_template_has_one_type():
    with refused("dcim_interfacetemplate_one_type"):
        make.InterfaceTemplateFactory(module_type=make.ModuleTypeFactory())
    with refused("dcim_interfacetemplate_one_type"):
        make.InterfaceTemplateFactory(device_type=None)
    with refused("dcim_template_power_port_type"):
        make.PowerOutletTemplateFactory(power_port=make.PowerPortTemplateFactory())


def test_parts_form_a_tree_within_a_device(device):
    root = make.InventoryItemFactory(device=device)
    leaf = make.InventoryItemFactory(device=device, parent=root)
    root.parent = leaf
    with refused("tree_no_cycle"):
        root.save()
    with refused("dcim_inventoryitem_parent_device"):
        make.InventoryItemFactory(parent=root)


def test_a_port_takes_one_cable_end(device):
    near, far, third = (make.InterfaceFactory() for _ in range(3))
    make.connect(near, far)
    with refused("dcim_cabletermination_port_once"):
        make.connect(near, third)


@pytest.mark.parametrize(
    ("near", "far"),
    [
        (make.InterfaceFactory, make.PowerPortFactory),
        (make.PowerPortFactory, make.PowerPortFactory),
        (make.ConsolePortFactory, make.ConsolePortFactory),
        (make.PowerOutletFactory, make.RearPortFactory),
    ],
)
def test_ends_that_do_not_fit_are_refused(near, far):
    with refused("dcim_cabletermination_compatible"):
        make.connect(near(), far())


def test_a_cable_is_not_plugged_into_nothing(device):
    interface = make.InterfaceFactory(device=device)
    interfaces = ContentType.objects.get_for_model(Interface)
    with refused("dcim_cabletermination_exists"):
        CableTermination.objects.create(
            cable=make.CableFactory(),
            cable_end="A",
            termination_type=interfaces,
            termination_id=interface.pk + 1,
        )
    with refused("dcim_cabletermination_interface"):
        make.CableTerminationFactory(port=make.InterfaceFactory(type="virtual"))
    with refused("dcim_cabletermination_kind"):
        make.CableTerminationFactory(port=device)
    with refused("dcim_cabletermination_marked"):
        make.CableTerminationFactory(port=make.InterfaceFactory(mark_connected=True))


def test_a_front_port_does_not_loop_to_its_rear_port():
    mapping = make.PortMappingFactory()
    with refused("dcim_cabletermination_loop"):
        make.connect(mapping.front_port, mapping.rear_port)


def test_deleting_a_device_unplugs_its_cables():
    near, far = make.InterfaceFactory(), make.InterfaceFactory()
    make.connect(near, far)
    near.device.delete()
    assert [row.termination for row in CableTermination.objects.all()] == [far]


def test_bare_sql_unplugs_too():
    near = make.InterfaceFactory()
    make.connect(near, make.InterfaceFactory())
    Interface.objects.filter(pk=near.pk)._raw_delete("default")
    assert CableTermination.objects.count() == 1


def test_a_cabled_interface_stays_connectable():
    near = make.InterfaceFactory()
    make.connect(near, make.InterfaceFactory())
    near.type = "virtual"
    with refused("dcim_interface_cabled"):
        near.save()
    near.type, near.mark_connected = "1000base-t", True
    with refused("dcim_port_mark_connected"):
        near.save()
    near.mark_connected = False
    near.save()


def test_lengths_are_compared_in_meters():
    cable = make.CableFactory(length=100, length_unit="ft")
    cable.refresh_from_db()
    assert float(cable.length_m) == 30.48
    with refused("dcim_cable_length_unit"):
        make.CableFactory(length=1)


def test_writing_the_module_of_a_bay_moves_it_there() -> None:
    client = APIClient()
    client.force_authenticate(UserFactory(is_superuser=True))
    module = make.ModuleFactory()
    free = make.ModuleBayFactory(device=module.device)
    address = f"/api/dcim/module-bays/{free.pk}/"
    moved = client.patch(address, {"installed_module": module.pk}, format="json")
    assert moved.status_code == 200, moved.json()
    assert moved.json()["installed_module"]["id"] == module.pk
    module.refresh_from_db()
    assert module.module_bay_id == free.pk

    emptied = client.patch(address, {"installed_module": None}, format="json")
    assert emptied.status_code == 400
    assert "delete it or move it" in emptied.json()["installed_module"][0]
    second = make.ModuleBayFactory(device=module.device)
    beside = make.ModuleFactory(device=module.device, module_bay=second)
    for other in (beside, make.ModuleFactory()):
        refused = client.patch(address, {"installed_module": other.pk}, format="json")
        assert refused.status_code == 400
        assert list(refused.json()) == ["installed_module"]
