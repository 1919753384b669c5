"""`make run`: everything Headroom needs, under one process.

    python -m headroom.supervisor

Brings up the embedded database, migrates, fills an empty database with the demo estate, then
runs the web server and a worker with beat until it is told to stop.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import importlib.util
import io
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import django
import psycopg
from django.core.exceptions import ImproperlyConfigured

from headroom import demo, processes
from headroom.embedded import EmbeddedError
from headroom.processes import Child

READY_SECONDS = 60
STEADY_SECONDS = 30  # who lived that long and dies has not failed to start
GIVE_UP_AFTER = 5


class StartError(Exception):
    """It cannot start; the message is one sentence for the user."""


class Stop(BaseException):
    """Somebody asked us to stop.

    It is also noted, since what a handler raises is lost where Python cannot raise: in a finalizer.
    """

    asked = False


def main() -> int:
    """Run until told to stop; the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headroom.settings")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal)
    try:
        run()
    except (StartError, EmbeddedError, ImproperlyConfigured) as error:
        print(f"Headroom cannot start. {error}", file=sys.stderr)
        return 1
    except Stop:
        pass
    return 0


def run() -> None:
    """Bring everything up and keep it up."""
    from django.conf import settings

    with _only_one(settings.DATA_DIR):
        if processes.end_leftovers(_note(settings)):
            print("Ended processes that a killed Headroom had left behind.")
        _check_port(settings.LISTEN_HOST, settings.LISTEN_PORT)
        if settings.EMBEDDED:
            with _step("Database"):
                settings.EMBEDDED.ensure()
        children = _children(settings)
        try:
            if demo.settled() and applied(settings.DATABASES["default"], settings.INSTALLED_APPS):
                # It comes up on the other core while this process looks after the rest.
                children[0].start()
                processes.remember(_note(settings), children)
            password = prepare()
            _serve(settings, children, password)
        finally:
            print("Stopping ...", flush=True)
            _forget_signals()
            processes.stop_all(children)
            if settings.EMBEDDED:
                settings.EMBEDDED.leave()
            _note(settings).unlink(missing_ok=True)
            print("Stopped.", flush=True)


def applied(database: dict[str, Any], apps: Iterable[str]) -> bool:
    """Whether the database has all migrations of the apps, told before Django is set up.

    False when in doubt; Django's own, slower check decides then.
    """
    wanted = set()
    for app in apps:
        try:
            spec = importlib.util.find_spec(f"{app}.migrations")
        except ModuleNotFoundError:  # an AppConfig, or an app without migrations
            continue
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            names = (path.stem for path in Path(folder).glob("[0-9]*.py"))
            wanted |= {(app.rpartition(".")[2], name) for name in names}
    options = {name: value for name, value in database["OPTIONS"].items() if name != "pool"}
    try:
        with psycopg.connect(
            host=database["HOST"] or None,
            port=database["PORT"] or None,
            user=database["USER"] or None,
            password=database.get("PASSWORD") or None,
            dbname=database["NAME"],
            **{"connect_timeout": 5, **options},
        ) as connection:
            done = connection.execute("SELECT app, name FROM django_migrations").fetchall()
    except (psycopg.Error, TypeError):
        return False
    return wanted <= set(done)


def prepare() -> str | None:
    """Migrations, demo login and demo estate; the login's password, if there is one."""
    with _step("Configuration"):
        django.setup()
        from django.core.management import CommandError, call_command
        from django.db import OperationalError, connection

        # One connection for a moment needs no pool, which would stay open.
        connection.settings_dict["OPTIONS"].pop("pool", None)
    try:
        count = _missing_migrations()
        if count:
            _check()
            with _step("Migrations"):
                call_command(
                    "migrate", interactive=False, skip_checks=True, stdout=_Migrating(count)
                )
        password = demo.prepare_login()
        if demo.wants_estate():
            print("Demo estate, once (HEADROOM_DEMO=0 goes without):", flush=True)
            call_command("demo_estate")
    except OperationalError as error:
        message = str(error).strip().splitlines()[0]
        raise StartError(f"DATABASE_URL: the database does not answer: {message}") from error
    except CommandError as error:
        raise StartError(f"The demo estate could not be built: {error}") from error
    finally:
        connection.close()
    return password


