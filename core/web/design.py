"""The living page of the design: every component in every state, made as the product makes it.

What an upper app draws of its own it adds with `add`.
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from core import registry
from core.models import Tag
from core.web import form_fields, navigation
from core.web.lists import list_context
from core.web.page import address, page
from core.web.parts import meter, sparkline, swatch
from core.web.records import Fact, Group, ShownTab
from core.web.table import Column, Row, Table
from core.web.undo import TAG
from core.web.urls import add_page

ROUTE = "design/"
SHARES = (12, 58, 78, 93, 112)
COURSES = ([20, 22, 21, 26, 30, 29, 34], [70, 68, 66, 61, 60, 55, 54], [88, 90, 93, 97, 101, 104])
TOKEN = re.compile(r"^    --([a-z0-9-]+):", re.MULTILINE)
KINDS = {
    "size": "Type scale",
    "gap": "Space",
    "radius": "Radii",
    "shadow": "Shadows",
    "use": "Utilisation",
}
# Tokens that are no colours: of the fonts, of motion, of the frame.
PLAIN = ("font", "mono", "quick", "ease", "row", "control", "header", "nav")


@dataclass(frozen=True)
class Part:
    """A section of the page; `paired` ones are shown in light and in dark beside each other.

    `template` is a file of `core/design/`, or a path; `styles` a style sheet it needs.
    """

    title: str
    note: str
    template: str
    context: Callable[[HttpRequest, str], dict[str, Any]] = lambda request, scheme: {}
    paired: bool = True
    styles: str = ""

    @property
    def slug(self) -> str:
        """Its place on the page."""
        return self.title.lower().replace(" ", "-")


_added: list[Part] = []


def add(part: Part) -> None:
    """Show a component of an app's own, below those of the framework."""
    _added.append(part)


def register() -> None:
    """Put the page into the menu of administrators; called once, at start."""
    add_page(ROUTE, show)
    navigation.add_staff_page("Administration", "Design", f"/{ROUTE}", "palette")


@require_safe
@page
def show(request: HttpRequest) -> HttpResponse:
    """Every component; for others than administrators the page does not exist."""
    if not getattr(request.user, "is_superuser", False):
        raise Http404
    shown = []
    for part in (*PARTS, *_added):
        schemes = ("light", "dark") if part.paired else ("",)
        shown.append((part, [(scheme, part.context(request, scheme)) for scheme in schemes]))
    return render(request, "core/design.html", {"parts": shown})


# what the parts show


@lru_cache(maxsize=1)
def tokens() -> dict[str, list[str]]:
    """The names of the tokens by kind, in the order of the style sheet."""
    path = finders.find("css/tokens.css")
    text = Path(path).read_text(encoding="utf-8") if isinstance(path, str) else ""
    found: dict[str, list[str]] = {"Colours": []}
    for name in dict.fromkeys(TOKEN.findall(text)):
        kind = KINDS.get(name.split("-")[0], "" if name in PLAIN else "Colours")
        if kind:
            found.setdefault(kind, []).append(name)
    return found


def _tokens(request: HttpRequest, scheme: str) -> dict[str, Any]:
    return {"tokens": tokens()}


def _figures(request: HttpRequest, scheme: str) -> dict[str, Any]:
    return {
        "meters": [meter(share, 100, "Space used") for share in SHARES],
        "courses": [sparkline(course) for course in COURSES],
        "jobs": [
            SimpleNamespace(status="pending", total=None, progress=0),
            SimpleNamespace(status="running", total=None, progress=0),
            SimpleNamespace(status="running", total=12000, progress=7400),
        ],
    }


def _messages(request: HttpRequest, scheme: str) -> dict[str, Any]:
    undo = f"{TAG} {registry.of_model(Tag).path} {uuid.UUID(int=0)}"
    return {
        "toasts": [
            Message(messages.SUCCESS, "3 racks changed.", undo),
            Message(messages.INFO, "Rack A12 was left as it is."),
            Message(messages.WARNING, "Only the first 500 are shown."),
            Message(messages.ERROR, "The server cannot be reached."),
        ]
    }


