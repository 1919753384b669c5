"""Import and export as background jobs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import QueryDict
from django.utils import timezone

from core import filters
from core.errors import Invalid
from core.jobs import INPUT_FOLDER, Refused, Run, job
from core.read import ReadContext
from core.registry import of_path
from core.resource import Resource
from core.transfer import exporting, formats, importing, mapping

INLINE_IMPORT = 500  # rows; more are imported by a job
INLINE_EXPORT = 5000


def keep_input(text: str, format: str) -> str:
    """Store the text of an import for a job; returns its name."""
    name = f"{INPUT_FOLDER}/{uuid.uuid4()}.{format}"
    return str(default_storage.save(name, ContentFile(text.encode())))


def read_input(name: str) -> str:
    """The stored text of an import. Raises FileNotFoundError when it was cleared away."""
    with default_storage.open(name, "rb") as stored:
        data: bytes = stored.read()
    return data.decode()


@job("core.import", "Import")
def import_job(run: Run) -> dict[str, Any]:
    """Check or import a stored file."""
    resource, dry_run = of_path(run.arguments["path"]), bool(run.arguments["dry_run"])
    try:
        text = read_input(run.arguments["input"])
    except FileNotFoundError:
        raise Refused("The file was cleared away. Upload it again.") from None
    run.log("Reading the file")
    try:
        table = formats.parse(text, run.arguments["format"])
        table = mapping.apply(table, run.arguments.get("mapping") or {})
        run.log(f"{len(table.rows):,} rows found; checking and writing them")
        report = importing.run(resource, table, run.user, dry_run=dry_run, progress=run.progress)
    except formats.Unreadable as error:
        raise Refused(f"Line {error.fault.line}: {error.fault.message}") from None
    except Invalid as error:
        raise Refused(" ".join(m for found in error.items[0].values() for m in found)) from None
    if report.faults:
        columns = ("line", "column", "message")
        rows = [[fault.line, fault.column, fault.message] for fault in report.faults]
        run.attach(f"{resource.slug}-faults.csv", formats.write("csv", columns, [rows]))
    data = report.as_dict()
    if not dry_run and not report.good:
        raise Refused(f"{report.bad_lines:,} lines are at fault. Nothing was imported.", data)
    if not dry_run:
        default_storage.delete(run.arguments["input"])
    return data


def filename(resource: Resource, format: str) -> str:
    """What an export is called."""
    return f"{resource.slug}-{timezone.now():%Y-%m-%d}.{format}"


def chosen_rows(resource: Resource, query: str, sort: str, user: Any) -> Any:
    """The rows of a list's address, in its order. Raises ValidationError."""
    from core.web.table import ordered

    rows = filters.apply(resource.filterset, resource.queryset(user), QueryDict(query), user)
    return ordered(rows, resource, sort, user)


@job("core.export", "Export")
def export_job(run: Run) -> dict[str, Any]:
    """Write the rows of a list to a file."""
    arguments = run.arguments
    resource = of_path(arguments["path"])
    try:
        rows = chosen_rows(resource, arguments["query"], arguments["sort"], run.user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    total = rows.order_by().count()
    run.progress(0, total)

    def parts() -> Iterator[bytes]:
        yield from exporting.stream(
            resource,
            rows,
            arguments["columns"],
            arguments["format"],
            ReadContext(user=run.user, base=arguments.get("base", "")),
            lambda done: run.progress(min(done, total), total),
        )

    run.attach(filename(resource, arguments["format"]), parts())
    return {"rows": total}
