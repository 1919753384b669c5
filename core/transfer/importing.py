"""Import: a parsed file becomes new and changed rows, all of them or none.

Every row is read, checked and written to the database, by the one write path, before it is decided
whether that stays. So a dry run tells exactly what the real run would say, including what only the
database knows, and for every bad line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.db import models, transaction
from rest_framework import serializers

from core import access, write
from core.access import Actor
from core.custom_fields import PREFIX
from core.custom_fields.values import Cleaned, flat, stored_form
from core.errors import Invalid
from core.read import ReadContext
from core.resource import Resource
from core.transfer.cells import EXTRA, Converter, Draft, Heading, drafts_of
from core.transfer.exporting import slim
from core.transfer.formats import Fault, Table
from core.transfer.references import scopes

BATCH = 1000
ROUNDS = 20  # of finding rows that wait for others of the same file, or that are at fault
SHOWN = 100  # changed rows that a report describes

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Change:
    """What an import does to one existing row: old and new value by column, as text."""

    line: int
    pk: int
    display: str
    values: dict[str, tuple[str, str]]


@dataclass
class Report:
    """What an import did, or would do."""

    dry_run: bool
    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with the file."""
        return not self.faults

    @property
    def bad_lines(self) -> int:
        """How many lines are at fault."""
        return len({fault.line for fault in self.faults})

    def as_dict(self, limit: int = 1000) -> dict[str, Any]:
        """For JSON; at most `limit` faults."""
        return {
            "dry_run": self.dry_run,
            "rows": self.rows,
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "bad_lines": self.bad_lines,
            "unread": self.unread,
            "faults": [fault.as_dict() for fault in self.faults[:limit]],
            "changes": [
                {
                    "line": change.line,
                    "id": change.pk,
                    "display": change.display,
                    "values": {name: list(pair) for name, pair in change.values.items()},
                }
                for change in self.changes
            ],
        }


class _Undo(Exception):
    """Leaves the transaction without keeping what it did."""


def run(
    resource: Resource,
    table: Table,
    user: Actor,
    *,
    dry_run: bool,
    progress: Progress | None = None,
) -> Report:
    """Import a table in one transaction; nothing stays after a dry run or a fault.

    `progress` is told how many of how many rows are done; what it raises undoes everything.
    """

    def work() -> Report:
        report = Report(dry_run)
        try:
            with transaction.atomic():
                _Import(resource, table, user, report, progress).run()
                if dry_run or not report.good:
                    raise _Undo
        except _Undo:
            pass
        report.faults.sort(key=lambda fault: (fault.line, fault.column))
        return report

    return write.retrying(work)


