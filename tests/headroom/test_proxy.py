"""What a reverse proxy says is believed only from a trusted one."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from headroom.proxy import Proxy

TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"))
FORWARDED = {
    "HTTP_X_FORWARDED_FOR": "198.51.100.7, 10.1.1.1",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "dcim.example.com",
    "HTTP_X_FORWARDED_PREFIX": "/headroom",
}


def ask(cookie: str = "", **environ: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The environment the application sees, and the headers the client gets."""
    seen: dict[str, Any] = {}
    sent: list[tuple[str, str]] = []

    def application(given: dict[str, Any], start: Any) -> list[bytes]:
        seen.update(given)
        start("200 OK", [("Set-Cookie", cookie)] if cookie else [])
        return [b""]

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        sent.extend(headers)

    defaults = {"wsgi.url_scheme": "http", "HTTP_HOST": "inside:8000", "PATH_INFO": "/api/"}
    Proxy(application, TRUSTED)(defaults | environ, start_response)
    return seen, sent


def test_a_trusted_proxy_names_client_scheme_host_and_prefix() -> None:
    seen, _ = ask(REMOTE_ADDR="10.1.1.2", **FORWARDED)
    assert seen["REMOTE_ADDR"] == "198.51.100.7"
    assert seen["wsgi.url_scheme"] == "https"
    assert seen["HTTP_HOST"] == "dcim.example.com"
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/headroom", "/api/")


def test_a_stranger_names_nothing() -> None:
    seen, _ = ask(REMOTE_ADDR="203.0.113.9", **FORWARDED)
    assert seen["REMOTE_ADDR"] == "203.0.113.9"
    assert seen["wsgi.url_scheme"] == "http"
    assert seen["HTTP_HOST"] == "inside:8000"
    assert "SCRIPT_NAME" not in seen
    assert not [name for name in seen if name.startswith("HTTP_X_FORWARDED")]


def test_a_client_cannot_put_an_address_before_its_own() -> None:
    chain = {"HTTP_X_FORWARDED_FOR": "127.0.0.1, 203.0.113.9"}
    seen, _ = ask(REMOTE_ADDR="10.1.1.2", **chain)
    assert seen["REMOTE_ADDR"] == "203.0.113.9"


@pytest.mark.parametrize("chain", ["", "unknown", "203.0.113.9, garbage"])
def test_an_unreadable_chain_leaves_the_proxy_as_the_client(chain: str) -> None:
    seen, _ = ask(REMOTE_ADDR="10.1.1.2", HTTP_X_FORWARDED_FOR=chain)
    assert seen["REMOTE_ADDR"] == "10.1.1.2"


def test_addresses_may_carry_a_port_and_be_of_version_6() -> None:
    seen, _ = ask(REMOTE_ADDR="::1", HTTP_X_FORWARDED_FOR="[2001:db8::5]:4711")
    assert seen["REMOTE_ADDR"] == "2001:db8::5"
    seen, _ = ask(REMOTE_ADDR="::ffff:10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.7:80")
    assert seen["REMOTE_ADDR"] == "198.51.100.7"


def test_a_prefix_the_proxy_left_in_the_path_is_taken_off() -> None:
    prefix = {"HTTP_X_FORWARDED_PREFIX": "/headroom/"}
    seen, _ = ask(REMOTE_ADDR="10.1.1.2", PATH_INFO="/headroom/api/", **prefix)
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/headroom", "/api/")
    seen, _ = ask(REMOTE_ADDR="10.1.1.2", PATH_INFO="/headroomy/", **prefix)
    assert seen["PATH_INFO"] == "/headroomy/"


def test_cookies_are_secure_behind_https_only() -> None:
    _, plain = ask(cookie="sessionid=1; HttpOnly", REMOTE_ADDR="10.1.1.2")
    assert plain == [("Set-Cookie", "sessionid=1; HttpOnly")]
    _, https = ask(cookie="sessionid=1; HttpOnly", REMOTE_ADDR="10.1.1.2", **FORWARDED)
    assert https == [("Set-Cookie", "sessionid=1; HttpOnly; Secure")]
    _, once = ask(cookie="sessionid=1; Secure", REMOTE_ADDR="10.1.1.2", **FORWARDED)
    assert once == [("Set-Cookie", "sessionid=1; Secure")]
