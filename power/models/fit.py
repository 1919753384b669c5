"""What of two ends of a link must fit: sites, kinds, voltages, phases, poles.

One SQL query says it, for the triggers of links and of their ends and for the check of integrity.
Unknown values fit everything.
"""

from __future__ import annotations

from power.choices import EquipmentKind

# Of the nominal voltage of what is fed. EN 50160:2010 4.2.2 and, for the wider range B, ANSI C84.1
# leave about as much to the supply; it tells 400 V from 480 V and lets 400 V meet 415 V.
TOLERANCE = "0.1"

SOURCES = (
    EquipmentKind.UTILITY,
    EquipmentKind.GENERATOR,
    EquipmentKind.SOLAR,
    EquipmentKind.BATTERY,
)
FED_BY_BATTERIES = (
    EquipmentKind.UPS,
    EquipmentKind.SWITCHGEAR,
    EquipmentKind.TRANSFORMER,
    EquipmentKind.OTHER,
)

KIND = "power_powerlink_kind"
SITE = "power_powerlink_site"
VOLTAGE = "power_powerlink_voltage_fit"
PHASE = "power_powerlink_phase"
POLES = "power_powerlink_poles_fit"


def _listed(kinds: tuple[EquipmentKind, ...]) -> str:
    return ", ".join(f"'{kind.value}'" for kind in kinds)


def _label(column: str) -> str:
    words = {
        kind: label if kind == EquipmentKind.UPS else label[:1].lower() + label[1:]
        for kind, label in EquipmentKind.choices
    }
    cases = " ".join(f"WHEN '{kind}' THEN '{word}'" for kind, word in words.items())
    return f"CASE {column} {cases} END"


def _near(given: str, wanted: str) -> str:
    return f"abs({given} - {wanted}) <= {TOLERANCE} * {wanted}"


def _gives(wanted: str, neutral: str) -> str:
    """Whether the upstream end gives a voltage, between lines or, `neutral`, to the neutral."""
    return f"""({_near("u.output_voltage", wanted)}
        OR ({neutral} AND u.output_phase IS DISTINCT FROM 'single-phase'
            AND {_near("u.output_voltage / sqrt(3.0)", wanted)})
        OR ({neutral} AND u.output_phase IS DISTINCT FROM 'three-phase'
            AND {_near("u.output_voltage / 2.0", wanted)}))"""


def misfits(where: str) -> str:
    """SQL that selects link, rule and sentence for what does not fit; `l` is the link.

    `u` is its upstream end, `d` or `p` the equipment or panel downstream. A battery's voltage is
    that of its direct current, which is not compared with what a UPS takes from the mains.
    """
    return f"""
    SELECT l.id, f.rule, f.sentence
    FROM power_powerlink l
    JOIN power_powerequipment u ON u.id = l.upstream_id
    LEFT JOIN power_powerequipment d ON d.id = l.downstream_equipment_id
    LEFT JOIN power_powerpanel p ON p.id = l.downstream_panel_id
    CROSS JOIN LATERAL (VALUES
        ('{SITE}', coalesce(d.site_id, p.site_id) <> u.site_id,
         'The two ends of a link would be in two sites.'),
        ('{KIND}', d.kind IN ({_listed(SOURCES)}),
         format('%s is a source (%s), so nothing can feed it.', d.name, {_label("d.kind")})),
        ('{KIND}', u.kind = 'battery'
            AND (d.id IS NULL OR d.kind NOT IN ({_listed(FED_BY_BATTERIES)})),
         format('%s is a battery: it can feed a UPS, switchgear, a transformer or other equipment,'
                ' and %s is %s.', u.name, coalesce(d.name, p.name),
                coalesce({_label("d.kind")}, 'power panel'))),
        ('{VOLTAGE}', u.kind <> 'battery'
            AND NOT {_gives("d.input_voltage", "d.input_phase IS DISTINCT FROM 'three-phase'")},
         format('%s gives %s V, but %s takes %s V.',
                u.name, u.output_voltage, d.name, d.input_voltage)),
        ('{VOLTAGE}', NOT {_gives("l.voltage", "coalesce(l.poles, 1) = 1")},
         format('%s gives %s V, which does not fit a link of %s V and %s poles.',
                u.name, u.output_voltage, l.voltage, coalesce(l.poles::text, 'unknown'))),
        ('{PHASE}', u.kind <> 'battery' AND u.supply = 'ac' AND u.output_phase = 'single-phase'
            AND d.input_phase = 'three-phase',
         format('%s gives a single phase, but %s takes three.', u.name, d.name)),
        ('{POLES}', u.supply = 'ac' AND u.output_phase = 'single-phase' AND l.poles = 3,
         format('%s gives a single phase, so a link from it has one or two poles.', u.name)),
        ('{POLES}', u.kind <> 'battery' AND u.supply = 'ac' AND d.input_phase = 'three-phase'
            AND l.poles < 3,
         format('%s takes three phases, so a link to it has three poles.', d.name))
    ) f(rule, broken, sentence)
    WHERE f.broken AND {where}
"""  # noqa: S608


def refuse_misfits(where: str) -> str:
    """PL/pgSQL that refuses the write where a link does not fit; `bad` must be declared."""
    return f"""
    SELECT found.rule, found.sentence INTO bad FROM ({misfits(where)} LIMIT 1) found;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule,
            TABLE = TG_TABLE_NAME, MESSAGE = bad.sentence;
    END IF;
"""  # noqa: S608
