"""Validators of places."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError


def time_zone(value: str) -> None:
    """Raise ValidationError unless `value` names a zone of the IANA database."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError("Enter a time zone such as America/Chicago.") from error
