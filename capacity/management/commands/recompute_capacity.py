"""`manage.py recompute_capacity`: reckon how full every place is."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from capacity import forecasting, refresh


class Command(BaseCommand):
    """Does at once what the worker does every night."""

    help = "Reckon utilization of every place anew."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        parser.add_argument(
            "--snapshot",
            action="store_true",
            help="keep the figures of today and forecast them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Reckon, with a line for each step."""
        begin = time.perf_counter()
        refresh.ensure()
        changed = refresh.recompute(lambda step: self.stdout.write(f"  {step}"))
        taken = time.perf_counter() - begin
        self.stdout.write(f"{changed:,} figures changed in {taken:.1f} s")
        if options["snapshot"]:
            self.stdout.write(f"{refresh.snapshot(timezone.localdate()):,} figures kept for today")
            self.stdout.write(f"{forecasting.keep():,} figures will reach their limit")
