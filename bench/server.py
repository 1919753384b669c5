"""The product itself, as `make run` starts it, on a free port; and what its processes weigh."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

READY_SECONDS = 120
REST_SECONDS = 5
RESTING = 0.25  # of a core


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(workers: int) -> Iterator[tuple[str, int]]:
    """Address and process id of a server on the data folder of this process's environment."""
    port = free_port()
    environment = os.environ | {
        "HEADROOM_HOST": "127.0.0.1",
        "HEADROOM_PORT": str(port),
        "HEADROOM_DEMO": "0",
        "HEADROOM_WEB_WORKERS": str(workers),
        "SERVER_TIMING": "1",
    }
    environment.pop("DATABASE_POOL", None)
    command = [sys.executable, "-m", "headroom.supervisor"]
    log = Path(os.environ["HEADROOM_DATA"]) / "bench.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=environment, stdout=output, stderr=output) as process,
    ):
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(url, process)
            wait_for_rest(process.pid)
            yield url, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers; SystemExit when it ends or takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit("The server ended before it answered; bench.log in its data folder.")
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
            return
        time.sleep(0.1)
    raise SystemExit(f"The server did not answer within {READY_SECONDS} seconds.")


def wait_for_rest(pid: int) -> None:
    """Return when server and database have rested for a while, or after two minutes.

    The worker looks at everything when it starts, on the cores that are to be measured.
    """
    deadline, rested = time.monotonic() + READY_SECONDS, 0
    while rested < REST_SECONDS and time.monotonic() < deadline:
        before = _worked(pid)
        time.sleep(1)
        rested = rested + 1 if _worked(pid) - before < RESTING and not _transactions() else 0


def _transactions() -> int:
    """Transactions of others that last."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start < clock_timestamp() - interval '0.3 s'"
        )
        return int(cursor.fetchone()[0])


def _worked(pid: int) -> float:
    """Seconds of the processor that a process and all below it have had (Linux only)."""
    ticks = 0
    for process in [pid, *_below(pid)]:
        with contextlib.suppress(OSError):
            # Fields after the command, which is in brackets and may hold anything.
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> list[dict[str, object]]:
    """Resident and proportional memory, in MB, of a process and all below it (Linux only)."""
    found = []
    for process in [pid, *_below(pid)]:
        with contextlib.suppress(OSError):
            folder = Path(f"/proc/{process}")
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            sizes = {
                line.split(":")[0]: int(line.split()[1])
                for line in (folder / "smaps_rollup").read_text().splitlines()[1:]
            }
            name = words[words.index("-m") + 1] if "-m" in words else words[0].split("/")[-1]
            found.append(
                {
                    "process": name[:40],
                    "pid": process,
                    "rss_mb": round(sizes["Rss"] / 1024, 1),
                    "pss_mb": round(sizes["Pss"] / 1024, 1),
                }
            )
    return found


def _below(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_below(child)]
    return found
