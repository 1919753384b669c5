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
from playwright.sync_api import Page, sync_playwright

from tests.core.factories import UserFactory

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


@pytest.fixture
def page(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page in the system's Chromium, signed in as an administrator; no script may fail on it."""
    if not CHROMIUM:
        pytest.skip("needs Chromium")
    # Playwright keeps an event loop running in this thread, which Django would not query in.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": 1440, "height": 1300}, base_url=address, reduced_motion="reduce"
        )
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}
        context.add_cookies([cookie])
        opened = context.new_page()
        opened.on("pageerror", lambda error: faults.append(str(error)))
        yield opened
        browser.close()
    assert faults == []
