"""Which column of a file is which of a record's, where the file has names of its own."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from core.resource import Resource
from core.transfer.cells import Heading
from core.transfer.formats import Fault, Row, Table, column_name

CLOSE = 0.7  # least likeness of a name that is proposed

# Column of the file: column of the record, empty to leave it out.
Chosen = Mapping[str, str]


def unknown(resource: Resource, table: Table) -> list[Fault]:
    """What is wrong with the names of a file's columns."""
    return Heading(resource, table).faults


def proposed(resource: Resource, table: Table) -> dict[str, str]:
    """For each column of the file the one it most likely is, empty where none is like it."""
    found = {name: name for name in table.columns if not unknown(resource, Table([name], []))}
    free = {}
    for field in (*resource.writable_fields, *resource.custom_columns.values()):
        if field.name not in found:
            free[field.name] = field.name
            free.setdefault(column_name(field.label), field.name)
            free.setdefault(column_name(f"{resource.name} {field.name}"), field.name)
    for name in table.columns:
        if name in found:
            continue
        close = difflib.get_close_matches(name, list(free), n=1, cutoff=CLOSE)
        found[name] = free[close[0]] if close else ""
        free = {key: target for key, target in free.items() if target != found[name]}
    return {name: found[name] for name in table.columns}


def apply(table: Table, chosen: Chosen) -> Table:
    """The table under the names chosen; two columns for one are a fault."""
    names = {name: chosen.get(name, name) for name in table.columns}
    if all(old == new for old, new in names.items()):
        return table
    columns = [name for name in names.values() if name]
    faults = [
        Fault(1, name, "Two columns of the file are to be this one. Leave one out.")
        for name, count in Counter(columns).items()
        if count > 1
    ]
    rows = [
        Row(
            row.line,
            {new: row.values[old] for old, new in names.items() if new and old in row.values},
        )
        for row in table.rows
    ]
    return replace(table, columns=columns, rows=rows, faults=[*table.faults, *faults])
