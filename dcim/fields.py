"""Model fields for hardware addresses."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

_SEPARATORS = re.compile(r"[\s:.\-]+")


class HexAddressField(models.CharField):
    """An address of `octets` octets, stored as `AA:BB:…`, read in any common notation.

    Colons, hyphens, dots, blanks or nothing may stand between the digits. Raises ValidationError
    for anything else.
    """

    octets = 0
    wanted = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = self.octets * 3 - 1
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Everything but the length, which the class knows."""
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def normal(self, value: str) -> str:
        """The stored form of an address."""
        digits = _SEPARATORS.sub("", value).upper()
        if not re.fullmatch(rf"[0-9A-F]{{{self.octets * 2}}}", digits):
            raise ValidationError(
                "%(value)s is not %(wanted)s.",
                code="invalid",
                params={"value": value, "wanted": self.wanted},
            )
        return ":".join(re.findall("..", digits))

    def to_python(self, value: Any) -> Any:
        """The normal form; None for nothing."""
        if value is None or value == "":
            return None if self.null else value
        return self.normal(str(value))

    def get_prep_value(self, value: Any) -> Any:
        """The stored form; text that is no whole address is left as it is, for searches."""
        if not isinstance(value, str) or value == "":
            return super().get_prep_value(value) or None
        try:
            return self.normal(value)
        except ValidationError:
            return value.upper()

    def formfield(self, **kwargs: Any) -> Any:
        """A text input that leaves room for other notations."""
        field = super().formfield(**kwargs)
        if field is not None and hasattr(field, "max_length"):
            field = super().formfield(**{**kwargs, "max_length": self.octets * 4})
        return field


class MACAddressField(HexAddressField):
    """A 48-bit hardware address (IEEE 802 EUI-48)."""

    octets = 6
    wanted = "a MAC address such as 00:1A:2B:3C:4D:5E"


class WWNField(HexAddressField):
    """A 64-bit world wide name (Fibre Channel)."""

    octets = 8
    wanted = "a world wide name such as 50:06:01:60:3B:A0:11:22"
