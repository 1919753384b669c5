"""Types as they are stored: read for comparison, inserted many at a time, brought up to date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.text import slugify

from dcim.library.parse import (
    ONLY_DEVICES,
    SECTIONS,
    TYPE_COLUMNS,
    TYPE_MODELS,
    Entry,
    Mapping,
    Row,
    Section,
)
from dcim.models import PortTemplateMapping
from racks.models import Manufacturer

BATCH = 2000
Rows = dict[tuple[str, int], Row]


class Makers:
    """The manufacturers, found by the slug of a name or by the name itself."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        for pk, name, slug in Manufacturer.objects.values_list("pk", "name", "slug"):
            self.ids.setdefault(name.lower(), pk)
            self.ids[f"slug {slug}"] = pk

    def get(self, name: str) -> int | None:
        """The manufacturer's id; None where there is none."""
        return self.ids.get(f"slug {slugify(name)}") or self.ids.get(name.lower())

    def ensure(self, names: Iterable[str]) -> int:
        """Store those that are missing; returns how many."""
        missing = {slugify(name): name for name in sorted(names) if self.get(name) is None}
        made = Manufacturer.objects.bulk_create(
            Manufacturer(name=name, slug=slug) for slug, name in missing.items()
        )
        for maker in made:
            self.ids[maker.name.lower()] = self.ids[f"slug {maker.slug}"] = maker.pk
        return len(made)


@dataclass
class Stored:
    """A type as it is in the database, its components with their ids."""

    pk: int
    slug: str | None
    values: dict[str, Any]
    parts: dict[str, Rows] = field(default_factory=dict)
    ids: dict[str, dict[tuple[str, int], int]] = field(default_factory=dict)
    mappings: set[Mapping] = field(default_factory=set)


def sections_of(kind: str) -> list[Section]:
    """The sections that types of a kind have."""
    return [s for s in SECTIONS if kind == "device" or s.key not in ONLY_DEVICES]


def load(kind: str, entries: Sequence[Entry], makers: Makers) -> dict[tuple[str, str, str], Stored]:
    """What is stored of the types that `entries` describe, by the entries' keys."""
    keys = {(makers.get(entry.maker), entry.model): entry.key for entry in entries}
    owner = f"{kind}_type"
    columns = [*TYPE_COLUMNS[kind], *(["slug"] if kind == "device" else [])]
    rows = TYPE_MODELS[kind]._default_manager.filter(
        manufacturer__in={maker for maker, _ in keys if maker}, model__in={m for _, m in keys}
    )
    found: dict[int, Stored] = {}
    by_key: dict[tuple[str, str, str], Stored] = {}
    for row in rows.order_by().values("pk", "manufacturer_id", "model", *columns):
        key = keys.get((row.pop("manufacturer_id"), row.pop("model")))
        if key:
            stored = Stored(row.pop("pk"), row.pop("slug", None), row)
            found[stored.pk] = by_key[key] = stored
    if found:
        for section in sections_of(kind):
            _load_section(section, owner, found)
        _load_mappings(owner, found)
    return by_key


def _load_section(section: Section, owner: str, found: dict[int, Stored]) -> None:
    lookups = {"power_port": "power_port__name", "bridge": "bridge__name"}
    columns = [lookups.get(name, name) for name in section.names]
    rows = section.model._default_manager.filter(**{f"{owner}__in": list(found)})
    if section.key == "inventory-items":
        rows = rows.filter(parent=None)  # a file knows no parts of parts
    for pk, type_id, *values in rows.order_by("pk").values_list("pk", f"{owner}_id", *columns):
        stored = found[type_id]
        known = stored.parts.setdefault(section.key, {})
        ordinal = 0
        while (values[0], ordinal) in known:
            ordinal += 1
        known[values[0], ordinal] = tuple(values)
        stored.ids.setdefault(section.key, {})[values[0], ordinal] = pk


