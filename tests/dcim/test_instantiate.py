"""What new devices and modules get from their types."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import Invalid
from dcim import services
from dcim.models import (
    ConsolePort,
    ConsoleServerPort,
    Device,
    DeviceBay,
    FrontPort,
    Interface,
    InterfaceTemplate,
    InventoryItem,
    Module,
    ModuleBay,
    PortMapping,
    PowerOutlet,
    PowerPort,
    RearPort,
)
from tests.dcim import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def full_type():
    """A device type with every kind of template, tied to each other in every way there is."""
    kind = make.DeviceTypeFactory(subdevice_role="parent", airflow="front-to-rear")
    make.ConsolePortTemplateFactory(device_type=kind, name="con", type="rj-45", label="CON")
    make.ConsoleServerPortTemplateFactory(device_type=kind, name="tty1", type="rj-45")
    inlet = make.PowerPortTemplateFactory(
        device_type=kind, name="inlet", type="iec-60320-c20", maximum_draw=700, allocated_draw=500
    )
    make.PowerOutletTemplateFactory(
        device_type=kind, name="outlet", power_port=inlet, feed_leg="B", color="aa1409"
    )
    bridge = make.InterfaceTemplateFactory(device_type=kind, name="br0", type="bridge")
    port = make.InterfaceTemplateFactory(
        device_type=kind,
        name="eth0",
        bridge=bridge,
        enabled=False,
        mgmt_only=True,
        poe_mode="pse",
        poe_type="type1-ieee802.3af",
        description="uplink",
    )
    rear = make.RearPortTemplateFactory(device_type=kind, name="rear", positions=2, color="2196f3")
    for n in (1, 2):
        front = make.FrontPortTemplateFactory(device_type=kind, name=f"front{n}")
        make.PortTemplateMappingFactory(front_port=front, rear_port=rear, rear_port_position=3 - n)
    make.ModuleBayTemplateFactory(device_type=kind, name="slot", position="7", enabled=False)
    make.DeviceBayTemplateFactory(device_type=kind, name="node", label="N")
    board = make.InventoryItemTemplateFactory(device_type=kind, name="board", part_id="B-1")
    make.InventoryItemTemplateFactory(
        device_type=kind,
        name="chip",
        parent=make.InventoryItemTemplateFactory(device_type=kind, name="riser", parent=board),
        component_type=ContentType.objects.get_for_model(InterfaceTemplate),
        component_id=port.pk,
        manufacturer=kind.manufacturer,
        role=make.InventoryItemRoleFactory(),
    )
    return kind


def create(kind, count=1, **values):
    """New devices of a type, stored with their components."""
    role, site = make.DeviceRoleFactory(), make.SiteFactory()
    devices = [Device(device_type=kind, role=role, site=site, **values) for _ in range(count)]
    services.create_devices(devices)
    return devices


def names(rows):
    return sorted(row.name for row in rows)


def test_a_device_gets_every_component_of_its_type(full_type):
    for device in create(full_type, 2):
        console = ConsolePort.objects.get(device=device)
        assert (console.name, console.label, console.type) == ("con", "CON", "rj-45")
        assert ConsoleServerPort.objects.get(device=device).name == "tty1"
        inlet = PowerPort.objects.get(device=device)
        assert (inlet.maximum_draw, inlet.allocated_draw) == (700, 500)
        outlet = PowerOutlet.objects.get(device=device)
        assert (outlet.power_port, outlet.feed_leg) == (inlet, "B")
        assert (outlet.color, outlet.status) == ("aa1409", "enabled")
        eth = Interface.objects.get(device=device, name="eth0")
        assert eth.bridge == Interface.objects.get(device=device, name="br0")
        assert (eth.enabled, eth.mgmt_only, eth.poe_mode) == (False, True, "pse")
        assert (eth.description, eth.mark_connected, eth.module) == ("uplink", False, None)
        rear = RearPort.objects.get(device=device)
        assert (rear.positions, rear.color) == (2, "2196f3")
        assert list(
            PortMapping.objects.filter(front_port__device=device, rear_port=rear)
            .order_by("front_port__name")
            .values_list("front_port__name", "front_port_position", "rear_port_position")
        ) == [("front1", 1, 2), ("front2", 1, 1)]
        bay = ModuleBay.objects.get(device=device)
        assert (bay.name, bay.position, bay.enabled) == ("slot", "7", False)
        assert DeviceBay.objects.get(device=device).label == "N"


def test_parts_keep_their_tree_and_their_component(full_type):
    for device in create(full_type, 2):
        chip = InventoryItem.objects.get(device=device, name="chip")
        board = InventoryItem.objects.get(device=device, name="board")
        assert (chip.parent.name, chip.parent.parent, board.parent) == ("riser", board, None)
        assert chip.path == [board.pk, chip.parent.pk, chip.pk]
        assert chip.component == Interface.objects.get(device=device, name="eth0")
        assert (board.component, board.part_id, board.status) == (None, "B-1", "active")
        assert chip.manufacturer == full_type.manufacturer


def test_two_parts_of_one_name_are_both_made():
    kind = make.DeviceTypeFactory()
    for _ in range(2):
        make.InventoryItemTemplateFactory(
            device_type=kind,
            name="fan",
            parent=make.InventoryItemTemplateFactory(device_type=kind, name="tray"),
        )
    (device,) = create(kind)
    fans = InventoryItem.objects.filter(device=device, name="fan")
    assert len({fan.parent_id for fan in fans}) == 2


@pytest.mark.parametrize("ports", [1, 48])
def test_the_number_of_statements_does_not_depend_on_the_number_of_devices(full_type, ports):
    for n in range(ports):
        make.InterfaceTemplateFactory(device_type=full_type, name=f"swp{n}")
    counts = []
    for count in (1, 10, 100):
        create(full_type)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            create(full_type, count)
        counts.append(len(queries))
        newest = Device.objects.order_by("-pk")[:count]
        assert Interface.objects.filter(device__in=list(newest)).count() == count * (ports + 2)
    assert len(set(counts)) == 1
    assert counts[0] < 25


def test_a_device_of_an_empty_type_has_nothing():
    (device,) = create(make.DeviceTypeFactory())
    assert device.pk
    assert not device.interfaces.exists()


def test_airflow_and_platform_come_from_the_type_unless_given():
    platform, other = make.PlatformFactory(), make.PlatformFactory()
    kind = make.DeviceTypeFactory(airflow="rear-to-front", default_platform=platform)
    (plain,) = create(kind)
    (chosen,) = create(kind, airflow="passive", platform=other)
    plain.refresh_from_db()
    chosen.refresh_from_db()
    assert (plain.airflow, plain.platform) == ("rear-to-front", platform)
    assert (chosen.airflow, chosen.platform) == ("passive", other)


def test_another_type_leaves_the_components(full_type):
    (device,) = create(full_type)
    device.device_type = make.DeviceTypeFactory(subdevice_role="parent")
    device.save()
    assert names(device.interfaces.all()) == ["br0", "eth0"]


def test_vc_position_stands_for_the_position_in_the_chassis():
    kind = make.DeviceTypeFactory()
    for name in ("ge-{vc_position}/0", "xe-{vc_position:1}/0"):
        make.InterfaceTemplateFactory(device_type=kind, name=name, label=name)
    (alone,) = create(kind, vc_position=3)
    assert names(alone.interfaces.all()) == ["ge-0/0", "xe-1/0"]
    (member,) = create(kind, virtual_chassis=make.VirtualChassisFactory(), vc_position=3)
    assert names(member.interfaces.all()) == ["ge-3/0", "xe-3/0"]
    assert member.interfaces.get(name="ge-3/0").label == "ge-3/0"


@pytest.fixture
def card():
    """A module type whose names hold the position of its bay."""
    kind = make.ModuleTypeFactory()
    inlet = make.PowerPortTemplateFactory(device_type=None, module_type=kind, name="in {module}")
    make.PowerOutletTemplateFactory(
        device_type=None, module_type=kind, name="out {module}", power_port=inlet
    )
    make.InterfaceTemplateFactory(
        device_type=None, module_type=kind, name="eth{module}/1", label="{module}.1"
    )
    rear = make.RearPortTemplateFactory(device_type=None, module_type=kind, name="r{module}")
    front = make.FrontPortTemplateFactory(device_type=None, module_type=kind, name="f{module}")
    make.PortTemplateMappingFactory(front_port=front, rear_port=rear)
    make.ModuleBayTemplateFactory(
        device_type=None, module_type=kind, name="sub {module}-1", position="{module}/1"
    )
    return kind


def install(kind, *bays, **options):
    """Modules of a type in bays, stored with their components."""
    modules = [Module(device=bay.device, module_bay=bay, module_type=kind) for bay in bays]
    services.create_modules(modules, **options)
    return modules


def test_a_module_s_names_hold_the_position_of_its_bay(card):
    device = make.DeviceFactory()
    bays = [make.ModuleBayFactory(device=device, position=position) for position in "AB"]
    for module, place in zip(install(card, *bays), "AB", strict=True):
        port = Interface.objects.get(module=module)
        assert (port.name, port.label, port.device) == (f"eth{place}/1", f"{place}.1", device)
        outlet = PowerOutlet.objects.get(module=module)
        assert (outlet.name, outlet.power_port.name) == (f"out {place}", f"in {place}")
        assert outlet.power_port.module == module
        mapping = PortMapping.objects.get(front_port__module=module)
        assert (mapping.front_port.name, mapping.rear_port.name) == (f"f{place}", f"r{place}")
        bay = ModuleBay.objects.get(module=module)
        assert (bay.name, bay.position) == (f"sub {place}-1", f"{place}/1")


def test_a_nested_module_uses_the_inner_bay_or_one_position_a_level(card):
    (outer,) = install(card, make.ModuleBayFactory(position="3"))
    optic = make.ModuleTypeFactory()
    make.InterfaceTemplateFactory(device_type=None, module_type=optic, name="one {module}")
    make.InterfaceTemplateFactory(device_type=None, module_type=optic, name="two {module}:{module}")
    (inner,) = install(optic, ModuleBay.objects.get(module=outer))
    assert names(Interface.objects.filter(module=inner)) == ["one 3/1", "two 3:3/1"]


def test_a_position_that_was_typed_with_a_placeholder_is_filled(card):
    outer = make.ModuleFactory(module_bay__position="5")
    bay = make.ModuleBayFactory(device=outer.device, module=outer, position="{module}-2")
    (inner,) = install(card, bay)
    assert Interface.objects.get(module=inner).name == "eth5-2/1"


def test_placeholders_must_match_the_level(card):
    optic = make.ModuleTypeFactory()
    make.InterfaceTemplateFactory(device_type=None, module_type=optic, name="{module}/{module}")
    with pytest.raises(Invalid) as caught:
        install(optic, make.ModuleBayFactory(position="1"))
    assert "2 positions" in caught.value.items[0]["module_bay"][0]
    with pytest.raises(Invalid) as caught:
        install(card, make.ModuleBayFactory(position=""))
    assert "no position" in caught.value.items[0]["module_bay"][0]
    assert not Module.objects.exists()


def test_module_names_know_the_chassis_too():
    kind = make.ModuleTypeFactory()
    make.InterfaceTemplateFactory(
        device_type=None, module_type=kind, name="ge-{vc_position:9}/{module}"
    )
    alone = make.ModuleBayFactory(position="4")
    member = make.ModuleBayFactory(
        position="4", device__virtual_chassis=make.VirtualChassisFactory(), device__vc_position=2
    )
    made = install(kind, alone, member)
    assert [Interface.objects.get(module=module).name for module in made] == ["ge-9/4", "ge-2/4"]


def test_a_taken_name_is_said_beside_its_module(card):
    device = make.DeviceFactory()
    make.InterfaceFactory(device=device, name="ethB/1")
    bays = [make.ModuleBayFactory(device=device, position=position) for position in "AB"]
    with pytest.raises(Invalid) as caught:
        install(card, *bays)
    assert caught.value.items == [
        {},
        {"module_bay": ["The device already has the interface ethB/1."]},
    ]
    assert not Module.objects.exists()


def test_two_modules_at_once_cannot_make_the_same_name():
    kind = make.ModuleTypeFactory()
    make.InterfaceTemplateFactory(device_type=None, module_type=kind, name="same")
    device = make.DeviceFactory()
    bays = [make.ModuleBayFactory(device=device) for _ in range(2)]
    with pytest.raises(Invalid) as caught:
        install(kind, *bays)
    assert all("2 times" in item["module_bay"][0] for item in caught.value.items)


def test_it_adopts_ports_of_the_same_name_and_makes_the_rest(card):
    device = make.DeviceFactory()
    port = make.InterfaceFactory(device=device, name="eth1/1", description="kept")
    inlet = make.PowerPortFactory(device=device, name="in 1")
    bay = make.ModuleBayFactory(device=device, position="1")
    (module,) = install(card, bay, adopt_components=True)
    port.refresh_from_db()
    inlet.refresh_from_db()
    assert (port.module, port.description, inlet.module) == (module, "kept", module)
    assert PowerOutlet.objects.get(module=module).power_port == inlet
    assert PortMapping.objects.filter(front_port__module=module).count() == 1


def test_adopting_alone_makes_nothing(card):
    device = make.DeviceFactory()
    port = make.InterfaceFactory(device=device, name="eth1/1")
    bay = make.ModuleBayFactory(device=device, position="1")
    (module,) = install(card, bay, adopt_components=True, replicate_components=False)
    port.refresh_from_db()
    assert port.module == module
    assert not PowerPort.objects.exists()


def test_it_does_not_adopt_from_another_module(card):
    other = make.ModuleFactory()
    make.InterfaceFactory(device=other.device, module=other, name="eth1/1")
    bay = make.ModuleBayFactory(device=other.device, position="1")
    with pytest.raises(Invalid, match="another module"):
        install(card, bay, adopt_components=True)


def test_it_adopts_mapped_ports_as_they_are(card):
    device = make.DeviceFactory()
    front = make.FrontPortFactory(device=device, name="f1")
    rear = make.RearPortFactory(device=device, name="r1")
    make.PortMappingFactory(front_port=front, rear_port=rear)
    bay = make.ModuleBayFactory(device=device, position="1")
    (module,) = install(card, bay, adopt_components=True)
    assert PortMapping.objects.get().front_port.module == module


def test_without_components_a_module_is_bare(card):
    install(card, make.ModuleBayFactory(position=""), replicate_components=False)
    assert not Interface.objects.exists()


def test_statements_do_not_depend_on_the_number_of_modules(card):
    device = make.DeviceFactory()
    counts = []
    for size in (1, 30):
        bays = [make.ModuleBayFactory(device=device, position=f"{size}-{n}") for n in range(size)]
        with CaptureQueriesContext(connection) as queries:
            install(card, *bays)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_module_s_components_go_with_it(card):
    (outer,) = install(card, make.ModuleBayFactory(position="1"))
    optic = make.ModuleTypeFactory()
    make.InterfaceTemplateFactory(device_type=None, module_type=optic, name="one {module}")
    install(optic, ModuleBay.objects.get(module=outer))
    outer.delete()
    for model in (Interface, PowerPort, PowerOutlet, FrontPort, RearPort, PortMapping):
        assert not model.objects.exists()
    assert ModuleBay.objects.count() == 1
