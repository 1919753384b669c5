"""The files of a library, from a folder or an archive. Nothing is ever unpacked to disk."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

FOLDERS = {"device-types": "device", "module-types": "module"}
SUFFIXES = (".yaml", ".yml")
MAX_FILE = 1 << 20  # bytes; the longest file of the library has 11 kB
MAX_FILES = 100_000
MAX_TOTAL = 256 << 20  # bytes of all files together, and of anything else in an archive


class SourceError(Exception):
    """The library cannot be read at all; the sentence says why."""


@dataclass(frozen=True)
class SourceFile:
    """One file: its path within the library, what it describes (device or module), its bytes.

    `data` is None for a file that is longer than `MAX_FILE`.
    """

    path: str
    kind: str
    data: bytes | None


def read_library(path: Path) -> Iterator[SourceFile]:
    """The type files of a folder, tar archive (compressed or not) or zip archive.

    They lie in `device-types/<maker>/` and `module-types/<maker>/`, at any depth. Links are not
    followed. Raises SourceError when there is no such place, it is no archive, it holds no type
    files or it is too big.
    """
    if path.is_dir():
        files = _from_folder(path)
    elif not path.is_file():
        raise SourceError(f"There is no folder or archive {path}.")
    elif zipfile.is_zipfile(path):
        files = _from_zip(path)
    else:
        files = _from_tar(path)
    return _within_limits(files, path)


def _within_limits(files: Iterator[SourceFile], path: Path) -> Iterator[SourceFile]:
    count = total = 0
    for file in files:
        count += 1
        total += len(file.data or b"")
        if count > MAX_FILES or total > MAX_TOTAL:
            raise SourceError(
                f"{path} holds more than {MAX_FILES:,} files or {MAX_TOTAL >> 20} MiB of them."
            )
        yield file
    if not count:
        raise SourceError(f"{path} holds no files in device-types/ or module-types/.")


def place(name: str) -> tuple[str, str] | None:
    """A type file's path from `device-types` or `module-types` on and its kind; else None."""
    parts = PurePosixPath(name).parts
    if not name.lower().endswith(SUFFIXES) or ".." in parts:
        return None
    for n, part in enumerate(parts[:-2]):
        if part in FOLDERS and len(parts) == n + 3:
            return "/".join(parts[n:]), FOLDERS[part]
    return None


def _from_folder(folder: Path) -> Iterator[SourceFile]:
    for file in sorted(folder.rglob("*")):
        found = place(file.relative_to(folder.parent).as_posix())
        if found is None or any(p.is_symlink() for p in (file, file.parent, file.parent.parent)):
            continue
        info = file.stat()
        if stat.S_ISREG(info.st_mode):
            yield SourceFile(*found, None if info.st_size > MAX_FILE else file.read_bytes())


def _from_tar(path: Path) -> Iterator[SourceFile]:
    try:
        with tarfile.open(path, "r|*") as archive:
            seen = 0
            for member in archive:
                seen += max(member.size, 0)
                if seen > MAX_TOTAL:
                    raise SourceError(f"{path} unpacks to more than {MAX_TOTAL >> 20} MiB.")
                found = place(member.name)
                if found is None or not member.isreg():
                    continue
                stream = archive.extractfile(member) if member.size <= MAX_FILE else None
                yield SourceFile(*found, stream.read() if stream else None)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise SourceError(f"{path} cannot be read as an archive: {error}.") from error


def _from_zip(path: Path) -> Iterator[SourceFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                found = place(info.filename)
                if found is None or stat.S_ISLNK(info.external_attr >> 16):
                    continue
                data: bytes | None = None
                if info.file_size <= MAX_FILE:
                    with archive.open(info) as stream:  # the size in the directory may be a lie
                        data = stream.read(MAX_FILE + 1)
                yield SourceFile(*found, None if data and len(data) > MAX_FILE else data)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise SourceError(f"{path} cannot be read as an archive: {error}.") from error
