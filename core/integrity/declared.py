"""Rules that follow from what the models declare: references, checks, trees, custom values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import CheckConstraint, Model
from psycopg import sql
from psycopg.types.json import Jsonb

from core.custom_fields import definitions
from core.custom_fields.definitions import Definition, Kind
from core.custom_fields.writing import COLUMN
from core.integrity import Finding, Rule, rows
from core.integrity.schema import managed
from core.models import TreeRecord


def rules() -> list[Rule]:
    """The derived rules."""
    return [
        Rule("reference_exists", "It refers to a row that does not exist.", _references),
        Rule("generic_reference_exists", "It refers to an object that does not exist.", _generic),
        Rule("check_holds", "A check of its table does not hold.", _checks),
        Rule("tree_no_cycle", "It is not below any root of its tree.", _unrooted),
        Rule("tree_path", "Its path is not that of its parent and itself.", _paths),
        Rule("custom_field_unique", "Another row has the same value.", _custom_unique),
        Rule("custom_field_known", "It has no custom field of this name.", _custom_unknown),
        Rule("custom_field_value", "A custom field cannot hold this value.", _custom_values),
    ]


def _quote(name: object) -> str:
    return connection.ops.quote_name(str(name))


def _pk(model: type[Model]) -> str:
    return _quote(model._meta.pk.column if model._meta.pk else "id")


def _references() -> Iterator[Finding]:
    for model in managed():
        for field in model._meta.local_concrete_fields:
            target: Any = field.related_model
            if not field.is_relation or not getattr(field, "db_constraint", False):
                continue
            column = _quote(field.column)
            yield from rows(
                model,
                f"SELECT t.{_pk(model)}, '{field.name} ' || t.{column}"  # noqa: S608
                f" FROM {_quote(model._meta.db_table)} t LEFT JOIN"
                f" {_quote(target._meta.db_table)} r ON r.{_pk(target)} = t.{column}"
                f" WHERE t.{column} IS NOT NULL AND r.{_pk(target)} IS NULL",
            )


def _generic() -> Iterator[Finding]:
    for model in managed():
        for field in model._meta.private_fields:
            if isinstance(field, GenericForeignKey):
                yield from _generic_of(model, field)


def _generic_of(model: type[Model], field: GenericForeignKey) -> Iterator[Finding]:
    kind = _quote(model._meta.get_field(field.ct_field).column)  # type: ignore[union-attr]
    number = _quote(model._meta.get_field(field.fk_field).column)  # type: ignore[union-attr]
    table = _quote(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {kind} FROM {table} WHERE {kind} IS NOT NULL")  # noqa: S608
        kinds = [row[0] for row in cursor.fetchall()]
    for each in kinds:
        found = ContentType.objects.filter(pk=each).first()
        target = found.model_class() if found else None
        chosen = f"SELECT t.{_pk(model)}, concat_ws(' ', '{found}', t.{number}) FROM {table} t"  # noqa: S608
        if target is None:
            yield from rows(model, f"{chosen} WHERE t.{kind} = {int(each)}")
            continue
        yield from rows(
            model,
            f"{chosen} LEFT JOIN {_quote(target._meta.db_table)} r ON r.{_pk(target)} = t.{number}"
            f" WHERE t.{kind} = {int(each)} AND r.{_pk(target)} IS NULL",
        )


def _checks() -> Iterator[Finding]:
    with connection.schema_editor(collect_sql=True) as editor:
        checks = [
            (model, each.name, each._get_check_sql(model, editor))  # type: ignore[attr-defined]
            for model in managed()
            for each in model._meta.constraints
            if isinstance(each, CheckConstraint)
        ]
    for model, name, condition in checks:
        # The text is a statement already; a percent sign in it stands for itself.
        yield from rows(
            model,
            f"SELECT {_pk(model)}, '{name}' FROM {_quote(model._meta.db_table)}"  # noqa: S608
            f" WHERE NOT ({condition})",
        )


def _trees() -> Iterator[type[Model]]:
    return (model for model in apps.get_models() if issubclass(model, TreeRecord))


def _true_paths(table: str) -> str:
    down = (
        f"SELECT id, ARRAY[id], ARRAY[lower(name)::text] FROM {table} WHERE parent_id IS NULL"  # noqa: S608
        " UNION ALL SELECT t.id, down.path || t.id, down.sort_path || lower(t.name)::text"
        f" FROM {table} t JOIN down ON down.id = t.parent_id"
    )
    return f"WITH RECURSIVE down(id, path, sort_path) AS ({down})"


def _unrooted() -> Iterator[Finding]:
    for model in _trees():
        if model._meta.proxy:
            continue
        table = _quote(model._meta.db_table)
        yield from rows(
            model,
            f"{_true_paths(table)} SELECT t.id FROM {table} t"  # noqa: S608
            " WHERE t.id NOT IN (SELECT id FROM down)"
            f" AND EXISTS (SELECT 1 FROM {table} p WHERE p.id = t.parent_id)",
        )


def _paths() -> Iterator[Finding]:
    for model in _trees():
        if model._meta.proxy:
            continue
        table = _quote(model._meta.db_table)
        yield from rows(
            model,
            f"{_true_paths(table)} SELECT t.id, t.path::text FROM {table} t JOIN down USING (id)"  # noqa: S608
            " WHERE ROW(t.path, t.sort_path) IS DISTINCT FROM ROW(down.path, down.sort_path)",
        )


def _custom(field: Definition, statement: str, **parts: sql.Composable) -> Iterator[Finding]:
    """What a statement finds in each table that has a custom field.

    It may name {pk}, {table}, the field's {name}, and its value as {json} and as {text}.
    """
    name = sql.Literal(field.name)
    for kind in field.types:
        model = ContentType.objects.get_for_id(kind).model_class()
        if model is None:
            continue
        query = sql.SQL(statement).format(
            pk=sql.SQL(_pk(model)),
            table=sql.Identifier(model._meta.db_table),
            name=name,
            json=sql.SQL("(custom_field_data -> {})").format(name),
            text=sql.SQL("(custom_field_data ->> {})").format(name),
            **parts,
        )
        yield from rows(model, query.as_string(None))


def _custom_unique() -> Iterator[Finding]:
    for field in definitions.current().every:
        if field.unique:
            yield from _custom(
                field,
                "SELECT min({pk}), {name} || ' ' || {text} FROM {table} WHERE {text} <> ''"
                " GROUP BY {text} HAVING count(*) > 1",
            )


def _custom_unknown() -> Iterator[Finding]:
    found = definitions.current()
    for model in managed():
        if not any(field.name == COLUMN for field in model._meta.local_fields):
            continue
        query = sql.SQL(
            "SELECT {pk}, key FROM {table} CROSS JOIN LATERAL jsonb_object_keys("
            "CASE jsonb_typeof(custom_field_data) WHEN 'object' THEN custom_field_data"
            " ELSE jsonb_build_object('no object', 0) END) key WHERE key <> ALL ({names}::text[])"
        ).format(
            pk=sql.SQL(_pk(model)),
            table=sql.Identifier(model._meta.db_table),
            names=sql.Literal([field.name for field in found.of(model)]),
        )
        yield from rows(model, query.as_string(None))


# The JSON each type is stored as. Bounds and patterns are left out: they may have been set later.
_TEXT = "jsonb_typeof({json}) = 'string'"
_DAY = "[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}"
_FORMS = {
    Kind.TEXT: _TEXT,
    Kind.LONGTEXT: _TEXT,
    Kind.URL: _TEXT,
    Kind.INTEGER: "jsonb_typeof({json}) = 'number' AND {text} ~ '^-?[0-9]+$'",
    Kind.DECIMAL: "jsonb_typeof({json}) = 'number'",
    Kind.BOOLEAN: "jsonb_typeof({json}) = 'boolean'",
    Kind.DATE: f"{_TEXT} AND {{text}} ~ '^{_DAY}$'",
    Kind.DATETIME: f"{_TEXT} AND {{text}} ~ '^{_DAY}T.*Z$'",
    Kind.SELECT: f"{_TEXT} AND ({{text}} = '' OR {{choices}} ? {{text}})",
    Kind.MULTISELECT: "jsonb_typeof({json}) = 'array' AND {json} <@ {choices}",
    Kind.OBJECT: "jsonb_typeof({json}) = 'number'",
    Kind.MULTIOBJECT: "jsonb_typeof({json}) = 'array'"
    """ AND NOT jsonb_path_exists({json}, '$[*] ? (@.type() <> "number")')""",
}


def _custom_values() -> Iterator[Finding]:
    for field in definitions.current().every:
        form = _FORMS.get(Kind(field.type))
        if form is None:
            continue
        yield from _custom(
            field,
            "SELECT {pk}, {name} || ' ' || left({text}, 100) FROM {table}"  # noqa: S608
            f" WHERE jsonb_exists(custom_field_data, {{name}}) AND NOT coalesce({form}, false)",
            choices=sql.Literal(Jsonb(list(field.choices.labels))),
        )
