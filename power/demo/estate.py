"""The whole estate: which sites there are, and how they come into the database."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.utils.module_loading import module_has_submodule

from dcim.models import DeviceType
from facilities.models import Site
from power.demo import floors
from power.demo.campus import BUILDERS, KINDS
from power.demo.kit import ASSUMED, EstateError, Kit
from power.demo.parts import SitePlan
from power.demo.people import COMPANY, region, store_shared
from power.demo.planner import Planner
from power.demo.store import Store

Progress = Callable[[str], None]

# code, city, state, its slug, latitude, longitude, time zone
OWNED = (
    ("AUS", "Austin", "Texas", "tx", "30.267200", "-97.743100", "America/Chicago"),
    ("DFW", "Dallas", "Texas", "tx", "32.776700", "-96.797000", "America/Chicago"),
    ("PHX", "Phoenix", "Arizona", "az", "33.448400", "-112.074000", "America/Phoenix"),
    ("ATL", "Atlanta", "Georgia", "ga", "33.749000", "-84.388000", "America/New_York"),
    ("IAD", "Ashburn", "Virginia", "va", "39.043800", "-77.487400", "America/New_York"),
    ("CMH", "Columbus", "Ohio", "oh", "39.961200", "-82.998800", "America/New_York"),
)
LEASED = (
    ("SAC", "Sacramento", "California", "ca", "38.581600", "-121.494400", "America/Los_Angeles"),
    ("SEA", "Seattle", "Washington", "wa", "47.606200", "-122.332100", "America/Los_Angeles"),
    ("DEN", "Denver", "Colorado", "co", "39.739200", "-104.990300", "America/Denver"),
    ("MIA", "Miami", "Florida", "fl", "25.761700", "-80.191800", "America/New_York"),
    ("EWR", "Newark", "New Jersey", "nj", "40.735700", "-74.172400", "America/New_York"),
    ("MSP", "Minneapolis", "Minnesota", "mn", "44.977800", "-93.265000", "America/Chicago"),
)


@dataclass
class Built:
    """What was stored. `problems` are the names of racks with something wrong, by what it is."""

    sites: int = 0
    racks: int = 0
    devices: int = 0
    cables: int = 0
    problems: dict[str, str] = field(default_factory=dict)


def plan_site(kit: Kit, kind: str, code: str, seed: int) -> SitePlan:
    """The plan of one site: `owned` or `leased`. The same for the same seed and code."""
    planner = Planner(kit, code, random.Random(f"{seed} {code}"))  # noqa: S311
    BUILDERS[kind](planner)
    return planner.plan


def build_estate(
    *, seed: int = 1, scale: int = 1, add: bool = False, progress: Progress = lambda _: None
) -> Built:
    """Store `scale` pairs of an owned and a leased site, in one transaction.

    Every pair has 60 racks and about 950 devices. The same seed gives the same names, places and
    cables. Raises EstateError when there are sites already, unless `add`, and when types are
    missing.
    """
    with transaction.atomic():
        taken = set(Site.objects.values_list("slug", flat=True))
        if taken and not add:
            raise EstateError("There are sites already.")
        with connection.cursor() as cursor:
            # References are checked as they are stored, not kept in memory until the end.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        kit = Kit.load()
        _weigh(kit)
        shared = store_shared()
        built = Built()
        wanted = _sites(scale, taken)
        for number, (kind, code, city) in enumerate(wanted):
            plan = plan_site(kit, kind, code, seed)
            store = Store(plan, shared, len(taken) + number)
            place = f"{code} ({number + 1} of {len(wanted)})"
            progress(f"{place}: site, {len(plan.racks)} racks, {len(plan.feeds)} feeds")
            store.places(kind, _site(kind, code, city), KINDS[kind])
            store.racks()
            floors.plans(store)
            progress(f"{place}: {len(plan.devices)} devices with their components")
            store.devices()
            if number == 0:
                _analyze()  # checks of references are planned once, for tables that were empty
            progress(f"{place}: {len(plan.cables)} cables")
            store.cables()
            store.extras()
            built.sites += 1
            built.racks += len(plan.racks)
            built.devices += len(plan.devices)
            built.cables += len(plan.cables)
            built.problems |= {name: rack.name for name, rack in plan.problems.items()}
            if number in (1, 9, len(wanted) - 1):
                _analyze()
        _add_more([code for _, code, _ in wanted], progress)
        return built


def _add_more(codes: list[str], progress: Progress) -> None:
    """Let apps above this one add their records: `add(codes of sites)` of their `demo_records`."""
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "demo_records"):
            progress(f"records of {app.label}")
            import_module(f"{app.name}.demo_records").add(codes)


def _sites(scale: int, taken: set[str]) -> list[tuple[str, str, tuple[Any, ...]]]:
    """Kinds, codes and cities of new sites: AUS1 and SAC1 first, numbers going up city by city."""
    found: list[tuple[str, str, tuple[Any, ...]]] = []
    step = 0
    while len(found) < 2 * scale:
        pair = [("owned", OWNED), ("leased", LEASED)]
        codes = []
        for kind, cities in pair:
            city = cities[step % len(cities)]
            codes.append((kind, f"{city[0]}{step // len(cities) + 1}", city))
        if not any(code.lower() in taken for _, code, _ in codes):
            found += codes
        step += 1
    return found


def _site(kind: str, code: str, city: tuple[Any, ...]) -> dict[str, Any]:
    _, name, state, slug, latitude, longitude, zone = city
    number = int(code[3:])
    path = [("us", "United States"), (slug, state), (f"{slug}-{name.lower()}", name)]
    shift = Decimal(number - 1) / 100
    what = "Owned site" if kind == "owned" else "Leased cage"
    return {
        "name": code,
        "slug": code.lower(),
        "status": "active",
        "region_id": region(path),
        "facility": f"{name} {number}" if kind == "owned" else f"River City Colocation {code}",
        "time_zone": zone,
        "latitude": Decimal(latitude) + shift,
        "longitude": Decimal(longitude) + shift,
        "physical_address": f"{100 + number} Data Center Way, {name}, {state}",
        "description": f"{what} of {COMPANY} in {name}",
    }


def _weigh(kit: Kit) -> None:
    """Give types a weight that have none."""
    types = DeviceType.objects.filter(
        pk__in=[kind.pk for kind in kit.devices.values()], weight__isnull=True
    )
    changed = list(types)
    for kind in changed:
        if ASSUMED[kind.model].kg:
            kind.weight, kind.weight_unit = Decimal(str(ASSUMED[kind.model].kg)), "kg"
    DeviceType.objects.bulk_update(changed, ["weight", "weight_unit"])


def _analyze() -> None:
    """Tell the planner of the database what has grown."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
