"""Who may see and do what. Everything is denied unless permitted, at the queryset.

Permissions are rows (`ObjectPermission`). A user's are read once a request, by one statement, and
kept with the user's instance; nothing is read for superusers. An app adds what no row can say, at
start: rows that are a user's own, rows that are open to all, rows that are seen only together with
the row they refer to, and what is never permitted to others than superusers.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db.models import Case, F, Model, OrderBy, Q, QuerySet, When

from core import constraints, registry
from core.models.permissions import ObjectPermission
from core.models.users import Group, User

if TYPE_CHECKING:
    from core.resource import Resource

Actor = User | AnonymousUser | None

M = TypeVar("M", bound=Model)

OWN = "Everybody may do this with what is their own."
VIEW, ADD, CHANGE, DELETE = "view", "add", "change", "delete"
ACTIONS = (VIEW, ADD, CHANGE, DELETE)

# All rows, no row, or those of a condition and whether it must be put in a subquery.
Scope = bool | tuple[Q, bool]

_own: dict[type[Model], tuple[str, Collection[str]]] = {}
_open: set[type[Model]] = set()
_tied: dict[type[Model], tuple[str, str, Callable[[Resource], bool]]] = {}
_limits: dict[type[Model], tuple[Q, Collection[str]]] = {}
_shared: dict[type[Model], tuple[str, str]] = {}

# Who writes, for code that tells of rows and is not told of users.
writer: ContextVar[Actor] = ContextVar("writer", default=None)


def permit_own(model: type[Model], path: str, actions: Collection[str]) -> None:
    """Permit everybody `actions` on the rows whose `path` leads to themselves."""
    _own[model] = (path, actions)


def permit_view(model: type[Model]) -> None:
    """Let everybody who is logged in see all rows of `model`."""
    _open.add(model)


def tie(
    model: type[Model],
    type_column: str,
    id_column: str,
    targets: Callable[[Resource], bool] = lambda resource: resource.history,
) -> None:
    """Show rows of `model` only with the row they refer to by content type and id.

    `targets` tells which resources they may refer to: those whose history is kept if not given.
    Rows that are tied themselves bring the conditions of all they may refer to with them, so what
    is derived from other rows must not be among the targets.
    """
    _tied[model] = (type_column, id_column, targets)


def limit(model: type[Model], condition: Q, actions: Collection[str]) -> None:
    """Permit `actions` to nobody but superusers on rows of `model` that fail `condition`."""
    _limits[model] = (condition, actions)


def share(model: type[Model], path: str, flag: str) -> None:
    """Permit everybody everything on their own rows, and to see those where `flag` is set.

    The rows of others that are not shared are for superusers only, whatever is permitted.
    """
    _shared[model] = (path, flag)


class Permissions:
    """What one user without all rights may do; read by one statement."""

    def __init__(self, user: User, rows: QuerySet[ObjectPermission] | None = None) -> None:
        self.user = user
        self.granted: dict[tuple[int, str], list[Any]] = defaultdict(list)
        self.scopes: dict[tuple[type[Model], str], Scope] = {}
        self.kept: dict[Any, Any] = {}
        rows = given_to(user) if rows is None else rows
        for actions, given, kinds in (
            rows.filter(enabled=True)
            .order_by()
            .values_list("actions", "constraints", ArrayAgg("object_types"))
        ):
            for action in set(actions):
                for kind in kinds:
                    self.granted[kind, action].append(given)

    def any(self, action: str, model: type[Model]) -> bool:
        """Whether `action` is permitted on any row of `model`."""
        if model in _shared:
            return True
        kept = self.scopes.get((model, action))
        return self._permitted(action, model) is not False if kept is None else kept is not False

    def scope(self, action: str, model: type[Model]) -> Scope:
        """The rows of `model` on which the user may do `action`."""
        key = (model, action)
        if key not in self.scopes:
            self.scopes[key] = False  # what is being found out is not yet permitted
            self.scopes[key] = self._scope(action, model)
        return self.scopes[key]

    def _scope(self, action: str, model: type[Model]) -> Scope:
        found = self._permitted(action, model)
        if model in _shared:
            found = self._own_or_shared(found, action, *_shared[model])
        if model in _limits and action in _limits[model][1]:
            found = _both(found, (_limits[model][0], False))
        if model in _tied and found is not False:
            found = _both(found, generic(self.user, *_tied[model]))
        return found

    def _own_or_shared(self, permitted: Scope, action: str, path: str, flag: str) -> Scope:
        """The user's own rows, and the shared ones: to be seen, or as far as permitted."""
        shared: Scope = (Q(**{flag: True}), False)
        if action != VIEW:
            shared = _both(permitted, shared)
        return _either(shared, (Q(**{path: self.user.pk}), False))

    def _permitted(self, action: str, model: type[Model]) -> Scope:
        if action == VIEW and model in _open:
            return True
        kind = ContentType.objects.get_for_model(model, for_concrete_model=False).pk
        found: Scope = False
        for given in self.granted.get((kind, action), ()):
            found = _either(found, left_by(given, model, self.user))
            if found is True:
                return True
        if model in _own and action in _own[model][1]:
            found = _either(found, (Q(**{_own[model][0]: self.user.pk}), False))
        return found


