"""The file formats: text to rows of cells with their line numbers, and values to text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import yaml

from core.transfer import spreadsheet

FORMATS = ("csv", "xlsx", "json", "yaml")  # that lists are exported in
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": spreadsheet.CONTENT_TYPE,
    "json": "application/json",
    "yaml": "application/yaml; charset=utf-8",
}
MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 100_000
MAX_CELL = 1_000_000  # characters

# What makes a spreadsheet take a cell for a formula, full-width forms included.
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
GUARD = "'"


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a file: the line (from 1), the column (may be empty), a sentence."""

    line: int
    column: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"line": self.line, "column": self.column, "message": self.message}


@dataclass
class Row:
    """One record of a file. `values` has text for CSV, JSON values for the others."""

    line: int
    values: dict[str, Any]


@dataclass
class Table:
    """A parsed file."""

    columns: list[str]
    rows: list[Row]
    faults: list[Fault] = field(default_factory=list)


class Unreadable(Exception):
    """The file cannot be read at all; `fault` says where and why."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(line, "", message)


def decode(data: bytes) -> str:
    """The text of an uploaded file; of a spreadsheet, its first sheet as CSV.

    Raises Unreadable unless it is such or UTF-8, of bearable size.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(1, f"The file is larger than {MAX_BYTES // 1024**2} MB.")
    if data.startswith(spreadsheet.MAGIC):
        try:
            return spreadsheet.read(data, guard)
        except spreadsheet.Broken as error:
            raise Unreadable(1, str(error)) from None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            line, "This is not UTF-8 text. Save the file in the encoding UTF-8."
        ) from None


def parse(text: str, format: str) -> Table:
    """The rows of a file; raises Unreadable when its form is broken."""
    text = text.removeprefix("\ufeff")
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise Unreadable(line, "Null characters are not allowed.")
    if not text.strip():
        raise Unreadable(1, "There is nothing to import.")
    table = {"csv": _parse_csv, "json": _parse_json, "yaml": _parse_yaml}[format](text)
    if len(table.rows) > MAX_ROWS:
        raise Unreadable(1, f"More than {MAX_ROWS:,} rows; split the file.")
    if not table.rows and not table.faults:
        raise Unreadable(1, "There is nothing to import.")
    return table


def guess_format(text: str) -> str:
    """The format a text most likely has."""
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith(("[", "{")):
        return "json"
    if start.startswith(("- ", "---", "-\n")):
        return "yaml"
    return "csv"


def column_name(name: Any) -> str:
    """The name of a column as files and people write it, as fields are called."""
    return str(name).strip().lower().replace(" ", "_")


