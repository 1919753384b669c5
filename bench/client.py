"""A client that keeps its connection and knows what the server says a request cost."""

from __future__ import annotations

import http.client
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

Json = Any


@dataclass
class Answer:
    """One answer: seconds it took, its body, and the server's own figures where it gives them."""

    status: int
    seconds: float
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Json:
        """The body, parsed; None where there is none."""
        return json.loads(self.body) if self.body else None

    @property
    def statements(self) -> int | None:
        """SQL statements of the request."""
        found = re.search(r'sql;desc="(\d+)"', self.headers.get("server-timing", ""))
        return int(found[1]) if found else None

    @property
    def cpu(self) -> float | None:
        """Milliseconds of the web process's processor."""
        found = re.search(r"cpu;dur=([\d.]+)", self.headers.get("server-timing", ""))
        return float(found[1]) if found else None


class Client:
    """Talks to one server as one user: REST by token, pages by session cookie."""

    def __init__(self, url: str, token: str, cookie: str = "") -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        self.host = parts.netloc
        self.prefix = parts.path.rstrip("/")
        self.secure = parts.scheme == "https"
        self.token = token
        self.cookie = cookie
        self.csrf = ""
        self.connection: http.client.HTTPConnection | None = None

    def another(self) -> Client:
        """The same user on another connection."""
        url = f"{'https' if self.secure else 'http'}://{self.host}{self.prefix}"
        return Client(url, self.token, self.cookie)

    def send(self, method: str, path: str, body: Json = None, *, page: bool = False) -> Answer:
        """The answer, whatever its status; SystemExit where the server does not answer."""
        headers: dict[str, str] = {"Accept": "text/html" if page else "application/json"}
        data = None
        if page:
            headers["Cookie"] = f"{self.cookie}; csrftoken={self.csrf}"
            if body is not None:
                headers |= {"Content-Type": "application/x-www-form-urlencoded"}
                headers |= {"X-CSRFToken": self.csrf}
                data = urlencode(body).encode()
        else:
            kind = "Bearer" if self.token.startswith("nbt_") else "Token"
            headers["Authorization"] = f"{kind} {self.token}"
            if body is not None:
                headers["Content-Type"] = "application/json"
                data = json.dumps(body).encode()
        began = time.perf_counter()
        try:
            response = self._response(method, self.prefix + path, data, headers)
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise SystemExit(f"{method} {path}: no answer from {self.host} ({error})") from None
        found = {name.lower(): value for name, value in response.getheaders()}
        cookies = "\n".join(response.headers.get_all("Set-Cookie") or ())
        cookie = re.search(r"csrftoken=([^;]+)", cookies)
        if cookie:
            self.csrf = cookie[1]
        return Answer(response.status, time.perf_counter() - began, content, found)

    def _response(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        for attempt in (1, 2):
            fresh = self.connection is None
            if self.connection is None:
                kind = http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
                self.connection = kind(self.host, timeout=900)
            try:
                self.connection.request(method, path, data, headers)
                return self.connection.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError):
                self.connection.close()
                self.connection = None
                if fresh or attempt == 2:  # not an idle connection that the server has closed
                    raise
        raise AssertionError

    def get(self, path: str) -> Json:
        """The parsed answer to a GET; SystemExit on an error."""
        return self.checked("GET", path).json

    def checked(self, method: str, path: str, body: Json = None, *, page: bool = False) -> Answer:
        """The answer; SystemExit when it is an error."""
        answer = self.send(method, path, body, page=page)
        if answer.status >= 400 or (page and "/login" in answer.headers.get("location", "")):
            raise SystemExit(f"{method} {path}: {answer.status} {answer.body[:400]!r}")
        return answer
