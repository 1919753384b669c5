"""The database, the uploads and the secret key as one file, and back."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

FORMAT = 1
DUMP, ABOUT, MEDIA, KEY = "database.dump", "about.json", "media", "secret_key"


class BackupError(Exception):
    """A backup cannot be made or restored; the message is one sentence for the operator."""


@dataclass(frozen=True)
class Place:
    """Where an installation keeps what a backup holds."""

    database: dict[str, Any]  # an entry of Django's DATABASES
    data: Path  # the data folder, with `media/` and `secret_key`
    programs: Path  # the folder of pg_dump and pg_restore

    def connect(self, name: str | None = None) -> psycopg.Connection[Any]:
        """A connection to the database, or to another one of its server."""
        given = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        chosen = {k: self.database[v] for k, v in given.items() if self.database.get(v)}
        return psycopg.connect(dbname=name or self.database["NAME"], autocommit=True, **chosen)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs on the database's server."""
        names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
        found = {k: str(self.database[v]) for k, v in names.items() if self.database.get(v)}
        done = subprocess.run(
            [str(self.programs / program), "--no-password", *arguments],
            env={**os.environ, **found},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            raise BackupError(f"{program}: {lines[0]}")


def backup(place: Place, file: Path) -> None:
    """Write a backup to `file`, readable by its owner only; the installation may be in use.

    The database is as of one moment. Raises BackupError, then there is no new file.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with _scratch(file.parent) as scratch:
            dump = scratch / DUMP
            name = str(place.database["NAME"])
            place.run("pg_dump", "--format=custom", "--no-owner", f"--file={dump}", name)
            about = {"format": FORMAT, "made": datetime.now(UTC).isoformat(timespec="seconds")}
            with os.fdopen(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as out:
                _pack(place, dump, about, out)
                out.flush()
                os.fsync(out.fileno())
        draft.replace(file)
    except OSError as error:
        raise BackupError(f"{error.filename or file}: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)


def _pack(place: Place, dump: Path, about: dict[str, Any], out: Any) -> None:
    with tarfile.open(fileobj=out, mode="w") as archive:
        text = json.dumps(about).encode()
        entry = tarfile.TarInfo(ABOUT)
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
        archive.add(dump, DUMP)
        for name in (KEY, MEDIA):
            if (place.data / name).exists():
                archive.add(place.data / name, name)


def restore(place: Place, file: Path, *, force: bool = False) -> None:
    """Put a backup in the place of the database, the uploads and the secret key.

    Everything is unpacked and loaded beside what is there, and only then takes its place. Raises
    BackupError, for a database that is not empty without `force`, too; then nothing was changed.
    """
    if not force and not empty(place):
        raise BackupError("The database is not empty; --force replaces it, uploads included.")
    place.data.mkdir(parents=True, exist_ok=True)
    try:
        with _scratch(place.data) as scratch:
            _unpack(file, scratch)
            name = str(place.database["NAME"])
            draft = f"{name}_restoring"
            _create(place, draft)
            try:
                arguments = ("--exit-on-error", "--no-owner", f"--dbname={draft}")
                place.run("pg_restore", *arguments, str(scratch / DUMP))
            except BackupError:
                _drop(place, draft)
                raise
            _swap_database(place, name, draft)
            _swap_files(place, scratch)
    except OSError as error:
        raise BackupError(f"{error.filename or file}: {error.strerror}.") from error
    except psycopg.Error as error:
        raise BackupError(f"The database refuses: {str(error).splitlines()[0]}") from error


def empty(place: Place) -> bool:
    """Whether the database has no table."""
    try:
        with place.connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
            return found.fetchone() is None
    except psycopg.Error as error:
        raise BackupError(f"The database does not answer: {str(error).splitlines()[0]}") from error


def _unpack(file: Path, into: Path) -> None:
    try:
        with tarfile.open(file, "r:") as archive:
            archive.extractall(into, filter="data")
        about = json.loads((into / ABOUT).read_text(encoding="utf-8"))
    except (tarfile.TarError, ValueError, FileNotFoundError) as error:
        if not file.exists():
            raise BackupError(f"There is no file {file}.") from error
        raise BackupError(f"{file} is no backup, or not whole.") from error
    if about.get("format") != FORMAT or not (into / DUMP).exists():
        raise BackupError(f"{file} is no backup that this release understands.")


def _create(place: Place, name: str) -> None:
    _drop(place, name)
    with place.connect("postgres") as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0")
        connection.execute(statement.format(sql.Identifier(name)))


def _drop(place: Place, name: str) -> None:
    with place.connect("postgres") as connection:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(statement.format(sql.Identifier(name)))


def _swap_database(place: Place, name: str, draft: str) -> None:
    """Give the loaded database the name, which throws everybody out of the one that had it."""
    _drop(place, name)
    with place.connect("postgres") as connection:
        statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(statement.format(sql.Identifier(draft), sql.Identifier(name)))


def _swap_files(place: Place, scratch: Path) -> None:
    media = place.data / MEDIA
    if media.exists():
        media.rename(scratch / "replaced")
    if (scratch / MEDIA).exists():
        (scratch / MEDIA).rename(media)
    if (scratch / KEY).exists():
        (scratch / KEY).chmod(0o600)
        (scratch / KEY).replace(place.data / KEY)


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder for drafts beside what they will replace, for nobody else to read."""
    made = Path(tempfile.mkdtemp(prefix=".backup-", dir=folder))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
