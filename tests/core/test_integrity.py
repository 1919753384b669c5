"""`manage.py check_integrity`: each rule is broken on purpose, behind the triggers' back."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from core import integrity
from core.custom_fields import definitions
from core.models import CustomField, CustomFieldChoiceSet, Tag, TaggedItem
from dcim.models import (
    ConsolePort,
    ConsoleServerPort,
    FrontPort,
    Interface,
    ModuleBay,
    PowerOutlet,
    PowerPort,
    RearPort,
)
from tests.capacity.broken import CAPACITY
from tests.core.behind import Statements, behind, put
from tests.dcim import factories as make
from tests.dcim.broken import AUDITS
from tests.facilities.broken import FLOORS
from tests.facilities.factories import LocationFactory, RegionFactory, SiteFactory
from tests.power.broken import POWER
from tests.power.factories import PowerFeedFactory, PowerPanelFactory
from tests.racks.factories import RackFactory, RackReservationFactory, RackTypeFactory

pytestmark = pytest.mark.django_db


def kind(model: Any) -> int:
    return int(ContentType.objects.get_for_model(model).pk)


def placed(**values: Any) -> Any:
    rack = RackFactory(u_height=10, location=LocationFactory())
    device_type = make.DeviceTypeFactory(u_height=2)
    given = {"rack": rack, "position": 1, "face": "front", "device_type": device_type}
    return make.DeviceFactory(**{**given, **values})


def bay() -> Any:
    child = make.DeviceTypeFactory(subdevice_role="child", u_height=0)
    host = make.DeviceBayFactory()
    host.installed_device = make.DeviceFactory(device_type=child, site=host.device.site)
    host.save()
    return host


def cabled(port: Any = None, far: Any = None) -> tuple[Any, Any]:
    one = make.CableTerminationFactory(port=port or make.InterfaceFactory())
    far = far or make.InterfaceFactory()
    return one, make.CableTerminationFactory(cable=one.cable, cable_end="B", port=far)


def modular(model: Any) -> Callable[[], Statements]:
    def broken() -> Statements:
        factory = getattr(make, f"{model.__name__}Factory")
        module = make.ModuleFactory()
        return put(model._meta.db_table, factory().pk, module_id=module.pk)

    return broken


def marked(model: Any) -> Callable[[], Statements]:
    def broken() -> Statements:
        port = getattr(make, f"{model.__name__}Factory")()
        make.CableTerminationFactory(port=port)
        return put(model._meta.db_table, port.pk, mark_connected="true")

    return broken


def beside(column: str) -> Callable[[], Statements]:
    def broken() -> Statements:
        values = {"type": "virtual"} if column == "parent" else {}
        own, other = make.InterfaceFactory(**values), make.InterfaceFactory(type="lag")
        return put("dcim_interface", own.pk, **{f"{column}_id": other.pk})

    return broken


def overlap() -> Statements:
    one = placed()
    other = placed(rack=one.rack, device_type=one.device_type, position=5)
    drop = "ALTER TABLE dcim_device DROP CONSTRAINT dcim_device_no_overlap"
    return [drop, *put("dcim_device", other.pk, position=2)]


def one_port_twice() -> Statements:
    one, other = make.CableTerminationFactory(), make.CableTerminationFactory()
    drop = "ALTER TABLE dcim_cabletermination DROP CONSTRAINT dcim_cabletermination_port_once"
    return [drop, *put("dcim_cabletermination", other.pk, termination_id=one.termination_id)]


def ring_of_modules() -> Statements:
    module = make.ModuleFactory()
    return put("dcim_modulebay", module.module_bay_id, module_id=module.pk)


def ring_of_regions() -> Statements:
    top = RegionFactory()
    return put("facilities_region", top.pk, parent_id=RegionFactory(parent=top).pk)


def overlapping_reservations() -> Statements:
    one = RackReservationFactory()
    other = RackReservationFactory(rack=one.rack, units=[3])
    return put("racks_rackreservation", other.pk, units="'{2,3}'")


def same_values() -> Statements:
    field = CustomField.objects.create(name="number", type="text", unique=True)
    field.object_types.add(kind(Tag))
    definitions.forget()
    for name in ("a", "b"):
        Tag.objects.create(name=name, slug=name, custom_field_data={"number": "5"})
    return []


def custom_values(value: Any, type: str = "integer") -> Callable[[], Statements]:
    """A tag whose custom field `number` holds a value, behind the back of its definition."""

    def broken() -> Statements:
        chosen = None
        if type in ("select", "multiselect"):
            pairs = [["gold", "Gold"], ["iron", "Iron"]]
            chosen = CustomFieldChoiceSet.objects.create(name="Metals", extra_choices=pairs)
        related = kind(Tag) if "object" in type else None
        field = CustomField.objects.create(
            name="number", type=type, choice_set=chosen, related_object_type_id=related
        )
        field.object_types.add(kind(Tag))
        definitions.forget()
        Tag.objects.create(name="a", slug="a", custom_field_data={"number": value})
        return []

    return broken


def unknown_value() -> Statements:
    tag = Tag.objects.create(name="a", slug="a")
    return put(Tag._meta.db_table, tag.pk, custom_field_data="""'{"gone": 1}'""")


def unique_without_index() -> Statements:
    field = CustomField.objects.create(name="number", type="text", unique=True)
    field.object_types.add(kind(Tag))
    definitions.forget()
    return []


def dangling_tag() -> Statements:
    tag = Tag.objects.create(name="a", slug="a")
    TaggedItem.objects.create(tag=tag, content_type_id=kind(Tag), object_id=10**9)
    return []


def referring_nowhere() -> Statements:
    rack = RackFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'racks_rack'::regclass"
            " AND contype = 'f' AND conname LIKE '%%site%%'"
        )
        [name] = cursor.fetchone()
    drop = f"ALTER TABLE racks_rack DROP CONSTRAINT {name}"
    return [drop, *put("racks_rack", rack.pk, site_id=10**9)]


def check_broken() -> Statements:
    drop = "ALTER TABLE dcim_device DROP CONSTRAINT dcim_device_position"
    return [drop, *put("dcim_device", placed().pk, position="0")]


def mapping(**columns: Any) -> Callable[[], Statements]:
    return lambda: put("dcim_portmapping", make.PortMappingFactory().pk, **columns)


def mapping_of_two() -> Statements:
    found = make.PortMappingFactory()
    return put("dcim_portmapping", found.pk, rear_port_id=make.RearPortFactory().pk)


def template_mapping(**columns: Any) -> Callable[[], Statements]:
    return lambda: put("dcim_porttemplatemapping", make.PortTemplateMappingFactory().pk, **columns)


def template_mapping_of_two() -> Statements:
    found = make.PortTemplateMappingFactory()
    other = make.RearPortTemplateFactory()
    return put("dcim_porttemplatemapping", found.pk, rear_port_id=other.pk)


def master_elsewhere() -> Statements:
    chassis = make.VirtualChassisFactory(master=make.DeviceFactory())
    columns = {"virtual_chassis_id": "NULL", "vc_position": "NULL"}
    return put("dcim_device", chassis.master_id, **columns)


def primary_of_another() -> Statements:
    port = make.InterfaceFactory()
    return put("dcim_interface", port.pk, primary_mac_address_id=make.MACAddressFactory().pk)


def looped() -> Statements:
    found = make.PortMappingFactory()
    one, other = make.FrontPortFactory(), make.RearPortFactory()
    near, far = cabled(one, other)
    return [
        *put("dcim_cabletermination", near.pk, termination_id=found.front_port_id),
        *put("dcim_cabletermination", far.pk, termination_id=found.rear_port_id),
    ]


def of_kind(model: Any, end: int) -> Callable[[], Statements]:
    def broken() -> Statements:
        port = getattr(make, f"{model.__name__}Factory")()
        columns = {"termination_type_id": kind(model), "termination_id": port.pk}
        return put("dcim_cabletermination", cabled()[end].pk, **columns)

    return broken


def two_kinds_at_one_end() -> Statements:
    one, _ = cabled()
    other = make.CableTerminationFactory(cable=one.cable, cable_end="A")
    port = make.FrontPortFactory()
    columns = {"termination_type_id": kind(FrontPort), "termination_id": port.pk}
    return put("dcim_cabletermination", other.pk, **columns)


def feed_marked() -> Statements:
    feed = PowerFeedFactory()
    make.CableTerminationFactory(port=feed)
    return put("power_powerfeed", feed.pk, mark_connected="true")


def elsewhere(table: str, made: Callable[[], Any], column: str, place: Any) -> Any:
    return lambda: put(table, made().pk, **{column: place().pk})


MODULAR = (ConsolePort, ConsoleServerPort, FrontPort, Interface, ModuleBay)
MODULAR += (PowerOutlet, PowerPort, RearPort)  # type: ignore[assignment]
DEVICE, BAY, TRIGGER = "dcim_device", "dcim_devicebay", "DISABLE TRIGGER"
BROKEN: dict[str, Callable[[], Statements]] = {
    "triggers": lambda: ["ALTER TABLE dcim_device DISABLE TRIGGER USER"],
    "history_triggers": lambda: ["DROP TRIGGER history_update ON dcim_device"],
    "constraints": lambda: ["ALTER TABLE dcim_device DROP CONSTRAINT dcim_device_no_overlap"],
    "references": lambda: referring_nowhere()[:1],
    "unique_indexes": unique_without_index,
    "reference_exists": referring_nowhere,
    "generic_reference_exists": dangling_tag,
    "check_holds": check_broken,
    "tree_no_cycle": ring_of_regions,
    "tree_path": lambda: put("facilities_region", RegionFactory().pk, path="'{5}'"),
    "custom_field_unique": same_values,
    "custom_field_known": unknown_value,
    "custom_field_value": custom_values("five"),
    "facilities_location_parent_site": lambda: put(
        "facilities_location",
        LocationFactory(parent=LocationFactory()).pk,
        site_id=SiteFactory().pk,
    ),
    "racks_rack_location_site": lambda: put(
        "racks_rack", RackFactory(location=LocationFactory()).pk, site_id=SiteFactory().pk
    ),
    "racks_rack_type": lambda: put(
        "racks_rack", RackFactory(rack_type=RackTypeFactory()).pk, u_height=7
    ),
    "racks_rackreservation_units_in_rack": lambda: put(
        "racks_rackreservation", RackReservationFactory().pk, units="'{99}'"
    ),
    "racks_rackreservation_no_overlap": overlapping_reservations,
    "racks_rackreservation_claims": lambda: put(
        "racks_rackreservation", RackReservationFactory().pk, units="'{1}'"
    ),
    "power_powerpanel_location_site": lambda: put(
        "power_powerpanel",
        PowerPanelFactory(location=LocationFactory()).pk,
        site_id=SiteFactory().pk,
    ),
    "power_powerfeed_rack_site": lambda: put(
        "power_powerfeed", PowerFeedFactory().pk, rack_id=RackFactory().pk
    ),
    "power_powerfeed_mark_connected": feed_marked,
    **FLOORS,
    **POWER,
    **CAPACITY,
    **AUDITS,
    "dcim_device_size": lambda: put(DEVICE, placed().pk, height_half_u=9),
    "dcim_device_no_overlap": overlap,
    "dcim_device_zero_u": lambda: put(
        DEVICE, placed().pk, device_type_id=make.DeviceTypeFactory(u_height=0).pk
    ),
    "dcim_device_fits_rack": lambda: put(DEVICE, placed().pk, position="9.5"),
    "dcim_device_rack_place": lambda: put(DEVICE, placed().pk, location_id="NULL"),
    "dcim_device_location_site": lambda: put(
        DEVICE, make.DeviceFactory().pk, location_id=LocationFactory().pk
    ),
    "dcim_device_child_face": lambda: put(
        DEVICE, placed().pk, device_type_id=bay().installed_device.device_type_id
    ),
    "dcim_device_bay_place": lambda: put(
        DEVICE, bay().installed_device_id, site_id=SiteFactory().pk
    ),
    "dcim_devicebay_parent": lambda: put(BAY, bay().pk, device_id=make.DeviceFactory().pk),
    "dcim_devicebay_child": lambda: put(BAY, bay().pk, installed_device_id=make.DeviceFactory().pk),
    "dcim_virtualchassis_master_member": master_elsewhere,
    "dcim_module_bay_device": lambda: put(
        "dcim_module", make.ModuleFactory().pk, device_id=make.DeviceFactory().pk
    ),
    "dcim_module_bay_ring": ring_of_modules,
    "dcim_poweroutlet_power_port": lambda: put(
        "dcim_poweroutlet", make.PowerOutletFactory().pk, power_port_id=make.PowerPortFactory().pk
    ),
    "dcim_interface_lag_type": lambda: put(
        "dcim_interface", make.InterfaceFactory().pk, lag_id=make.InterfaceFactory().pk
    ),
    "dcim_interface_primary_mac": primary_of_another,
    "dcim_inventoryitem_parent_device": lambda: put(
        "dcim_inventoryitem",
        make.InventoryItemFactory().pk,
        parent_id=make.InventoryItemFactory().pk,
    ),
    "dcim_portmapping_same_owner": mapping_of_two,
    "dcim_portmapping_position": mapping(front_port_position=9),
    "dcim_porttemplatemapping_same_owner": template_mapping_of_two,
    "dcim_porttemplatemapping_position": template_mapping(rear_port_position=9),
    "dcim_poweroutlettemplate_power_port_type": lambda: put(
        "dcim_poweroutlettemplate",
        make.PowerOutletTemplateFactory().pk,
        power_port_id=make.PowerPortTemplateFactory().pk,
    ),
    "dcim_interfacetemplate_bridge_type": lambda: put(
        "dcim_interfacetemplate",
        make.InterfaceTemplateFactory().pk,
        bridge_id=make.InterfaceTemplateFactory().pk,
    ),
    "dcim_cabletermination_kind": of_kind(ModuleBay, 0),
    "dcim_cabletermination_port_once": one_port_twice,
    "dcim_cabletermination_interface": lambda: put(
        "dcim_interface", cabled()[0].termination_id, type="'lag'"
    ),
    "dcim_cabletermination_same_kind": two_kinds_at_one_end,
    "dcim_cabletermination_compatible": of_kind(ConsolePort, 1),
    "dcim_cabletermination_loop": looped,
    **{f"{m._meta.db_table}_module_device": modular(m) for m in MODULAR},
    **{f"{m._meta.db_table}_mark_connected": marked(m) for m in MODULAR if m is not ModuleBay},
    **{f"dcim_interface_{column}_device": beside(column) for column in ("parent", "bridge", "lag")},
}


def test_every_rule_can_be_broken_here() -> None:
    assert {rule.name for rule in integrity.rules()} == set(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_found(name: str) -> None:
    [rule] = [each for each in integrity.rules() if each.name == name]
    assert list(rule.find()) == []
    behind(BROKEN[name]())
    assert list(rule.find()) != []


@pytest.mark.parametrize(
    ("type", "right", "wrong"),
    [
        ("text", "five", 5),
        ("longtext", "", ["five"]),
        ("url", "https://example.org", {}),
        ("integer", -5, 5.5),
        ("decimal", 5.5, "5.5"),
        ("boolean", False, "false"),
        ("date", "2026-02-28", "28.2.2026"),
        ("datetime", "2026-02-28T12:00:00Z", "2026-02-28"),
        ("select", "gold", "tin"),
        ("multiselect", ["iron", "gold"], ["gold", "tin"]),
        ("multiselect", [], "gold"),
        ("object", 5, [5]),
        ("multiobject", [5, 6], [5, "6"]),
    ],
)
def test_a_custom_value_has_the_form_of_its_type(type: str, right: Any, wrong: Any) -> None:
    [rule] = [each for each in integrity.rules() if each.name == "custom_field_value"]
    custom_values(right, type)()
    assert list(rule.find()) == []
    Tag.objects.update(custom_field_data={"number": wrong})
    assert len(list(rule.find())) == 1


def test_the_command_names_rule_and_object_and_fails() -> None:
    device, out = placed(), StringIO()
    call_command("check_integrity", stdout=out)
    assert "Every rule holds" in out.getvalue()
    behind(put(DEVICE, device.pk, position="9.5"))
    with pytest.raises(SystemExit) as caught:
        call_command("check_integrity", stdout=out, stderr=StringIO())
    assert caught.value.code == 1
    expected = f"dcim_device_fits_rack: dcim.device {device.pk}: It stands outside"
    assert expected in out.getvalue()
