"""What a cable is made of and how its ends are laid out."""

from __future__ import annotations

from dcim.choices.groups import Groups

CABLE_TYPES: Groups = [
    (
        "Copper, twisted pair and twinax",
        [
            ("cat3", "CAT3"),
            ("cat5", "CAT5"),
            ("cat5e", "CAT5e"),
            ("cat6", "CAT6"),
            ("cat6a", "CAT6a"),
            ("cat7", "CAT7"),
            ("cat7a", "CAT7a"),
            ("cat8", "CAT8"),
            ("mrj21-trunk", "MRJ21 trunk"),
            ("dac-active", "Direct attach copper, active"),
            ("dac-passive", "Direct attach copper, passive"),
        ],
    ),
    (
        "Copper, coaxial",
        [
            ("coaxial", "Coaxial"),
            ("rg-6", "RG-6"),
            ("rg-8", "RG-8"),
            ("rg-11", "RG-11"),
            ("rg-59", "RG-59"),
            ("rg-62", "RG-62"),
            ("rg-213", "RG-213"),
            ("lmr-100", "LMR-100"),
            ("lmr-200", "LMR-200"),
            ("lmr-400", "LMR-400"),
        ],
    ),
    (
        "Fibre",
        [
            ("mmf", "Multimode fibre"),
            ("mmf-om1", "Multimode fibre OM1"),
            ("mmf-om2", "Multimode fibre OM2"),
            ("mmf-om3", "Multimode fibre OM3"),
            ("mmf-om4", "Multimode fibre OM4"),
            ("mmf-om5", "Multimode fibre OM5"),
            ("smf", "Single-mode fibre"),
            ("smf-os1", "Single-mode fibre OS1"),
            ("smf-os2", "Single-mode fibre OS2"),
            ("aoc", "Active optical cable (AOC)"),
        ],
    ),
    (
        "Power",
        [
            ("power", "Power"),
        ],
    ),
    (
        "USB",
        [
            ("usb", "USB"),
        ],
    ),
]

CABLE_PROFILES: Groups = [
    (
        "Single",
        [
            ("single-1c1p", "1 connector, 1 position"),
            ("single-1c2p", "1 connector, 2 positions"),
            ("single-1c4p", "1 connector, 4 positions"),
            ("single-1c6p", "1 connector, 6 positions"),
            ("single-1c8p", "1 connector, 8 positions"),
            ("single-1c12p", "1 connector, 12 positions"),
            ("single-1c16p", "1 connector, 16 positions"),
        ],
    ),
    (
        "Trunk",
        [
            ("trunk-2c1p", "2 connectors, 1 position each"),
            ("trunk-2c2p", "2 connectors, 2 positions each"),
            ("trunk-2c4p", "2 connectors, 4 positions each"),
            ("trunk-2c4p-shuffle", "2 connectors, 4 positions each, shuffle"),
            ("trunk-2c6p", "2 connectors, 6 positions each"),
            ("trunk-2c8p", "2 connectors, 8 positions each"),
            ("trunk-2c12p", "2 connectors, 12 positions each"),
            ("trunk-4c1p", "4 connectors, 1 position each"),
            ("trunk-4c2p", "4 connectors, 2 positions each"),
            ("trunk-4c4p", "4 connectors, 4 positions each"),
            ("trunk-4c4p-shuffle", "4 connectors, 4 positions each, shuffle"),
            ("trunk-4c6p", "4 connectors, 6 positions each"),
            ("trunk-4c8p", "4 connectors, 8 positions each"),
            ("trunk-8c4p", "8 connectors, 4 positions each"),
        ],
    ),
    (
        "Breakout",
        [
            ("breakout-1c2p-2c1p", "1 x 2 positions to 2 x 1 position"),
            ("breakout-1c4p-4c1p", "1 x 4 positions to 4 x 1 position"),
            ("breakout-1c6p-6c1p", "1 x 6 positions to 6 x 1 position"),
            ("breakout-1c8p-8c1p", "1 x 8 positions to 8 x 1 position"),
            ("breakout-2c4p-8c1p-shuffle", "2 x 4 positions to 8 x 1 position, shuffle"),
        ],
    ),
]


def cable_types() -> Groups:
    """Every cable type, by medium."""
    return CABLE_TYPES


def cable_profiles() -> Groups:
    """Every layout of a cable: connectors and positions at each end."""
    return CABLE_PROFILES