class _Import:
    def __init__(
        self,
        resource: Resource,
        table: Table,
        user: Actor,
        report: Report,
        progress: Progress | None,
    ) -> None:
        self.resource, self.table, self.user = resource, table, user
        self.report, self.progress = report, progress
        self.heading = Heading(resource, table)
        self.converter = Converter(resource, self.heading, user)
        self.missing: set[str] = set()
        self.before: dict[int, dict[str, Any]] = {}
        self.written = 0

    def run(self) -> None:
        drafts = drafts_of(self.table)
        self.report.rows = len(drafts) + len({f.line for f in self.table.faults if f.column == ""})
        self.report.unread = self.heading.unread
        self.report.faults += self.table.faults + self.heading.faults
        self._permitted(drafts)
        self._required(drafts)
        self.converter.convert(drafts)
        self._read_before(drafts)
        ready = [draft for draft in drafts if not draft.waiting]
        waiting = [draft for draft in drafts if draft.waiting]
        for _ in range(ROUNDS):
            self._write(ready)
            if not waiting:
                break
            self._retry(waiting)
            ready = [draft for draft in waiting if not draft.waiting]
            waiting = [draft for draft in waiting if draft.waiting]
            if not ready:
                break
        for draft in waiting:
            for name, text in draft.waiting.items():
                target: Any = self.resource.field(name)
                draft.fault(name, f'There is no {target.target.name} "{text[:100]}".')
        for draft in drafts:
            self.report.faults += draft.faults

    def _permitted(self, drafts: Sequence[Draft]) -> None:
        wanted = {access.ADD if draft.new else access.CHANGE for draft in drafts}
        for action in wanted:
            method = "patch" if action == access.CHANGE else "post"
            model = self.resource.model
            if method not in self.resource.methods or not access.may(self.user, action, model):
                raise Invalid.one(NON_FIELD_ERRORS, f"You may not {action} {self.resource.plural}.")

    def _required(self, drafts: Sequence[Draft]) -> None:
        """Say once, not on every line, that a needed column is not there."""
        if not any(draft.new for draft in drafts):
            return
        given = {*self.heading.plain, *self.heading.lookups}
        for declared in self.resource.writable_fields:
            accepts = declared.write_field()
            if accepts is not None and accepts.required and declared.name not in given:
                self.missing.add(declared.name)
                sentence = f"The column {declared.name} is needed for new rows."
                self.report.faults.append(Fault(self.heading.line, declared.name, sentence))

    def _read_before(self, drafts: Sequence[Draft]) -> None:
        ids = [draft.pk for draft in drafts if draft.pk is not None]
        names = ["id", "display", *(n for n in self.heading.plain if n not in EXTRA)]
        names += self.heading.lookups
        names = [n for n in dict.fromkeys(names) if self.resource.has_field(n)]
        names = [n for n in names if n not in self.resource.write_only]
        reader, context = self.resource.reader(tuple(names)), ReadContext(user=self.user)
        for start in range(0, len(ids), BATCH * 5):
            self.before.update(reader.by_id(ids[start : start + BATCH * 5], context))
        for draft in drafts:
            if draft.pk is not None and draft.pk not in self.before:
                draft.fault("id", f"There is no {self.resource.name} with id {draft.pk}.")

    def _retry(self, waiting: Sequence[Draft]) -> None:
        """Look again for references to rows that have just been written."""
        for name in {name for draft in waiting for name in draft.waiting}:
            declared: Any = self.resource.field(name)
            self.converter.finder(declared.target).load(
                draft.waiting[name] for draft in waiting if name in draft.waiting
            )
            shared = scopes(self.resource, declared.target)
            for draft in waiting:
                if name in draft.waiting:
                    self.converter.choose(draft, declared, draft.waiting[name], shared)

    # checking and writing

    def _write(self, drafts: Sequence[Draft]) -> None:
        self._validate(drafts)
        sound = [draft for draft in drafts if not draft.faults]
        changed = [d for d in sound if not d.new and self._changes(d)]
        created = [d for d in sound if d.new]
        if not self.missing:
            size = len(changed) if self.resource.deferrable else BATCH
            self.report.changed += self._store(changed, self._update, size or 1)
            self.report.created += self._store(created, self._create, BATCH)

    def _validate(self, drafts: Sequence[Draft]) -> None:
        context: dict[str, Any] = {"user": self.user, "references": {}}
        make = self.resource.serializer_class
        full, partial = make(context=context), make(partial=True, context=context)
        for draft in drafts:
            try:
                checked = (full if draft.new else partial).run_validation(draft.data)
                draft.values = dict(checked)
            except serializers.ValidationError as error:
                self._note(draft, error.detail)
            for name in EXTRA:
                if name in draft.data:
                    draft.values[name] = draft.data[name]

    def _note(self, draft: Draft, detail: Any) -> None:
        known = {fault.column for fault in draft.faults}
        for name, messages in flat(detail).items():
            head = "" if name in ("non_field_errors", NON_FIELD_ERRORS) else str(name)
            if head in self.missing or head in known or head in draft.waiting:
                continue
            for message in dict.fromkeys(_sentences(messages)):
                draft.fault(head, message)

    def _changes(self, draft: Draft) -> bool:
        """Whether a row would change; counts it and keeps only the values that differ."""
        before = self.before[draft.pk or 0]
        differing = {}
        for name, value in draft.values.items():
            if name == "custom_fields":
                changed = self._custom_changes(before, value)
                differing.update({name: changed} if changed else {})
                continue
            # As it stands there too: texts with blanks around them were not written by REST.
            raw = draft.data.get(name)
            if name in before and (same(before[name], value) or _alike(before[name], raw)):
                continue
            differing[name] = value
        draft.values = differing
        if not differing:
            self.report.unchanged += 1
            self._step(1)
            return False
        if len(self.report.changes) < SHOWN:
            was = flat(before)
            texts = {n: (text(was.get(n)), text(v)) for n, v in flat(differing).items()}
            self.report.changes.append(
                Change(draft.line, draft.pk or 0, str(before["display"]), texts)
            )
        return True

    def _custom_changes(self, before: dict[str, Any], values: Cleaned) -> Cleaned | None:
        """The custom data that differ from what the row has."""
        was = {**(before.get("custom_fields") or {})}
        was |= {name[len(PREFIX) :]: v for name, v in before.items() if name.startswith(PREFIX)}
        differing = {
            name: value for name, value in values.items() if stored_form(was.get(name)) != value
        }
        raw = {name: values.raw[name] for name in differing}
        return Cleaned(differing, raw, values.version) if differing else None

    def _store(
        self, drafts: Sequence[Draft], store: Callable[[Sequence[Draft]], None], size: int
    ) -> int:
        """Write drafts by batches and note the faults of each; returns how many are sound."""
        for start in range(0, len(drafts), size):
            batch = list(drafts[start : start + size])
            self._step(len(batch))
            for _ in range(ROUNDS):
                try:
                    if batch:
                        with transaction.atomic():
                            store(batch)
                    break
                except Invalid as error:
                    for draft, messages in zip(batch, error.items, strict=True):
                        self._note(draft, messages)
                    batch = [draft for draft in batch if not draft.faults]
        return sum(not draft.faults for draft in drafts)

    def _create(self, batch: Sequence[Draft]) -> None:
        write.create(self.resource, [draft.values for draft in batch], self.user)

    def _update(self, batch: Sequence[Draft]) -> None:
        changes = [(draft.pk or 0, draft.values) for draft in batch]
        write.update(self.resource, changes, self.user)

    def _step(self, count: int) -> None:
        self.written += count
        if self.progress:
            self.progress(min(self.written, self.report.rows), self.report.rows)


