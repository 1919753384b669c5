"""Users with permissions, for tests."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

from core import registry
from core.access import ACTIONS
from core.models import ObjectPermission, User
from tests.core.factories import UserFactory


def permit(
    user: User, types: str, actions: str = "view add change delete", constraints: Any = None
) -> ObjectPermission:
    """Permit `user` actions on object types, both separated by blanks."""
    made = ObjectPermission.objects.create(
        name=f"{actions} {types}"[:100], actions=actions.split(), constraints=constraints
    )
    made.object_types.set(registry.content_type(registry.of_type(name)) for name in types.split())
    made.users.add(user)
    return made


def rest(user: User) -> APIClient:
    """A REST client of a user, who is read anew so that permissions are too."""
    made = APIClient()
    made.force_authenticate(User.objects.get(pk=user.pk))
    return made


def somebody(types: str = "", actions: str = " ".join(ACTIONS), constraints: Any = None) -> User:
    """A new user, with a permission where types are given."""
    user: User = UserFactory()
    if types:
        permit(user, types, actions, constraints)
    return user