def given_to(user: User) -> QuerySet[ObjectPermission]:
    """The permissions that a user has, themselves or by a group, those switched off too."""
    mine = ObjectPermission.users.through.objects.filter(user=user).values("objectpermission")
    groups = User.groups.through.objects.filter(user=user).values("group")
    shared = ObjectPermission.groups.through.objects.filter(group__in=groups)
    return ObjectPermission.objects.filter(
        Q(pk__in=mine) | Q(pk__in=shared.values("objectpermission"))
    )


def member_of(group: Group) -> User:
    """Somebody who has the permissions of `group` and no other; no user of the database."""
    member = User(pk=0, username=group.name)
    rows = ObjectPermission.objects.filter(groups=group)
    member.__dict__["_permissions"] = Permissions(member, rows)
    return member


def left_by(given: Any, model: type[Model], user: User) -> Scope:
    """The rows of `model` that the constraints of one permission leave to `user`.

    None where they cannot be asked (any more): what cannot be checked is not permitted.
    """
    if not _works(model, json.dumps(given)):
        return False
    made, many = constraints.condition(model, given, user.pk)
    return (made, many) if made else True


@dataclass(frozen=True)
class Rule:
    """What holds whatever the permissions: `rows` are opened, or else all others are shut."""

    sentence: str
    rows: Scope
    opens: bool


def rules(user: User, action: str, model: type[Model]) -> list[Rule]:
    """What holds for `user` and `action` on `model` beside permissions."""
    found = []
    if action == VIEW and model in _open:
        found.append(Rule("Everybody who is signed in may see these.", True, opens=True))
    if model in _own and action in _own[model][1]:
        own = Q(**{_own[model][0]: user.pk}), False
        found.append(Rule(OWN, own, opens=True))
    if model in _shared:
        path, flag = _shared[model]
        mine, shared = Q(**{path: user.pk}), Q(**{flag: True})
        found.append(Rule(OWN, (mine, False), opens=True))
        if action == VIEW:
            found.append(Rule("Everybody may see what is shared.", (shared, False), opens=True))
        sentence = "What is another person's and not shared is for superusers only."
        found.append(Rule(sentence, (mine | shared, False), opens=False))
    if model in _limits and action in _limits[model][1]:
        sentence = "Only superusers may do that to superusers and what is theirs."
        found.append(Rule(sentence, (_limits[model][0], False), opens=False))
    if model in _tied:
        sentence = "It is seen and changed only with the record that it belongs to."
        found.append(Rule(sentence, generic(user, *_tied[model]), opens=False))
    return found


@lru_cache(maxsize=4096)
def _works(model: type[Model], given: str) -> bool:
    """Whether constraints, as JSON, can be asked of rows; known once for a process's life."""
    try:
        model._base_manager.filter(constraints.condition(model, json.loads(given), 0)[0])
    except (FieldError, ValidationError, TypeError, ValueError):
        return False
    return True


def _either(a: Scope, b: Scope) -> Scope:
    if a is True or b is True:
        return True
    if a is False or b is False:
        return b if a is False else a
    return a[0] | b[0], a[1] or b[1]


def _both(a: Scope, b: Scope) -> Scope:
    if isinstance(a, bool) or isinstance(b, bool):
        return False if a is False or b is False else (b if a is True else a)
    return a[0] & b[0], a[1] or b[1]


def unlimited(user: Actor) -> bool:
    """Whether nothing is kept from `user`."""
    return isinstance(user, User) and user.is_active and user.is_superuser


def scope(user: Actor, action: str, model: type[Model]) -> Scope:
    """The rows of `model` on which `user` may do `action`."""
    known = _permissions(user)
    return known if isinstance(known, bool) else known.scope(action, model)


def _permissions(user: Actor) -> Permissions | bool:
    """The user's permissions, kept with the user; True for superusers, False for strangers."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_superuser:
        return True
    known: Permissions | None = user.__dict__.get("_permissions")
    if known is None:
        known = user.__dict__["_permissions"] = Permissions(user)
    return known


def forget(user: User) -> None:
    """Read the user's permissions again when they are next asked for."""
    user.__dict__.pop("_permissions", None)


