"""How long the reckoning of the power chain takes, at 1,000, 10,000 and 100,000 devices.

    python -m bench.power                     or: make bench-power
    python -m bench.power --devices 100000 --json figures.json

Each size has a database of its own, `data/bench/power-<devices>` or `<HEADROOM_DATA>/power-…`, with
one 2N site: two utilities and generators, transfer switches, UPSs, floor PDUs, panels, a feed and a
PDU with six banks a side for each rack of twenty devices with two supplies. It is stored without
triggers: no history, no search, only what the reckoning reads.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.estate import connect

SIZES = (1_000, 10_000, 100_000)
A_RACK, BANKS, A_HALL, UPS_A_SIDE, FLOOR_PDUS, PANELS = 20, 6, 20_000, 4, 10, 50
BATCH = 20_000
UPPER = 500  # nodes that fail one at a time; the aim is told for so many


def main() -> None:
    """Measure every size in a process of its own, since memory is a process's highest."""
    parser = argparse.ArgumentParser(prog="bench.power", description=__doc__)
    parser.add_argument("--devices", type=int, action="append", help="1000, 10000 and 100000")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.devices[0], options.runs)))
        return
    figures = []
    for devices in options.devices or SIZES:
        command = [sys.executable, "-m", "bench.power", "--one", "--devices", str(devices)]
        done = subprocess.run(
            [*command, "--runs", str(options.runs)], check=True, stdout=subprocess.PIPE, text=True
        )
        figures.append(json.loads(done.stdout.splitlines()[-1]))
        show(figures[-1], first=len(figures) == 1)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def show(found: dict[str, Any], *, first: bool) -> None:
    """A line of the table."""
    names = list(found)
    if first:
        print("  ".join(f"{name:>14}" for name in names))
    print("  ".join(f"{found[name]:>14}" for name in names), flush=True)


