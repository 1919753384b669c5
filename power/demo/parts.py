"""What is planned before it is stored: racks, devices, feeds and cables, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from power.demo.kit import DeviceKind, EstateError, ModuleKind, PortKind

THREE_PHASE = 1.732
CONTINUOUS = 0.8  # of a breaker's rating


@dataclass(eq=False)
class RackPlan:
    """A rack. `at` are its row and column, for lengths of cables; `limits` its own dimensions."""

    name: str
    row: str
    at: tuple[int, int]
    role: str
    rack_type: str | None
    tenant: str | None = None
    status: str = "active"
    units: int = 42
    limits: dict[str, object] = field(default_factory=dict)
    description: str = ""
    tags: tuple[str, ...] = ()
    devices: list[DevicePlan] = field(default_factory=list)
    feeds: list[FeedPlan] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    pk: int = 0

    @property
    def short(self) -> str:
        """How names of devices call it."""
        return self.name.lower()

    @property
    def watts(self) -> int:
        """The budget of everything in it."""
        return sum(device.watts for device in self.devices)

    def lowest(self, units: int) -> int | None:
        """The lowest free place of `units`, or None."""
        return self._first(units, range(1, self.units - units + 2))

    def highest(self, units: int) -> int | None:
        """The highest free place of `units`, or None."""
        return self._first(units, range(self.units - units + 1, 0, -1))

    def _first(self, units: int, places: Sequence[int]) -> int | None:
        for place in places:
            if self.taken.isdisjoint(range(place, place + units)):
                return place
        return None


@dataclass(eq=False)
class FeedPlan:
    """A feed from a panel to a rack, on side A or B, or S behind a static transfer switch."""

    name: str
    panel: str
    rack: RackPlan
    side: str
    voltage: int
    amperage: int
    status: str = "active"
    pk: int = 0

    @property
    def available(self) -> float:
        """Volt-amperes it may carry continuously; three phases, `voltage` line to line."""
        return self.voltage * self.amperage * THREE_PHASE * CONTINUOUS


@dataclass(eq=False)
class DevicePlan:
    """A device; its ports are those of its type, its modules and the added interfaces."""

    name: str
    kind: DeviceKind
    role: str
    rack: RackPlan
    position: int | None = None
    face: str = "front"
    status: str = "active"
    tenant: str | None = None
    platform: str | None = None
    modules: dict[str, ModuleKind] = field(default_factory=dict)
    added: list[PortKind] = field(default_factory=list)
    budget: int | None = None
    chassis: tuple[str, int] | None = None
    side: str = ""
    serial: str = ""
    asset_tag: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    parts: list[tuple[str, str, str]] = field(default_factory=list)  # name, role, part number
    pk: int = 0
    ports: dict[str, list[PortKind]] = field(default_factory=dict, repr=False)
    used: set[tuple[str, str]] = field(default_factory=set, repr=False)
    leg_watts: dict[str, float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.ports = {kind: list(ports) for kind, ports in self.kind.ports.items()}
        positions = dict(self.kind.bays)
        for bay, module in self.modules.items():
            for kind, ports in module.ports.items():
                self.ports.setdefault(kind, []).extend(
                    PortKind(p.name.replace("{module}", positions[bay]), p.type, p.mgmt)
                    for p in ports
                )
        self.ports.setdefault("interface", []).extend(self.added)

    @property
    def inlets(self) -> list[PortKind]:
        """Its power ports."""
        return self.ports.get("powerport", [])

    @property
    def watts(self) -> int:
        """Its budget; nothing for what only hands power on."""
        if self.ports.get("poweroutlet"):
            return 0
        if self.budget is not None:
            return self.budget
        return self.kind.assumed.watts or sum(p.draw for p in self.inlets)

    def free(self, kind: str, *types: str, mgmt: bool | None = None) -> list[PortKind]:
        """Its unused ports of a kind, of the given types if any."""
        return [
            port
            for port in self.ports.get(kind, [])
            if (kind, port.name) not in self.used
            and (not types or port.type in types)
            and (mgmt is None or port.mgmt == mgmt)
        ]

    def take(self, kind: str, *types: str, mgmt: bool | None = None, last: bool = False) -> End:
        """The first (or last) unused port of a kind; raises EstateError without one."""
        found = self.free(kind, *types, mgmt=mgmt)
        if not found:
            raise EstateError(f"{self.name} has no free {kind} of {types or 'any type'}.")
        return self.end(kind, found[-1 if last else 0].name)

    def end(self, kind: str, name: str) -> End:
        """The named port, now used."""
        self.used.add((kind, name))
        return End(self, kind, name)


@dataclass(frozen=True)
class End:
    """A port of a device, or a feed (whose kind is `powerfeed`)."""

    of: DevicePlan | FeedPlan
    kind: str
    name: str

    @property
    def rack(self) -> RackPlan:
        """The rack it is in."""
        return self.of.rack


@dataclass(eq=False)
class CablePlan:
    """A cable; with several ports at an end it has a profile."""

    a: list[End]
    b: list[End]
    type: str | None
    color: str = ""
    length: Decimal = Decimal(1)
    status: str = "connected"
    profile: str | None = None
    bundle: str | None = None
    label: str = ""


@dataclass(eq=False)
class EquipmentPlan:
    """Equipment of the power chain: fields by name, `group` of redundancy, `place` a location."""

    name: str
    kind: str
    values: dict[str, object]
    place: str | None = None
    group: str | None = None
    pk: int = 0


@dataclass(eq=False)
class LinkPlan:
    """A link from equipment to other equipment or, by name, to a panel."""

    upstream: EquipmentPlan
    downstream: EquipmentPlan | str
    values: dict[str, object]


@dataclass
class SitePlan:
    """Everything that is stored for one site."""

    code: str
    policy: dict[str, object] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)  # name: scheme
    equipment: list[EquipmentPlan] = field(default_factory=list)
    links: list[LinkPlan] = field(default_factory=list)
    measured: dict[str, int] = field(default_factory=dict)  # device: watts
    racks: list[RackPlan] = field(default_factory=list)
    devices: list[DevicePlan] = field(default_factory=list)
    panels: dict[str, str] = field(default_factory=dict)  # name: location
    feeds: list[FeedPlan] = field(default_factory=list)
    cables: list[CablePlan] = field(default_factory=list)
    reserved: list[tuple[RackPlan, list[int], str, str | None]] = field(default_factory=list)
    problems: dict[str, RackPlan] = field(default_factory=dict)
