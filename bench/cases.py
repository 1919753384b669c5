"""What is measured: requests of the common wire format, so that any server of it will do."""

from __future__ import annotations

import csv
import io
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.client import Answer, Client

Json = Any
PORTS = 48
MANY, LINES = 100, 1000
RUNS_OF_WRITES = 5


@dataclass
class Case:
    """One request. `body` makes what is sent; `after` undoes what it did; neither is timed.

    `act` replaces the request by several, timed as one. `rows` is what the answer must have.
    """

    name: str
    method: str = "GET"
    path: str | Callable[[], str] = ""
    body: Callable[[], Json] = lambda: None
    after: Callable[[Answer], None] = lambda answer: None
    rows: int | None = None
    page: bool = False
    act: Callable[[], Answer] | None = None
    runs: int | None = None


class Reads:
    """Lists, details, elevations, traces and pages of what is there."""

    def __init__(self, client: Client, pages: bool) -> None:
        self.client = client
        self.pages = pages

    def first(self, path: str) -> Json:
        """The first row of a list; None where it is empty."""
        rows = self.client.get(path)["results"]
        return rows[0] if rows else None

    def cases(self) -> list[Case]:
        """Every read that the target's data allow."""
        total = self.client.get("/api/dcim/devices/?limit=1&brief=true")["count"]
        if not total:
            raise SystemExit("The server has no devices to measure with.")
        device = self.first(f"/api/dcim/devices/?limit=1&offset={total // 2}")
        place = f"site_id={device['site']['id']}&role_id={device['role']['id']}"
        devices = "/api/dcim/devices/?"
        found = [
            Case("50 devices", path=f"{devices}limit=50"),
            Case("1,000 devices", path=f"{devices}limit=1000"),
            Case("1,000 devices, brief", path=f"{devices}limit=1000&brief=true"),
            Case("one device", path=f"/api/dcim/devices/{device['id']}/"),
            Case("devices of a site and role", path=f"{devices}{place}&limit=50"),
            Case("devices by q", path=f"{devices}q={device['name']}&limit=50"),
            Case("devices by q, no match", path=f"{devices}q=zzqzzq&limit=50"),
            Case("devices by q, many match", path=f"{devices}q={device['name'][:3]}&limit=50"),
            Case("1,000 interfaces", path="/api/dcim/interfaces/?limit=1000"),
            Case("1,000 racks with counts", path="/api/dcim/racks/?limit=1000"),
            Case("100 power feeds", path="/api/dcim/power-feeds/?limit=100"),
            Case("1,000 cables", path="/api/dcim/cables/?limit=1000"),
        ]
        rack = self.first(
            f"/api/dcim/devices/?limit=1&position__gte=1&site_id={device['site']['id']}"
        )
        if rack:
            pk = rack["rack"]["id"]
            found += [
                Case("elevation, JSON", path=f"/api/dcim/racks/{pk}/elevation/?face=front"),
                Case("elevation, SVG", path=f"/api/dcim/racks/{pk}/elevation/?render=svg"),
            ]
        port = self.first("/api/dcim/interfaces/?limit=1&cabled=true")
        if port:
            found.append(Case("trace", path=f"/api/dcim/interfaces/{port['id']}/trace/"))
        if self.pages:
            found.append(Case("page: devices", path="/dcim/devices/", page=True))
            if rack:
                found.append(Case("page: a rack", path=f"/dcim/racks/{pk}/", page=True))
            found.append(Case("page: search", path=f"/search/?q={device['name']}", page=True))
        return found


