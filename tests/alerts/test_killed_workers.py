"""Workers that are killed at random lose no message about an alert and invent none.

Two hundred times a limit is passed or no longer is, while the processes that evaluate and send are
killed by SIGKILL: at any moment, and while the receiver has their request and has not answered yet.
A message that was under way then may come twice, under the same key: by that a receiver knows it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from celery import Celery
from django.db import connection, connections
from django.utils import timezone

from alerts.models import Alert, Notification, Route, Rule, Told
from core import outbox
from facilities.models import Lease
from tests import brokers
from tests.alerts.factories import ChannelFactory, RouteFactory, RuleFactory
from tests.facilities.factories import LeaseFactory

LEASES, ROUNDS, ROUTES = 50, 4, 3  # 200 transitions, told on three routes


@dataclass
class Recorder:
    """What came in, in order: path, key, and what it told of which alerts."""

    address: str = ""
    told: list[tuple[str, str, list[tuple[int, str]]]] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None


@contextmanager
def recording() -> Iterator[Recorder]:
    found = Recorder()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = [(each["id"], kind) for kind in ("firing", "resolved") for each in body[kind]]
            found.told.append((self.path, self.headers["X-Headroom-Notification"], said))
            found.before_answer()
            with suppress(OSError):
                self.send_response(204)
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Workers:
    """A worker with three processes, any of which may be killed."""

    def __init__(self, folder: Path, url: str) -> None:
        given = connection.settings_dict
        place = f":{quote(given['PASSWORD'] or '')}@{quote(given['HOST'], safe='')}:{given['PORT']}"
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "headroom.settings",
            "DATABASE_URL": f"postgresql://{given['USER']}{place}/{given['NAME']}",
            "HEADROOM_DATA": str(folder),
            "OUTBOUND_NETWORKS": "127.0.0.0/8",
        }
        self.environment.pop("BROKER_URL", None)
        if url:
            self.environment["BROKER_URL"] = url
        self.log = folder / "worker.log"
        self.kills = 0
        self.alone = threading.Lock()  # nobody starts one while somebody else kills or does
        self.start()

    def start(self) -> None:
        """Start a worker."""
        self.log.unlink(missing_ok=True)
        command = ["celery", "-A", "headroom", "worker", "--concurrency", "3", "-l", "INFO"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=self.environment,
                cwd=Path(__file__).parents[2],
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def revive(self) -> None:
        """Start it again where it has ended, as a supervisor does."""
        with self.alone:
            if self.process.poll() is not None:
                self.start()

    def children(self) -> list[int]:
        """The processes that carry out tasks."""
        pid = self.process.pid
        with suppress(OSError):
            return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
        return []

    def kill_some(self) -> None:
        """Kill one of them, for which the worker forks another; with messages in files, all.

        There Celery's processes share one lock, and one that dies with it stops the others.
        """
        ready = self.log.exists() and b" ready." in self.log.read_bytes()
        if ready and not self.environment.get("BROKER_URL"):
            if random.random() < 0.12:  # it takes long to come back
                self.kill_all()
        elif (found := self.children()) and ready:
            with suppress(ProcessLookupError):
                os.kill(random.choice(found), signal.SIGKILL)
                self.kills += 1

    def kill_all(self) -> None:
        """Kill the worker and all its processes."""
        with self.alone:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.kills += 3


def publisher(folder: Path, url: str) -> Celery:
    """Sends what beat would, only faster."""
    app = Celery("beat", broker=url or "filesystem://localhost//")
    if not url:
        messages, control = folder / "broker" / "messages", folder / "broker" / "control"
        for path in (messages, control):
            path.mkdir(parents=True, exist_ok=True)
        app.conf.broker_transport_options = {
            "data_folder_in": str(messages),
            "data_folder_out": str(messages),
            "control_folder": str(control),
        }
    return app


@pytest.mark.parametrize("kind", ["files", "redis", "rabbitmq"])
@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_and_nothing_told_twice(kind: str, tmp_path: Path, eventually) -> None:
    with brokers.running(kind, tmp_path) as url, recording() as recorder:
        Rule.objects.all().delete()
        RuleFactory(threshold=60)
        for n in range(ROUTES):
            channel = ChannelFactory(address=f"{recorder.address}/{n}")
            RouteFactory(channel=channel, repeat_minutes=0)
        leases = [LeaseFactory() for _ in range(LEASES)]
        outbox.add_reader("alerts")
        app, over = publisher(tmp_path, url), threading.Event()
        workers = Workers(tmp_path, url)

        def kill_now_and_then() -> None:
            if random.random() < 0.2:
                workers.kill_some()

        recorder.before_answer = kill_now_and_then

        def beat() -> None:
            while not over.wait(0.15):
                for name in ("alerts.watch", "alerts.sweep_notifications"):
                    app.send_task(name, queue="celery", expires=3)
                workers.revive()
                if random.random() < 0.2:
                    workers.kill_some()

        thread = threading.Thread(target=beat)
        thread.start()
        try:
            for turn in range(ROUNDS):
                firing = turn % 2 == 0
                day = timezone.now().date() + dt.timedelta(days=10 if firing else 100)
                Lease.objects.filter(pk__in=[each.pk for each in leases]).update(ends=day)
                if turn == ROUNDS // 2:
                    workers.kill_all()
                eventually(lambda firing=firing: settled(firing))
            recorder.before_answer = lambda: None
            eventually(lambda: not Notification.objects.exclude(status="sent").exists())
        finally:
            over.set()
            thread.join()
            workers.kill_all()
            app.close()
            connections.close_all()
    assert workers.kills > ROUNDS
    told_once(recorder, workers.kills)


def settled(firing: bool) -> bool:
    """Whether everything that was to be told is written down as told."""
    if Alert.objects.filter(resolved__isnull=True).count() != (LEASES if firing else 0):
        return False
    return Told.objects.filter(over=False).count() == (LEASES * ROUTES if firing else 0)


def told_once(recorder: Recorder, kills: int) -> None:
    """Check what was received against the alerts there were."""
    expected = Counter(
        (pk, kind)
        for pk in Alert.objects.values_list("pk", flat=True)
        for kind in ("firing", "resolved")
    )
    assert len(expected) == LEASES * ROUNDS
    assert Route.objects.count() == ROUTES
    for n in range(ROUTES):
        here = [(key, said) for path, key, said in recorder.told if path == f"/{n}"]
        by_key = dict(here)
        assert all(by_key[key] == said for key, said in here)
        assert Counter(each for said in by_key.values() for each in said) == expected
        # In order: nobody hears of an end before the beginning.
        first: dict[tuple[int, str], int] = {}
        for place, (_, said) in enumerate(here):
            for each in said:
                first.setdefault(each, place)
        assert all(first[pk, "firing"] < first[pk, "resolved"] for pk, _ in expected)
    keys = [key for _, key, _ in recorder.told]
    assert len(keys) - len(set(keys)) <= kills, "only what a kill interrupted may come again"
