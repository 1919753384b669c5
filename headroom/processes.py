"""Child processes that end with their parent, and leftovers of one that was killed."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS = 20
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One command in a process group of its own, so that Ctrl-C reaches only the parent."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)
    failures: int = field(default=0, init=False)

    def start(self) -> None:
        """Run the command."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )

    @property
    def alive(self) -> bool:
        """Whether the main process of the group lives."""
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Tell the main process, which tells its own children."""
        if self.process is not None and self.alive:
            self.process.send_signal(signal.SIGTERM)

    def finish(self, deadline: float) -> None:
        """Wait until `deadline` (of the monotonic clock), then kill what is left of the group."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        _kill_group(self.process.pid)
        self.process.wait()


def stop_all(children: list[Child], seconds: float = STOP_SECONDS) -> None:
    """Stop all of them, side by side, by force after `seconds`."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + seconds
    for child in children:
        child.finish(deadline)


def remember(path: Path, children: list[Child]) -> None:
    """Note who runs, for `end_leftovers` of a later start."""
    pids = [child.process.pid for child in children if child.process is not None]
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps({str(pid): birth_of(pid) for pid in pids}), encoding="utf-8")
    draft.replace(path)


def end_leftovers(path: Path) -> int:
    """Kill the process groups noted in `path` that still live; how many there were.

    A process number counts only together with its birth: it may belong to somebody else by now.
    """
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0
    found = 0
    for text, birth in noted.items() if isinstance(noted, dict) else ():
        pid = int(text)
        if birth and birth_of(pid) == birth:
            found += 1
            _kill_group(pid)
            for _ in range(100):
                if birth_of(pid) != birth:
                    break
                time.sleep(0.05)
    path.unlink(missing_ok=True)
    return found


def birth_of(pid: int) -> str:
    """When that process began, in words of the system; empty when there is none."""
    try:
        # Fields after the command, which is in brackets and may hold anything; 22nd of all.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self").exists():
            return ""
        shown = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True
        )
        return shown.stdout.strip()
    return "" if fields[0] in "ZX" else fields[19]


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _end_with_parent() -> None:
    """Runs in the child, before its program: the kernel sends SIGTERM when the parent dies."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it died in between
        os._exit(1)
