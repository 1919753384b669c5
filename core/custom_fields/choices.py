"""The choices of a choice set: those of a standard list, then its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
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


BASES: dict[Any, Callable[[], Sequence[tuple[str, str]]]] = {}
