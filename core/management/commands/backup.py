"""`manage.py backup FILE`: the database, the uploads and the secret key in one file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from core.backup import BackupError, Place, backup


def here() -> Place:
    """This installation."""
    return Place(connection.settings_dict, settings.DATA_DIR, settings.POSTGRES_PROGRAMS)


class Command(BaseCommand):
    """Writes a backup."""

    help = "Save the database, the uploads and the secret key in one file, also while in use."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="overwrite the file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Save; CommandError when it cannot be."""
        file: Path = options["file"].absolute()
        if file.exists() and not options["force"]:
            raise CommandError(f"{file} exists; --force overwrites it.")
        try:
            backup(here(), file)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
