"""Which column of a file is which of a record's, where the file has names of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from core.resource import Resource
from core.transfer.cells import Heading, likely
from core.transfer.formats import Fault, Row, Table

# Column of the file: column of the record, empty to leave it out.
Chosen = Mapping[str, str]


def unknown(resource: Resource, table: Table) -> list[Fault]:
    """What is wrong with the names of a file's columns."""
    return Heading(resource, table).faults


def proposed(resource: Resource, table: Table) -> dict[str, str]:
    """For each column of the file the one it most likely is, empty where none is like it."""
    found = {name: name for name in table.columns if not unknown(resource, Table([name], []))}
    for name in table.columns:
        if name not in found:
            found[name] = likely(resource, name, set(found.values()))
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
