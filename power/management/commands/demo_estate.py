"""`manage.py demo_estate`: an estate to look at, and at scale to measure with."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dcim.library import import_library
from power.demo import EstateError, Kit, build_estate


class Command(BaseCommand):
    """Builds the demo estate."""

    help = (
        "Build the demo estate: an owned site in Austin and a leased one in Sacramento, 60 racks "
        "and about 950 devices with cables and power. The same seed gives the same estate."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="what the estate is made from")
        parser.add_argument(
            "--scale", type=int, default=1, help="how many times as large, 1 to 200"
        )
        parser.add_argument(
            "--add", action="store_true", help="build in a database that has sites already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Build and report; CommandError when the database has sites."""
        if not 1 <= options["scale"] <= 200:
            raise CommandError("--scale must be from 1 to 200.")
        started = time.monotonic()

        def say(text: str) -> None:
            if options["verbosity"]:
                self.stderr.write(f"{time.monotonic() - started:6.1f} s  {text}")

        try:
            if not Kit.complete():
                say("Device types of the catalogue")
                import_library()
            built = build_estate(
                seed=options["seed"], scale=options["scale"], add=options["add"], progress=say
            )
        except EstateError as error:
            hint = " Use --add to build beside them." if "already" in str(error) else ""
            raise CommandError(f"{error}{hint}") from error
        self.stdout.write(
            f"{built.sites} sites, {built.racks:,} racks, {built.devices:,} devices and "
            f"{built.cables:,} cables in {time.monotonic() - started:.1f} s."
        )