def _load_mappings(owner: str, found: dict[int, Stored]) -> None:
    rows = PortTemplateMapping.objects.filter(**{f"front_port__{owner}__in": list(found)})
    for type_id, *mapping in rows.order_by().values_list(
        f"front_port__{owner}_id",
        "front_port__name",
        "front_port_position",
        "rear_port__name",
        "rear_port_position",
    ):
        front, front_position, rear, rear_position = mapping
        found[type_id].mappings.add((front, front_position, rear, rear_position))


def wanted_rows(section: Section, entry: Entry, makers: Makers) -> Rows:
    """An entry's rows as `load` would read them: a part's maker by id, -1 for one to be made."""
    rows = entry.parts.get(section.key, {})
    if section.key != "inventory-items":
        return rows
    return {
        key: (*row[:-1], (makers.get(row[-1]) or -1) if row[-1] else None)
        for key, row in rows.items()
    }


def differs(entry: Entry, stored: Stored, makers: Makers) -> bool:
    """Whether the file says anything else than the database."""
    return (
        bool(_changes(entry, stored))
        or entry.mappings != stored.mappings
        or any(
            wanted_rows(section, entry, makers) != stored.parts.get(section.key, {})
            for section in sections_of(entry.kind)
        )
    )


def _changes(entry: Entry, stored: Stored) -> dict[str, Any]:
    """The type's columns that the file gives and that differ. What it leaves out stays."""
    changes = {k: v for k, v in entry.values.items() if stored.values[k] != v}
    if entry.slug and entry.slug != stored.slug:
        changes["slug"] = entry.slug
    return changes


def makers_of(entries: Iterable[Entry]) -> set[str]:
    """The names of the manufacturers that entries mention."""
    names = set()
    for entry in entries:
        names.add(entry.maker)
        names.update(row[-1] for row in entry.parts.get("inventory-items", {}).values() if row[-1])
    return names


def insert(kind: str, entries: Sequence[Entry], makers: Makers, slugs: dict[int, str]) -> int:
    """Store new types with everything in them; returns the number of manufacturers made.

    `slugs` has the slug of each device type by the identity of its entry.
    """
    made = makers.ensure(makers_of(entries))
    model: Any = TYPE_MODELS[kind]
    rows = []
    for entry in entries:
        row = model(manufacturer_id=makers.get(entry.maker), model=entry.model, **entry.values)
        if kind == "device":
            row.slug = slugs[id(entry)]
        rows.append(row)
    model.objects.bulk_create(rows, batch_size=BATCH)
    writer = _Writer(kind, makers)
    owned = [(row.pk, entry) for row, entry in zip(rows, entries, strict=True)]
    for section in sections_of(kind):
        writer.create(section, [(pk, entry.parts.get(section.key, {})) for pk, entry in owned])
    writer.map_ports([(pk, entry.mappings) for pk, entry in owned])
    return made


def update(entry: Entry, stored: Stored, makers: Makers) -> int:
    """Make a stored type and its components what the file says; returns the makers made.

    Devices that exist keep their components.
    """
    made = makers.ensure(makers_of([entry]))
    owner = f"{entry.kind}_type"
    sections = sections_of(entry.kind)
    wanted = {section.key: wanted_rows(section, entry, makers) for section in sections}
    moved = entry.mappings != stored.mappings or any(
        wanted[key] != stored.parts.get(key, {}) for key in ("front-ports", "rear-ports")
    )
    if moved:
        PortTemplateMapping.objects.filter(**{f"front_port__{owner}": stored.pk}).delete()
    for section in reversed(sections):
        known = stored.ids.get(section.key, {})
        gone = [pk for key, pk in known.items() if key not in wanted[section.key]]
        if gone:
            section.model._default_manager.filter(pk__in=gone).delete()
    TYPE_MODELS[entry.kind]._default_manager.filter(pk=stored.pk).update(
        **_changes(entry, stored), last_updated=timezone.now()
    )
    writer = _Writer(entry.kind, makers)
    for section in sections:
        known = stored.ids.get(section.key, {})
        rows = stored.parts.get(section.key, {})
        given = entry.parts.get(section.key, {})
        kept = {key: pk for key, pk in known.items() if key in given}
        writer.know(section, stored.pk, kept)
        writer.create(section, [(stored.pk, {k: r for k, r in given.items() if k not in known})])
        changed = {k: given[k] for k in kept if rows[k] != wanted[section.key][k]}
        writer.change(section, stored.pk, changed, known)
    if moved:
        writer.map_ports([(stored.pk, entry.mappings)])
    return made


