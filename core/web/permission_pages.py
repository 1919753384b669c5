"""Permissions for people: kinds of record to tick, and which rows a permission reaches now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from core import access, constraints, registry
from core.models import ObjectPermission, User
from core.read import ReadContext
from core.resource import Resource
from core.resources.permissions import PermittedTypes
from core.web import cells, form_fields, navigation
from core.web.page import actor, may, page, reading, require
from core.web.panels import add_form_panel, add_panel
from core.web.urls import add_page

FIRST = 5  # rows of each kind that are named
MOST = 40  # kinds whose rows are named and counted


@dataclass(frozen=True)
class Reached:
    """Rows of a kind that a permission reaches: how many of how many, and the first of them."""

    resource: Resource
    count: int
    total: int
    first: SafeString


class KindBoxes(forms.CheckboxSelectMultiple):
    """A box for each kind of record, by group of the menu; a group opens if one is ticked."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The groups."""
        chosen = {str(each) for each in value or ()}
        groups: dict[str, list[Resource]] = {}
        for resource in registry.resources():
            groups.setdefault(resource.menu or "Other", []).append(resource)
        parts = []
        for label in sorted(groups, key=navigation.rank):
            kinds = sorted(groups[label], key=lambda each: each.plural)
            ticked = sum(each.object_type in chosen for each in kinds)
            boxes = format_html_join(
                "",
                '<label class="check" title="{}"><input type="checkbox" name="{}" value="{}"{}>'
                " {}</label>",
                (
                    (
                        each.object_type,
                        name,
                        each.object_type,
                        " checked" if each.object_type in chosen else "",
                        navigation.title(each.plural),
                    )
                    for each in kinds
                ),
            )
            parts.append(
                format_html(
                    '<details class="kinds"{}><summary>{} <span class="quiet figures">{}</span>'
                    '</summary><div class="kinds-boxes">{}</div></details>',
                    " open" if ticked else "",
                    label,
                    f"{ticked} of {len(kinds)}" if ticked else len(kinds),
                    boxes,
                )
            )
        return format_html_join("", "{}", ((part,) for part in parts))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Names of kinds, ticked or given with commas, as in an address."""
        values = data.getlist(name) if hasattr(data, "getlist") else data.get(name)
        return [part for value in values or () for part in str(value).split(",") if part]


class KindsField(forms.MultipleChoiceField):
    """Kinds of record by their names in REST."""

    widget = KindBoxes

    def valid_value(self, value: Any) -> bool:
        """The write path knows which kinds there are."""
        return True

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether others are ticked."""
        return set(initial or ()) != set(data or ())


def _field(field: PermittedTypes, options: dict[str, Any]) -> forms.Field:
    return KindsField(**options)


def add_to_pages() -> None:
    """Add them to the pages of permissions; called once all resources are registered."""
    form_fields.add_maker(PermittedTypes, _field)
    add_form_panel(ObjectPermission, _ask)
    add_panel(ObjectPermission, 10, _now)
    add_page("users/permissions/matches/", matches)


def _ask(request: HttpRequest) -> str:
    return render_to_string("core/permission_ask.html", {}, request)


def _now(request: HttpRequest, pk: int, context: dict[str, Any]) -> str | None:
    """What the permission reaches now, on its page."""
    row = context["row"]
    kinds = [registry.of_type(name) for name in row["object_types"]]
    shown = reached(request, kinds, row["constraints"])
    told = _context(request, kinds, shown, row["constraints"])
    return render_to_string("core/permission_reach.html", told, request)


@require_POST
@page
def matches(request: HttpRequest) -> HttpResponse:
    """Which rows the permission in the form reaches now; nothing is stored."""
    resource = registry.of_model(ObjectPermission)
    if not may(request, resource, access.ADD):
        require(request, access.CHANGE, resource)
    kinds, given, fault = [], None, ""
    for name in dict.fromkeys(request.POST.getlist("object_types")):
        try:
            kinds.append(registry.of_type(name))
        except LookupError:
            fault = f"There is no kind of record {name}."
    text = request.POST.get("constraints", "").replace("\x00", "").strip()
    try:
        given = json.loads(text) if text else None
        models: list[type[Model]] = [each.model for each in kinds]
        constraints.validate(models, given)
    except (ValueError, RecursionError):
        fault = "The constraints are no JSON."
    except ValidationError as error:
        fault = " ".join(error.messages)
    shown = [] if fault else reached(request, kinds, given)
    told = {**_context(request, kinds, shown, given), "fault": fault, "asked": True}
    part = getattr(request, "htmx", False)
    template = "core/permission_reach.html" if part else "core/permission_matches.html"
    return render(request, template, told)


def _context(
    request: HttpRequest, kinds: Sequence[Resource], shown: list[Reached], given: Any
) -> dict[str, Any]:
    return {
        "reached": shown,
        "kinds": kinds,
        "left_out": max(0, len(kinds) - MOST),
        "of_user": constraints.USER in json.dumps(given),
        "reader": actor(request),
        "unlimited_reader": access.unlimited(actor(request)),
    }


def reached(request: HttpRequest, kinds: Sequence[Resource], given: Any) -> list[Reached]:
    """The rows that constraints leave of those the reader may see, `$user` being the reader.

    A few statements a kind, `MOST` kinds at most.
    """
    user = actor(request)
    if not isinstance(user, User):
        return []
    found = []
    context: ReadContext = reading(request)
    for resource in list(kinds)[:MOST]:
        rows = access.visible(resource.model, user)
        left = access.left_by(given, resource.model, user)
        total = rows.count()
        if left is False:
            found.append(Reached(resource, 0, total, cells.EMPTY))
            continue
        if left is not True:
            inner = resource.model._base_manager.filter(left[0]).order_by().values("pk")
            rows = rows.filter(pk__in=inner)
        order = access.ordering(resource.model, resource.order_columns, user)
        ordered = rows.order_by(*order, "pk")[:FIRST]
        first = resource.reader(("id", "url", "display")).rows(ordered, context)
        count = total if left is True else rows.count()
        names = format_html_join(", ", "{}", ((cells.reference(row),) for row in first))
        found.append(Reached(resource, count, total, names))
    return found
