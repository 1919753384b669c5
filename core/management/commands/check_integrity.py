"""`manage.py check_integrity`: does every rule hold over the whole database?"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from core import integrity


class Command(BaseCommand):
    """Prints each violation with its rule and object; the exit code is 1 when there are any."""

    help = "Check every rule over the whole database; exit code 1 when one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", action="store_true", help="only list the rules")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, from one snapshot, so that writes meanwhile do no harm."""
        if options["list"]:
            for each in integrity.rules():
                self.stdout.write(f"{each.name}: broken when: {each.sentence}")
            return
        found = 0
        inside = connection.in_atomic_block
        with transaction.atomic():
            if not inside:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for violation in integrity.violations():
                self.stdout.write(str(violation))
                found += 1
        count = len(integrity.rules())
        if found:
            self.stderr.write(f"{found} violations of {count} rules.")
            sys.exit(1)
        self.stdout.write(f"Every rule holds ({count} were checked).")
