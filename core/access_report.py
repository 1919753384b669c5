"""What somebody may do, and why: for administrators, told by `core.access` itself.

Nothing is decided here. Rows are counted and verdicts given by the conditions `access.scope`
makes for the person; permissions are only taken apart to say which of them opened a row. All is
told of rows that the administrator may see too, so nobody learns of others by asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, IntegerField, Model, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from core import access, constraints, registry
from core.access import ACTIONS, ADD, VIEW, Actor, Scope
from core.models import Group, ObjectPermission, User
from core.resource import Resource

ALL, SOME, NONE = "all", "some", "none"
WRITES = {"post": ADD, "patch": access.CHANGE, "delete": access.DELETE}


@dataclass(frozen=True)
class Grant:
    """A permission somebody has; `groups` are the names of those through which, if any."""

    pk: int
    name: str
    enabled: bool
    actions: frozenset[str]
    kinds: frozenset[int]
    constraints: Any
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """Whether an action is permitted on a kind of record, and by what."""

    state: str
    grants: list[Grant]
    rules: list[str]
    offered: bool = True

    @property
    def through(self) -> str:
        """What permits it, in words."""
        return "; ".join([grant.name for grant in self.grants] + self.rules)


@dataclass(frozen=True)
class Counts:
    """How many rows of a kind there are, and on how many somebody may do each action."""

    total: int
    of: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """A permission or rule and whether it holds for a row; `lookups` say why a permission not."""

    text: str
    holds: bool
    grant: Grant | None = None
    lookups: list[tuple[str, Any, bool]] = field(default_factory=list)


@dataclass(frozen=True)
class Verdict:
    """Whether an action is permitted on a row, and the reasons."""

    action: str
    permitted: bool
    reasons: list[Reason]


class Subject:
    """A user, or whoever has the permissions of a group alone."""

    def __init__(self, row: User | Group) -> None:
        self.row = row
        self.actor = row if isinstance(row, User) else access.member_of(row)
        self.is_group = isinstance(row, Group)

    @property
    def unlimited(self) -> bool:
        """Whether nothing is kept from them."""
        return access.unlimited(self.actor)

    @cached_property
    def grants(self) -> list[Grant]:
        """Their permissions, those switched off too. Two statements."""
        if isinstance(self.row, Group):
            rows = ObjectPermission.objects.filter(groups=self.row)
            through: dict[int, tuple[str, ...]] = {}
        else:
            rows = access.given_to(self.row)
            through = {}
            links = ObjectPermission.groups.through.objects.filter(group__users=self.row)
            for pk, name in links.values_list("objectpermission", "group__name"):
                through[pk] = (*through.get(pk, ()), name)
        found = (
            rows.order_by("name", "pk")
            .annotate(kinds=ArrayAgg("object_types"))
            .values_list("pk", "name", "enabled", "actions", "kinds", "constraints")
        )
        return [
            Grant(
                pk, name, on, frozenset(does), frozenset(kinds), given, tuple(through.get(pk, ()))
            )
            for pk, name, on, does, kinds, given in found
        ]

    def granted(self, action: str, model: type[Model]) -> list[Grant]:
        """The permissions for an action on a kind of record, those switched off too."""
        kind = registry.content_type(registry.of_model(model)).pk
        return [each for each in self.grants if action in each.actions and kind in each.kinds]

    def scope(self, action: str, model: type[Model]) -> Scope:
        """The rows on which they may do `action`."""
        return access.scope(self.actor, action, model)

    def cell(self, action: str, resource: Resource) -> Cell:
        """What they may do with a kind of record. No statement."""
        offered = action == VIEW or action in {WRITES.get(name) for name in resource.methods}
        model = resource.model
        found = self.scope(action, model)
        state = ALL if found is True else NONE if found is False else SOME
        if state == NONE or not offered:
            return Cell(NONE, [], [], offered)
        if self.unlimited:
            return Cell(state, [], ["superuser"])
        grants = [each for each in self.granted(action, model) if each.enabled]
        opened = [rule.sentence for rule in self.rules(action, model) if rule.opens]
        return Cell(state, grants, opened)

    def rules(self, action: str, model: type[Model]) -> list[access.Rule]:
        """What holds for them beside permissions."""
        return [] if self.unlimited else access.rules(self.actor, action, model)


def counts(subject: Subject, resources: Sequence[Resource], reader: Actor) -> dict[str, Counts]:
    """Rows by path of the resource: how many, and how many the subject may work on.

    One statement. Only rows that `reader` may see are counted.
    """
    asked: list[tuple[Resource, str]] = []
    columns = []
    for resource in resources:
        asked.append((resource, ""))
        columns.append(_number(resource, reader))
        for action in ACTIONS:
            if action != ADD and isinstance(subject.scope(action, resource.model), tuple):
                asked.append((resource, action))
                columns.append(_number(resource, reader, subject.actor, action))
    # Any row that is sure to exist carries the subqueries: the reader's own.
    carrier = User.objects.filter(pk=getattr(reader, "pk", None) or 0)
    numbers = carrier.values_list(*columns).first() if columns else ()
    found: dict[str, Counts] = {}
    for (resource, action), number in zip(asked, numbers or (), strict=True):
        if action:
            found[resource.path].of[action] = number
        else:
            found[resource.path] = Counts(number)
    for resource in resources:
        made = found[resource.path]
        for action in ACTIONS:
            if subject.scope(action, resource.model) is True:
                made.of[action] = made.total
    return found


def _number(resource: Resource, reader: Actor, actor: Actor = None, action: str = VIEW) -> Any:
    rows = access.visible(resource.model, reader)
    if actor is not None:
        rows = access.restrict(rows, actor, action)
        if action != VIEW:  # what cannot be seen cannot be changed
            rows = access.restrict(rows, actor, VIEW)
    counted = rows.order_by().annotate(_all=Value(1)).values("_all").annotate(_n=Count("pk"))
    return Coalesce(Subquery(counted.values("_n"), output_field=IntegerField()), 0)


def explain(subject: Subject, resource: Resource, pk: int, *, lookups: bool) -> list[Verdict]:
    """Why the subject may or may not work on a row; the caller has seen to it that it is there.

    With `lookups` it is told which lookups of a constraint fail. One statement beside those for
    the subject's permissions.
    """
    asked = _Questions(resource, pk)
    plans = [_plan(subject, action, resource.model, asked, lookups=lookups) for action in ACTIONS]
    asked.ask()
    return [plan(asked) for plan in plans]


class _Questions:
    """Conditions on one row, answered together."""

    def __init__(self, resource: Resource, pk: int) -> None:
        self.model, self.pk = resource.model, pk
        self.columns: list[Any] = []
        self.answers: tuple[bool, ...] = ()

    def add(self, scope: Scope) -> Any:
        """Ask whether the row is in `scope`; returns a function that gives the answer."""
        if isinstance(scope, bool):
            return lambda: scope
        rows = self.model._base_manager.filter(pk=OuterRef("pk")).filter(scope[0])
        self.columns.append(Exists(rows.order_by()))
        place = len(self.columns) - 1
        return lambda: self.answers[place]

    def ask(self) -> None:
        """Find the answers."""
        if self.columns:
            rows = self.model._base_manager.filter(pk=self.pk).order_by()
            self.answers = rows.values_list(*self.columns).first() or (False,) * len(self.columns)


def _plan(
    subject: Subject, action: str, model: type[Model], asked: _Questions, *, lookups: bool
) -> Any:
    permitted = asked.add(subject.scope(action, model))
    seen = asked.add(subject.scope(VIEW, model)) if action != VIEW else None
    grants = [] if subject.unlimited else subject.granted(action, model)
    held = []
    for grant in grants:
        parts = []
        if lookups and grant.constraints:
            parts = [
                (key, value, asked.add(access.left_by({key: value}, model, subject.actor)))
                for each in constraints.alternatives(grant.constraints)
                for key, value in each.items()
            ]
        opened = access.left_by(grant.constraints, model, subject.actor)
        held.append((grant, asked.add(opened), parts))
    rules = [(rule, asked.add(rule.rows)) for rule in subject.rules(action, model)]

    def answer(_: _Questions) -> Verdict:
        reasons = _standing(subject)
        for grant, opens, parts in held:
            told = [(key, value, holds()) for key, value, holds in parts]
            text = "permits it" if opens() else "does not reach it"
            if not grant.enabled:
                text = "would permit it, but is switched off" if opens() else text
            reasons.append(Reason(text, opens() and grant.enabled, grant, told))
        for rule, holds in rules:
            if holds() or not rule.opens:
                reasons.append(Reason(rule.sentence, holds()))
        if not grants and not subject.unlimited and not any(r.holds for r in reasons):
            name = registry.of_model(model).plural
            sentence = f"No permission of theirs has the action {action} for {name}."
            reasons.append(Reason(sentence, False))
        allowed = permitted()
        if seen is not None and allowed and not seen():
            allowed = False
            reasons.append(Reason("It cannot be seen, and so not be changed.", False))
        return Verdict(action, allowed, reasons)

    return answer


def _standing(subject: Subject) -> list[Reason]:
    if not subject.actor.is_active:
        return [Reason("The account is switched off: nothing is permitted.", False)]
    return [Reason("A superuser may do everything.", True)] if subject.unlimited else []
