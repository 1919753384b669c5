"""What Headroom may call, and what it may not."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from alerts import outbound
from tests.alerts.receiver import listening

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


def call(url: str, **options):
    return outbound.call("POST", url, {"Content-Type": "text/plain"}, b"hello", **options)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1"),
        *("::ffff:10.0.0.8", "64:ff9b::a00:8", "2002:a00:8::1", "ff02::1"),
    ],
)
def test_internal_addresses_are_not_called(address):
    assert not outbound.allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are(address):
    assert outbound.allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_a_call_to_this_machine_is_refused_before_anything_is_sent(host):
    with listening() as receiver, pytest.raises(outbound.Refused, match="internal"):
        call(f"http://{host}:{receiver.address.rpartition(':')[2]}/")
    assert receiver.requests == []


def test_an_operator_may_allow_a_network(settings):
    settings.OUTBOUND_NETWORKS = LOOPBACK
    with listening() as receiver:
        answer = call(receiver.address)
    assert (answer.status, answer.text) == (200, "seen�")
    [(method, _, headers, body)] = receiver.requests
    assert (method, headers["Content-Type"], body) == ("POST", "text/plain", b"hello")


def test_a_redirect_is_not_followed(settings):
    settings.OUTBOUND_NETWORKS = LOOPBACK
    with listening() as inner, listening() as outer:
        outer.answers, outer.headers = [307], {"Location": f"{inner.address}/"}
        assert call(outer.address).status == 307
    assert inner.requests == []


def test_a_name_that_changes_is_checked_where_the_connection_is_made(settings, monkeypatch):
    """A first look at a public address does not open the way for a later one."""
    answers = ["93.184.215.14", "127.0.0.1"]

    def resolve(host, port, *_, **__):
        address = answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert outbound.resolve("rebind.example", 80)
    with listening() as receiver, pytest.raises(outbound.Refused, match="internal"):
        call(f"http://rebind.example:{receiver.address.rpartition(':')[2]}/")
    assert receiver.requests == []


def test_a_proxy_of_the_environment_is_not_used(settings, monkeypatch):
    settings.OUTBOUND_NETWORKS = LOOPBACK
    with listening() as proxy, listening() as receiver:
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        call(receiver.address)
    assert (len(proxy.requests), len(receiver.requests)) == (0, 1)


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "ftp://example.com/", "file:///etc/passwd", "http://", "http://[::1"),
        *("http://a:b@example.com/", "http://example.com:99999/"),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(url):
    assert outbound.fault(url).endswith(".")
    with pytest.raises(outbound.Refused):
        call(url)


def test_nobody_answering_is_told(settings):
    settings.OUTBOUND_NETWORKS = LOOPBACK
    with listening() as receiver:
        gone = receiver.address
    with pytest.raises(outbound.Unreachable, match="refused"):
        call(gone)
    with pytest.raises(outbound.Unreachable):
        call("http://nobody.invalid/")
    with pytest.raises(outbound.Refused, match="certificates"):
        call("https://127.0.0.1/", authorities="/nowhere/ca.pem")


def test_a_header_that_cannot_be_sent_is_refused(settings):
    settings.OUTBOUND_NETWORKS = LOOPBACK
    with listening() as receiver, pytest.raises(outbound.Refused):
        outbound.call("GET", receiver.address, {"X-A": "b\r\nX-C: d"}, b"")
    assert receiver.requests == []
