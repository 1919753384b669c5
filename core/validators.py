"""Validators shared by models."""

from __future__ import annotations

import ipaddress

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

COLOR = RegexValidator(r"^[0-9a-f]{6}$", "Enter an RGB colour as six lower-case hex digits.")


def ip_network(value: str) -> None:
    """Raise ValidationError unless `value` is an IPv4 or IPv6 network such as 10.0.0.0/8."""
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise ValidationError("Enter an IP network such as 10.0.0.0/8.") from error


action_name = RegexValidator(
    r"^[a-z][a-z0-9_]*\Z", "Name an action in lower-case letters, such as view or change."
)
