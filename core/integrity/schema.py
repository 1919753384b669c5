"""What should guard the data is there and on: triggers, constraints, indexes."""

from __future__ import annotations

from collections.abc import Iterator

import pgtrigger
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import connection
from django.db.models import CheckConstraint, Model, UniqueConstraint

from core.custom_fields import definitions
from core.history import install
from core.integrity import Finding, Rule


def rules() -> list[Rule]:
    """The rules about the schema."""
    return [
        Rule("triggers", "A trigger is missing or switched off.", _triggers),
        Rule("history_triggers", "A trigger of the change history is missing.", _history),
        Rule("constraints", "A constraint is missing or not validated.", _constraints),
        Rule("references", "A foreign key is missing or not validated.", _references),
        Rule("unique_indexes", "An index of unique values is missing.", _custom_indexes),
    ]


def managed() -> list[type[Model]]:
    """The models that have a table, those of relations between many included."""
    models = apps.get_models(include_auto_created=True)
    return [m for m in models if m._meta.managed and not m._meta.proxy]


def _names(sql: str) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {(str(table), str(name)) for table, name in cursor.fetchall()}


def _triggers() -> Iterator[Finding]:
    present = _names(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgenabled IN ('O', 'A')"
    )
    for model, trigger in pgtrigger.registered():
        if (model._meta.db_table, trigger.get_pgid(model)) not in present:
            yield f"table {model._meta.db_table}", f"{trigger.name}"


def _history() -> Iterator[Finding]:
    for table, name in install.missing():
        yield f"table {table}", name


def _constraints() -> Iterator[Finding]:
    present = _names(
        "SELECT c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
        " WHERE k.convalidated"
        " UNION SELECT c.relname, i.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid"
        " JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indisvalid AND x.indisunique"
    )
    for model in managed():
        for each in model._meta.constraints:
            kinds = (CheckConstraint, UniqueConstraint, ExclusionConstraint)
            if isinstance(each, kinds) and (model._meta.db_table, each.name) not in present:
                yield f"table {model._meta.db_table}", str(each.name)
    alone = _names(
        "SELECT c.relname, a.attname FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]"
        " WHERE x.indisvalid AND x.indisunique AND (x.indnkeyatts = 1 OR x.indisprimary)"
    )
    for model in managed():
        for field in model._meta.local_concrete_fields:
            if field.unique and (model._meta.db_table, str(field.column)) not in alone:
                yield f"table {model._meta.db_table}", f"unique {field.column}"


def _references() -> Iterator[Finding]:
    present = _names(
        "SELECT c.relname, a.attname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]"
        " WHERE k.contype = 'f' AND k.convalidated"
    )
    for model in managed():
        for field in model._meta.local_concrete_fields:
            held = field.is_relation and getattr(field, "db_constraint", False)
            if held and (model._meta.db_table, str(field.column)) not in present:
                yield f"table {model._meta.db_table}", str(field.column)


def _custom_indexes() -> Iterator[Finding]:
    present = {
        name
        for _, name in _names(
            "SELECT c.relname, i.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid"
            " JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indisvalid AND x.indisunique"
        )
    }
    for each in definitions.current().every:
        for kind in each.types if each.unique else ():
            if f"{each.index_stem}{kind}" not in present:
                model = ContentType.objects.get_for_id(kind).model_class()
                yield f"table {model._meta.db_table if model else kind}", each.name
