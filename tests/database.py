"""The test database, migrated once and then copied.

Applying all migrations takes far longer than copying their result. The result is kept as a
template database, named after the content of the migrations and the month, for which they make
partitions. Every test database (one a worker) is made from it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import django
import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker

PREFIX = "headroom_template_"


def use_template() -> None:
    """Have Django copy the template when it creates the test database; make it when absent."""
    connection.settings_dict["TEST"]["TEMPLATE"] = _template()


def make_ahead(blocker: DjangoDbBlocker) -> None:
    """Make the template in the background, for workers that are still collecting their tests."""

    def make() -> None:
        # A worker meets the same fault and tells of it.
        with contextlib.suppress(Exception), blocker.unblock():
            _template()
            connection.close()

    threading.Thread(target=make).start()


def _template() -> str:
    """The name of the template; it is there."""
    name = PREFIX + _digest()
    with _one_at_a_time():
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [PREFIX + "%"])
            existing = {row[0] for row in cursor.fetchall()}
            for outdated in existing - {name}:
                with contextlib.suppress(psycopg.Error, django.db.Error):
                    cursor.execute(f'DROP DATABASE "{outdated}"')
        if name not in existing:
            _build(name)
    return name


def _build(name: str) -> None:
    """Under another name first: what is broken off half-way is never taken for the template."""
    original = connection.settings_dict["NAME"]
    test = connection.settings_dict["TEST"]
    before = test["NAME"]
    test["NAME"] = f"{PREFIX}new"
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()
        test["NAME"] = before
        connection.settings_dict["NAME"] = original
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{PREFIX}new" RENAME TO "{name}"')


def _digest() -> str:
    """Of everything the migrated database depends on."""
    digest = hashlib.sha256(f"{django.__version__} {timezone.now():%Y-%m}".encode())
    base = Path(settings.BASE_DIR)
    for path in sorted([*base.glob("*/migrations/*.py"), *base.glob("requirements/base.txt")]):
        digest.update(str(path.relative_to(base)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """One process of this machine builds, the others wait and then find it there."""
    path = Path(settings.DATA_DIR).parent / "template.lock"
    with path.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
