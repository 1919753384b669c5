"""Stores the power of a site: its chain, panels, feeds, outlet banks and profiles."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db import connection

from power.demo import bulk
from power.demo.kit import BANK
from power.demo.parts import DevicePlan
from power.models import (
    BankedOutlet,
    DevicePowerProfile,
    DeviceTypePowerProfile,
    OutletBank,
    PowerEquipment,
    PowerFeed,
    PowerLink,
    PowerPanel,
    RedundancyGroup,
    SitePowerPolicy,
)

if TYPE_CHECKING:
    from power.demo.store import Store

# Breakers of PDUs by what feeds them, volts and amperes: banks a leg, amperes of each.
BANKS = {(208, 30): (1, 20), (208, 50): (2, 20), (208, 60): (2, 20), (415, 60): (4, 30),
         (415, 100): (4, 30)}  # fmt: skip
LINE_TO_NEUTRAL = {415: 240}  # volts at the outlets; of others the legs are line to line
HALVES = "Half of the supplies carry it, capped if need be, when the other side fails"


def feeds(store: Store) -> None:
    """Panels and feeds."""
    panels = PowerPanel.objects.bulk_create(
        PowerPanel(site_id=store.site, location_id=store.locations[place], name=name)
        for name, place in store.plan.panels.items()
    )
    store.panels = {panel.name: panel.pk for panel in panels}
    rows = PowerFeed.objects.bulk_create(
        PowerFeed(
            power_panel_id=store.panels[plan.panel],
            rack_id=plan.rack.pk,
            name=plan.name,
            status=plan.status,
            type="redundant" if plan.side == "B" else "primary",
            phase="three-phase",
            voltage=plan.voltage,
            amperage=plan.amperage,
        )
        for plan in store.plan.feeds
    )
    for plan, feed in zip(store.plan.feeds, rows, strict=True):
        plan.pk = feed.pk


def chain(store: Store) -> None:
    """What feeds the panels, and what the site reckons with."""
    plan = store.plan
    SitePowerPolicy.objects.create(site_id=store.site, **plan.policy)
    made = RedundancyGroup.objects.bulk_create(
        RedundancyGroup(site_id=store.site, name=f"{plan.code} {name}", scheme=scheme)
        for name, scheme in plan.groups.items()
    )
    groups: dict[str | None, int | None] = {None: None}
    groups |= {name: row.pk for name, row in zip(plan.groups, made, strict=True)}
    rows = PowerEquipment.objects.bulk_create(
        PowerEquipment(
            site_id=store.site,
            location_id=store.locations[each.place] if each.place else None,
            name=each.name,
            kind=each.kind,
            redundancy_group_id=groups[each.group],
            **each.values,
        )
        for each in plan.equipment
    )
    for each, row in zip(plan.equipment, rows, strict=True):
        each.pk = row.pk
    PowerLink.objects.bulk_create(
        PowerLink(
            upstream_id=link.upstream.pk,
            downstream_panel_id=store.panels[link.downstream]
            if isinstance(link.downstream, str)
            else None,
            downstream_equipment_id=None
            if isinstance(link.downstream, str)
            else link.downstream.pk,
            **link.values,
        )
        for link in plan.links
    )


def banks(store: Store) -> None:
    """The breakers of PDUs: a leg's outlets go to its banks in turn. Legs are put right first."""
    _legs(store)
    fed = {
        cable.b[0].of: cable.a[0].of
        for cable in store.plan.cables
        if cable.a[0].kind == "powerfeed"
    }
    rows: list[tuple[Any, ...]] = []
    members: list[list[int]] = []
    for pdu, feed in fed.items():
        if not isinstance(pdu, DevicePlan) or not pdu.ports.get("poweroutlet"):
            continue
        number, amperes = BANKS[feed.voltage, feed.amperage]  # type: ignore[union-attr]
        voltage = LINE_TO_NEUTRAL.get(feed.voltage, feed.voltage)  # type: ignore[union-attr]
        inlet = store.ids["powerport", pdu.pk, pdu.inlets[0].name]
        for name, outlets in _groups(store, pdu, number).items():
            poles = 1 if voltage in LINE_TO_NEUTRAL.values() else 2
            rows.append((pdu.pk, name, inlet, amperes, poles, voltage))
            members.append(outlets)
    ids = bulk.draw_ids(OutletBank, len(rows))
    columns = ("id", "device_id", "name", "power_port_id", "breaker_amperage", "poles", "voltage")
    filled = ((pk, *row) for pk, row in zip(ids, rows, strict=True))
    bulk.copy(OutletBank, columns, filled, store.now)
    pairs = ((pk, outlet) for pk, outlets in zip(ids, members, strict=True) for outlet in outlets)
    bulk.copy(BankedOutlet, ("bank_id", "outlet_id"), pairs, store.now)


def _legs(store: Store) -> None:
    legs = [
        (store.ids["poweroutlet", plan.pk, port.name], port.leg)
        for plan in store.plan.devices
        for port in plan.ports.get("poweroutlet", [])
        if BANK.match(port.name)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE dcim_poweroutlet o SET feed_leg = x.leg
            FROM unnest(%s::bigint[], %s::text[]) AS x (id, leg) WHERE o.id = x.id""",
            [[pk for pk, _ in legs], [leg for _, leg in legs]],
        )


def _groups(store: Store, pdu: DevicePlan, number: int) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for port in pdu.ports["poweroutlet"]:
        if port.leg:
            turn = counts[port.leg, port.type]
            counts[port.leg, port.type] += 1
            name = f"Bank {port.leg}{turn % number + 1}"
            found[name].append(store.ids["poweroutlet", pdu.pk, port.name])
    return found


def profiles(store: Store) -> None:
    """Of types with more than two supplies, and of devices that were measured."""
    kinds = {
        plan.kind.pk: (len(plan.inlets), plan.kind.assumed.supply)
        for plan in store.plan.devices
        if plan.watts and len(plan.inlets) > 2
    }
    there = DeviceTypePowerProfile.objects.values_list("device_type_id", flat=True)
    DeviceTypePowerProfile.objects.bulk_create(
        DeviceTypePowerProfile(
            device_type_id=kind,
            supplies_required=supplies // 2,
            supply_watts=rating or None,
            description=HALVES,
        )
        for kind, (supplies, rating) in sorted(kinds.items())
        if kind not in set(there)
    )
    measured = (
        (plan.pk, store.plan.measured[plan.name], store.now)
        for plan in store.plan.devices
        if plan.name in store.plan.measured
    )
    columns = ("device_id", "measured_watts", "measured_at")
    bulk.copy(DevicePowerProfile, columns, measured, store.now)