class _Migrating(io.StringIO):
    """Takes what `migrate` writes and shows how far it is."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self.done, self.total = 0, total

    def write(self, text: str) -> int:
        """Count what is a new migration, drop the rest."""
        _, found, name = text.partition("Applying ")
        if found:
            self.done += 1
            print(f"\n  {self.done} of {self.total}: {name.rstrip('. ')} ...", end=" ", flush=True)
        return len(text)


def _check() -> None:
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError

    try:
        call_command("check", fail_level="ERROR", stdout=io.StringIO(), stderr=io.StringIO())
    except SystemCheckError as error:
        raise StartError(f"The system check found errors.\n{error}") from error


def _missing_migrations() -> int:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _serve(settings: Any, children: list[Child], password: str | None) -> None:
    """Web first, so that the first page comes soonest, then the worker; then watch both."""
    web, *others = children
    with _step("Web server"):
        if not web.process:
            web.start()
            processes.remember(_note(settings), children)
        _check()  # while the web server comes up on the other core
        _await_answer(web, settings.LISTEN_HOST, settings.LISTEN_PORT)
    host = f"[{settings.LISTEN_HOST}]" if ":" in settings.LISTEN_HOST else settings.LISTEN_HOST
    print(f"\nHeadroom answers at http://{host}:{settings.LISTEN_PORT}/")
    if password:
        print(f"Log in as demo with the password {password}")
    print("Ctrl-C stops it.\n", flush=True)
    for child in others:
        child.start()
    processes.remember(_note(settings), children)
    while not Stop.asked:
        time.sleep(1)
        if settings.EMBEDDED and settings.EMBEDDED.ensure():
            print("The database had stopped and was started again.", file=sys.stderr)
        for child in children:
            if not child.alive:
                _restart(child)
                processes.remember(_note(settings), children)
    raise Stop


def _restart(child: Child) -> None:
    """Start a child that died; give up on one that dies again and again."""
    lived = time.monotonic() - child.started
    child.failures = 0 if lived > STEADY_SECONDS else child.failures + 1
    code = child.process.returncode if child.process else None
    if child.failures >= GIVE_UP_AFTER:
        raise StartError(f"The {child.name} ends at once each time (exit code {code}).")
    print(f"The {child.name} ended (exit code {code}); starting it again.", file=sys.stderr)
    child.finish(time.monotonic())
    time.sleep(min(child.failures, 5))
    child.start()


def _children(settings: Any) -> list[Child]:
    metrics = settings.DATA_DIR / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir()
    environment = {"MALLOC_ARENA_MAX": "2"} | os.environ  # glibc: threads do not hoard memory
    environment |= {
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore::Warning:celery.platforms",
        "CELERY_SKIP_CHECKS": "1",  # done by us
    }
    python = [sys.executable, "-m"]
    web = [*python, "granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"]
    web += ["--host", settings.LISTEN_HOST, "--port", str(settings.LISTEN_PORT)]
    web += ["--workers", str(settings.WEB_WORKERS), "--respawn-failed-workers"]
    web += ["--blocking-threads", str(settings.WEB_THREADS), "--workers-kill-timeout", "10"]
    web += ["headroom.wsgi:application"]
    worker = [*python, "celery", "--quiet", "-A", "headroom", "worker", "--beat"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [Child("web server", web, environment), Child("worker", worker, environment)]


def _await_answer(web: Child, host: str, port: int) -> None:
    target = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    target = f"[{target}]" if ":" in target and not target.startswith("[") else target
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if not web.alive:
            raise StartError("The web server ended before it answered; its reason stands above.")
        with contextlib.suppress(urllib.error.URLError, OSError):
            opener.open(f"http://{target}:{port}/healthz", timeout=5).close()
            return
        time.sleep(0.05)
    raise StartError(f"The web server did not answer within {READY_SECONDS} seconds.")


def _check_port(host: str, port: int) -> None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise StartError(f"HEADROOM_HOST: {host} is not an address of this machine.") from error
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError as error:
            raise StartError(f"HEADROOM_PORT: {port} may be used by root only.") from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise StartError(
                    f"HEADROOM_HOST: {host} is not an address of this machine."
                ) from error
            raise StartError(
                f"HEADROOM_PORT: {host}:{port} cannot be used ({error.strerror}); "
                "free it or choose another port."
            ) from error


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    lock: IO[str]
    with (folder / "supervisor.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise StartError(
                f"HEADROOM_DATA: Headroom already runs on {folder} (process {lock.read().strip()})."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextlib.contextmanager
def _step(name: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    print(f"{name} ...", end=" ", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f"{time.monotonic() - started:.1f} s", flush=True)


def _note(settings: Any) -> Path:
    return Path(settings.DATA_DIR) / "processes.json"


def _on_signal(number: int, frame: object) -> None:
    Stop.asked = True
    raise Stop


def _forget_signals() -> None:
    """A second Ctrl-C while stopping must not leave half of it running."""
    handler: Callable[[int, Any], None] | signal.Handlers = signal.SIG_IGN
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