def measure(devices: int, runs: int) -> dict[str, Any]:
    """The figures of one size: medians in ms; what the operating system says of memory in MB."""
    connect(f"power-{devices}")
    from facilities.models import Site

    if not Site.objects.exists():
        print(f"Storing {devices:,} devices ...", file=sys.stderr)
        _Estate(devices).store()
    import numpy as np

    from power import plant as plants
    from power.engine import Basis, build, choose, flow, n_minus_1

    site = Site.objects.get().pk
    load, plant = timed(lambda: plants.load([site]), runs)
    built, graph = timed(lambda: build(plant.rows), runs)
    demand = choose(plant.demand, Basis.ALLOCATED)
    flowing, _ = timed(lambda: flow(graph, demand), runs)
    failures = plant.single_failures()
    upper = failures[:: max(1, plant.start["feed"] // UPPER)][:UPPER]
    some, _ = timed(lambda: n_minus_1(graph, demand, upper), min(runs, 3))
    every, worst = timed(lambda: n_minus_1(graph, demand, failures), 1)
    nodes = len(plant.pk) + len(plant.rows.supply_device) + devices
    assert np.all(worst.watts >= 0)
    return {
        "devices": devices,
        "nodes": nodes,
        "load ms": load,
        "build ms": built,
        "flow ms": flowing,
        f"N-1 of {len(upper)} ms": some,
        f"N-1 of {len(failures)} ms": every,
        "memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def timed(work: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """The median of several runs in ms, and the last result."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        result = work()
        taken.append(time.perf_counter() - start)
    return round(sorted(taken)[len(taken) // 2] * 1000, 1), result


class _Estate:
    """Stores a plant by bulk inserts."""

    def __init__(self, devices: int) -> None:
        self.devices = devices
        self.ids: dict[Any, int] = {}

    def store(self) -> None:
        """One transaction, with triggers off."""
        from django.db import connection, transaction

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            self.site()
            self.chain()
            self.racks()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def add(self, model: Any, rows: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> list[int]:
        """Rows by their columns; their ids."""
        made = model.objects.bulk_create((model(**row) for row in rows), batch_size=BATCH)
        return [row.pk for row in made]

    def site(self) -> None:
        """What devices need to exist."""
        from dcim.models import DeviceRole, DeviceType
        from facilities.models import Site
        from racks.models import Manufacturer

        [self.at] = self.add(Site, [{"name": "Bench", "slug": "bench"}])
        [maker] = self.add(Manufacturer, [{"name": "Maker", "slug": "maker"}])
        role = {"name": "Server", "slug": "server", "path": [], "sort_path": []}
        [self.role] = self.add(DeviceRole, [role])
        kinds = [
            {"manufacturer_id": maker, "model": name, "slug": name, "u_height": height}
            for name, height in (("server", 1), ("pdu", 0))
        ]
        self.server, self.pdu = self.add(DeviceType, kinds)

    def chain(self) -> None:
        """Utilities to panels, of every hall and side."""
        from power.models import PowerEquipment, PowerLink, PowerPanel

        wired = {"input_voltage": 415, "input_phase": "three-phase"}
        wired |= {"output_voltage": 415, "output_phase": "three-phase", "site_id": self.at}

        def equipment(kind: str, kva: int, *names: str) -> list[int]:
            rows = [{**wired, "name": n, "kind": kind, "rated_kva": kva} for n in names]
            return self.add(PowerEquipment, rows)

        links: list[dict[str, Any]] = []

        def link(up: int, down: int, amperes: int, rank: int = 1) -> None:
            links.append(
                {
                    "upstream_id": up,
                    "downstream_equipment_id": down,
                    "breaker_amperage": amperes,
                    "poles": 3,
                    "preference": rank,
                }
            )

        self.panels: list[list[list[int]]] = []
        utility = equipment("utility", 200_000, "Utility A", "Utility B")
        generator = equipment("generator", 200_000, "Generator A", "Generator B")
        for hall in range(max(1, self.devices // A_HALL)):
            sides = []
            for side, letter in enumerate("AB"):
                name = f"{hall}{letter}"
                [ats] = equipment("ats", 30_000, f"ATS {name}")
                link(utility[side], ats, 40_000)
                link(generator[side], ats, 40_000, 2)
                [board] = equipment("switchgear", 30_000, f"Board {name}")
                for ups in equipment("ups", 8_000, *(f"UPS {name}{n}" for n in range(UPS_A_SIDE))):
                    link(ats, ups, 10_000)
                    link(ups, board, 10_000)
                pdus = equipment("floor-pdu", 3_000, *(f"PDU {name}{n}" for n in range(FLOOR_PDUS)))
                for pdu in pdus:
                    link(board, pdu, 4_000)
                panels = self.add(
                    PowerPanel,
                    [{"site_id": self.at, "name": f"Panel {name}{n}"} for n in range(PANELS)],
                )
                links += [
                    {
                        "upstream_id": pdus[n % FLOOR_PDUS],
                        "downstream_panel_id": panel,
                        "breaker_amperage": 800,
                        "poles": 3,
                    }
                    for n, panel in enumerate(panels)
                ]
                sides.append(panels)
            self.panels.append(sides)
        self.add(PowerLink, links)

    def racks(self) -> None:
        """Racks with their feeds, PDUs and devices, and the cables between."""
        from dcim.models import Device, PowerOutlet, PowerPort
        from power.models import BankedOutlet, OutletBank, PowerFeed
        from racks.models import Rack

        count = self.devices // A_RACK
        racks = self.add(Rack, [{"site_id": self.at, "name": f"R{n}"} for n in range(count)])
        halls = len(self.panels)
        feeds = self.add(
            PowerFeed,
            [
                {
                    "power_panel_id": self.panels[n % halls][side][n // halls % PANELS],
                    "rack_id": rack,
                    "name": f"R{n}{letter}",
                    "phase": "three-phase",
                    "voltage": 415,
                    "amperage": 60,
                }
                for n, rack in enumerate(racks)
                for side, letter in enumerate("AB")
            ],
        )
        base = {"site_id": self.at, "role_id": self.role}
        pdus = self.add(
            Device,
            [
                {**base, "device_type_id": self.pdu, "rack_id": rack, "name": f"PDU{n}{letter}"}
                for n, rack in enumerate(racks)
                for letter in "AB"
            ],
        )
        inlets = self.add(PowerPort, [{"device_id": pdu, "name": "In"} for pdu in pdus])
        banks = self.add(
            OutletBank,
            [
                {
                    "device_id": pdu,
                    "name": f"B{n}",
                    "power_port_id": inlet,
                    "breaker_amperage": 20,
                    "poles": 1,
                    "voltage": 240,
                }
                for pdu, inlet in zip(pdus, inlets, strict=True)
                for n in range(BANKS)
            ],
        )
        outlets = self.add(
            PowerOutlet,
            [
                {"device_id": pdu, "name": str(n), "power_port_id": inlet, "feed_leg": "ABC"[n % 3]}
                for pdu, inlet in zip(pdus, inlets, strict=True)
                for n in range(A_RACK)
            ],
        )
        self.add(
            BankedOutlet,
            [
                {"bank_id": banks[n // A_RACK * BANKS + n % A_RACK % BANKS], "outlet_id": outlet}
                for n, outlet in enumerate(outlets)
            ],
        )
        devices = self.add(
            Device,
            [
                {**base, "device_type_id": self.server, "rack_id": racks[n // A_RACK]}
                for n in range(count * A_RACK)
            ],
        )
        ports = self.add(
            PowerPort,
            [
                {"device_id": device, "name": f"PSU{side}", "allocated_draw": 200 + n % 300}
                for n, device in enumerate(devices)
                for side in (1, 2)
            ],
        )
        pairs = [(PowerFeed, feed, inlet) for feed, inlet in zip(feeds, inlets, strict=True)]
        for n in range(len(devices)):
            rack, place = divmod(n, A_RACK)
            for side in (0, 1):
                outlet = outlets[(rack * 2 + side) * A_RACK + place]
                pairs.append((PowerOutlet, outlet, ports[n * 2 + side]))
        self.cables(pairs)

    def cables(self, pairs: list[tuple[Any, int, int]]) -> None:
        """A cable for each pair of a giver and a port."""
        from django.contrib.contenttypes.models import ContentType

        from dcim.models import Cable, CableTermination, PowerPort

        kinds = {
            m: k.pk
            for m, k in ContentType.objects.get_for_models(
                *{pair[0] for pair in pairs}, PowerPort
            ).items()
        }
        cables = self.add(Cable, [{} for _ in pairs])
        self.add(
            CableTermination,
            [
                {
                    "cable_id": cable,
                    "cable_end": end,
                    "termination_type_id": kind,
                    "termination_id": pk,
                }
                for cable, (giver, near, far) in zip(cables, pairs, strict=True)
                for end, kind, pk in (("A", kinds[giver], near), ("B", kinds[PowerPort], far))
            ],
        )


if __name__ == "__main__":
    main()