class Specimen(forms.Form):
    """A form with one field of each kind, two of them at fault."""

    name = forms.CharField(max_length=40, help_text="As on its label.")
    height = forms.IntegerField(label="Height (U)", min_value=1, max_value=100)
    installed = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    status = forms.ChoiceField(choices=[("active", "Active"), ("planned", "Planned")])
    airflow = forms.ChoiceField(
        choices=[("", ""), ("front", "Front to rear"), ("rear", "Rear to front")],
        widget=forms.Select(attrs={"data-picker": "1"}),
        required=False,
    )
    color = form_fields.ColorInput(required=False)
    comments = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), required=False)
    critical = forms.BooleanField(required=False, help_text="Told at once when it fails.")

    def __init__(self, request: HttpRequest, scheme: str) -> None:
        given = {"name": "A12", "height": "420", "status": "active", "airflow": "front"}
        super().__init__(given, auto_id=f"{scheme}_%s")
        tags = registry.of_model(Tag)
        self.fields["tags"] = form_fields.ReferenceInput(tags, multiple=True, required=False)
        self.fields["tags"].widget.user = request.user
        self.add_error("status", "A rack with devices cannot be planned.")
        for name, made in self.fields.items():
            made.widget.attrs["aria-describedby"] = f"{scheme}_{name}_notes"

    def faulty(self) -> list[forms.BoundField]:
        """The fields with errors."""
        return [bound for bound in self if bound.errors]

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields by their groups."""
        names = list(self.fields)
        return [("Rack", [self[n] for n in names[:4]]), ("Rest", [self[n] for n in names[4:]])]


def _form(request: HttpRequest, scheme: str) -> dict[str, Any]:
    return {"form": Specimen(request, scheme)}


def _record(request: HttpRequest, scheme: str) -> dict[str, Any]:
    facts = [Fact("Site", format_html('<a href="#record">{}</a>', "Austin"))]
    facts += [Fact("Serial number", SafeString("JX4712")), Fact("Height (U)", SafeString("42"))]
    empty = ["Asset tag", "Facility ID", "Tenant"]
    return {
        "base": "#",
        "row": {"display": "A12"},
        "tabs": [ShownTab("devices", "Devices", 13), ShownTab("history", "History", None)],
        "empty_tabs": [ShownTab("feeds", "Power feeds", 0)],
        "key_facts": [*facts, Fact("Space used", meter(78, 100, "Space used"))],
        "groups": [Group("Rack", facts, empty[:2]), Group("", [], empty[2:])],
    }


def _list(request: HttpRequest, scheme: str) -> dict[str, Any]:
    resource = registry.of_model(Tag)
    asked = copy.copy(request)
    asked.path = address(resource)
    asked.GET = QueryDict("name__ic=core&color=4caf50")
    heads = [("name", "Name"), ("status", "Status"), ("role", "Role"), ("space", "Space")]
    heads += [("course", "90 days"), ("position", "Position (U)"), ("serial", "Serial number")]
    columns = [
        Column(name, label, name == "position", "ascending" if name == "name" else "", "#list")
        for name, label in heads
    ]
    urls = dict.fromkeys(("first", "previous", "next", "last"), "#list")
    made = Table(columns, [_row(n) for n in range(8)], 1843, 2, 37, 50, urls)
    return {**list_context(asked, resource), "table": made, "may_rename": True}


def _row(number: int) -> Row:
    name = f"app-{number + 1:02}"
    states = [("good", "Active"), ("plan", "Planned"), ("stage", "Staged"), ("bad", "Failed")]
    tone, word = states[number % len(states)]
    share = SHARES[number % len(SHARES)]
    role = format_html("{}Application server", swatch("00897b"))
    cells = [
        (format_html('<a class="row-link" href="#list">{}</a>', name), False),
        (format_html('<span class="badge tone-{}">{}</span>', tone, word), False),
        (role, False),
        (meter(share, 100, "Space used"), False),
        (SafeString(sparkline(COURSES[number % len(COURSES)])), False),
        (SafeString(str(number * 11 + 1)), True),
        (SafeString(f"JX{4711 + number * 37}"), False),
    ]
    return Row(number + 1, name, "#list", cells)


PARTS = (
    Part("Tokens", "Named once in tokens.css, light and dark together.", "tokens", _tokens),
    Part("Buttons", "One accent; red only for what destroys.", "buttons"),
    Part("States", "A word always stands beside the colour.", "states"),
    Part("Figures", "One scale for use, low to over the limit.", "figures", _figures),
    Part("Messages", "What is wrong, where, and what to do.", "messages", _messages),
    Part("Empty and waiting", "What to do next, or that it is on its way.", "waiting"),
    Part("Menus and dialogs", "Closed by Escape and by a click elsewhere.", "menus"),
    Part("Record", "What it is, how full, what is wrong, what can be done.", "record", _record),
    Part("Forms", "Help and errors beside the field.", "form", _form),
    Part("List", "Made-up rows in the product's own list.", "list", _list, paired=False),
)
