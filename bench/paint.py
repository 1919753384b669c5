"""How long pages take until they are seen, in headless Chromium.

    python -m bench.paint --scale 22

Each page is opened after another, as people go from page to page, with what the browser has kept:
a first round that fills its cache does not count. Needs Playwright and the system's Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench.__main__ import credentials
from bench.client import Client
from bench.estate import prepare
from bench.server import running

Json = Any
# What the page itself knows of its loading, in ms since the click.
TIMES = """async () => {
  const [load] = performance.getEntriesByType("navigation");
  const paint = await new Promise((done) => new PerformanceObserver((seen) => {
    const [first] = seen.getEntriesByName("first-contentful-paint");
    if (first) done(first);
  }).observe({ type: "paint", buffered: true }));
  return {
    wait: load.responseStart - load.requestStart, answer: load.responseEnd,
    paint: paint.startTime, ready: load.domContentLoadedEventEnd,
    load: load.loadEventEnd, html: load.decodedBodySize, sent: load.encodedBodySize,
    nodes: document.getElementsByTagName("*").length,
  };
}"""
COLUMNS = {
    "wait": "server",
    "cpu": "CPU",
    "sql": "SQL",
    "paint": "paint",
    "ready": "DOM",
    "load": "load",
    "style": "style",
    "layout": "layout",
    "script": "script",
    "task": "browser",
    "html": "html kB",
    "sent": "sent kB",
    "nodes": "nodes",
}


def main() -> None:
    """Measure, print a table and JSON."""
    parser = argparse.ArgumentParser(description="Measure pages in Chromium.")
    parser.add_argument("--scale", type=int, default=1, help="size of the estate")
    parser.add_argument("--runs", type=int, default=15, help="loads of each page")
    parser.add_argument("--only", help="pages whose name has this text")
    parser.add_argument("--workers", type=int, default=2, help="web processes of the server")
    parser.add_argument("--url", help="a running server instead of an own one")
    parser.add_argument("--token", default="", help="of an administrator there")
    parser.add_argument("--cookie", default="", help="of a session there")
    parser.add_argument("--json", metavar="FILE", type=Path, help="keep the figures here")
    options = parser.parse_args()
    if options.url:
        figures = measure(options.url, options.token, options.cookie, options)
    else:
        prepare(options.scale)
        token, cookie = credentials()
        with running(options.workers) as (url, _pid):
            figures = measure(url, token, cookie, options)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures) + "\n")


def addresses(client: Client) -> dict[str, str]:
    """The pages to measure, by name."""
    total = client.get("/api/dcim/devices/?limit=1&brief=true")["count"]
    found = client.get(f"/api/dcim/devices/?limit=1&position__gte=1&offset={total // 2}")
    device = found["results"][0]
    return {
        "overview": "/",
        "devices": "/dcim/devices/",
        "racks side by side": "/dcim/rack-elevations/",
        "a rack": f"/dcim/racks/{device['rack']['id']}/",
        "a device": f"/dcim/devices/{device['id']}/",
    }


def measure(
    url: str, token: str, cookie: str, options: argparse.Namespace
) -> dict[str, dict[str, Json]]:
    """Medians of what is measured, by page."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        raise SystemExit("Chromium is not installed.")
    pages = addresses(Client(url, token, cookie))
    if options.only:
        pages = {label: path for label, path in pages.items() if options.only in label}
    name, value = cookie.split("=", 1)
    taken: dict[str, list[dict[str, float]]] = defaultdict(list)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=url)
        context.add_cookies([{"name": name, "value": value, "url": url}])
        page = context.new_page()
        inside = context.new_cdp_session(page)
        # Of the processor, which a busy machine disturbs less than time.
        inside.send("Performance.enable", {"timeDomain": "threadTicks"})
        for turn in range(options.runs + 1):
            for label, path in pages.items():
                if len(pages) == 1:
                    page.goto("/account/")
                figures = visit(page, inside, path)
                if turn:
                    taken[label].append(figures)
        browser.close()
    return {
        label: {
            key: round(statistics.median([row[key] for row in rows if row.get(key) is not None]), 1)
            for key in COLUMNS
        }
        for label, rows in taken.items()
    } | {"about": {"runs": options.runs, "load": os.getloadavg()[0], "cores": os.cpu_count()}}


def visit(page: Any, inside: Any, path: str) -> dict[str, float]:
    """What one load of a page costs: ms, bytes, elements."""
    answer = page.goto(path, wait_until="load")
    page.wait_for_timeout(50)
    figures: dict[str, float] = page.evaluate(TIMES)
    spent = {row["name"]: row["value"] for row in inside.send("Performance.getMetrics")["metrics"]}
    figures["style"] = spent["RecalcStyleDuration"] * 1000
    figures["layout"] = spent["LayoutDuration"] * 1000
    figures["script"] = spent["ScriptDuration"] * 1000
    figures["task"] = spent["TaskDuration"] * 1000
    figures["html"] /= 1000
    figures["sent"] /= 1000
    timing = answer.headers.get("server-timing", "")
    for key, pattern in (("sql", r'sql;desc="(\d+)"'), ("cpu", r"cpu;dur=([\d.]+)")):
        if found := re.search(pattern, timing):
            figures[key] = float(found[1])
    return figures


def show(figures: dict[str, dict[str, Json]]) -> None:
    """The table."""
    print(f"{'':20}" + "".join(f"{label:>9}" for label in COLUMNS.values()))
    for label, row in figures.items():
        if label != "about":
            print(f"{label:20}" + "".join(f"{row[key]:9,.1f}" for key in COLUMNS))
    print(figures["about"])


if __name__ == "__main__":
    main()
