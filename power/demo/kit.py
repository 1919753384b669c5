"""The types the estate is built of, and what the estate assumes about each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from dcim.models import (
    ConsolePortTemplate,
    ConsoleServerPortTemplate,
    DeviceType,
    FrontPortTemplate,
    InterfaceTemplate,
    ModuleBayTemplate,
    ModuleType,
    PowerOutletTemplate,
    PowerPortTemplate,
    RearPortTemplate,
)


class EstateError(Exception):
    """The estate cannot be built; the message is one sentence for the user."""


@dataclass(frozen=True)
class Assumed:
    """What an operator would have measured or read off: budget, supply and weight.

    `watts` is the budget of one system, shared over its inlets; 0 leaves the catalogue's figure.
    `supply` is the rating of one power supply in watts, for types that do not say it, and `kg`
    the weight fully equipped, likewise. Both follow the makers' data sheets, rounded.
    """

    watts: int = 0
    supply: int = 0
    kg: float = 0


ASSUMED = {
    "PowerEdge R640": Assumed(380, 750, 21.9),
    "PowerEdge R650xs": Assumed(420, 800, 20.5),
    "PowerEdge R6525": Assumed(450, 1100, 21.8),
    "PowerEdge R740xd": Assumed(480, 1100, 33.1),
    "PowerEdge R7525": Assumed(560, 1400, 36.3),
    "PowerEdge R940": Assumed(700, 1600, 49.4),
    "ProLiant DL360 Gen9": Assumed(330, 1400, 15.3),
    "ProLiant DL360 Gen10": Assumed(370, 899, 16.3),
    "ProLiant DL380 Gen10": Assumed(450, 1734, 23.6),
    "QuantaGrid D51B-2U": Assumed(400, 1200, 28.0),
    "AS-1123US-TR4": Assumed(430, 1000, 19.5),
    "PRIMERGY RX2530 M6": Assumed(390, 900, 18.2),
    "2288H V5": Assumed(460, 900, 30.0),
    "Dorado 3000 V6": Assumed(620, 900, 37.0),
    "DGX H100": Assumed(),
    "DGX B200": Assumed(),
    "SYS-821GE-TNHR": Assumed(),
    "AS-8125GS-TNHR": Assumed(),
    "Rack-scale GPU System 132 kW": Assumed(),
    "QM9700": Assumed(),
    "SN3700C": Assumed(250, 1100, 11.1),
    "SN4600C": Assumed(470, 1100, 15.0),
    "SN4700": Assumed(630, 1500, 11.7),
    "DCS-7060PX4-32": Assumed(360, 1600, 11.3),
    "DCS-7050TX-72Q": Assumed(355, 500, 9.8),
    "DCS-7050SX3-48YC8-F": Assumed(220, 500, 9.5),
    "DCS-7280SR2-48YC6-F": Assumed(260, 500, 10.4),
    "DCS-7368": Assumed(900, 2000, 44.0),
    "Nexus 93108TC-FX3P": Assumed(420, 1100, 9.8),
    "PowerSwitch S5248F-ON": Assumed(310, 750, 10.9),
    "PowerSwitch S4148F-ON": Assumed(210, 750, 9.2),
    "CCS-720DT-48S-2F": Assumed(85, 100, 4.6),
    "DCS-7010T-48-F": Assumed(52, 65, 4.3),
    "PowerSwitch N3248TE-ON": Assumed(140, 550, 7.3),
    "EX4100-F-48T": Assumed(80, 90, 4.7),
    "PA-5260": Assumed(600, 685, 20.0),
    "BIG-IP i5800": Assumed(300, 330, 12.7),
    "IB-1420": Assumed(190, 450, 10.0),
    "CM8148-10G": Assumed(35, 50, 4.6),
    "PX3-5664U": Assumed(0, 0, 9.5),
    "AP8868": Assumed(0, 0, 10.7),
    "AP8886": Assumed(0, 0, 13.0),
    "AP8865": Assumed(0, 0, 10.2),
    "Vertical PDU 415 V 60 A": Assumed(),
    "Vertical PDU 415 V 100 A": Assumed(),
    "LC-24-port Fiber Patch Panel": Assumed(0, 0, 2.5),
    "LC-48-port Fiber Patch Panel": Assumed(0, 0, 4.5),
    "48-port Copper Patch Panel": Assumed(0, 0, 3.2),
}
# Outlets so named are on the leg of their bank, though the catalogue has all of them on leg A.
BANK = re.compile(r"Bank([1-3])-")
LEGS = {1: "A", 2: "B", 3: "C"}
MODULES = (
    "PWR-500AC-F",
    "NXA-PAC-1100W-PE2",
    "865414-B21",
    "830272-B21",
    "DCS-7368-16C",
    "DCS-7368-SUP",
)


@dataclass(frozen=True)
class PortKind:
    """A port as its template has it. `leg` is an outlet's, `draw` an inlet's budget in watts."""

    name: str
    type: str
    mgmt: bool = False
    leg: str = ""
    draw: int = 0


# Plural of the model's name: its ports, in natural order.
Ports = dict[str, list[PortKind]]


@dataclass(frozen=True)
class DeviceKind:
    """A device type with its ports; `bays` are names and positions of its module bays."""

    pk: int
    model: str
    maker: str
    maker_id: int
    half_units: int
    assumed: Assumed
    ports: Ports = field(repr=False)
    bays: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True)
class ModuleKind:
    """A module type with its ports, whose names hold `{module}` for the bay's position."""

    pk: int
    model: str
    ports: Ports = field(repr=False)


