"""What must hold for equipment, links and outlet banks."""

from __future__ import annotations

from collections.abc import Iterator

from core.integrity import Finding, Rule, add, rule
from power.models import BankedOutlet, OutletBank, PowerEquipment, PowerLink
from power.models.equipment import curve_is_right
from power.models.fit import KIND, PHASE, POLES, SITE, VOLTAGE, misfits

for _column, _table, _sentence in (
    ("location", "facilities_location", "Its location is in another site."),
    ("redundancy_group", "power_redundancygroup", "Its redundancy group is in another site."),
    ("device", "dcim_device", "Its device record is in another site."),
):
    rule(
        PowerEquipment,
        f"power_powerequipment_{_column}_site",
        _sentence,
        f"SELECT t.id, '{_column} ' || o.id FROM power_powerequipment t"  # noqa: S608
        f" JOIN {_table} o ON o.id = t.{_column}_id WHERE o.site_id <> t.site_id",
    )


def _curves() -> Iterator[Finding]:
    rows = PowerEquipment.objects.filter(efficiency_curve__isnull=False)
    for pk, curve in rows.values_list("pk", "efficiency_curve").iterator():
        if not curve_is_right(curve):
            yield f"power.powerequipment {pk}", str(curve)[:100]


add(Rule("power_powerequipment_efficiency_curve", "Its efficiency curve is none.", _curves))

for _name, _sentence in (
    (SITE, "Its ends are in two sites."),
    (KIND, "Its ends are of kinds that do not go together."),
    (VOLTAGE, "The voltages do not fit."),
    (PHASE, "The phases do not fit."),
    (POLES, "Its poles do not fit the phases."),
):
    rule(
        PowerLink,
        _name,
        _sentence,
        f"SELECT id, sentence FROM ({misfits('f.rule = ' + repr(_name))}) found",  # noqa: S608
    )

rule(
    PowerLink,
    "power_powerlink_no_ring",
    "Power goes in a circle.",
    "WITH RECURSIVE down(start, node) AS ("
    " SELECT id, downstream_equipment_id FROM power_powerlink"
    " WHERE downstream_equipment_id IS NOT NULL"
    " UNION SELECT d.start, l.downstream_equipment_id FROM down d"
    " JOIN power_powerlink l ON l.upstream_id = d.node WHERE l.downstream_equipment_id IS NOT NULL)"
    " SELECT l.id, 'equipment ' || l.upstream_id FROM power_powerlink l"
    " JOIN down d ON d.start = l.id AND d.node = l.upstream_id",
)
rule(
    PowerLink,
    "power_powerlink_no_overlap",
    "Another breaker takes one of its pole positions.",
    "WITH taken AS (SELECT id, upstream_id, generate_series("
    " panel_position::integer, panel_position + 2 * (poles - 1), 2) AS pole FROM power_powerlink"
    " WHERE panel_position IS NOT NULL AND poles IS NOT NULL)"
    " SELECT DISTINCT a.id, 'link ' || b.id FROM taken a JOIN taken b"
    " USING (upstream_id, pole) WHERE a.id < b.id",
)
rule(
    OutletBank,
    "power_outletbank_power_port",
    "Its power port is of another device.",
    "SELECT t.id, 'power port ' || p.id FROM power_outletbank t"
    " JOIN dcim_powerport p ON p.id = t.power_port_id WHERE p.device_id <> t.device_id",
)
rule(
    BankedOutlet,
    "power_bankedoutlet_device",
    "Its outlet is of another device than its bank.",
    "SELECT t.id, 'outlet ' || o.id FROM power_bankedoutlet t"
    " JOIN power_outletbank b ON b.id = t.bank_id JOIN dcim_poweroutlet o ON o.id = t.outlet_id"
    " WHERE o.device_id <> b.device_id",
)