def kept(user: Actor) -> dict[Any, Any]:
    """Where to keep what follows from the permissions of `user`, for as long as they are kept."""
    known = _permissions(user)
    return known.kept if isinstance(known, Permissions) else {}


def may(user: Actor, action: str, model: type[Model]) -> bool:
    """Whether `user` may do `action` on any row of `model` at all."""
    known = _permissions(user)
    return known if isinstance(known, bool) else known.any(action, model)


def may_all(user: Actor, action: str, model: type[Model]) -> bool:
    """Whether `user` may do `action` on every row of `model`."""
    return scope(user, action, model) is True


def restrict(queryset: QuerySet[M], user: Actor, action: str = VIEW) -> QuerySet[M]:
    """The rows of `queryset` on which `user` may do `action`; none for strangers."""
    found = scope(user, action, queryset.model)
    if found is True:
        return queryset
    if found is False:
        return queryset.none()
    matching, many = found
    if many:  # joins to several rows would show a row more than once
        rows = queryset.model._base_manager.filter(matching).order_by()
        return queryset.filter(pk__in=rows.values("pk"))
    return queryset.filter(matching)


def visible(model: type[M], user: Actor, action: str = VIEW) -> QuerySet[M]:
    """The rows of `model` on which `user` may do `action`, in no order."""
    return restrict(model._default_manager.all(), user, action).order_by()


def generic(
    user: Actor, type_column: str, id_column: str, targets: Callable[[Resource], bool]
) -> Scope:
    """The rows that refer by content type and id to a row that `user` may see."""
    if unlimited(user):
        return True
    every, some = [], Q(pk__in=[])
    for resource in filter(targets, registry.resources()):
        found = scope(user, VIEW, resource.model)
        if found is False:
            continue
        kind = registry.content_type(resource).pk
        if found is True:
            every.append(kind)
        else:
            rows = visible(resource.model, user).values("pk")
            some |= Q(**{type_column: kind, f"{id_column}__in": rows})
    return some | Q(**{f"{type_column}__in": every}), False


def tied(queryset: QuerySet[M], user: Actor) -> QuerySet[M]:
    """The rows of a tied model whose row is one that `user` may see, whoever may see them."""
    found = generic(user, *_tied[queryset.model])
    return queryset if isinstance(found, bool) else queryset.filter(found[0])


def along(model: type[Model], path: str, user: Actor) -> Q:
    """The rows of `model` whose relations on `path` lead through rows that `user` may see.

    A condition on a column of another row would tell of that row by what it matches.
    """
    condition = Q()
    if unlimited(user):
        return condition
    for walked, other in _walk(model, path):
        if not may_all(user, VIEW, other):
            condition &= Q(**{f"{walked}__in": visible(other, user).values("pk")})
    return condition


def _walk(model: type[Model], path: str) -> Iterator[tuple[str, type[Model]]]:
    """The relations on `path`, each with the resource's model it leads to."""
    walked = []
    for part in path.split("__"):
        try:
            column = model._meta.get_field(part)
        except FieldDoesNotExist:
            break
        if not column.is_relation or not isinstance(column.related_model, type):
            break
        walked.append(part)
        model = column.related_model
        if registry.has_model(model):
            yield "__".join(walked), model


def ordering(model: type[Model], columns: Sequence[Any], user: Actor) -> list[Any]:
    """Columns to order by; those of rows that `user` may not see are as if they were empty."""
    found: list[Any] = []
    for column in columns:
        path = column.lstrip("-") if isinstance(column, str) else ""
        if not all(unlimited(user) or may(user, VIEW, other) for _, other in _walk(model, path)):
            continue
        if condition := along(model, path, user):
            value = Case(When(condition, then=F(path)))
            found.append(OrderBy(value, descending=column.startswith("-"), nulls_last=True))
        else:
            found.append(column)
    return found


def as_actor(user: Any) -> Actor:
    """The request's user as this module knows it."""
    return user if isinstance(user, User | AnonymousUser) else None


@contextmanager
def writing(user: Actor) -> Iterator[None]:
    """Tell the code below who writes."""
    token = writer.set(user)
    try:
        yield
    finally:
        writer.reset(token)


def unseen(rows: Sequence[Model]) -> set[int]:
    """Those of some rows of one model that the writer may not see, by id; nobody's writes may."""
    user = writer.get()
    if not rows or user is None:
        return set()
    return outside(type(rows[0]), [row.pk for row in rows], user, VIEW)


def outside(model: type[Model], ids: Sequence[int], user: Actor, action: str) -> set[int]:
    """Those of the ids on which `user` may not do `action`; no statement where all are free."""
    if may_all(user, action, model):
        return set()
    return set(ids) - set(
        visible(model, user, action).filter(pk__in=ids).values_list("pk", flat=True)
    )
