"""Real message brokers on free ports of this machine, for as long as a block runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection

RABBIT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one in PATH changes the user


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def needs(found: object, package: str) -> None:
    """Skip where Debian's package is not installed; with REQUIRE_BROKERS that is a failure."""
    if found:
        return
    if os.environ.get("REQUIRE_BROKERS"):
        pytest.fail(f"{package} is not installed.")
    pytest.skip(f"{package} is not installed.")


@contextlib.contextmanager
def running(kind: str, folder: Path) -> Iterator[str]:
    """The address of a broker of a kind: files, redis or rabbitmq."""
    if kind == "files":
        yield ""
        return
    with _redis(folder) if kind == "redis" else _rabbitmq(folder) as url:
        _wait_for(url)
        yield url


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[str]:
    needs(shutil.which("redis-server"), "redis-server")
    port = free_port()
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    with _process([*command, "--dir", str(folder)], dict(os.environ)):
        yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def _rabbitmq(folder: Path) -> Iterator[str]:
    needs(RABBIT.exists() and shutil.which("epmd"), "rabbitmq-server")
    port, mapper = free_port(), free_port()
    plugins, settings = folder / "plugins", folder / "rabbitmq.conf"
    plugins.write_text("[].\n")
    settings.write_text(f"listeners.tcp.local = 127.0.0.1:{port}\nlog.file = false\n")
    environment = os.environ | {
        "HOME": str(folder),  # of Erlang's cookie
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(mapper),
        "RABBITMQ_NODENAME": f"test{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(settings),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
    }
    environment.pop("NODENAME", None)
    # Started by RabbitMQ itself, the port mapper would outlive the test.
    mapping = _process(["epmd", "-port", str(mapper)], environment)
    with mapping, _process([str(RABBIT)], environment):
        yield f"amqp://guest:guest@127.0.0.1:{port}//"


@contextlib.contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    made = subprocess.Popen(
        command,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        os.killpg(made.pid, signal.SIGKILL)
        made.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 180
    while True:
        try:
            with Connection(url, connect_timeout=2) as connection:
                connection.ensure_connection(max_retries=1, timeout=2)
                return
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
