"""One library file read, checked and brought into the shape in which types are compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.text import slugify

from dcim.library.document import Unreadable, read_document
from dcim.library.source import MAX_FILE, SourceFile
from dcim.library.values import NOTHING, converter, is_text, is_whole
from dcim.models import (
    ConsolePortTemplate,
    ConsoleServerPortTemplate,
    DeviceBayTemplate,
    DeviceType,
    FrontPortTemplate,
    InterfaceTemplate,
    InventoryItemTemplate,
    ModuleBayTemplate,
    ModuleType,
    PowerOutletTemplate,
    PowerPortTemplate,
    RearPortTemplate,
)
from racks.models import Manufacturer

Row = tuple[Any, ...]
Mapping = tuple[str, int, str, int]

MAX_COMPONENTS = 5000  # of one kind in one file
MAX_PROBLEMS = 5


@dataclass(frozen=True)
class Section:
    """A list of components in a file: the columns it gives, and names it refers to.

    A reference is (key in the file, column of the template); its value is a name.
    """

    key: str
    model: type[models.Model]
    columns: tuple[str, ...]
    reference: tuple[str, str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What a row holds, in order."""
        return (*self.columns, *((self.reference[1],) if self.reference else ()))


_TEXT = ("name", "label", "description")

# In the order in which they must be stored: a reference points to an earlier section.
SECTIONS = (
    Section("console-ports", ConsolePortTemplate, (*_TEXT, "type")),
    Section("console-server-ports", ConsoleServerPortTemplate, (*_TEXT, "type")),
    Section("power-ports", PowerPortTemplate, (*_TEXT, "type", "maximum_draw", "allocated_draw")),
    Section(
        "power-outlets",
        PowerOutletTemplate,
        (*_TEXT, "type", "feed_leg", "color"),
        ("power_port", "power_port"),
    ),
    Section(
        "interfaces",
        InterfaceTemplate,
        (*_TEXT, "type", "enabled", "mgmt_only", "poe_mode", "poe_type", "rf_role"),
        ("bridge", "bridge"),
    ),
    Section("rear-ports", RearPortTemplate, (*_TEXT, "type", "color", "positions")),
    Section("front-ports", FrontPortTemplate, (*_TEXT, "type", "color", "positions")),
    Section("module-bays", ModuleBayTemplate, (*_TEXT, "position", "enabled")),
    Section("device-bays", DeviceBayTemplate, (*_TEXT, "enabled")),
    Section(
        "inventory-items",
        InventoryItemTemplate,
        (*_TEXT, "part_id"),
        ("manufacturer", "manufacturer"),
    ),
)
BY_KEY = {section.key: section for section in SECTIONS}
ONLY_DEVICES = ("device-bays", "inventory-items")
TYPE_COLUMNS = {
    "device": (
        "part_number",
        "u_height",
        "is_full_depth",
        "subdevice_role",
        "airflow",
        "weight",
        "weight_unit",
        "description",
        "comments",
        "exclude_from_utilization",
    ),
    "module": ("part_number", "airflow", "weight", "weight_unit", "description", "comments"),
}
# Of no use here: pictures are found by their names, and power is told by the power ports.
IGNORED = ("front_image", "rear_image", "is_powered", "profile", "attributes", "schema")
TYPE_MODELS: dict[str, type[models.Model]] = {"device": DeviceType, "module": ModuleType}


class Refused(Exception):
    """A file cannot be taken; `reasons` say why."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(reasons)
        self.reasons = list(reasons)


@dataclass
class Entry:
    """A type as its file describes it.

    `values` are the type's columns that the file gives. `parts` holds, by section key and then by
    name and ordinal (names repeat only among parts), the row of each component in the order of the
    section's `names`. `notes` say what was left out of a file that was taken.
    """

    path: str
    kind: str
    maker: str
    model: str
    slug: str | None
    values: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, dict[tuple[str, int], Row]] = field(default_factory=dict)
    mappings: set[Mapping] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, str]:
        """What a type is known by: kind, maker's slug, model."""
        return self.kind, slugify(self.maker), self.model

    @property
    def made_slug(self) -> str:
        """The slug of the file, or the one that the library's rules make of maker and model."""
        text = f"{self.maker}-{self.model}".replace("+", "-plus-").replace("/", "-")
        return self.slug or slugify(text)[:100]

    def says_the_same(self, other: Entry) -> bool:
        """Whether another file describes the type alike."""
        return (self.slug, self.values, self.parts, self.mappings) == (
            other.slug,
            other.values,
            other.parts,
            other.mappings,
        )


