"""Plugs and sockets of power ports and outlets."""

from __future__ import annotations

from dcim.choices.groups import Groups

POWER_PORT_TYPES: Groups = [
    (
        "IEC 60320",
        [
            ("iec-60320-c6", "C6"),
            ("iec-60320-c8", "C8"),
            ("iec-60320-c14", "C14"),
            ("iec-60320-c16", "C16"),
            ("iec-60320-c18", "C18"),
            ("iec-60320-c20", "C20"),
            ("iec-60320-c22", "C22"),
        ],
    ),
    (
        "IEC 60309",
        [
            ("iec-60309-p-n-e-4h", "P+N+E 4H"),
            ("iec-60309-p-n-e-6h", "P+N+E 6H"),
            ("iec-60309-p-n-e-9h", "P+N+E 9H"),
            ("iec-60309-2p-e-4h", "2P+E 4H"),
            ("iec-60309-2p-e-6h", "2P+E 6H"),
            ("iec-60309-2p-e-9h", "2P+E 9H"),
            ("iec-60309-3p-e-4h", "3P+E 4H"),
            ("iec-60309-3p-e-6h", "3P+E 6H"),
            ("iec-60309-3p-e-9h", "3P+E 9H"),
            ("iec-60309-3p-n-e-4h", "3P+N+E 4H"),
            ("iec-60309-3p-n-e-6h", "3P+N+E 6H"),
            ("iec-60309-3p-n-e-9h", "3P+N+E 9H"),
        ],
    ),
    (
        "IEC 60906",
        [
            ("iec-60906-1", "IEC 60906-1"),
        ],
    ),
    (
        "NBR 14136",
        [
            ("nbr-14136-10a", "NBR 14136 10 A"),
            ("nbr-14136-20a", "NBR 14136 20 A"),
        ],
    ),
    (
        "NEMA",
        [
            ("nema-1-15p", "NEMA 1-15P"),
            ("nema-5-15p", "NEMA 5-15P"),
            ("nema-5-20p", "NEMA 5-20P"),
            ("nema-5-30p", "NEMA 5-30P"),
            ("nema-5-50p", "NEMA 5-50P"),
            ("nema-6-15p", "NEMA 6-15P"),
            ("nema-6-20p", "NEMA 6-20P"),
            ("nema-6-30p", "NEMA 6-30P"),
            ("nema-6-50p", "NEMA 6-50P"),
            ("nema-10-30p", "NEMA 10-30P"),
            ("nema-10-50p", "NEMA 10-50P"),
            ("nema-14-20p", "NEMA 14-20P"),
            ("nema-14-30p", "NEMA 14-30P"),
            ("nema-14-50p", "NEMA 14-50P"),
            ("nema-14-60p", "NEMA 14-60P"),
            ("nema-15-15p", "NEMA 15-15P"),
            ("nema-15-20p", "NEMA 15-20P"),
            ("nema-15-30p", "NEMA 15-30P"),
            ("nema-15-50p", "NEMA 15-50P"),
            ("nema-15-60p", "NEMA 15-60P"),
        ],
    ),
    (
        "NEMA, locking",
        [
            ("nema-l1-15p", "NEMA L1-15P"),
            ("nema-l5-15p", "NEMA L5-15P"),
            ("nema-l5-20p", "NEMA L5-20P"),
            ("nema-l5-30p", "NEMA L5-30P"),
            ("nema-l5-50p", "NEMA L5-50P"),
            ("nema-l6-15p", "NEMA L6-15P"),
            ("nema-l6-20p", "NEMA L6-20P"),
            ("nema-l6-30p", "NEMA L6-30P"),
            ("nema-l6-50p", "NEMA L6-50P"),
            ("nema-l10-30p", "NEMA L10-30P"),
            ("nema-l14-20p", "NEMA L14-20P"),
            ("nema-l14-30p", "NEMA L14-30P"),
            ("nema-l14-50p", "NEMA L14-50P"),
            ("nema-l14-60p", "NEMA L14-60P"),
            ("nema-l15-20p", "NEMA L15-20P"),
            ("nema-l15-30p", "NEMA L15-30P"),
            ("nema-l15-50p", "NEMA L15-50P"),
            ("nema-l15-60p", "NEMA L15-60P"),
            ("nema-l21-20p", "NEMA L21-20P"),
            ("nema-l21-30p", "NEMA L21-30P"),
            ("nema-l22-20p", "NEMA L22-20P"),
            ("nema-l22-30p", "NEMA L22-30P"),
        ],
    ),
    (
        "California style",
        [
            ("cs6361c", "CS6361C"),
            ("cs6365c", "CS6365C"),
            ("cs8165c", "CS8165C"),
            ("cs8265c", "CS8265C"),
            ("cs8365c", "CS8365C"),
            ("cs8465c", "CS8465C"),
        ],
    ),
    (
        "International (ITA)",
        [
            ("ita-c", "ITA type C (CEE 7/16)"),
            ("ita-e", "ITA type E (CEE 7/6)"),
            ("ita-f", "ITA type F (CEE 7/4)"),
            ("ita-ef", "ITA type E/F (CEE 7/7)"),
            ("ita-g", "ITA type G (BS 1363)"),
            ("ita-h", "ITA type H"),
            ("ita-i", "ITA type I"),
            ("ita-j", "ITA type J"),
            ("ita-k", "ITA type K"),
            ("ita-l", "ITA type L (CEI 23-50)"),
            ("ita-m", "ITA type M (BS 546)"),
            ("ita-n", "ITA type N"),
            ("ita-o", "ITA type O"),
        ],
    ),
    (
        "USB",
        [
            ("usb-a", "USB type A"),
            ("usb-b", "USB type B"),
            ("usb-c", "USB type C"),
            ("usb-mini-a", "USB mini A"),
            ("usb-mini-b", "USB mini B"),
            ("usb-micro-a", "USB micro A"),
            ("usb-micro-b", "USB micro B"),
            ("usb-micro-ab", "USB micro AB"),
            ("usb-3-b", "USB 3.0 type B"),
            ("usb-3-micro-b", "USB 3.0 micro B"),
        ],
    ),
    (
        "DC and Molex",
        [
            ("molex-micro-fit-1x2", "Molex Micro-Fit 1x2"),
            ("molex-micro-fit-2x2", "Molex Micro-Fit 2x2"),
            ("molex-micro-fit-2x3", "Molex Micro-Fit 2x3"),
            ("molex-micro-fit-2x4", "Molex Micro-Fit 2x4"),
            ("dc-terminal", "DC terminal"),
        ],
    ),
    (
        "Proprietary",
        [
            ("saf-d-grid", "Saf-D-Grid"),
            ("neutrik-powercon-20", "Neutrik powerCON (20 A)"),
            ("neutrik-powercon-32", "Neutrik powerCON (32 A)"),
            ("neutrik-powercon-true1", "Neutrik powerCON TRUE1"),
            ("neutrik-powercon-true1-top", "Neutrik powerCON TRUE1 TOP"),
            ("ubiquiti-smartpower", "Ubiquiti SmartPower"),
        ],
    ),
    (
        "Other",
        [
            ("hardwired", "Hardwired"),
            ("other", "Other"),
        ],
    ),
]

