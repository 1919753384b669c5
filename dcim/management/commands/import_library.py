"""`manage.py import_library PATH`: types from the community's device-type library."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dcim.library import Report, SourceError, import_library

INTERVAL = 0.5  # seconds between two lines of progress


class Command(BaseCommand):
    """Imports device and module types and says what came of every file."""

    help = (
        "Import device and module types, with pictures, from the folder or archive (tar, zip) of "
        "the community's device-type library. Types that are there already are made what their "
        "files say; a second run changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path",
            nargs="?",
            type=Path,
            help="folder or archive; without it, the types that come with Headroom",
        )
        parser.add_argument(
            "--only",
            metavar="MANUFACTURER",
            action="append",
            default=[],
            help="only this manufacturer's folder; may be repeated",
        )
        parser.add_argument("--dry-run", action="store_true", help="report, but keep nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and report; CommandError when the library cannot be read."""
        try:
            report = import_library(
                options["path"],
                only=options["only"],
                dry_run=options["dry_run"],
                progress=self._progress() if options["verbosity"] else None,
            )
        except SourceError as error:
            raise CommandError(str(error)) from error
        if options["only"] and not report.read:
            raise CommandError(f"There are no files of {', '.join(options['only'])}.")
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
        else:
            self.stdout.write(describe(report, dry_run=options["dry_run"]))

    def _progress(self) -> Any:
        last = 0.0

        def say(stage: str, done: int, total: int | None) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < INTERVAL and done != total:
                return
            last = now
            of = f" of {total:,}" if total else ""
            self.stderr.write(f"{stage}: {done:,}{of} files")

        return say


def describe(report: Report, *, dry_run: bool) -> str:
    """The report for people."""
    lines = []
    for path, reasons in sorted(report.refused.items()):
        lines += [f"Refused {path}", *(f"    {reason}" for reason in reasons)]
    for path, notes in sorted(report.notes.items()):
        lines += [f"Note on {path}", *(f"    {note}" for note in notes)]
    for path, first in sorted(report.repeated.items()):
        lines.append(f"{path} says the same as {first}.")
    would = "would be " if dry_run else ""
    lines.append(f"{report.read:,} files read in {report.seconds:.1f} s.")
    for word in ("created", "updated", "unchanged"):
        counts = getattr(report, word)
        lines.append(
            f"{counts['device']:,} device types and {counts['module']:,} module types "
            f"{would if word != 'unchanged' else ''}{word}."
        )
    if report.components or report.manufacturers:
        lines.append(
            f"{report.components:,} component templates and {report.manufacturers:,} "
            f"manufacturers {would}created."
        )
    if report.pictures:
        lines.append(f"{report.pictures:,} pictures of device types {would}stored.")
    lines.append(f"{len(report.refused):,} files refused.")
    if not report.changed:
        lines.append("Nothing changed.")
    return "\n".join(lines)
