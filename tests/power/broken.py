"""How each rule of the power chain is broken behind the triggers' back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.core.behind import Statements, put
from tests.dcim.factories import DeviceFactory, PowerOutletFactory, PowerPortFactory
from tests.facilities.factories import LocationFactory, SiteFactory
from tests.power.factories import (
    OutletBankFactory,
    PowerEquipmentFactory,
    PowerLinkFactory,
    RedundancyGroupFactory,
)

EQUIPMENT, LINK = "power_powerequipment", "power_powerlink"


def elsewhere(column: str, made: Callable[[], Any]) -> Callable[[], Statements]:
    return lambda: put(EQUIPMENT, PowerEquipmentFactory().pk, **{f"{column}_id": made().pk})


def end(**columns: str) -> Callable[[], Statements]:
    return lambda: put(EQUIPMENT, PowerLinkFactory().downstream_equipment_id, **columns)


def start(**columns: str) -> Callable[[], Statements]:
    return lambda: put(EQUIPMENT, PowerLinkFactory(poles=3).upstream_id, **columns)


def ring() -> Statements:
    first = PowerLinkFactory()
    second = PowerLinkFactory(
        upstream=first.downstream_equipment, downstream_equipment__site=site(first)
    )
    return put(LINK, second.pk, downstream_equipment_id=first.upstream_id)


def site(link: Any) -> Any:
    return link.upstream.site


def one_pole_twice() -> Statements:
    one = PowerLinkFactory(panel_position=1, poles=3)
    other = PowerLinkFactory(
        upstream=one.upstream,
        downstream_equipment__site=site(one),
        downstream_equipment__input_phase=None,
        panel_position=2,
        poles=1,
    )
    drop = f"ALTER TABLE {LINK} DROP CONSTRAINT power_powerlink_no_overlap"
    return [drop, *put(LINK, other.pk, panel_position=5)]


def foreign_outlet() -> Statements:
    outlet, other = PowerOutletFactory(), PowerOutletFactory()
    bank = OutletBankFactory(device=outlet.device)
    bank.outlets.add(outlet)
    [(pk,)] = bank.outlets.through.objects.values_list("pk")
    return put("power_bankedoutlet", pk, outlet_id=other.pk)


POWER: dict[str, Callable[[], Statements]] = {
    "power_powerequipment_location_site": elsewhere("location", LocationFactory),
    "power_powerequipment_redundancy_group_site": elsewhere(
        "redundancy_group", RedundancyGroupFactory
    ),
    "power_powerequipment_device_site": elsewhere("device", DeviceFactory),
    "power_powerequipment_efficiency_curve": lambda: put(
        EQUIPMENT, PowerEquipmentFactory().pk, efficiency_curve="'[[0.5, 0.9], [0.4, 0.9]]'"
    ),
    "power_powerlink_site": lambda: put(
        EQUIPMENT, PowerLinkFactory().upstream_id, site_id=SiteFactory().pk
    ),
    "power_powerlink_kind": end(kind="'utility'"),
    "power_powerlink_voltage_fit": end(input_voltage="480"),
    "power_powerlink_phase": start(output_phase="'single-phase'", supply="'ac'"),
    "power_powerlink_poles_fit": start(output_phase="'single-phase'"),
    "power_powerlink_no_ring": ring,
    "power_powerlink_no_overlap": one_pole_twice,
    "power_outletbank_power_port": lambda: put(
        "power_outletbank", OutletBankFactory().pk, power_port_id=PowerPortFactory().pk
    ),
    "power_bankedoutlet_device": foreign_outlet,
}
