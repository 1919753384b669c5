"""`manage.py backup` and `restore`: into a fresh folder, every row compared."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from headroom.embedded import Cluster
from tests.dcim import factories as make

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    """A new data folder. Root hands its database to another account, which must get there."""
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if os.geteuid() == 0 and folder.stat().st_uid == 0 and not folder.stat().st_mode & 1:
            folder.chmod(folder.stat().st_mode | 1)
    yield tmp_path / "data"
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This installation's data folder, with an upload and a key."""
    data = tmp_path / "here"
    (data / "media" / "images").mkdir(parents=True)
    (data / "media" / "images" / "front.png").write_bytes(b"\x89PNG\0\xff")
    (data / "secret_key").write_text("the key\n")
    monkeypatch.setattr(settings, "DATA_DIR", data)
    return data


def manage(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the installation in `data`, on its embedded database."""
    known = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "SECRET_KEY")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**known, "HEADROOM_DATA": str(data), "DJANGO_SETTINGS_MODULE": "headroom.settings"},
        capture_output=True,
        text=True,
        timeout=600,
    )


def contents(found: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Every row of every table, as text, and the state of the sequences."""
    tables = found.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    rows = {}
    for (table,) in tables:
        statement = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
        rows[table] = [text for (text,) in found.execute(statement)]
    state = "SELECT sequencename, coalesce(last_value::text, '') FROM pg_sequences ORDER BY 1"
    rows["sequences"] = [" ".join(row) for row in found.execute(state)]
    return rows


def schema(found: psycopg.Connection[Any]) -> set[tuple[str, ...]]:
    """Every trigger, constraint and index; their conditions may be spelt in other words.

    That a column is not null is a constraint from PostgreSQL 18 on; the servers may differ.
    """
    rows = found.execute(
        "SELECT tgrelid::regclass::text, tgname::text, tgenabled::text FROM pg_trigger"
        " WHERE NOT tgisinternal"
        " UNION ALL SELECT conrelid::regclass::text, conname::text, convalidated::text"
        " FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'"
        " UNION ALL SELECT tablename::text, indexname::text, ''"
        " FROM pg_indexes WHERE schemaname = 'public'"
    )
    return set(rows.fetchall())


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_restored_row_by_row_into_a_fresh_folder(
    fresh: Path, uploads: Path, tmp_path: Path
) -> None:
    make.CableTerminationFactory()
    make.PortMappingFactory(front_port__name="Zürich 1 \\ \t")
    file = tmp_path / "saved.tar"
    call_command("backup", str(file), stdout=StringIO())
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="exists"):
        call_command("backup", str(file), stdout=StringIO())

    done = manage(fresh, "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert (fresh / "media" / "images" / "front.png").read_bytes() == b"\x89PNG\0\xff"
    assert (fresh / "secret_key").read_text() == "the key\n"
    assert (fresh / "secret_key").stat().st_mode & 0o077 == 0
    cluster = Cluster(fresh / "postgres", durable=False)
    cluster.ensure()
    try:
        connection.ensure_connection()
        there = cluster.django_settings()
        with psycopg.connect(host=there["HOST"], user=there["USER"], dbname=there["NAME"]) as copy:
            original = connection.connection
            assert original is not None
            assert contents(copy) == contents(original)
            assert schema(copy) == schema(original)
        refused = manage(fresh, "restore", str(file))
        assert refused.returncode == 1
        assert "not empty" in refused.stderr
        forced = manage(fresh, "restore", str(file), "--force")
        assert forced.returncode == 0, forced.stderr
        checked = manage(fresh, "check_integrity")
        assert checked.returncode == 0, checked.stdout
    finally:
        cluster.leave()


@pytest.mark.django_db
def test_what_is_no_backup_changes_nothing(uploads: Path, tmp_path: Path) -> None:
    nonsense, other = tmp_path / "nonsense", tmp_path / "other.tar"
    nonsense.write_bytes(b"x" * 5000)
    with tarfile.open(other, "w") as archive:
        archive.add(nonsense, "about.json")
    for file in (nonsense, other, tmp_path / "missing"):
        with pytest.raises(CommandError, match=r"no backup|no file"):
            call_command("restore", str(file), "--force", stdout=StringIO())
    assert (uploads / "media" / "images" / "front.png").exists()
    assert not list(uploads.glob(".backup-*"))
