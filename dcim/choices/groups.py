"""Long lists of choices, grouped for a reader."""

from __future__ import annotations

Groups = list[tuple[str, list[tuple[str, str]]]]


def values(groups: Groups, *names: str) -> list[str]:
    """The values of the named groups; of all groups where none is named."""
    return [value for name, pairs in groups if not names or name in names for value, _ in pairs]