def parse(file: SourceFile) -> Entry:
    """Read one file. Raises Refused with every fault found in it."""
    document = _load(file)
    return _Reading(file, document).entry()


def _load(file: SourceFile) -> dict[str, Any]:
    if file.data is None or len(file.data) > MAX_FILE:
        raise Refused([f"The file is longer than {MAX_FILE >> 10} KiB."])
    try:
        document = read_document(file.data)
    except Unreadable as error:
        raise Refused([str(error)]) from error
    if not isinstance(document, dict):
        raise Refused(["The file does not hold one type."])
    return document


class _Reading:
    """The reading of one document; collects every fault before it gives up."""

    def __init__(self, file: SourceFile, document: dict[str, Any]) -> None:
        self.file = file
        self.document = document
        self.problems: list[str] = []
        self.notes: list[str] = []

    def entry(self) -> Entry:
        kind = self.file.kind
        self._check_keys(kind)
        maker = self._text("manufacturer", Manufacturer, "name", required=True)
        model = self._text("model", TYPE_MODELS[kind], "model", required=True)
        slug = self._slug() if kind == "device" else None
        if maker and not slugify(maker):
            self.problems.append(f"No slug can be made of the manufacturer {maker}.")
        values = self._values(kind)
        entry = Entry(self.file.path, kind, maker or "", model or "", slug, values)
        for section in SECTIONS:
            if section.key in self.document:
                entry.parts[section.key] = self._section(section)
        entry.mappings = self._mappings(entry)
        self._drop_loose_references(entry)
        self._check_bays(entry)
        if self.problems:
            raise Refused(_shortened(self.problems))
        entry.notes = self.notes
        return entry

    def _check_keys(self, kind: str) -> None:
        known = {
            *("manufacturer", "model", "slug", "port-mappings"),
            *(s.key for s in SECTIONS if kind == "device" or s.key not in ONLY_DEVICES),
            *TYPE_COLUMNS[kind],
            *IGNORED,
        }
        self.problems += [
            f"There is no such thing as {str(key)[:60]} in a {kind} type."
            for key in self.document
            if key not in known
        ]

    def _text(
        self, key: str, model: type[models.Model], column: str, *, required: bool = False
    ) -> str | None:
        raw = self.document.get(key)
        if required and (raw is None or raw == ""):
            self.problems.append(f"{key} is missing.")
            return None
        return self._converted(key, raw, model, column)

    def _slug(self) -> str | None:
        raw = self.document.get("slug")
        if raw is None or raw in NOTHING:
            return None
        if not isinstance(raw, str) or not re.fullmatch(r"[-A-Za-z0-9_]{1,100}", raw):
            self.problems.append("slug must be up to 100 letters, digits, hyphens and underscores.")
            return None
        return raw

    def _values(self, kind: str) -> dict[str, Any]:
        model = TYPE_MODELS[kind]
        values = {
            column: self._converted(column, self.document[column], model, column)
            for column in TYPE_COLUMNS[kind]
            if column in self.document
        }
        if values.get("weight") is not None and not values.get("weight_unit"):
            self.notes.append("The weight has no unit and was left out.")
            values = {k: v for k, v in values.items() if not k.startswith("weight")}
        return values

    def _converted(self, where: str, raw: Any, model: type[models.Model], column: str) -> Any:
        try:
            return converter(model, column)(raw)
        except ValueError as error:
            self.problems.append(f"{where} {error}.")
            return None

    def _section(self, section: Section) -> dict[tuple[str, int], Row]:
        listed = self.document[section.key]
        rows: dict[tuple[str, int], Row] = {}
        if listed == "":
            return rows
        if not isinstance(listed, list) or len(listed) > MAX_COMPONENTS:
            self.problems.append(
                f"{section.key} must be a list of up to {MAX_COMPONENTS:,} components."
            )
            return rows
        for n, item in enumerate(listed, 1):
            if not isinstance(item, dict) or not is_text(item.get("name")):
                self.problems.append(f"{section.key}, no. {n}: the name is missing.")
                continue
            name = item["name"].strip()
            ordinal = 0
            if section.key == "inventory-items":
                while (name, ordinal) in rows:
                    ordinal += 1
            elif (name, 0) in rows:
                self.problems.append(f"{section.key}: {name[:64]} is there twice.")
                continue
            rows[name, ordinal] = self._row(section, item, f"{section.key}, {name[:64]}:")
        return rows

    def _row(self, section: Section, item: dict[str, Any], where: str) -> Row:
        values = []
        for column in section.columns:
            raw = item.get(column)
            if column.endswith("_draw") and raw == "0":
                self.notes.append(f"{where} a {column} of 0 W says nothing and was left out.")
                raw = None
            if column == "type" and raw is None and not section.model._meta.get_field(column).null:
                self.problems.append(f"{where} the type is missing.")
            values.append(self._converted(f"{where} {column}", raw, section.model, column))
        if section.reference:
            raw = item.get(section.reference[0])
            if raw is not None and not isinstance(raw, str):
                self.problems.append(f"{where} {section.reference[0]} must be a name.")
                raw = None
            values.append(raw.strip() if raw and raw not in NOTHING else None)
        return tuple(values)

    def _mappings(self, entry: Entry) -> set[Mapping]:
        found: list[tuple[Any, ...]] = []
        listed = self.document.get("port-mappings") or []
        for item in listed if isinstance(listed, list) else []:
            if isinstance(item, dict):
                found.append(
                    (
                        item.get("front_port"),
                        item.get("front_port_position", "1"),
                        item.get("rear_port"),
                        item.get("rear_port_position", "1"),
                    )
                )
        fronts = self.document.get("front-ports") or []
        for item in fronts if isinstance(fronts, list) else []:
            if isinstance(item, dict) and item.get("rear_port"):
                found += self._of_front(item)
        made: set[Mapping] = set()
        for row in found:
            if self._mapping_fits(row, entry, made):
                made.add((row[0].strip(), int(row[1]), row[2].strip(), int(row[3])))
        return made

    def _of_front(self, item: dict[str, Any]) -> list[tuple[Any, ...]]:
        """A front port with several positions takes as many in a row of its rear port."""
        first, count = item.get("rear_port_position") or "1", item.get("positions") or "1"
        if not (is_whole(first) and is_whole(count)):
            return [(item.get("name"), "1", item["rear_port"], first)]
        return [
            (item.get("name"), str(n + 1), item["rear_port"], str(int(first) + n))
            for n in range(min(int(count), MAX_COMPONENTS))
        ]

    def _mapping_fits(self, row: tuple[Any, ...], entry: Entry, made: set[Mapping]) -> bool:
        front, front_position, rear, rear_position = row
        if not (is_text(front) and is_text(rear)):
            self.problems.append("A mapping names no front port or no rear port.")
            return False
        front, rear = front.strip(), rear.strip()
        ends = (
            ("front", front, "front-ports", front_position, 0),
            ("rear", rear, "rear-ports", rear_position, 2),
        )
        for side, name, key, position, at in ends:
            row_of = entry.parts.get(key, {}).get((name, 0))
            if row_of is None:
                self.problems.append(f"There is no {side} port {name[:64]} to map.")
                return False
            positions = row_of[BY_KEY[key].names.index("positions")] or 1
            if not is_whole(position) or not 1 <= int(position) <= positions:
                self.problems.append(
                    f"{side.capitalize()} port {name[:64]} has no position {str(position)[:20]}."
                )
                return False
            if any(m[at] == name and m[at + 1] == int(position) for m in made):
                self.problems.append(
                    f"Position {position} of {side} port {name[:64]} is mapped twice."
                )
                return False
        return True

    def _drop_loose_references(self, entry: Entry) -> None:
        """A reference to what the file does not have is left out: the outlet is still there."""
        targets = {"power-outlets": "power-ports", "interfaces": "interfaces"}
        for key, target in targets.items():
            rows = entry.parts.get(key, {})
            for (name, ordinal), row in rows.items():
                wanted = row[-1]
                if wanted is None:
                    continue
                if (wanted, 0) not in entry.parts.get(target, {}) or (
                    key == target and wanted == name
                ):
                    rows[name, ordinal] = (*row[:-1], None)
                    self.notes.append(
                        f"{key}, {name[:64]}: {wanted[:64]} is none of the {target}, "
                        "so the reference was left out."
                    )

    def _check_bays(self, entry: Entry) -> None:
        if not entry.parts.get("device-bays"):
            return
        role = entry.values.get("subdevice_role")
        if role is None:
            entry.values["subdevice_role"] = "parent"
            self.notes.append("It has device bays, so it was taken as a parent.")
        elif role != "parent":
            self.problems.append("A type with device bays must have the subdevice_role parent.")


def _shortened(problems: list[str]) -> list[str]:
    if len(problems) <= MAX_PROBLEMS:
        return problems
    return [*problems[:MAX_PROBLEMS], f"And {len(problems) - MAX_PROBLEMS} more faults."]