def _parse_csv(text: str) -> Table:
    first = text.lstrip("\r\n").splitlines()[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    table, header_line = Table([], []), 1
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not table.columns:
                table.columns = [column_name(cell) for cell in cells]
                header_line = line
                continue
            if len(cells) > len(table.columns) and any(cells[len(table.columns) :]):
                sentence = f"{len(cells)} cells, but the header names {len(table.columns)} columns."
                table.faults.append(Fault(line, "", sentence))
                continue
            if len(cells) < len(table.columns):
                sentence = f"Only {len(cells)} of {len(table.columns)} cells."
                table.faults.append(Fault(line, "", sentence))
                continue
            values = {
                name: unguard(cell)
                for name, cell in zip(table.columns, cells, strict=False)
                if name
            }
            table.rows.append(Row(line, values))
    except csv.Error as error:
        raise Unreadable(before + 1, f"This is not valid CSV: {error}.") from None
    for name in {name for name in table.columns if name and table.columns.count(name) > 1}:
        table.faults.append(Fault(header_line, name, "This column is there more than once."))
    table.columns = [name for name in table.columns if name]
    return table


def _parse_json(text: str) -> Table:
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(error.lineno, f"This is not valid JSON: {error.msg}.") from None
    except (RecursionError, ValueError) as error:
        raise Unreadable(1, f"This JSON cannot be read: {error}.") from None
    items = data if isinstance(data, list) else [data]
    return _of_items(items, _json_lines(text, len(items)))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _json_lines(text: str, count: int) -> list[int]:
    """The line each item of a top-level list starts on."""
    decoder, lines = json.JSONDecoder(), []
    position = len(text) - len(text.lstrip())
    if text[position] == "[":
        position += 1
    line, counted = 1, 0
    for _ in range(count):
        while text[position] in " \t\r\n,":
            position += 1
        line += text.count("\n", counted, position)
        counted = position
        lines.append(line)
        _, position = decoder.raw_decode(text, position)
    return lines


MAX_DEPTH = 20
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _refuse_bombs(text: str) -> None:
    """Raise Unreadable for aliases, with which a small file can stand for a huge one, and depth.

    The C loader recurses on the C stack, so a deeply nested text would end the process.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable(line, "Aliases are not allowed in imports.")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise Unreadable(line, f"This is nested more than {MAX_DEPTH} levels deep.")


def _parse_yaml(text: str) -> Table:
    items: list[Any] = []
    lines: list[int] = []
    loader = _SafeLoader(text)
    try:
        _refuse_bombs(text)
        while loader.check_node():
            node = loader.get_node()
            plain = isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq"
            nodes = node.value if plain else [node]
            for one in nodes:
                items.append(loader.construct_document(one))
                lines.append(one.start_mark.line + 1)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise Unreadable(line, f"This is not valid YAML: {error.problem}.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Unreadable(1, f"This YAML cannot be read: {error}.") from None
    finally:
        loader.dispose()
    return _of_items(items, lines)


def _of_items(items: list[Any], lines: list[int]) -> Table:
    table = Table([], [])
    for item, line in zip(items, lines, strict=True):
        if not isinstance(item, dict):
            table.faults.append(Fault(line, "", "An object of field names and values is needed."))
            continue
        values = {column_name(name): value for name, value in item.items()}
        table.columns.extend(name for name in values if name not in table.columns)
        table.rows.append(Row(line, values))
    return table


# Writing


def guard(text: str) -> str:
    """Text that no spreadsheet takes for a formula; `unguard` undoes it exactly."""
    return GUARD + text if text.startswith((*FORMULA, GUARD)) else text


def unguard(text: str) -> str:
    """Text without the guard that `guard` put before it."""
    guarded = text.startswith(GUARD) and text[1:].startswith((*FORMULA, GUARD))
    return text[1:] if guarded else text


def cell(value: Any) -> str:
    """A value as the text of a CSV cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return guard(join(value))
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return guard(str(value))


def join(values: Sequence[Any]) -> str:
    """A list as comma-separated text; items with commas or quotes are quoted as in CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([_bare(value) for value in values])
    return out.getvalue() if values else ""


def _bare(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def split(text: str) -> list[str]:
    """What `join` joined; blanks around items do not count."""
    rows = list(csv.reader([text.strip()], skipinitialspace=True))
    return [item.strip() for item in rows[0] if item.strip()] if rows else []


Chunks = Iterable[list[list[Any]]]


def write(format: str, columns: Sequence[str], chunks: Chunks) -> Iterator[bytes]:
    """The bytes of a file with these columns, one part per chunk of rows."""
    writers: dict[str, Callable[[Sequence[str], Chunks], Iterator[bytes]]] = {
        "csv": _write_csv,
        "xlsx": _write_xlsx,
        "json": _write_json,
        "yaml": _write_yaml,
    }
    return writers[format](columns, chunks)


def _write_csv(columns: Sequence[str], chunks: Chunks) -> Iterator[bytes]:
    yield (",".join(columns) + "\r\n").encode()
    for rows in chunks:
        out = io.StringIO(newline="")
        csv.writer(out).writerows([cell(value) for value in row] for row in rows)
        yield out.getvalue().encode()


def _write_xlsx(columns: Sequence[str], chunks: Chunks) -> Iterator[bytes]:
    return spreadsheet.write(columns, chunks, lambda value: unguard(cell(value)))


def _write_json(columns: Sequence[str], chunks: Chunks) -> Iterator[bytes]:
    yield b"["
    separator = b"\n"
    for rows in chunks:
        for row in rows:
            item = dict(zip(columns, row, strict=True))
            yield separator + orjson.dumps(item, option=orjson.OPT_NON_STR_KEYS, default=str)
            separator = b",\n"
    yield b"\n]\n"


_SafeDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _write_yaml(columns: Sequence[str], chunks: Chunks) -> Iterator[bytes]:
    some = False
    for rows in chunks:
        items = [dict(zip(columns, row, strict=True)) for row in rows]
        if items:
            some = True
            text = yaml.dump(items, Dumper=_SafeDumper, sort_keys=False, allow_unicode=True)
            yield text.encode()
    if not some:
        yield b"[]\n"
