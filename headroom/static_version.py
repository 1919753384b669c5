"""A name for the static files as they are, so that browsers may keep them for ever."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path


def static_version(folders: Iterable[Path], packages: Iterable[str] = ()) -> str:
    """A short hash of what is in `folders`, and of the versions of packages with files of theirs.

    The same on every machine that has the same files.
    """
    digest = blake2b(digest_size=6)
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
    for name in packages:
        digest.update(f"{name} {version(name)}".encode())
    return digest.hexdigest()
