"""Calls to addresses that people type in: never to internal networks unless they are allowed.

The name is resolved where the connection is made and the connection goes to the address that was
checked, so a name that changes between the two leads nowhere else. Redirects are not followed, and
no proxy of the environment is used.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidHeader, InvalidURL
from urllib3.connection import HTTPConnection, HTTPSConnection

# Whoever turns the check of certificates off has been told so in the form.
urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0
KEPT = 4096  # characters of an answer
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# IPv6 addresses that carry an IPv4 one, and where in them it stands (RFC 6052, RFC 3056).
_CARRIERS = (
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b:1::/48"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)


class Refused(Exception):
    """The address may not be called; the sentence says why."""


class Unreachable(Exception):
    """No answer came; the sentence says why."""


@dataclass(frozen=True)
class Answer:
    """What a receiver said."""

    status: int
    text: str
    retry_after: float | None
    milliseconds: int


def allowed(address: Address) -> bool:
    """Whether an address may be called: a public one, or one in `OUTBOUND_NETWORKS`."""
    inner = _inner(address)
    if any(each in network for network in settings.OUTBOUND_NETWORKS for each in (address, inner)):
        return True
    return inner.is_global and not inner.is_multicast


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, else the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        for network, shift in _CARRIERS:
            if address in network:
                return ipaddress.IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
    return address


def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    """The socket addresses of a host that may be called; raises Refused when there is none.

    Raises OSError for a name that does not resolve.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    good = [each for each in found if allowed(ipaddress.ip_address(str(each[4][0])))]
    if not good:
        shown = ", ".join(sorted({str(each[4][0]) for each in found}))
        raise Refused(
            f"{host} is {shown}, which is internal. An operator may allow its network in"
            " OUTBOUND_NETWORKS."
        )
    return good


class _Checked:
    """A connection to a checked address of its host."""

    def _new_conn(self) -> socket.socket:
        own: Any = self
        failure: OSError | None = None
        for family, kind, protocol, _, place in resolve(own._dns_host.strip("[]"), own.port):
            made = socket.socket(family, kind, protocol)
            try:
                for option in own.socket_options or ():
                    made.setsockopt(*option)
                made.settimeout(CONNECT_SECONDS)
                made.connect(place)
            except OSError as error:
                made.close()
                failure = error
            else:
                made.settimeout(READ_SECONDS)
                return made
        raise Unreachable(_sentence(failure or OSError("no address")))


class _CheckedHTTP(_Checked, HTTPConnection):
    pass


class _CheckedHTTPS(_Checked, HTTPSConnection):
    pass


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _CheckedHTTP


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _CheckedHTTPS


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Have the pools connect to checked addresses only."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


def fault(url: str) -> str:
    """What is wrong with an address to call, in a sentence; empty when nothing is."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "This is no address."
    if parts.scheme not in ("http", "https") or not host:
        return "An address begins with http:// or https:// and names a host."
    if parts.username or parts.password:
        return "Give a name and password in a header, not in the address."
    return ""


def call(
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes,
    *,
    verify: bool = True,
    authorities: str = "",
) -> Answer:
    """Send a request and return the answer.

    `authorities` is a file of certificates to trust. Raises Refused for an address that may not be
    called, Unreachable when there is no answer.
    """
    if found := fault(url):
        raise Refused(found)
    if verify and authorities and not Path(authorities).is_file():
        raise Refused(f"There is no file of certificates {authorities}.")
    started = time.monotonic()
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", _Adapter())
        session.mount("https://", _Adapter())
        try:
            answer = session.request(
                method,
                url,
                headers=headers,
                data=body,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                verify=(authorities or True) if verify else False,
                stream=True,
            )
            text = _beginning(answer)
        except (InvalidHeader, InvalidURL, UnicodeError) as error:
            raise Refused(str(error)) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(_sentence(error)) from error
    taken = round((time.monotonic() - started) * 1000)
    return Answer(answer.status_code, text, _seconds(answer.headers.get("Retry-After")), taken)


def _beginning(answer: requests.Response) -> str:
    part = answer.raw.read(KEPT, decode_content=False) or b""
    return part.decode("utf-8", "replace").replace("\0", "�")


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdecimal() and len(text) < 9 else None


def _sentence(error: BaseException) -> str:
    """The innermost reason, which is the one that tells something."""
    reason: Any = error
    while inner := getattr(reason, "reason", None) or reason.__cause__ or _first(reason):
        if not isinstance(inner, BaseException):
            break
        reason = inner
    if isinstance(reason, TimeoutError):
        return "The receiver took too long."
    return f"{reason}"[:500] or type(reason).__name__


def _first(error: BaseException) -> BaseException | None:
    first = error.args[0] if error.args else None
    return first if isinstance(first, BaseException) else None
