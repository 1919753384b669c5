"""The files of a library, from a folder or an archive. Nothing is ever unpacked to disk."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

FOLDERS = {"device-types": "device", "module-types": "module"}
SUFFIXES = (".yaml", ".yml")
MAX_FILE = 1 << 20  # bytes; the longest file of the library has 11 kB
MAX_FILES = 100_000
MAX_TOTAL = 256 << 20  # bytes of all files together
MAX_UNPACKED = 4 << 30  # bytes of an archive with all that is in it, pictures for the most part
PICTURES = "elevation-images"
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif")


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


@dataclass(frozen=True)
class SourcePicture:
    """A picture of a device type: its path, the maker's folder, the type's slug, front or rear.

    `data` is None for a file that is longer than asked for.
    """

    path: str
    maker: str
    slug: str
    side: str
    data: bytes | None


@dataclass(frozen=True)
class _Member:
    """A plain file: its path and a function that reads it, or None where it is longer."""

    name: str
    read: Callable[[int], bytes | None]


def read_library(path: Path) -> Iterator[SourceFile]:
    """The type files of a folder, tar archive (compressed or not) or zip archive.

    They lie in `device-types/<maker>/` and `module-types/<maker>/`, at any depth. Links are not
    followed. Raises SourceError when there is no such place, it is no archive, it holds no type
    files or it is too big.
    """
    members = _members(path)
    files = (
        SourceFile(*found, member.read(MAX_FILE))
        for member in members
        if (found := place(member.name))
    )
    return _within_limits(files, path)


def read_pictures(path: Path, longest: int) -> Iterator[SourcePicture]:
    """The pictures of device types in `elevation-images/<maker>/<slug>.<side>.<ending>`.

    `longest` is in bytes. Raises SourceError as `read_library` does.
    """
    for member in _members(path):
        if found := picture_place(member.name):
            yield SourcePicture(*found, member.read(longest))


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
    if not name.lower().endswith(SUFFIXES):
        return None
    found = _within(name, FOLDERS)
    return ("/".join(found), FOLDERS[found[0]]) if found else None


def picture_place(name: str) -> tuple[str, str, str, str] | None:
    """A picture's path from `elevation-images` on, maker, slug and side; else None."""
    if not name.lower().endswith(PICTURE_SUFFIXES):
        return None
    found = _within(name, (PICTURES,))
    slug, _, side = found[2].rpartition(".")[0].rpartition(".") if found else ("", "", "")
    if not found or not slug or side not in ("front", "rear"):
        return None
    return "/".join(found), found[1], slug, side


def _within(name: str, folders: Container[str]) -> tuple[str, ...] | None:
    """The parts of a path from one of these folders on: folder, maker, file; else None."""
    parts = PurePosixPath(name).parts
    if ".." in parts or len(parts) < 3 or parts[-3] not in folders:
        return None
    return parts[-3:]


def _members(path: Path) -> Iterator[_Member]:
    if path.is_dir():
        return _from_folder(path)
    if not path.is_file():
        raise SourceError(f"There is no folder or archive {path}.")
    return _from_zip(path) if zipfile.is_zipfile(path) else _from_tar(path)


def _from_folder(folder: Path) -> Iterator[_Member]:
    for file in sorted(folder.rglob("*")):
        if any(p.is_symlink() for p in (file, file.parent, file.parent.parent)):
            continue
        info = file.stat()
        if stat.S_ISREG(info.st_mode):

            def read(longest: int, file: Path = file, size: int = info.st_size) -> bytes | None:
                return None if size > longest else file.read_bytes()

            yield _Member(file.relative_to(folder.parent).as_posix(), read)


def _from_tar(path: Path) -> Iterator[_Member]:
    try:
        with tarfile.open(path, "r|*") as archive:
            seen = 0
            for member in archive:
                seen += max(member.size, 0)
                if seen > MAX_UNPACKED:
                    raise SourceError(f"{path} unpacks to more than {MAX_UNPACKED >> 20:,} MiB.")
                if not member.isreg():
                    continue

                def read(longest: int, member: tarfile.TarInfo = member) -> bytes | None:
                    stream = archive.extractfile(member) if member.size <= longest else None
                    return stream.read() if stream else None

                yield _Member(member.name, read)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise SourceError(f"{path} cannot be read as an archive: {error}.") from error


def _from_zip(path: Path) -> Iterator[_Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if stat.S_ISLNK(info.external_attr >> 16):
                    continue

                def read(longest: int, info: zipfile.ZipInfo = info) -> bytes | None:
                    if info.file_size > longest:
                        return None
                    with archive.open(info) as stream:  # the size in the directory may be a lie
                        data = stream.read(longest + 1)
                    return None if len(data) > longest else data

                yield _Member(info.filename, read)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise SourceError(f"{path} cannot be read as an archive: {error}.") from error
