"""How long REST takes: lists, details, bulk writes, search.

    python -m bench.rest_lists --scale 1 --runs 15

Requests go through the whole application in this process, middleware, authentication and
rendering included, or over HTTP with --url and --token to a running server. A case's time is that
of one request; preparation and cleaning up do not count. The first request of a case is left out.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from bench.estate import prepare

MODEL = "CCS-720DT-48S-2F"  # 53 interfaces, console port, two inlets
CREATED, PATCHED = 100, 500
Json = Any


class Target(Protocol):
    """Where requests go."""

    def send(self, method: str, path: str, body: Json = None) -> tuple[int, bytes]:
        """Status and body of the answer."""


class InProcess:
    """The application in this process."""

    def __init__(self, token: str) -> None:
        from django.test import Client

        self.client = Client(
            SERVER_NAME="localhost",
            HTTP_AUTHORIZATION=f"Bearer {token}",
            raise_request_exception=True,
        )

    def send(self, method: str, path: str, body: Json = None) -> tuple[int, bytes]:
        """Status and body of the answer."""
        data = b"" if body is None else json.dumps(body).encode()
        answer = self.client.generic(method, path, data, content_type="application/json")
        return answer.status_code, answer.content


class OverHttp:
    """A running server."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self.token = token

    def send(self, method: str, path: str, body: Json = None) -> tuple[int, bytes]:
        """Status and body of the answer."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()


@dataclass
class Case:
    """One request that is measured; `before` makes its body, `after` undoes what it did."""

    name: str
    method: str
    path: str
    before: Callable[[], Json] = lambda: None
    after: Callable[[Json], None] = lambda answer: None
    rows: int | None = None  # that the answer must have


class Bench:
    """All cases against one target."""

    def __init__(self, target: Target, runs: int) -> None:
        self.target = target
        self.runs = runs
        self.turn = 0

    def get(self, path: str) -> Json:
        """The answer to a GET."""
        return self.checked("GET", path)[1]

    def checked(self, method: str, path: str, body: Json = None) -> tuple[float, Json]:
        """Seconds and answer; SystemExit when the answer is an error."""
        started = time.perf_counter()
        status, content = self.target.send(method, path, body)
        seconds = time.perf_counter() - started
        if status >= 400:
            raise SystemExit(f"{method} {path}: {status} {content[:400]!r}")
        return seconds, json.loads(content) if content else None

    def cases(self) -> list[Case]:
        """What is measured."""
        device = self.get("/api/dcim/devices/?limit=1&role=gpu-server")["results"][0]
        site = self.get("/api/dcim/sites/?limit=1&slug=aus1")["results"][0]["id"]
        filtered = f"site_id={site}&status=active&role=server&limit=100"
        return [
            Case("1,000 devices", "GET", "/api/dcim/devices/?limit=1000"),
            Case("1,000 devices, brief", "GET", "/api/dcim/devices/?limit=1000&brief=true"),
            Case("1,000 interfaces", "GET", "/api/dcim/interfaces/?limit=1000", rows=1000),
            Case("1,000 cables", "GET", "/api/dcim/cables/?limit=1000", rows=1000),
            Case("50 devices", "GET", "/api/dcim/devices/?limit=50", rows=50),
            Case("100 active servers of a site", "GET", f"/api/dcim/devices/?{filtered}"),
            Case(
                "interfaces of a device", "GET", f"/api/dcim/interfaces/?device_id={device['id']}"
            ),
            Case("one device", "GET", f"/api/dcim/devices/{device['id']}/"),
            Case("quick search of devices", "GET", "/api/dcim/devices/?q=gpu-aus1-001&limit=50"),
            Case(
                f"create {CREATED} switches of 48 ports",
                "POST",
                "/api/dcim/devices/",
                self.new_devices,
                self.delete_devices,
            ),
            Case(f"change {PATCHED} devices", "PATCH", "/api/dcim/devices/", self.changes),
        ]

    def new_devices(self) -> Json:
        """New switches of one type, in no rack."""
        self.turn += 1
        kind = self.get(f"/api/dcim/device-types/?model={MODEL}&limit=1")["results"][0]["id"]
        role = self.get("/api/dcim/device-roles/?slug=management-switch")["results"][0]["id"]
        site = self.get("/api/dcim/sites/?limit=1&slug=aus1")["results"][0]["id"]
        return [
            {"name": f"bench-{self.turn}-{n}", "device_type": kind, "role": role, "site": site}
            for n in range(CREATED)
        ]

    def delete_devices(self, answer: Json) -> None:
        """Undo the creation."""
        self.checked("DELETE", "/api/dcim/devices/", [{"id": row["id"]} for row in answer])

    def changes(self) -> Json:
        """Another comment for the first devices."""
        self.turn += 1
        rows = self.get(f"/api/dcim/devices/?limit={PATCHED}&brief=true")["results"]
        return [{"id": row["id"], "comments": f"Run {self.turn}"} for row in rows]

    def measure(self, case: Case) -> dict[str, Json]:
        """Median and 95th percentile of the runs, in milliseconds."""
        taken = []
        size = 0
        for run in range(self.runs + 1):
            body = case.before()
            seconds, answer = self.checked(case.method, case.path, body)
            case.after(answer)
            found = answer.get("results", answer) if isinstance(answer, dict) else answer
            size = len(found) if isinstance(found, list) else 1
            if case.rows is not None and size != case.rows:
                raise SystemExit(f"{case.name}: {size} rows, not {case.rows}")
            if run:
                taken.append(seconds * 1000)
        return summary(case.name, size, taken)


def summary(name: str, rows: int, taken: list[float]) -> dict[str, Json]:
    """Median and 95th percentile of some milliseconds."""
    taken = sorted(taken)
    return {
        "case": name,
        "rows": rows,
        "median_ms": round(statistics.median(taken), 1),
        "p95_ms": round(taken[math.ceil(0.95 * len(taken)) - 1], 1),
        "runs": len(taken),
    }


def token_for_bench() -> str:
    """A token of the user `bench`, an administrator of the benchmark's database."""
    from core.models import Token, User

    user = User.objects.filter(username="bench").first()
    if user is None:
        user = User.objects.create_superuser("bench")
    Token.objects.filter(user=user).delete()
    token = Token(user=user)
    text = token.issue()
    token.save()
    return text


