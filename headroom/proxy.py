"""What reverse proxies say about a request, believed only from the ones we trust."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

from headroom.env import Network

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

FORWARDED = ("FOR", "PROTO", "HOST", "PREFIX", "PORT", "SSL")


class Proxy:
    """WSGI middleware that applies X-Forwarded-For, -Proto, -Host and -Prefix.

    From a peer outside `trusted` these headers are dropped. `HEADROOM_FORWARDED` in the
    environment tells that a request came through some proxy, trusted or not. Cookies of https
    requests get the `Secure` attribute.
    """

    def __init__(self, application: Application, trusted: Iterable[Network]) -> None:
        self.application = application
        self.trusted = tuple(trusted)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        self._apply(environ)
        if environ.get("wsgi.url_scheme") != "https":
            return self.application(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [_secured(*header) for header in headers], *rest)

        return self.application(environ, start)

    def _apply(self, environ: Environ) -> None:
        given = {name: environ.pop(f"HTTP_X_FORWARDED_{name}", "").strip() for name in FORWARDED}
        environ.pop("HTTP_FORWARDED", None)
        environ.pop("HTTP_X_REAL_IP", None)
        environ["headroom.forwarded"] = any(given.values())
        if not self.trusted or not self._trusts(environ.get("REMOTE_ADDR", "")):
            return
        environ["REMOTE_ADDR"] = self._client(given["FOR"], environ["REMOTE_ADDR"])
        # With several proxies in a row each appends; the first value is the client's view.
        proto = given["PROTO"].partition(",")[0].strip().lower()
        if proto in {"http", "https"}:
            environ["wsgi.url_scheme"] = proto
        host = given["HOST"].partition(",")[0].strip()
        if host:
            environ["HTTP_HOST"] = host
        prefix = "/" + given["PREFIX"].partition(",")[0].strip().strip("/")
        if prefix != "/" and prefix.isprintable() and "//" not in prefix:
            environ["SCRIPT_NAME"] = prefix
            path = environ.get("PATH_INFO", "")
            if path == prefix or path.startswith(prefix + "/"):
                environ["PATH_INFO"] = path[len(prefix) :] or "/"

    def _client(self, chain: str, peer: str) -> str:
        """The nearest address of the chain that is not a trusted proxy."""
        for hop in reversed([hop.strip() for hop in chain.split(",") if hop.strip()]):
            address = _address(hop)
            if address is None:
                break
            peer = address
            if not self._trusts(address):
                break
        return peer

    def _trusts(self, peer: str) -> bool:
        address = _address(peer)
        return address is not None and any(
            ipaddress.ip_address(address) in network for network in self.trusted
        )


def _address(text: str) -> str | None:
    """The IP address in `1.2.3.4`, `1.2.3.4:567`, `::1` or `[::1]:567`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _secured(name: str, value: str) -> tuple[str, str]:
    if name.lower() == "set-cookie" and "secure" not in value.lower().split("; "):
        value += "; Secure"
    return name, value
