"""Fixtures every test may use."""

from __future__ import annotations

import gc
import shutil
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.core.servers.basehttp import WSGIRequestHandler
from django.middleware import csrf
from hypothesis import HealthCheck
from hypothesis import settings as made_up
from pytest_django import DjangoDbBlocker
from pytest_django.plugin import blocking_manager_key

from headroom.celery import app
from headroom.embedded import Cluster, EmbeddedError
from tests.database import make_ahead, use_template

# Here one test takes many seconds, of waiting for processes above all. Begun last, it would leave
# the other workers without work.
LONG = (
    "tests/alerts/test_killed_workers.py",
    "tests/browser/",
    "tests/core/test_backup.py",
    "tests/demo/",
    "tests/headroom/test_embedded.py",
    "tests/headroom/test_killed_write.py",
    "tests/headroom/test_supervisor.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Have the embedded PostgreSQL run; its data is worth nothing, so a broken one is replaced."""
    # Random letters in every page may be the very name that a test looks for in vain.
    csrf.CSRF_ALLOWED_CHARS = "z"
    # No test is a matter of time, and a busy machine is slow now and then; nor of luck: the same
    # code is tested with the same examples.
    made_up.register_profile(
        "steady",
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    made_up.load_profile("steady")
    if config.option.collectonly:
        return
    if settings.EMBEDDED is not None:
        _ensure(settings.EMBEDDED)
    has_workers = config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")
    if has_workers:
        make_ahead(config.stash[blocking_manager_key])


def _ensure(cluster: Cluster) -> None:
    try:
        cluster.ensure()
    except EmbeddedError:
        shutil.rmtree(cluster.folder, ignore_errors=True)
        try:
            cluster.ensure()
        except EmbeddedError as error:
            raise pytest.UsageError(str(error)) from error


@pytest.fixture(scope="session", autouse=True)
def _answers_at_once() -> None:
    """Headers and body go in packets of their own, and each waited 40 ms for the one before."""
    WSGIRequestHandler.disable_nagle_algorithm = True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin what takes long first, whatever order the marks of databases give."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish(session: pytest.Session) -> None:
    """As the web processes do: looking through all that was imported took a seventh of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """At the end pytest looks through all there is five times over, for errors in what is left."""
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """One database a worker, each a copy of a migrated template."""
    with django_db_blocker.unblock():
        use_template()


@pytest.fixture
def broker() -> Iterator[None]:
    """The real broker of this run (files or BROKER_URL), emptied before and after."""
    _purge()
    yield
    _purge()


@pytest.fixture
def worker(broker: None, transactional_db: None) -> Iterator[threading.Thread]:
    """A real Celery worker in a thread of this process, on the real broker and test database.

    Tasks run as in production but for the fork, so a test that uses it sees serialisation,
    commits and retries as they are.
    """
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="WARNING") as started:
        yield started


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until a condition holds; fails only when it never does."""

    def wait(condition: Callable[[], object], seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "It did not happen."
            time.sleep(0.02)

    return wait


def _purge() -> None:
    with app.connection_for_write() as connection:
        app.control.purge(connection=connection)