def measure_search(runs: int) -> dict[str, Json]:
    """The page that searches everything."""
    from django.test import Client

    from core.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="bench"))
    taken = []
    for run in range(runs + 1):
        started = time.perf_counter()
        answer = client.get("/search/", {"q": "gpu-aus1"})
        if answer.status_code != 200:
            raise SystemExit(f"/search/: {answer.status_code}")
        if run:
            taken.append((time.perf_counter() - started) * 1000)
    return summary("search page over everything", 1, taken)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure REST.")
    parser.add_argument("--scale", type=int, default=1, help="size of the estate in process")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--url", help="a running server instead, with the demo estate")
    parser.add_argument("--token", help="of an administrator there")
    parser.add_argument("--json", action="store_true", help="JSON alone")
    arguments = parser.parse_args()
    target: Target
    if arguments.url:
        target = OverHttp(arguments.url, arguments.token or "")
    else:
        prepare(arguments.scale)
        target = InProcess(token_for_bench())
    bench = Bench(target, arguments.runs)
    results = []
    for case in bench.cases():
        results.append(bench.measure(case))
        if not arguments.json:
            show(results[-1])
    if not arguments.url:
        results.append(measure_search(arguments.runs))
        if not arguments.json:
            show(results[-1])
    total = bench.get("/api/dcim/devices/?limit=1&brief=true")["count"]
    json.dump({"devices": total, "results": results}, sys.stdout)
    print()


def show(result: dict[str, Json]) -> None:
    """One line of the table."""
    print(
        f"{result['case']:36} {result['rows']:5,} rows   median {result['median_ms']:8,.1f} ms"
        f"   p95 {result['p95_ms']:8,.1f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
