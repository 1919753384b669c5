"""Connectors of front and rear ports."""

from __future__ import annotations

from dcim.choices.groups import Groups

PORT_TYPES: Groups = [
    (
        "Copper",
        [
            ("8p8c", "8P8C"),
            ("8p6c", "8P6C"),
            ("8p4c", "8P4C"),
            ("8p2c", "8P2C"),
            ("6p6c", "6P6C"),
            ("6p4c", "6P4C"),
            ("6p2c", "6P2C"),
            ("4p4c", "4P4C"),
            ("4p2c", "4P2C"),
            ("gg45", "GG45"),
            ("tera-4p", "TERA 4P"),
            ("tera-2p", "TERA 2P"),
            ("tera-1p", "TERA 1P"),
            ("110-punch", "110 punch"),
            ("bnc", "BNC"),
            ("f", "F connector"),
            ("n", "N connector"),
            ("mrj21", "MRJ21"),
        ],
    ),
    (
        "Fibre",
        [
            ("fc", "FC"),
            ("fc-pc", "FC/PC"),
            ("fc-upc", "FC/UPC"),
            ("fc-apc", "FC/APC"),
            ("lc", "LC"),
            ("lc-pc", "LC/PC"),
            ("lc-upc", "LC/UPC"),
            ("lc-apc", "LC/APC"),
            ("mu", "MU"),
            ("mu-pc", "MU/PC"),
            ("mu-upc", "MU/UPC"),
            ("mu-apc", "MU/APC"),
            ("lsh", "LSH"),
            ("lsh-pc", "LSH/PC"),
            ("lsh-upc", "LSH/UPC"),
            ("lsh-apc", "LSH/APC"),
            ("lx5", "LX5"),
            ("lx5-pc", "LX5/PC"),
            ("lx5-upc", "LX5/UPC"),
            ("lx5-apc", "LX5/APC"),
            ("mpo", "MPO"),
            ("mtrj", "MTRJ"),
            ("sc", "SC"),
            ("sc-pc", "SC/PC"),
            ("sc-upc", "SC/UPC"),
            ("sc-apc", "SC/APC"),
            ("st", "ST"),
            ("cs", "CS"),
            ("sn", "SN"),
            ("mdc", "MDC"),
            ("sma-905", "SMA 905"),
            ("sma-906", "SMA 906"),
            ("urm-p2", "URM-P2"),
            ("urm-p4", "URM-P4"),
            ("urm-p8", "URM-P8"),
            ("splice", "Splice"),
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
        ],
    ),
    (
        "Other",
        [
            ("other", "Other"),
        ],
    ),
]


def port_types() -> Groups:
    """Every connector of a panel port, by medium."""
    return PORT_TYPES
