"""A database with the demo estate at a scale, made when it is not there.

    python -m bench.estate --scale 22

With the embedded PostgreSQL every scale has a data folder of its own, `data/bench/<scale>` or
`<HEADROOM_DATA>/<scale>`; with DATABASE_URL the estate must be in that database already, or the
database empty.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

SEED = 1


def prepare(scale: int) -> None:
    """Set Django up on a database with the estate at this scale; build it when it is empty."""
    connect(str(scale))
    from django.core.management import call_command

    from facilities.models import Site

    found = Site.objects.count()
    if not found:
        call_command("demo_estate", seed=SEED, scale=scale)
    elif found != 2 * scale:
        raise SystemExit(f"The database has {found} sites, but scale {scale} means {2 * scale}.")


def connect(name: str) -> None:
    """Set Django up on the migrated database of the data folder `name`."""
    base = Path(os.environ.get("HEADROOM_DATA") or Path(__file__).parent.parent / "data" / "bench")
    os.environ["HEADROOM_DATA"] = str(base / name)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headroom.settings")
    os.environ.setdefault("DATABASE_POOL", "0")
    from django.conf import settings

    if settings.EMBEDDED:
        settings.EMBEDDED.ensure()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def main() -> None:
    """Build from the command line."""
    parser = argparse.ArgumentParser(description="Make or find the estate at a scale.")
    parser.add_argument("--scale", type=int, default=1)
    arguments = parser.parse_args()
    started = time.monotonic()
    prepare(arguments.scale)
    print(f"Ready after {time.monotonic() - started:.1f} s in {os.environ['HEADROOM_DATA']}")


if __name__ == "__main__":
    main()
