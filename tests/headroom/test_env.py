"""Settings from the environment: a wrong value is refused by name."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from headroom import env

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEADROOM_PORT", "eighty"),
        ("HEADROOM_PORT", "70000"),
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "mysql://root:topsecret@db/headroom"),
        ("DATABASE_URL", "postgresql://root:topsecret@db:port/headroom"),
        ("BROKER_URL", "kafka://topsecret@broker"),
        ("TRUSTED_PROXIES", "10.0.0.0/40"),
        ("ALLOWED_HOSTS", "https://example.com"),
        ("DATABASE_POOL", "-1"),
        ("HEADROOM_DATA", "/dev/null/data"),
        ("SECRET_KEY_FILE", "/nonexistent/key"),
        ("HSTS_SECONDS", "a year"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_sentence_that_names_it(
    name: str, value: str, tmp_path: Path
) -> None:
    clean = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    environment = clean | {"HEADROOM_DATA": str(tmp_path / "data"), name: value}
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert result.stderr.startswith(name)
    assert len(result.stderr.strip().splitlines()) == 1
    assert "topsecret" not in result.stderr


def test_a_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\nsecond line\n")
    monkeypatch.delenv("A_SECRET", raising=False)
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "key"))
    assert env.secret("A_SECRET") == "from a file"


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("one")
    monkeypatch.setenv("A_SECRET", "two")
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "key"))
    with pytest.raises(ImproperlyConfigured, match="A_SECRET"):
        env.secret("A_SECRET")


def test_an_empty_secret_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    monkeypatch.delenv("A_SECRET", raising=False)
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "key"))
    with pytest.raises(ImproperlyConfigured, match="A_SECRET_FILE"):
        env.secret("A_SECRET")


def test_a_kept_secret_stays_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = env.kept_secret(tmp_path / "key")
    assert len(first) >= 50
    assert env.kept_secret(tmp_path / "key") == first
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_database_url_may_name_a_socket_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://me:p%40ss@%2Frun%2Fpostgresql/rooms?sslmode=require"
    monkeypatch.setenv("A_URL", url)
    config = env.database("A_URL")
    assert config is not None
    assert (config["NAME"], config["USER"], config["PASSWORD"]) == ("rooms", "me", "p@ss")
    assert config["HOST"] == "/run/postgresql"
    assert config["OPTIONS"] == {"sslmode": "require"}
