"""Uniqueness of names among rows that share an optional owner."""

from __future__ import annotations

from django.db import models


def unique_within(
    prefix: str, field: str, owner: str, whole: str, *, under: tuple[str, ...] = ()
) -> list[models.BaseConstraint]:
    """Two constraints: `field` is unique among rows of one `owner`, and among rows with none.

    PostgreSQL counts two NULLs as different, so rows without an owner need their own constraint.
    `whole` says in words where the rows without an owner are; `under` are further columns that
    both constraints include.
    """
    return [
        models.UniqueConstraint(
            fields=[*under, owner, field],
            name=f"{prefix}_{owner}_{field}",
            violation_error_message=f"This {field} is already used under the same {owner}.",
        ),
        models.UniqueConstraint(
            fields=[*under, field],
            condition=models.Q((f"{owner}__isnull", True)),
            name=f"{prefix}_{field}",
            violation_error_message=f"This {field} is already used {whole}.",
        ),
    ]
