"""Rules over the whole database, each checked by one set-based statement.

Rules that PostgreSQL or a trigger holds are checked again here: a restore, an operator's SQL or a
switched-off trigger may have gone around them. Each app declares its own in `integrity.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import Model
from django.utils.module_loading import autodiscover_modules

Finding = tuple[str, str]  # the object, such as `dcim.device 5`, and what is wrong with it


@dataclass(frozen=True)
class Rule:
    """One rule: its name, what holds, and how to find what breaks it."""

    name: str
    sentence: str
    find: Callable[[], Iterable[Finding]]


@dataclass(frozen=True)
class Violation:
    """An object that breaks a rule."""

    rule: Rule
    subject: str
    detail: str

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.rule.name}: {self.subject}: {self.rule.sentence}{detail}"


_rules: dict[str, Rule] = {}


def rule(model: type[Model], name: str, sentence: str, sql: str) -> None:
    """Declare a rule. `sql` selects the id and, optionally, a text for each row that breaks it."""

    def find() -> Iterator[Finding]:
        return rows(model, sql)

    add(Rule(name, sentence, find))


def add(found: Rule) -> None:
    """Declare a rule that needs more than one statement."""
    _rules[found.name] = found


def rows(model: type[Model], sql: str, parameters: Iterable[object] = ()) -> Iterator[Finding]:
    """The rows of `model` that a statement selects by id, with its second column as detail."""
    label = model._meta.label_lower
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters) or None)  # type: ignore[arg-type]
        for row in cursor.fetchall():
            yield f"{label} {row[0]}", "" if len(row) < 2 or row[1] is None else str(row[1])


def rules() -> list[Rule]:
    """Every declared rule, by name."""
    autodiscover_modules("integrity")
    from core.integrity import declared, schema

    return [*schema.rules(), *declared.rules(), *(_rules[name] for name in sorted(_rules))]


def violations() -> Iterator[Violation]:
    """Everything in the database that breaks a rule."""
    for each in rules():
        for subject, detail in each.find():
            yield Violation(each, subject, detail)
