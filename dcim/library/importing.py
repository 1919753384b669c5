"""The import of a library: every file on its own, all or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import DatabaseError, transaction
from django.utils.text import slugify

from core import registry
from core.errors import messages_of
from dcim.library import store
from dcim.library.parse import TYPE_MODELS, Entry, Refused, parse
from dcim.library.pictures import import_pictures
from dcim.library.source import read_library

CATALOGUE = Path(__file__).parent / "catalogue"
BATCH = 250  # files in one transaction
Progress = Callable[[str, int, int | None], None]


@dataclass
class Report:
    """What an import did. Counts are of type files, but for the last three.

    `components` counts those of created types, `pictures` those that were new to their types.
    `refused` and `notes` have sentences by path; a note says what was left out of a file that was
    taken. `repeated` are files that say the same as another, with the path of that one.
    """

    read: int = 0
    created: dict[str, int] = field(default_factory=lambda: {"device": 0, "module": 0})
    updated: dict[str, int] = field(default_factory=lambda: {"device": 0, "module": 0})
    unchanged: dict[str, int] = field(default_factory=lambda: {"device": 0, "module": 0})
    refused: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    repeated: dict[str, str] = field(default_factory=dict)
    manufacturers: int = 0
    components: int = 0
    pictures: int = 0
    seconds: float = 0.0

    @property
    def changed(self) -> int:
        """How many files made a difference."""
        return sum(self.created.values()) + sum(self.updated.values()) + self.pictures

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**self.__dict__, "seconds": round(self.seconds, 1)}


def import_library(
    path: Path | None = None,
    *,
    only: Sequence[str] = (),
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Import a library's folder or archive; without `path`, the types that come with Headroom.

    A type that is there already is made what its file says, with its component templates; what a
    file leaves out of the type itself stays. A file that cannot be taken leaves nothing behind and
    is reported with the reasons. Pictures of the device types come in too. `only` are
    manufacturers, as their folders are called. With `dry_run` nothing is kept. Raises SourceError
    when the library cannot be read.
    """
    started = time.monotonic()
    report = Report()
    say = progress or (lambda stage, done, total: None)
    entries = _read(path or CATALOGUE, only, report, say)
    done = 0
    for batch in _batches(entries):
        with transaction.atomic():
            _Import(batch, report).run()
            if dry_run:
                transaction.set_rollback(True)
        done += len(batch)
        say("Storing", done, len(entries))
    shown = {
        (slugify(entry.maker), entry.made_slug)
        for entry in entries
        if entry.kind == "device" and entry.path not in report.refused
    }
    report.pictures, refused = import_pictures(path or CATALOGUE, shown, dry_run=dry_run)
    report.refused |= {name: [reason] for name, reason in refused.items()}
    report.seconds = time.monotonic() - started
    return report


def _read(path: Path, only: Sequence[str], report: Report, say: Progress) -> list[Entry]:
    wanted = {slugify(name) for name in only}
    taken: list[Entry] = []
    for file in read_library(path):
        if wanted and slugify(file.path.split("/")[1]) not in wanted:
            continue
        report.read += 1
        try:
            taken.append(parse(file))
        except Refused as error:
            report.refused[file.path] = error.reasons
        say("Reading", report.read, None)
    return _each_once(taken, report)


def _each_once(taken: Sequence[Entry], report: Report) -> list[Entry]:
    """One entry for each model: the first by path. Another that says the same is no fault."""
    entries: dict[tuple[str, str, str], Entry] = {}
    for entry in sorted(taken, key=lambda e: e.path):
        first = entries.setdefault(entry.key, entry)
        if entry is first:
            if entry.notes:
                report.notes[entry.path] = entry.notes
        elif entry.says_the_same(first):
            report.repeated[entry.path] = first.path
        else:
            report.refused[entry.path] = [f"{first.path} describes the same model otherwise."]
    return list(entries.values())


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    for kind in TYPE_MODELS:
        of_kind = [entry for entry in entries if entry.kind == kind]
        for start in range(0, len(of_kind), BATCH):
            yield of_kind[start : start + BATCH]


class _Import:
    """The import of some entries of one kind, within the caller's transaction."""

    def __init__(self, entries: Sequence[Entry], report: Report) -> None:
        self.kind = entries[0].kind
        self.entries = entries
        self.report = report
        self.makers = store.Makers()

    def run(self) -> None:
        stored = store.load(self.kind, self.entries, self.makers)
        slugs = self._slugs(stored)
        new = []
        for entry in self.entries:
            if entry.path in self.report.refused:
                continue
            known = stored.get(entry.key)
            if known is None:
                new.append(entry)
            elif store.differs(entry, known, self.makers):
                self._update(entry, known)
            else:
                self.report.unchanged[self.kind] += 1
        self._insert_all(new, slugs)

    def _slugs(self, stored: dict[tuple[str, str, str], store.Stored]) -> dict[int, str]:
        """The slug of each new device type; two models may not share a slug that files give."""
        if self.kind != "device":
            return {}
        taken = {
            (str(maker), slug): model
            for (maker, slug), model in store.taken_slugs(self.entries, self.makers).items()
        }
        slugs: dict[int, str] = {}
        for entry in sorted(self.entries, key=lambda e: e.slug is None):
            maker = str(self.makers.get(entry.maker) or entry.key[1])
            slug = entry.made_slug
            if entry.slug and taken.get((maker, slug), entry.model) != entry.model:
                self.report.refused[entry.path] = [
                    f"The slug {slug} belongs to {taken[maker, slug]}."
                ]
                continue
            if entry.key in stored and not entry.slug:
                continue
            number = 1
            while taken.get((maker, slug), entry.model) != entry.model:
                number += 1
                slug = f"{entry.made_slug[:95]}-{number}"
            taken[maker, slug] = entry.model
            slugs[id(entry)] = slug
        return slugs

    def _insert_all(self, new: list[Entry], slugs: dict[int, str]) -> None:
        """Together; only when the database refuses, one by one to find out which."""
        if not new:
            return
        try:
            with transaction.atomic():
                made = store.insert(self.kind, new, self.makers, slugs)
            self._count(new, made)
        except DatabaseError:
            self.makers = store.Makers()
            for entry in new:
                self._insert(entry, slugs)

    def _insert(self, entry: Entry, slugs: dict[int, str]) -> None:
        try:
            with transaction.atomic():
                made = store.insert(self.kind, [entry], self.makers, slugs)
            self._count([entry], made)
        except DatabaseError as error:
            self._refuse(entry, error)

    def _update(self, entry: Entry, known: store.Stored) -> None:
        try:
            with transaction.atomic():
                self.report.manufacturers += store.update(entry, known, self.makers)
            self.report.updated[self.kind] += 1
        except DatabaseError as error:
            self._refuse(entry, error)

    def _count(self, entries: Sequence[Entry], made: int) -> None:
        self.report.created[self.kind] += len(entries)
        self.report.manufacturers += made
        self.report.components += sum(len(rows) for e in entries for rows in e.parts.values())

    def _refuse(self, entry: Entry, error: DatabaseError) -> None:
        said = messages_of(error, registry.of_model(TYPE_MODELS[self.kind])) or {}
        reasons = [message for messages in said.values() for message in messages]
        self.report.refused[entry.path] = reasons or [f"The database refused it: {error}".strip()]
        self.report.notes.pop(entry.path, None)
        self.makers = store.Makers()
