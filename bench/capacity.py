"""How long the reckoning of capacity takes, on the plants of `bench.power`.

    python -m bench.capacity                  or: make bench-capacity
    python -m bench.capacity --devices 100000

Times everything anew, again without a change, one device's move (its racks and the places above
them, then power and cooling of its site), and what pages and REST read.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import Any

from bench.estate import connect
from bench.power import SIZES, _Estate, show, timed


def main() -> None:
    """Measure every size in a process of its own."""
    parser = argparse.ArgumentParser(prog="bench.capacity", description=__doc__)
    parser.add_argument("--devices", type=int, action="append", help="1000, 10000 and 100000")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.devices[0], options.runs)))
        return
    for number, devices in enumerate(options.devices or SIZES):
        command = [sys.executable, "-m", "bench.capacity", "--one", "--devices", str(devices)]
        done = subprocess.run(
            [*command, "--runs", str(options.runs)], check=True, stdout=subprocess.PIPE, text=True
        )
        show(json.loads(done.stdout.splitlines()[-1]), first=number == 0)


def measure(devices: int, runs: int) -> dict[str, Any]:
    """The figures of one size, in ms."""
    connect(f"power-{devices}")
    from django.db import transaction

    from facilities.models import Site

    if not Site.objects.exists():
        print(f"Storing {devices:,} devices ...", file=sys.stderr)
        _Estate(devices).store()
    from capacity import board, refresh
    from capacity.contents import refresh_places, refresh_racks
    from capacity.models import Utilization
    from capacity.supply import refresh_site
    from core import outbox
    from core.models import User
    from racks.models import Rack

    outbox.add_reader(refresh.READER)
    Utilization.objects.all().delete()
    first = once(refresh.recompute)
    again = once(refresh.recompute)
    site = Site.objects.get().pk
    racks = list(Rack.objects.order_by("pk").values_list("pk", flat=True)[:2])

    def move() -> None:
        with transaction.atomic():
            refresh_racks(racks)
            refresh_places([site])

    moved, _ = timed(move, runs)
    power, _ = timed(lambda: refresh_site(site), 1)
    user = User(is_superuser=True, is_active=True)
    whole, _ = timed(lambda: board.lines(board.Asked(), user), runs)
    inside, _ = timed(lambda: board.lines(board.Asked(site=site), user, 0, 100), runs)
    return {
        "devices": devices,
        "racks": Rack.objects.count(),
        "rows": Utilization.objects.count(),
        "everything ms": first,
        "again ms": again,
        "a move ms": moved,
        "its power ms": power,
        "board ms": whole,
        "site's ms": inside,
    }


def once(work: Any) -> float:
    """The time of one run in ms."""
    start = time.perf_counter()
    work()
    return round((time.perf_counter() - start) * 1000, 1)


if __name__ == "__main__":
    main()
