"""What somebody can see and do: a tab of users and groups, and lists as they see them."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import access, registry
from core.access_report import ALL, NONE, Cell, Counts, Grant, Subject, Verdict, counts, explain
from core.models import Group, ObjectPermission, User
from core.resource import Resource
from core.web import lists, navigation, panels, search
from core.web.page import actor, address, may_row, page, reading, root, visible_or_404
from core.web.urls import add_page

VERBS = {"view": "see", "add": "make", "change": "change", "delete": "delete"}
APART = "Other"


@dataclass(frozen=True)
class Line:
    """A kind of record and what is permitted on it."""

    resource: Resource
    cells: list[Shown]
    links: list[Grant]
    rules: list[str]
    url: str


@dataclass(frozen=True)
class Shown:
    """A cell of the matrix: its tone, its words, and by what."""

    state: str
    text: str
    through: str


@dataclass(frozen=True)
class Part:
    """The kinds of one group of the menu; `counted` when their rows are."""

    label: str
    lines: list[Line]
    counted: bool
    url: str


def add_to_pages() -> None:
    """Give users and groups the tab; called once all resources are registered."""
    for model in (User, Group):
        panels.add_tab(model, "access", "What they can see", show, order=20, shown=may_inspect_any)
    add_page("users/users/<int:pk>/access/<path:path>/", show_list)


def may_inspect_any(request: HttpRequest) -> bool:
    """Whether the reader may change users or permissions at all."""
    user = actor(request)
    return any(access.may(user, access.CHANGE, model) for model in (User, Group, ObjectPermission))


def may_inspect(request: HttpRequest, resource: Resource, pk: int) -> bool:
    """Whether the reader may be told what this user or group can see.

    That is who may change them, or permissions; of superusers superusers only.
    """
    if may_row(request, resource, "change", pk):
        return True
    if resource.model is User and User.objects.filter(pk=pk, is_superuser=True).exists():
        return False
    return access.may(actor(request), access.CHANGE, ObjectPermission)


def _subject(request: HttpRequest, resource: Resource, pk: int) -> Subject:
    visible_or_404(request, resource, pk)
    if not may_inspect(request, resource, pk):
        raise PermissionDenied
    model: Any = resource.model
    return Subject(model.objects.get(pk=pk))


@require_safe
def show(
    request: HttpRequest, resource: Resource, pk: int, context: dict[str, Any]
) -> HttpResponse:
    """The matrix of kinds and actions, counts a part at a time, and why a record can be seen."""
    subject = _subject(request, resource, pk)
    wanted, every = request.GET.get("kind", "").strip(), "every" in request.GET
    part = request.GET.get("part", "")
    kinds = _kinds(request, subject, wanted, every=every or bool(wanted))
    named = _named_grants(request, subject)
    parts = []
    for label in sorted(kinds, key=navigation.rank):
        counted = "count" in request.GET or part == label
        if part and part != label:
            continue
        numbers = counts(subject, kinds[label], actor(request)) if counted else {}
        query = {"part": label, "kind": wanted, **({"every": "1"} if every else {})}
        made = [_line(request, subject, each, numbers, named) for each in kinds[label]]
        parts.append(Part(label, made, counted, f"?{urlencode(query)}"))
    context |= {
        "subject": subject,
        "parts": parts,
        "kind": wanted,
        "every": every,
        "verbs": list(VERBS.values()),
        "left_out": sum(map(len, _kinds(request, subject, "", every=True).values()))
        - sum(map(len, kinds.values())),
        "unlimited_reader": access.unlimited(actor(request)),
    }
    if part and getattr(request, "htmx", False):
        return render(request, "core/_access_part.html", context)
    context |= _question(request, subject, named)
    return render(request, "core/access.html", context)


def _kinds(
    request: HttpRequest, subject: Subject, wanted: str, *, every: bool
) -> dict[str, list[Resource]]:
    """The kinds of record to tell of, by group of the menu."""
    found: dict[str, list[Resource]] = {}
    for resource in sorted(registry.resources(), key=lambda each: each.plural):
        names = f"{resource.plural} {resource.object_type}".lower()
        if wanted and not all(word in names for word in wanted.lower().split()):
            continue
        if every or any(subject.cell(a, resource).state != NONE for a in access.ACTIONS):
            found.setdefault(resource.menu or APART, []).append(resource)
    return found


def _named_grants(request: HttpRequest, subject: Subject) -> set[int]:
    """The permissions of the subject that the reader may see."""
    ids = [grant.pk for grant in subject.grants]
    return set(ids) - access.outside(ObjectPermission, ids, actor(request), access.VIEW)


def _line(
    request: HttpRequest,
    subject: Subject,
    resource: Resource,
    numbers: dict[str, Counts],
    named: set[int],
) -> Line:
    found = {action: subject.cell(action, resource) for action in access.ACTIONS}
    number = numbers.get(resource.path)
    cells = [_cell(action, cell, number, named) for action, cell in found.items()]
    grants = {grant.pk: grant for cell in found.values() for grant in cell.grants}
    links = [grant for pk, grant in grants.items() if pk in named]
    rules = list(dict.fromkeys(rule for cell in found.values() for rule in cell.rules))
    seen = found["view"].state != NONE and access.unlimited(actor(request))
    url = ""
    if seen and not subject.is_group:
        url = f"{address(registry.of_model(User), subject.row.pk)}access/{resource.path}/"
    return Line(resource, cells, links, rules, url)


def _cell(action: str, cell: Cell, number: Counts | None, named: set[int]) -> Shown:
    told = [grant.name for grant in cell.grants if grant.pk in named] + cell.rules
    through = "; ".join(told)
    if not cell.offered:
        return Shown("unoffered", "", "")
    if cell.state == NONE:
        return Shown(NONE, "no", "")
    if number is None or action == access.ADD:
        text = "all" if cell.state == ALL else "within limits" if action == "add" else "some"
        return Shown(cell.state, "yes" if (text, action) == ("all", "add") else text, through)
    own = number.of.get(action, 0)
    if cell.state == ALL:
        return Shown(ALL, f"all {_grouped(number.total)}", through)
    return Shown(cell.state, f"{_grouped(own)} of {_grouped(number.total)}", through)


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


# why somebody may or may not work on a record


def _question(request: HttpRequest, subject: Subject, named: set[int]) -> dict[str, Any]:
    """What was asked of one record: records to choose from, or the answer."""
    text = request.GET.get("record", "").replace("\x00", "").strip()
    if not text:
        return {}
    found = _record(request, text)
    if found is not None:
        target, pk = found
        verdicts = explain(subject, target, pk, lookups=access.unlimited(actor(request)))
        rows = target.reader(("id", "display")).by_id([pk], reading(request))
        return {
            "record": text,
            "asked": {"name": rows[pk]["display"], "kind": target.name, "url": address(target, pk)},
            "verdicts": [(VERBS[each.action], _told(each, named)) for each in verdicts],
        }
    if text.startswith("/"):
        return {"record": text, "no_record": True}
    groups = search.find(request, text, live=False)[0] if len(text) >= search.SHORTEST else []
    return {"record": text, "found": groups, "no_record": not groups}


def _told(verdict: Verdict, named: set[int]) -> Verdict:
    """The verdict without permissions that the reader may not see."""
    shown = [each for each in verdict.reasons if each.grant is None or each.grant.pk in named]
    return Verdict(verdict.action, verdict.permitted, shown)


def _record(request: HttpRequest, text: str) -> tuple[Resource, int] | None:
    """The record at an address such as `/dcim/racks/12/`, if the reader may see it."""
    match = re.search(r"/([a-z-]+/[a-z-]+)/(\d{1,18})/", text)
    if not match or not text.startswith(("/", "http")):
        return None
    try:
        target = registry.of_path(match[1])
    except LookupError:
        return None
    pk = int(match[2])
    seen = access.visible(target.model, actor(request)).filter(pk=pk).exists()
    return (target, pk) if seen else None


# a list as somebody sees it


@require_safe
@page
def show_list(request: HttpRequest, pk: int, path: str) -> HttpResponse:
    """The list of a resource as a user sees it, for superusers."""
    users = registry.of_model(User)
    if not access.unlimited(actor(request)):
        raise PermissionDenied
    subject = _subject(request, users, pk)
    try:
        resource = registry.of_path(path)
    except LookupError:
        raise Http404(f"There is no list {path}.") from None
    seen = copy.copy(request)
    seen.user = subject.actor
    refused = not access.may(subject.actor, access.VIEW, resource.model)
    context = {} if refused else lists.list_context(seen, resource)
    context |= {
        "resource": resource,
        "subject": subject,
        "refused": refused,
        "back": f"{address(users, pk)}access/",
        "users_url": address(users),
        "may_select": False,
        "may_change": False,
        "may_add": False,
        "may_delete": False,
        "may_label": False,
        "root": root(),
    }
    return render(request, "core/access_list.html", context)
