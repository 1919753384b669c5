"""Who may see and do what. Everything is denied unless permitted, at the queryset."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from core.models.users import User

Actor = User | AnonymousUser | None

M = TypeVar("M", bound=Model)

VIEW, ADD, CHANGE, DELETE = "view", "add", "change", "delete"


def may(user: Actor, action: str, model: type[Model]) -> bool:
    """Whether `user` may do `action` on any row of `model` at all."""
    return isinstance(user, User) and user.is_active and user.is_superuser


def restrict(queryset: QuerySet[M], user: Actor, action: str = VIEW) -> QuerySet[M]:
    """The rows of `queryset` on which `user` may do `action`; none for strangers."""
    return queryset if may(user, action, queryset.model) else queryset.none()


def as_actor(user: Any) -> Actor:
    """The request's user as this module knows it."""
    return user if isinstance(user, User | AnonymousUser) else None
