"""How long REST and pages take, over HTTP.

    python -m bench --scale 22                       a server of its own, with the demo estate
    python -m bench --url https://... --token ...    any server that speaks the wire format

A case's time is that of one request, from sending to the last byte; preparation and cleaning up do
not count, nor does the first request. docs/benchmarks.md says more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bench.cases import Case, Reads, Writes
from bench.client import Answer, Client
from bench.estate import prepare
from bench.server import memory, running

Json = Any
CLIENTS, BURST_SECONDS = 4, 5


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure REST and pages over HTTP.")
    parser.add_argument(
        "--scale", type=int, default=1, help="size of the estate; 22: 20,000 devices"
    )
    parser.add_argument("--runs", type=int, default=15, help="requests of each case")
    parser.add_argument("--only", help="cases whose name has this text")
    parser.add_argument("--reads", action="store_true", help="no writes")
    parser.add_argument("--workers", type=int, default=2, help="web processes of the own server")
    parser.add_argument("--url", help="a running server instead of an own one")
    parser.add_argument("--token", default="", help="of an administrator there")
    parser.add_argument("--cookie", default="", help="of a session there, for pages and import")
    parser.add_argument("--json", metavar="FILE", type=Path, help="keep the figures here")
    parser.add_argument("--compare", metavar="FILE", type=Path, help="show ratios to these figures")
    return parser.parse_args()


def main() -> None:
    """Measure, print a table and JSON."""
    options = arguments()
    before = json.loads(options.compare.read_text()) if options.compare else None
    if options.url:
        figures = measure(Client(options.url, options.token, options.cookie), options, None, before)
    else:
        prepare(options.scale)
        token, cookie = credentials()
        with running(options.workers) as (url, pid):
            figures = measure(Client(url, token, cookie), options, pid, before)
    text = json.dumps(figures)
    if options.json:
        options.json.write_text(text + "\n")
    print(text)


def credentials() -> tuple[str, str]:
    """A token and a session cookie of the user `bench`, an administrator."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from core.models import Token, User
    from core.sessions import SessionStore

    user = User.objects.filter(username="bench").first()
    if user is None:
        user = User.objects.create_superuser("bench")
    Token.objects.filter(user=user).delete()
    token = Token(user=user)
    text = token.issue()
    token.save()
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["began"] = int(time.time())
    session.create()
    return text, f"sessionid={session.session_key}"


def measure(
    client: Client, options: argparse.Namespace, pid: int | None, before: Json
) -> dict[str, Json]:
    """All figures of one server."""
    pages = bool(client.cookie)
    results: list[Json] = []
    known = {row["case"]: row for row in before["results"]} if before else {}

    def take(cases: list[Case]) -> None:
        for case in cases:
            if not options.only or options.only in case.name:
                results.append(timed(client, case, options.runs))
                show(results[-1], known.get(case.name))

    print(f"{'':28}  rows     median        p95        min   SQL   CPU", flush=True)
    take(Reads(client, pages).cases())
    if not options.only or options.only in "lists of 50 a second":
        results.append(burst(client))
        show(results[-1], known.get(results[-1]["case"]))
    if not options.reads:
        writes = Writes(client, pages)
        writes.prepare()
        try:
            take(writes.cases())
        finally:
            writes.clean()
    processes = memory(pid) if pid else []
    for row in processes:
        print(f"{row['process']:28} {row['rss_mb']:7,.1f} MB, {row['pss_mb']:,.1f} MB of its own")
    return {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "devices": client.get("/api/dcim/devices/?limit=1&brief=true")["count"],
        "results": results,
        "memory": processes,
    }


def timed(client: Client, case: Case, runs: int) -> dict[str, Json]:
    """A case's figures, in milliseconds."""
    taken: list[Answer] = []
    for _ in range((case.runs or runs) + 1):
        if case.act:
            answer = case.act()
        else:
            path = case.path if isinstance(case.path, str) else case.path()
            answer = client.checked(case.method, path, case.body(), page=case.page)
        taken.append(answer)
        case.after(answer)
    rows = size(taken[-1], case)
    if case.rows is not None and rows != case.rows:
        raise SystemExit(f"{case.name}: {rows} rows, not {case.rows}")
    times = sorted(answer.seconds * 1000 for answer in taken[1:])
    worked = [answer.cpu for answer in taken[1:] if answer.cpu is not None]
    return {
        "case": case.name,
        "rows": rows,
        "median_ms": round(statistics.median(times), 2),
        "p95_ms": round(times[-(-len(times) * 95 // 100) - 1], 2),
        "min_ms": round(times[0], 2),
        "statements": taken[-1].statements,
        "cpu_ms": round(min(worked), 2) if worked else None,
        "runs": len(times),
    }


def size(answer: Answer, case: Case) -> int:
    """How many rows an answer has."""
    if case.page or not answer.body or not answer.body.startswith((b"{", b"[")):
        return 1
    found = answer.json
    found = found.get("results", found) if isinstance(found, dict) else found
    return len(found) if isinstance(found, list) else 1


def burst(client: Client) -> dict[str, Json]:
    """How many lists of 50 devices a second several clients get."""
    counts = [0] * CLIENTS
    deadline = time.perf_counter() + BURST_SECONDS

    def work(number: int) -> None:
        own = client.another()
        while time.perf_counter() < deadline:
            own.checked("GET", "/api/dcim/devices/?limit=50")
            counts[number] += 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = sum(counts) / (time.perf_counter() - began)
    return {"case": "lists of 50 a second", "rows": 50, "per_second": round(rate, 1)}


def show(result: Json, before: Json) -> None:
    """One line of the table."""
    line = f"{result['case']:28} {result['rows']:5,}"
    key = "per_second" if "per_second" in result else "median_ms"
    if key == "per_second":
        line += f" {result[key]:7,.1f} /s"
    else:
        line += "".join(f" {result[name]:7,.1f} ms" for name in ("median_ms", "p95_ms", "min_ms"))
        if result["statements"] is not None:
            line += f"  {result['statements']:4} {result['cpu_ms']:6,.1f} ms"
    if before and before.get(key) and result[key]:
        line += f"   x{result[key] / before[key]:.2f}"
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
