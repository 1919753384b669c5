"""The choices of a choice set: those of a standard list, then its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any


@dataclass(frozen=True)
class Choices:
    """Value and label of each choice in the order they are offered, and colours by value."""

    pairs: tuple[tuple[str, str], ...] = ()
    colors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        base: str | None,
        extra: Sequence[Sequence[str]] | None,
        colors: Mapping[str, str] | None,
        *,
        alphabetical: bool = False,
    ) -> Choices:
        """The choices of a choice set's columns."""
        pairs = [*(BASES[base]() if base in BASES else ())]
        pairs += [(str(value), str(label)) for value, label in extra or ()]
        if alphabetical:
            pairs.sort(key=lambda pair: pair[1].casefold())
        return cls(tuple(pairs), dict(colors or {}))

    @cached_property
    def labels(self) -> dict[str, str]:
        """Label by value."""
        return dict(self.pairs)


@cache
def _countries() -> Sequence[tuple[str, str]]:
    import iso3166

    return tuple((country.alpha2, country.name) for country in iso3166.countries)


@cache
def _airports() -> Sequence[tuple[str, str]]:
    import airportsdata

    found = airportsdata.load("IATA")
    return tuple((code, f"{code} ({found[code]['name']})") for code in sorted(found))


# The standard lists there are. UN/LOCODE is not: no well-kept package carries it.
BASES: dict[Any, Callable[[], Sequence[tuple[str, str]]]] = {
    "ISO_3166": _countries,
    "IATA": _airports,
}