POWER_OUTLET_TYPES: Groups = [
    (
        "IEC 60320",
        [
            ("iec-60320-c5", "C5"),
            ("iec-60320-c7", "C7"),
            ("iec-60320-c13", "C13"),
            ("iec-60320-c15", "C15"),
            ("iec-60320-c17", "C17"),
            ("iec-60320-c19", "C19"),
            ("iec-60320-c21", "C21"),
        ],
    ),
    (
        "IEC 60309",
        [
            ("iec-60309-p-n-e-4h", "P+N+E 4H"),
            ("iec-60309-p-n-e-6h", "P+N+E 6H"),
            ("iec-60309-p-n-e-9h", "P+N+E 9H"),
            ("iec-60309-2p-e-4h", "2P+E 4H"),
            ("iec-60309-2p-e-6h", "2P+E 6H"),
            ("iec-60309-2p-e-9h", "2P+E 9H"),
            ("iec-60309-3p-e-4h", "3P+E 4H"),
            ("iec-60309-3p-e-6h", "3P+E 6H"),
            ("iec-60309-3p-e-9h", "3P+E 9H"),
            ("iec-60309-3p-n-e-4h", "3P+N+E 4H"),
            ("iec-60309-3p-n-e-6h", "3P+N+E 6H"),
            ("iec-60309-3p-n-e-9h", "3P+N+E 9H"),
        ],
    ),
    (
        "IEC 60906",
        [
            ("iec-60906-1", "IEC 60906-1"),
        ],
    ),
    (
        "NBR 14136",
        [
            ("nbr-14136-10a", "NBR 14136 10 A"),
            ("nbr-14136-20a", "NBR 14136 20 A"),
        ],
    ),
    (
        "NEMA",
        [
            ("nema-1-15r", "NEMA 1-15R"),
            ("nema-5-15r", "NEMA 5-15R"),
            ("nema-5-20r", "NEMA 5-20R"),
            ("nema-5-30r", "NEMA 5-30R"),
            ("nema-5-50r", "NEMA 5-50R"),
            ("nema-6-15r", "NEMA 6-15R"),
            ("nema-6-20r", "NEMA 6-20R"),
            ("nema-6-30r", "NEMA 6-30R"),
            ("nema-6-50r", "NEMA 6-50R"),
            ("nema-10-30r", "NEMA 10-30R"),
            ("nema-10-50r", "NEMA 10-50R"),
            ("nema-14-20r", "NEMA 14-20R"),
            ("nema-14-30r", "NEMA 14-30R"),
            ("nema-14-50r", "NEMA 14-50R"),
            ("nema-14-60r", "NEMA 14-60R"),
            ("nema-15-15r", "NEMA 15-15R"),
            ("nema-15-20r", "NEMA 15-20R"),
            ("nema-15-30r", "NEMA 15-30R"),
            ("nema-15-50r", "NEMA 15-50R"),
            ("nema-15-60r", "NEMA 15-60R"),
        ],
    ),
    (
        "NEMA, locking",
        [
            ("nema-l1-15r", "NEMA L1-15R"),
            ("nema-l5-15r", "NEMA L5-15R"),
            ("nema-l5-20r", "NEMA L5-20R"),
            ("nema-l5-30r", "NEMA L5-30R"),
            ("nema-l5-50r", "NEMA L5-50R"),
            ("nema-l6-15r", "NEMA L6-15R"),
            ("nema-l6-20r", "NEMA L6-20R"),
            ("nema-l6-30r", "NEMA L6-30R"),
            ("nema-l6-50r", "NEMA L6-50R"),
            ("nema-l10-30r", "NEMA L10-30R"),
            ("nema-l14-20r", "NEMA L14-20R"),
            ("nema-l14-30r", "NEMA L14-30R"),
            ("nema-l14-50r", "NEMA L14-50R"),
            ("nema-l14-60r", "NEMA L14-60R"),
            ("nema-l15-20r", "NEMA L15-20R"),
            ("nema-l15-30r", "NEMA L15-30R"),
            ("nema-l15-50r", "NEMA L15-50R"),
            ("nema-l15-60r", "NEMA L15-60R"),
            ("nema-l21-20r", "NEMA L21-20R"),
            ("nema-l21-30r", "NEMA L21-30R"),
            ("nema-l22-20r", "NEMA L22-20R"),
            ("nema-l22-30r", "NEMA L22-30R"),
        ],
    ),
    (
        "California style",
        [
            ("CS6360C", "CS6360C"),
            ("CS6364C", "CS6364C"),
            ("CS8164C", "CS8164C"),
            ("CS8264C", "CS8264C"),
            ("CS8364C", "CS8364C"),
            ("CS8464C", "CS8464C"),
        ],
    ),
    (
        "International (ITA)",
        [
            ("ita-e", "ITA type E (CEE 7/5)"),
            ("ita-f", "ITA type F (CEE 7/3)"),
            ("ita-g", "ITA type G (BS 1363)"),
            ("ita-h", "ITA type H"),
            ("ita-i", "ITA type I"),
            ("ita-j", "ITA type J"),
            ("ita-k", "ITA type K"),
            ("ita-l", "ITA type L (CEI 23-50)"),
            ("ita-m", "ITA type M (BS 546)"),
            ("ita-n", "ITA type N"),
            ("ita-o", "ITA type O"),
            ("ita-multistandard", "ITA multistandard"),
        ],
    ),
    (
        "USB",
        [
            ("usb-a", "USB type A"),
            ("usb-micro-b", "USB micro B"),
            ("usb-c", "USB type C"),
        ],
    ),
    (
        "DC and Molex",
        [
            ("molex-micro-fit-1x2", "Molex Micro-Fit 1x2"),
            ("molex-micro-fit-2x2", "Molex Micro-Fit 2x2"),
            ("molex-micro-fit-2x3", "Molex Micro-Fit 2x3"),
            ("molex-micro-fit-2x4", "Molex Micro-Fit 2x4"),
            ("dc-terminal", "DC terminal"),
        ],
    ),
    (
        "Proprietary",
        [
            ("eaton-c39", "Eaton C39"),
            ("hdot-cx", "HDOT Cx"),
            ("saf-d-grid", "Saf-D-Grid"),
            ("neutrik-powercon-20a", "Neutrik powerCON (20 A)"),
            ("neutrik-powercon-32a", "Neutrik powerCON (32 A)"),
            ("neutrik-powercon-true1", "Neutrik powerCON TRUE1"),
            ("neutrik-powercon-true1-top", "Neutrik powerCON TRUE1 TOP"),
            ("ubiquiti-smartpower", "Ubiquiti SmartPower"),
        ],
    ),
    (
        "Other",
        [
            ("hardwired", "Hardwired"),
            ("other", "Other"),
        ],
    ),
]


def power_port_types() -> Groups:
    """Every plug or inlet a device draws power through, by standard."""
    return POWER_PORT_TYPES


def power_outlet_types() -> Groups:
    """Every socket that gives power, by standard."""
    return POWER_OUTLET_TYPES
