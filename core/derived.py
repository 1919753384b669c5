"""Values of rows that responses do not hold, by which lists and REST are filtered and ordered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from core.access import Actor
from core.filters import Filters, current_reader


class MakeFilters(Protocol):
    """Makes filters on an annotation, such as `time_filters`."""

    def __call__(self, name: str, source: str, *, needs: dict[str, Any]) -> Filters: ...


@dataclass(frozen=True)
class Derived:
    """What an upper app works out of a lower one's rows.

    `expression(user)` tells of nothing that `user` may not see.
    """

    name: str
    label: str
    expression: Callable[[Actor], Any]
    make_filters: MakeFilters

    def filters(self) -> Filters:
        """Query parameters of its name."""
        alias = f"_{self.name}"
        needs = {alias: lambda: self.expression(current_reader.get())}
        return self.make_filters(self.name, alias, needs=needs)
