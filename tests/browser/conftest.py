"""A server that a browser can reach, on the tests' database, and a page of an administrator."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.core.factories import UserFactory

# Other tests load the machine: what comes late is no fault.
expect.set_options(timeout=20_000)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Server(ThreadingMixIn, WSGIServer):
    """Answers each request in a thread, which closes its database connections."""

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def address() -> Iterator[str]:
    """The address of the product, static files and all, as its own WSGI application serves it."""
    from headroom.wsgi import application

    server = make_server("127.0.0.1", 0, application, Server, Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def against_policy(told: ConsoleMessage) -> list[str]:
    """What a message of the console tells of something the page's policy has refused."""
    return [told.text] if "Content Security Policy" in told.text else []


def elsewhere(asked: Request, address: str) -> list[str]:
    """The address of a request to another host."""
    here = asked.url.startswith((f"{address}/", "data:", "blob:", "about:"))
    return [] if here else [asked.url]


@pytest.fixture(scope="package")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """The system's Chromium, started once for all tests here, after the database was made.

    Beside Playwright's event loop this thread has another connection, which belongs to the loop.
    """
    if not CHROMIUM:
        pytest.skip("needs Chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop running in this thread, which Django would not query in.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
        connections.close_all()  # it would keep the database from being dropped


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page in a browser without memories, signed in as an administrator.

    No script may fail on it, nothing may go against the policy of the pages, and no request may
    leave for another host.
    """
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    faults: list[str] = []
    context = browser.new_context(
        viewport={"width": 1440, "height": 1300}, base_url=address, reduced_motion="reduce"
    )
    context.set_default_timeout(120_000)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}
    context.add_cookies([cookie])
    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda told: faults.extend(against_policy(told)))
    opened.on("request", lambda asked: faults.extend(elsewhere(asked, address)))
    yield opened
    context.close()
    assert faults == []