def _sentences(messages: Any) -> list[str]:
    if isinstance(messages, dict):
        return [f"{key}: {m}" for key, inner in messages.items() for m in _sentences(inner)]
    if isinstance(messages, list | tuple):
        return [sentence for message in messages for sentence in _sentences(message)]
    return [str(messages)]


def _alike(before: Any, raw: Any) -> bool:
    """Whether a value read by REST equals what the file says, before it was validated."""
    if isinstance(raw, list):
        return bool(slim(before) == slim(raw))
    return same(before, raw)


def same(before: Any, value: Any) -> bool:
    """Whether a value read by REST equals a validated one."""
    if isinstance(value, models.Model):
        return isinstance(before, dict) and before.get("id") == value.pk
    if isinstance(value, list) and value and isinstance(value[0], models.Model):
        if not isinstance(before, list) or not all(isinstance(b, dict) for b in before):
            return False
        return {row.pk for row in value} == {item.get("id") for item in before}
    if isinstance(before, dict) and set(before) == {"value", "label"}:
        return bool(before["value"] == value)
    if isinstance(value, Decimal):
        return before is not None and Decimal(repr(before)) == value
    if before is None or value is None:
        return before in (None, "") and value in (None, "")
    if isinstance(value, list | dict | bool | int | float | dt.date):
        return bool(before == value)
    return str(before) == str(value)


def text(value: Any) -> str:
    """A value, read or validated, as people read it."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return str(value.get("display") or value.get("value") or value)
    if isinstance(value, list):
        return ", ".join(text(item) for item in value)
    return str(value)