@dataclass(frozen=True)
class Kit:
    """All types of the estate, by model."""

    devices: dict[str, DeviceKind]
    modules: dict[str, ModuleKind]

    @classmethod
    def load(cls) -> Kit:
        """From the database; raises EstateError naming the types that are not there."""
        types = list(
            DeviceType.objects.filter(model__in=ASSUMED)
            .order_by("manufacturer__name")
            .values_list("pk", "model", "manufacturer__name", "manufacturer_id", "u_height")
        )
        modules = list(ModuleType.objects.filter(model__in=MODULES).values_list("pk", "model"))
        missing = (set(ASSUMED) | set(MODULES)) - {row[1] for row in (*types, *modules)}
        if missing:
            names = ", ".join(sorted(missing))
            raise EstateError(f"These types are not in the database: {names}.")
        ports = _ports("device_type_id", [row[0] for row in types])
        bays: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for pk, name, position in (
            ModuleBayTemplate.objects.filter(device_type__in=[row[0] for row in types])
            .order_by("name_natural")
            .values_list("device_type_id", "name", "position")
        ):
            bays[pk].append((name, position))
        devices = {
            model: DeviceKind(
                pk, model, maker, maker_id, int(2 * height), ASSUMED[model], ports[pk],
                tuple(bays[pk]),
            )
            for pk, model, maker, maker_id, height in types
        }  # fmt: skip
        of_modules = _ports("module_type_id", [pk for pk, _ in modules])
        return cls(devices, {model: ModuleKind(pk, model, of_modules[pk]) for pk, model in modules})

    @staticmethod
    def complete() -> bool:
        """Whether every type of the estate is in the database."""
        devices = DeviceType.objects.filter(model__in=ASSUMED).values("model").distinct().count()
        modules = ModuleType.objects.filter(model__in=MODULES).values("model").distinct().count()
        return (devices, modules) == (len(ASSUMED), len(MODULES))


_TEMPLATES: dict[str, tuple[type[Model], dict[str, str]]] = {
    "consoleport": (ConsolePortTemplate, {}),
    "consoleserverport": (ConsoleServerPortTemplate, {}),
    "powerport": (PowerPortTemplate, {"draw": "allocated_draw"}),
    "poweroutlet": (PowerOutletTemplate, {"leg": "feed_leg"}),
    "interface": (InterfaceTemplate, {"mgmt": "mgmt_only"}),
    "frontport": (FrontPortTemplate, {}),
    "rearport": (RearPortTemplate, {}),
}


def _ports(owner: str, owners: Iterable[int]) -> dict[int, Ports]:
    found: dict[int, Ports] = defaultdict(lambda: defaultdict(list))
    for kind, (template, more) in _TEMPLATES.items():
        rows: Any = template._default_manager.filter(**{f"{owner}__in": list(owners)})
        columns = (owner, "name", "type", *more.values())
        for of, name, type_, *values in rows.order_by("name_natural").values_list(*columns):
            given = {key: value for key, value in zip(more, values, strict=True) if value}
            if kind == "poweroutlet" and (bank := BANK.match(name)):
                given["leg"] = LEGS[int(bank[1])]
            found[of][kind].append(PortKind(name, type_ or "", **given))
    return found
