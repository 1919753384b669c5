"""Pieces of the triggers of this app."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models

from core.models.rules import between

POSITIONS_MAX = 1024


def refuse(constraint: str, message: str, *values: str) -> str:
    """PL/pgSQL that refuses the write as a violation of the named constraint.

    `message` is a template of PostgreSQL's `format()`; `values` are the SQL expressions for it.
    """
    text = ", ".join(["'" + message.replace("'", "''") + "'", *values])
    return (
        "RAISE EXCEPTION USING ERRCODE = 'check_violation', "
        f"CONSTRAINT = '{constraint}', TABLE = TG_TABLE_NAME, MESSAGE = format({text});"
    )


def units(expression: str) -> str:
    """SQL for a number of rack units without needless decimals."""
    return f"trim_scale(({expression})::numeric)"


def before(name: str, func: str, operation: Any = None, **options: Any) -> pgtrigger.Trigger:
    """A row trigger that runs before inserts and updates."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=operation or pgtrigger.Insert | pgtrigger.Update,
        func=func,
        **options,
    )


def after(name: str, func: str, operation: Any = None, **options: Any) -> pgtrigger.Trigger:
    """A row trigger that runs after inserts and updates."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=operation or pgtrigger.Insert | pgtrigger.Update,
        func=func,
        **options,
    )


def after_all(
    name: str,
    func: str,
    operation: Any,
    *,
    declare: list[tuple[str, str]] | None = None,
    **tables: str,
) -> pgtrigger.Trigger:
    """A trigger that runs once after a statement, over all its rows.

    `tables` names them: `old` the rows as they were, `new` as they are.
    """
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        func=func,
        declare=declare,
    )


def positions_check(table: str, field: str) -> models.CheckConstraint:
    """A check that a count or number of positions is one a port can have."""
    return between(
        f"{table}_{field}", field, 1, POSITIONS_MAX, "The position must be from 1 to 1024."
    )


def not_self(table: str, field: str, message: str) -> models.CheckConstraint:
    """A check that a reference to a row of the same kind is not to the row itself."""
    return models.CheckConstraint(
        name=f"{table}_{field}_self",
        condition=~models.Q((field, models.F("id"))),
        violation_error_message=message,
    )


def unit_needed(table: str, field: str) -> models.CheckConstraint:
    """A check that a quantity has its unit."""
    return models.CheckConstraint(
        name=f"{table}_{field}_unit",
        condition=models.Q((f"{field}__isnull", True)) | models.Q((f"{field}_unit__isnull", False)),
        violation_error_message=f"A {field} needs a unit.",
    )


def not_negative(table: str, field: str) -> models.CheckConstraint:
    """A check that a quantity is not below zero."""
    return models.CheckConstraint(
        name=f"{table}_{field}",
        condition=models.Q((f"{field}__gte", 0)),
        violation_error_message=f"The {field} cannot be negative.",
    )


def port_map_trigger(front: str, rear: str, prefix: str, owners: tuple[str, ...]) -> Any:
    """The trigger of a table of front-to-rear mappings between the two port tables.

    Both ports must have the same `owners`, and the positions must be ones the ports have. The share
    locks make a change of a port's number of positions wait.
    """
    columns = ", ".join((*owners, "positions", "name"))
    same = ", ".join(f"f.{owner}" for owner in owners)
    other = ", ".join(f"r.{owner}" for owner in owners)
    return before(
        "ports_fit",
        f"""
    SELECT {columns} INTO f FROM {front} WHERE id = NEW.front_port_id FOR SHARE;
    SELECT {columns} INTO r FROM {rear} WHERE id = NEW.rear_port_id FOR SHARE;
    IF ROW({same}) IS DISTINCT FROM ROW({other}) THEN
        {refuse(f"{prefix}_same_owner", "The front port and the rear port belong together on one device or type.")}
    END IF;
    IF NEW.front_port_position > f.positions THEN
        {refuse(f"{prefix}_front_position", "Position %s is too high: front port %s has %s.", "NEW.front_port_position", "f.name", "f.positions")}
    END IF;
    IF NEW.rear_port_position > r.positions THEN
        {refuse(f"{prefix}_rear_position", "Position %s is too high: rear port %s has %s.", "NEW.rear_port_position", "r.name", "r.positions")}
    END IF;
    RETURN NEW;
""",  # noqa: E501, S608
        declare=[("f", "record"), ("r", "record")],
    )


def positions_kept_trigger(table: str, side: str, mapping: str) -> Any:
    """The trigger that keeps a port from losing positions that are mapped."""
    return before(
        "positions_kept",
        f"""
    SELECT max({side}_port_position) INTO used FROM {mapping} WHERE {side}_port_id = NEW.id;
    IF used > NEW.positions THEN
        {refuse(f"{table}_positions_used", "Position %s is mapped, so the port needs at least as many.", "used")}
    END IF;
    RETURN NEW;
""",  # noqa: E501, S608
        pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.positions < OLD.positions"),
        declare=[("used", "integer")],
    )
