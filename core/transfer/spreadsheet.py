"""Spreadsheets (XLSX): the first sheet of one as CSV text, and rows as a sheet.

openpyxl is loaded with the first spreadsheet, so that processes that see none do without it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

MAGIC = b"PK\x03\x04"
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_UNPACKED = 300 * 1024 * 1024  # bytes; a small archive can hold a huge sheet
MAX_TEXT = 32_767  # characters that a cell can hold
SAFE = 2**53  # whole numbers beyond are stored as text, since a sheet has only floats
PART = 64 * 1024


class Broken(Exception):
    """The spreadsheet cannot be read; the message says why."""


def read(data: bytes, guard: Callable[[str], str]) -> str:
    """The first sheet as CSV text, a line a row, texts guarded; raises Broken."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(each.file_size for each in archive.infolist()) > MAX_UNPACKED:
                raise Broken(f"This unpacks to more than {MAX_UNPACKED // 1024**2} MB.")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Broken:
        raise
    except Exception as error:  # the archive or its XML is broken in any of many ways
        raise Broken("This is no spreadsheet in the format XLSX.") from error
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    try:
        width = 0
        for row in book.worksheets[0].iter_rows(values_only=True) if book.worksheets else ():
            cells = [_text(value, guard) for value in row]
            while cells and len(cells) > width and not cells[-1]:
                cells.pop()
            width = width or len(cells)
            writer.writerow([*cells, *[""] * (width - len(cells))])
    except Exception as error:
        raise Broken("The first sheet of this spreadsheet cannot be read.") from error
    finally:
        book.close()
    return out.getvalue()


def _text(value: Any, guard: Callable[[str], str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < SAFE:
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time(0)
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return guard(str(value)).replace("\r\n", "\n")


def write(
    columns: Sequence[str], chunks: Iterable[list[list[Any]]], text: Callable[[Any], str]
) -> Iterator[bytes]:
    """The bytes of a spreadsheet with one sheet. Numbers stay such, all else is `text` of it."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

    def cell(value: Any) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float) and abs(value) < SAFE:
            return value
        made = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text(value))[:MAX_TEXT])
        made.data_type = "s"  # a text that begins with = is no formula
        return made

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    sheet.freeze_panes = "A2"
    sheet.append(list(columns))
    for rows in chunks:
        for row in rows:
            sheet.append([cell(value) for value in row])
    with tempfile.TemporaryFile() as spool:
        book.save(spool)
        spool.seek(0)
        while part := spool.read(PART):
            yield part