class _Writer:
    """Stores components section by section and remembers their ids for those that refer to them."""

    def __init__(self, kind: str, makers: Makers) -> None:
        self.owner = f"{kind}_type_id"
        self.makers = makers
        self.ids: dict[tuple[str, int, str], int] = {}

    def know(self, section: Section, owner: int, ids: dict[tuple[str, int], int]) -> None:
        """Remember components that are there already."""
        self.ids.update({(section.key, owner, name): pk for (name, _), pk in ids.items()})

    def create(self, section: Section, owned: Sequence[tuple[int, Rows]]) -> None:
        """Store new components of types."""
        model: Any = section.model
        rows, bridged = [], []
        for owner, given in owned:
            for row in given.values():
                made = model(**{self.owner: owner}, **self._values(section, owner, row))
                rows.append(made)
                if section.key == "interfaces" and row[-1]:
                    bridged.append((made, owner, row[-1]))
        model.objects.bulk_create(rows, batch_size=BATCH)
        for made in rows:
            self.ids[section.key, getattr(made, self.owner), made.name] = made.pk
        for made, owner, name in bridged:
            made.bridge_id = self.ids[section.key, owner, name]
        if bridged:
            model.objects.bulk_update([made for made, _, _ in bridged], ["bridge"], BATCH)

    def change(
        self, section: Section, owner: int, changed: Rows, ids: dict[tuple[str, int], int]
    ) -> None:
        """Rewrite components."""
        if not changed:
            return
        model: Any = section.model
        rows = []
        for key, row in changed.items():
            made = model(pk=ids[key], **self._values(section, owner, row))
            made.last_updated = timezone.now()
            if section.key == "interfaces" and row[-1]:
                made.bridge_id = self.ids[section.key, owner, row[-1]]
            rows.append(made)
        model.objects.bulk_update(rows, [*section.names, "last_updated"], BATCH)

    def map_ports(self, owned: Sequence[tuple[int, set[Mapping]]]) -> None:
        """Store the mappings between front and rear ports."""
        PortTemplateMapping.objects.bulk_create(
            (
                PortTemplateMapping(
                    front_port_id=self.ids["front-ports", owner, front],
                    front_port_position=front_position,
                    rear_port_id=self.ids["rear-ports", owner, rear],
                    rear_port_position=rear_position,
                )
                for owner, mappings in owned
                for front, front_position, rear, rear_position in sorted(mappings)
            ),
            batch_size=BATCH,
        )

    def _values(self, section: Section, owner: int, row: Row) -> dict[str, Any]:
        values = dict(zip(section.columns, row, strict=False))
        if section.key == "power-outlets":
            values["power_port_id"] = self.ids["power-ports", owner, row[-1]] if row[-1] else None
        elif section.key == "inventory-items":
            values["manufacturer_id"] = self.makers.get(row[-1]) if row[-1] else None
        return values


def taken_slugs(entries: Sequence[Entry], makers: Makers) -> dict[tuple[int, str], str]:
    """The models of the device types of the entries' makers, by maker and slug."""
    ids = {makers.get(entry.maker) for entry in entries} - {None}
    rows: models.QuerySet[Any] = TYPE_MODELS["device"]._default_manager.filter(manufacturer__in=ids)
    found = rows.order_by().values_list("manufacturer_id", "slug", "model")
    return {(maker, slug): model for maker, slug, model in found}
