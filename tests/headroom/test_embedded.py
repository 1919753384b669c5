"""The embedded PostgreSQL: shared, adopted after a kill, and clear about what is wrong."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from headroom.embedded import SUPERUSER, Cluster, EmbeddedError

ROOT = Path(__file__).resolve().parents[2]
USER = """
import sys
from pathlib import Path
from headroom.embedded import Cluster
Cluster(Path(sys.argv[1]), durable=False).ensure()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path / "postgres", durable=False)
    # Root hands the server to another account, which must be able to get there.
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if os.geteuid() == 0 and folder.stat().st_uid == 0 and not folder.stat().st_mode & 1:
            folder.chmod(folder.stat().st_mode | 1)
    yield cluster
    cluster.leave()
    pid = server_pid(cluster)
    if pid:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(cluster.folder, ignore_errors=True)


def server_pid(cluster: Cluster) -> int:
    """The server's process number, 0 when there is none."""
    try:
        return int((cluster.folder / "postmaster.pid").read_text().splitlines()[0])
    except FileNotFoundError:
        return 0


def user_process(cluster: Cluster) -> subprocess.Popen[bytes]:
    """Another process that uses the cluster until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(cluster.folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def answers(cluster: Cluster) -> bool:
    host = str(cluster.socket_folder)
    with psycopg.connect(host=host, user=SUPERUSER, dbname="headroom") as connection:
        row = connection.execute("SELECT current_setting('fsync')").fetchone()
    return row == ("off",)


def test_the_last_one_out_stops_the_server(cluster: Cluster) -> None:
    assert cluster.ensure() is True
    assert cluster.ensure() is False
    other = user_process(cluster)
    cluster.leave()
    assert answers(cluster)
    other.communicate()
    assert server_pid(cluster) == 0


def test_processes_that_start_at_once_share_one_server(cluster: Cluster) -> None:
    others = [
        subprocess.Popen(
            [sys.executable, "-c", USER, str(cluster.folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
    assert answers(cluster)
    for other in others:
        other.communicate()
        assert other.returncode == 0
    assert server_pid(cluster) == 0


def test_the_server_of_a_killed_process_is_adopted(cluster: Cluster) -> None:
    other = user_process(cluster)
    pid = server_pid(cluster)
    other.kill()
    other.communicate()
    assert cluster.ensure() is False
    assert server_pid(cluster) == pid
    assert answers(cluster)


def test_a_killed_server_is_started_again(cluster: Cluster) -> None:
    cluster.ensure()
    os.kill(server_pid(cluster), signal.SIGKILL)
    time.sleep(0.1)
    assert cluster.ensure() is True
    assert answers(cluster)


def test_a_process_number_that_passed_to_a_stranger_blocks_nothing(cluster: Cluster) -> None:
    cluster.ensure()
    cluster.leave()
    lines = [
        str(os.getpid()),
        str(cluster.folder),
        "1",
        "5432",
        str(cluster.folder),
        "",
        "",
        "ready",
    ]
    (cluster.folder / "postmaster.pid").write_text("\n".join(lines) + "\n")
    assert cluster.ensure() is True
    assert answers(cluster)


def test_a_path_may_hold_spaces_and_apostrophes(cluster: Cluster) -> None:
    odd = Cluster(cluster.folder.parent / "Ada's own, really" / "pg", durable=False)
    odd.ensure()
    assert answers(odd)
    odd.leave()


def test_a_path_that_the_shell_would_change_is_refused(cluster: Cluster) -> None:
    with pytest.raises(EmbeddedError, match="holds one of"):
        Cluster(cluster.folder.parent / "$HOME" / "pg").ensure()


def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / ("x" * 60) / ("y" * 60) / "postgres", durable=False)
    assert cluster.socket_folder != cluster.folder
    assert len(str(cluster.socket_folder / ".s.PGSQL.5432")) < 104


def test_a_folder_with_something_else_in_it_is_refused(cluster: Cluster) -> None:
    cluster.folder.mkdir()
    (cluster.folder / "thesis.txt").write_text("years of work")
    with pytest.raises(EmbeddedError, match="holds no PostgreSQL database"):
        cluster.ensure()
    assert (cluster.folder / "thesis.txt").read_text() == "years of work"


def test_a_database_of_another_version_is_refused(cluster: Cluster) -> None:
    cluster.folder.mkdir()
    (cluster.folder / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 15"):
        cluster.ensure()


def test_a_broken_database_is_told_in_one_sentence(cluster: Cluster) -> None:
    cluster.ensure()
    cluster.leave()
    (cluster.folder / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedError, match=r"does not start: .*pg_control") as caught:
        cluster.ensure()
    assert "\n" not in str(caught.value)
