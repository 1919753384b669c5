"""`manage.py restore FILE`: what `manage.py backup` saved."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from core.backup import BackupError, restore
from core.management.commands.backup import here


class Command(BaseCommand):
    """Restores a backup."""

    help = "Restore the database, the uploads and the secret key from a file of `backup`."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="replace what is there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore; CommandError when it cannot be, then nothing was changed."""
        connection.close()
        try:
            restore(here(), options["file"].absolute(), force=options["force"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Restored. Run `manage.py migrate`, then `manage.py check_integrity`.")