class Writes:
    """Writes, on records made for them and deleted at the end."""

    def __init__(self, client: Client, pages: bool) -> None:
        self.client = client
        self.pages = pages
        self.mark = f"bench-{int(time.time())}"
        self.numbers = itertools.count(1)
        self.made: list[tuple[str, int]] = []

    def make(self, path: str, **values: Json) -> int:
        """The id of a new record, which `clean` deletes."""
        pk = int(self.client.checked("POST", f"/api/{path}/", values).json["id"])
        self.made.append((path, pk))
        return pk

    def prepare(self) -> None:
        """A site, a role and a type with 48 ports, two power ports and a console port."""
        named = {"name": self.mark, "slug": self.mark}
        self.site = self.make("dcim/sites", **named)
        self.role = self.make("dcim/device-roles", **named, color="808080")
        maker = self.make("dcim/manufacturers", **named)
        self.type = self.make(
            "dcim/device-types", manufacturer=maker, model=self.mark, slug=self.mark, u_height=1
        )
        of_type = {"device_type": self.type}
        post = self.client.checked
        ports = [
            {**of_type, "name": f"Ethernet{n}", "type": "1000base-t"} for n in range(1, PORTS + 1)
        ]
        post("POST", "/api/dcim/interface-templates/", ports)
        power = [{**of_type, "name": f"PSU{n}", "type": "iec-60320-c14"} for n in (1, 2)]
        post("POST", "/api/dcim/power-port-templates/", power)
        console = {**of_type, "name": "Console", "type": "rj-45"}
        post("POST", "/api/dcim/console-port-templates/", console)

    def clean(self) -> None:
        """Delete what `prepare` made and what a failed run has left."""
        path = f"/api/dcim/devices/?site_id={self.site}&limit=1000&brief=true"
        while rows := self.client.get(path)["results"]:
            self.delete([row["id"] for row in rows])
        for path, pk in reversed(self.made):
            self.client.checked("DELETE", f"/api/{path}/{pk}/")

    def device(self) -> Json:
        """A new device's values."""
        name = f"{self.mark}-{next(self.numbers)}"
        return {"name": name, "device_type": self.type, "role": self.role, "site": self.site}

    def create(self, number: int) -> list[int]:
        """Ids of new devices."""
        body = [self.device() for _ in range(number)]
        return [row["id"] for row in self.client.checked("POST", "/api/dcim/devices/", body).json]

    def delete(self, ids: list[int]) -> None:
        """Delete devices."""
        self.client.checked("DELETE", "/api/dcim/devices/", [{"id": pk} for pk in ids])

    def delete_answer(self, answer: Answer) -> None:
        """Delete the devices that an answer shows."""
        rows = answer.json
        self.delete([row["id"] for row in (rows if isinstance(rows, list) else [rows])])

    def cases(self) -> list[Case]:
        """Every write."""
        devices = "/api/dcim/devices/"
        self.known = self.create(MANY)
        found = [
            Case("create a device", "POST", devices, self.device, self.delete_answer),
            Case(
                "create 100 devices",
                "POST",
                devices,
                lambda: [self.device() for _ in range(MANY)],
                self.delete_answer,
                rows=MANY,
                runs=RUNS_OF_WRITES,
            ),
            Case("change a device", "PATCH", f"{devices}{self.known[0]}/", self.change),
            Case("change 100 devices", "PATCH", devices, self.changes, rows=MANY),
            Case("put a cable on", "POST", "/api/dcim/cables/", self.cable(), self.remove_cable),
            Case("delete a device", "DELETE", lambda: f"{devices}{self.create(1)[0]}/"),
            Case(
                "delete 100 devices",
                "DELETE",
                devices,
                lambda: [{"id": pk} for pk in self.create(MANY)],
                runs=RUNS_OF_WRITES,
            ),
        ]
        if self.pages:
            found.append(
                Case("import 1,000 devices, CSV", act=self.import_lines, after=self.unload, runs=3)
            )
        return found

    def change(self) -> Json:
        """Another comment."""
        return {"comments": f"Run {next(self.numbers)}"}

    def changes(self) -> Json:
        """Another comment for a hundred devices."""
        return [{"id": pk, **self.change()} for pk in self.known]

    def cable(self) -> Callable[[], Json]:
        """Makes a cable between two free ports."""
        ends = [
            self.client.get(f"/api/dcim/interfaces/?device_id={pk}&limit=1")["results"][0]["id"]
            for pk in self.known[:2]
        ]
        a, b = ([{"object_type": "dcim.interface", "object_id": pk}] for pk in ends)
        return lambda: {"a_terminations": a, "b_terminations": b, "type": "cat6"}

    def remove_cable(self, answer: Answer) -> None:
        """Unplug it."""
        self.client.checked("DELETE", f"/api/dcim/cables/{answer.json['id']}/")

    def import_lines(self) -> Answer:
        """Send a file of devices to the page of imports and wait until it is done."""
        out = io.StringIO()
        writer = csv.DictWriter(out, ["name", "device_type", "role", "site", "status"])
        writer.writeheader()
        for _ in range(LINES):
            name = f"{self.mark}-{next(self.numbers)}"
            writer.writerow(
                {
                    "name": name,
                    "device_type": self.mark,
                    "role": self.mark,
                    "site": self.mark,
                    "status": "active",
                }
            )
        client = self.client
        client.checked("GET", "/dcim/devices/import/", page=True)
        form = {"text": out.getvalue(), "format": "csv", "_import": "1"}
        began = time.perf_counter()
        answer = client.checked("POST", "/dcim/devices/import/", form, page=True)
        job = answer.headers.get("location", "").strip("/").split("/")
        if len(job) >= 3 and job[-2] == "jobs":
            while True:
                state = client.get(f"/api/core/jobs/{job[-1]}/")["status"]["value"]
                if state not in ("pending", "scheduled", "running"):
                    break
                time.sleep(0.05)
        seconds = time.perf_counter() - began
        path = f"/api/dcim/devices/?site_id={self.site}&limit=1&brief=true"
        count = client.get(path)["count"] - MANY
        if count != LINES:
            raise SystemExit(f"The import made {count} devices, not {LINES}.")
        return Answer(200, seconds, b"", answer.headers)

    def unload(self, answer: Answer) -> None:
        """Delete what was imported."""
        path = f"/api/dcim/devices/?site_id={self.site}&limit=1000&brief=true"
        keep = set(self.known)
        for _ in range(2):
            rows = self.client.get(path)["results"]
            gone = [row["id"] for row in rows if row["id"] not in keep]
            for start in range(0, len(gone), MANY):
                self.delete(gone[start : start + MANY])
