"""Rows of core for tests."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from core.models import User


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
