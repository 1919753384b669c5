"""`make run`, as a user meets it: start, stop, kill, start again."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from headroom import processes

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600  # seconds; only a hanging start takes that long


class Headroom:
    """A supervisor in a process of its own."""

    def __init__(self, data: Path, output: Path, **environment: str) -> None:
        self.port = free_port()
        self.output = output
        # Its own database, broker and demo, whatever this test run uses.
        clean = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        settings = {"HEADROOM_DATA": str(data), "HEADROOM_PORT": str(self.port)}
        settings |= {"HEADROOM_DEMO_PASSWORD": "let-me-in-please"} | environment
        self.file: IO[bytes] = output.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "headroom.supervisor"],
            cwd=ROOT,
            env=clean | settings,
            stdout=self.file,
            stderr=subprocess.STDOUT,
        )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def status(self, path: str) -> int:
        """The status of a GET, 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as got:
                return int(got.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while "Ctrl-C stops it" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def wait_until_healthy(self) -> None:
        """Until database, broker and workers answer; the last of them start after the web does."""
        deadline = time.monotonic() + PATIENCE
        while self.status("/readyz") != 200:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def refuse(self) -> str:
        """What it says when it does not start."""
        assert self.process.wait(PATIENCE) == 1, self.said
        self.file.close()
        return self.said

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.file.close()
        return code


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("headroom") / "data"
    yield folder
    processes.end_leftovers(folder / "processes.json")
    with contextlib.suppress(OSError, ValueError, IndexError):
        os.kill(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]), 9)


@pytest.fixture(scope="module")
def estate_off() -> dict[str, str]:
    """Without the demo, which takes longer than what is tested here."""
    return {"HEADROOM_DEMO": "0"}


def test_it_starts_serves_and_stops_and_survives_a_kill(
    data: Path, tmp_path: Path, estate_off: dict[str, str]
) -> None:
    first = Headroom(data, tmp_path / "first", **estate_off)
    first.wait_until_ready()
    assert first.status("/healthz") == 200
    first.wait_until_healthy()
    assert "Migrations ..." in first.said
    assert "Log in as demo" not in first.said

    second = Headroom(data, tmp_path / "second", **estate_off)
    said = second.refuse()
    assert re.fullmatch(r"Headroom cannot start\. HEADROOM_DATA: .* already runs .*\n", said), said

    assert first.stop(signal.SIGKILL) == -signal.SIGKILL

    third = Headroom(data, tmp_path / "third", **estate_off)
    third.wait_until_ready()
    third.wait_until_healthy()
    assert third.stop() == 0
    assert third.said.rstrip().endswith("Stopped.")
    assert third.status("/healthz") == 0
    assert not (data / "postgres" / "postmaster.pid").exists()


def test_a_taken_port_is_told_in_one_sentence(
    data: Path, tmp_path: Path, estate_off: dict[str, str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        refused = Headroom(data, tmp_path / "said", **estate_off, HEADROOM_PORT=port)
        said = refused.refuse()
    assert re.fullmatch(r"Headroom cannot start\. HEADROOM_PORT: .*\n", said), said


def test_a_broken_data_folder_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data" / "postgres").mkdir(parents=True)
    (tmp_path / "data" / "postgres" / "PG_VERSION").write_text("9.6\n")
    refused = Headroom(tmp_path / "data", tmp_path / "said")
    last = refused.refuse().splitlines()[-1]
    assert last.startswith("Headroom cannot start.")
    assert "PostgreSQL 9.6" in last


def test_leftovers_are_ended_only_when_number_and_birth_agree(tmp_path: Path) -> None:
    note = tmp_path / "processes.json"
    child = processes.Child("sleeper", ["sleep", "600"], {"PATH": os.environ["PATH"]})
    child.start()
    assert child.process is not None
    note.write_text(f'{{"{child.process.pid}": "another birth"}}')
    assert processes.end_leftovers(note) == 0
    assert child.alive
    processes.remember(note, [child])
    assert processes.end_leftovers(note) == 1
    assert child.process.wait(PATIENCE) == -signal.SIGKILL
    assert not note.exists()
