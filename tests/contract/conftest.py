"""Clients for the contract tests, and rows of the resource that is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from core.models import User
from core.resource import Resource
from tests.contract import payloads
from tests.contract.payloads import Body
from tests.core.factories import UserFactory


@dataclass
class Kept:
    """Rows of one resource, made over REST where it can be written."""

    admin: User
    client: APIClient
    resource: Resource
    sent: list[Body]
    made: list[Body]

    @cached_property
    def rows(self) -> list[Body]:
        """All rows of the resource as its list shows them, those others refer to included."""
        answer = self.client.get(self.resource.list_url(), {"limit": 0})
        found: list[Body] = answer.json()["results"]
        return found

    @property
    def filled(self) -> Body:
        """The row with everything set, as its detail was when it was made."""
        return self.made[0]

    @property
    def minimal(self) -> Body:
        """The row with the required fields only."""
        return self.made[1]


def of(resources: list[Resource]) -> Any:
    """Run a test for each resource; the tests of a module that ask for the same one together."""
    return pytest.mark.parametrize("resource", resources, ids=lambda r: r.path, scope="module")


@pytest.fixture(scope="module")
def kept(
    resource: Resource, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Kept]:
    """Three rows for all tests of a module that look at `resource`; what a test does is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        client = APIClient()
        admin = UserFactory(is_superuser=True)
        client.force_authenticate(admin)
        if "post" in resource.methods:
            makers = (payloads.filled, payloads.minimal, payloads.minimal)
            sent = [make(resource) for make in makers]
            answers = [client.post(resource.list_url(), body, format="json") for body in sent]
            for answer in answers:
                assert answer.status_code == 201, (sent, answer.json())
        else:
            sent = []
            answers = [client.get(resource.url(pk)) for pk in payloads.rows(resource, 3)]
        yield Kept(admin, client, resource, sent, [answer.json() for answer in answers])
        transaction.set_rollback(True)


@pytest.fixture
def admin() -> User:
    """Who may do everything."""
    return UserFactory(is_superuser=True)


@pytest.fixture
def client(admin: User) -> APIClient:
    """A REST client that may do everything."""
    made = APIClient()
    made.force_authenticate(admin)
    return made


@pytest.fixture
def guest() -> APIClient:
    """A REST client of somebody without permissions."""
    made = APIClient()
    made.force_authenticate(UserFactory())
    return made
