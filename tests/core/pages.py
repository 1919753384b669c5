"""What the tests of pages share."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.core.factories import UserFactory


def admin_client() -> Client:
    """A client signed in as an administrator."""
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    return client


def statements(client: Client, url: str) -> int:
    """How many statements a page takes, once caches are warm."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(url)
    return len(captured)


def row_names(html: str) -> list[str]:
    """The names of a list's rows, in order."""
    return re.findall(r'class="row-link[^>]*>([^<]*)</a>', html)


def text(response: object) -> str:
    """The page as text."""
    content: bytes = response.content  # type: ignore[attr-defined]
    return content.decode()


database = pytest.mark.django_db
