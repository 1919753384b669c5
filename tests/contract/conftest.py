"""Clients for the contract tests."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from core.models import User
from tests.core.factories import UserFactory


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
