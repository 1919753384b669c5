"""A web process that is killed in the middle of a bulk write leaves nothing half-done."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
import requests
from django.db import connection

from core.models import ObjectChange, Token
from dcim.models import Device, Interface
from tests.core.factories import UserFactory
from tests.dcim import factories as make
from tests.facilities.factories import SiteFactory

Eventually = Callable[[Callable[[], object]], None]
BLOCKED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


def number(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


@pytest.fixture
def server(transactional_db: None, tmp_path: Path, eventually: Eventually) -> Iterator[Any]:
    """A web server of its own on the test database: its process and address."""
    given = connection.settings_dict
    place = f":{quote(given['PASSWORD'] or '')}@{quote(given['HOST'], safe='')}:{given['PORT']}"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "headroom.settings",
        "DATABASE_URL": f"postgresql://{given['USER']}{place}/{given['NAME']}",
        "HEADROOM_DATA": str(tmp_path),
        "HEADROOM_DEMO": "false",
    }
    command = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--no-ws", "--blocking-threads", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "headroom.wsgi:application"],
        env=environment,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{address}/healthz", timeout=30).ok
        except requests.ConnectionError:
            return False

    try:
        eventually(answers)
        yield process, address
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_nothing_is_left_of_it(server: Any, eventually: Eventually) -> None:
    process, address = server
    kind, role, site = make.DeviceTypeFactory(), make.DeviceRoleFactory(), SiteFactory()
    for n in range(24):
        make.InterfaceTemplateFactory(device_type=kind, name=f"eth{n}")
    token = Token(user=UserFactory(is_superuser=True))
    headers = {"Authorization": f"Bearer {token.issue()}"}
    token.save()
    before = ObjectChange.objects.count()
    body = [
        {"name": f"d{n}", "device_type": kind.pk, "role": role.pk, "site": site.pk}
        for n in range(200)
    ]
    failed: list[Exception] = []

    def send() -> None:
        try:
            requests.post(f"{address}/api/dcim/devices/", json=body, headers=headers, timeout=180)
        except requests.RequestException as error:
            failed.append(error)

    with psycopg.connect(**connection.get_connection_params()) as holder:
        holder.execute("LOCK TABLE dcim_interface IN SHARE MODE")  # devices go in, ports wait
        sending = threading.Thread(target=send)
        sending.start()
        eventually(lambda: number(BLOCKED) == 1)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        sending.join()
    eventually(lambda: number(OTHERS) == 0)
    assert failed, "the client was not answered"
    assert not Device.objects.exists()
    assert not Interface.objects.exists()
    assert ObjectChange.objects.count() == before
