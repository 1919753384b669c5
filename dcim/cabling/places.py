"""Where ports are, for those that belong to no device."""

from __future__ import annotations

# By kind of port: the paths from it to its rack, location and site.
_paths: dict[str, dict[str, str]] = {}


def add_places(kind: str, **paths: str) -> None:
    """Tell where ports of an upper app's kind are: paths to `rack`, `location` and `site`.

    `owner` is the path to what has the port, as a device has others.
    """
    _paths[kind] = paths


def path_to(place: str, kind: str) -> str | None:
    """The path from a port of this kind to the place; None where it has none."""
    return _paths.get(kind, {}).get(place)
