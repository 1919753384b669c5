"""Pieces from which models build constraints and triggers."""

from __future__ import annotations

from typing import Any

from django.db import models


def between(name: str, field: str, low: Any, high: Any, message: str) -> models.CheckConstraint:
    """A check that `field` is unset or from `low` to `high`, both included."""
    return models.CheckConstraint(
        name=name,
        condition=models.Q((f"{field}__gte", low), (f"{field}__lte", high)),
        violation_error_message=message,
    )


def refusal(constraint: str, message: str) -> str:
    """PL/pgSQL that refuses the write as a violation of the named constraint."""
    text = message.replace("'", "''")
    return (
        "RAISE EXCEPTION USING ERRCODE = 'check_violation', "
        f"CONSTRAINT = '{constraint}', TABLE = TG_TABLE_NAME, MESSAGE = '{text}';"
    )
