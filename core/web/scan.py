"""Opens a record by what is on a label: its address in a QR code, or a serial, asset tag or name.

What a code says is judged here, never by the browser: only addresses of this server's records are
opened, all else is looked up as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from core import registry
from core.resource import Resource
from core.web import commands, header
from core.web.forms import display_of
from core.web.middleware import with_camera
from core.web.navigation import title
from core.web.page import actor, page, root
from core.web.parts import icon
from core.web.search import Found as Row
from core.web.search import Group, find, find_exact, grouped

LONGEST = 400
ALIKE = 4  # kinds of records
OPEN, STAY = "open", "stay"
ICON = "scan-qr-code"
_PORTS = {"http": 80, "https": 443}
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)
_RECORD = re.compile(r"/(?:api/)?([a-z0-9-]+/[a-z0-9-]+)/([0-9]{1,18})(?:/|$)")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\ufeff]")
# What makers print before a number: words, or the data identifiers of ANSI MH10.8.2.
_PREFIX = re.compile(
    r"(?:(?:S/?N|SERIAL(?: ?N(?:O|UMBER))?|ASSET(?: ?TAG)?)\.?\s*[:#=]\s*|1?S(?=.{5}))", re.I
)


@dataclass(frozen=True)
class Way:
    """A way to go on with a scanned record other than opening it, such as its rack's audit.

    `lead(request, resource, pk)` gives where it leads, or None for a record it is not for.
    """

    key: str
    label: str
    nothing: str
    lead: Callable[[HttpRequest, Resource, int], str | None]
    offered: Callable[[HttpRequest], bool]


@dataclass(frozen=True)
class Offer:
    """What can be done about a code that nothing is called by."""

    label: str
    url: str
    icon: str


@dataclass(frozen=True)
class Outcome:
    """What a code led to: one address, several records, or a sentence."""

    code: str
    url: str = ""
    kind: str = ""
    groups: list[Group] = field(default_factory=list)
    alike: bool = False
    refusal: str = ""
    offers: list[Offer] = field(default_factory=list)


Record = tuple[Resource, int]
_ways: dict[str, Way] = {}
_offers: list[Callable[[HttpRequest, str], Offer | None]] = []


def add_way(way: Way) -> None:
    """Offer a way to go on with what is scanned."""
    _ways[way.key] = way


def add_offer(offer: Callable[[HttpRequest, str], Offer | None]) -> None:
    """Offer something for codes that nothing is called by."""
    _offers.append(offer)


@require_safe
@page
def show(request: HttpRequest) -> HttpResponse:
    """The page to scan with; with a `code` what it leads to, with `live` that alone."""
    code, mode, live = cleaned(request.GET.get("code", "")), _mode(request), "live" in request.GET
    outcome = follow(request, code, mode) if code else None
    if outcome and outcome.url and mode != STAY and not live:
        return HttpResponseRedirect(outcome.url)
    context = {
        "outcome": outcome,
        "mode": mode,
        "modes": _modes(request),
        "code": code if outcome and outcome.refusal else "",
    }
    if live:
        return render(request, "core/_scanned.html", context)
    return with_camera(render(request, "core/scan.html", context))


def _modes(request: HttpRequest) -> list[tuple[str, str]]:
    ways = [(way.key, way.label) for way in _ways.values() if way.offered(request)]
    return [(OPEN, "Open it"), (STAY, "Keep scanning"), *ways]


def _mode(request: HttpRequest) -> str:
    asked = request.GET.get("mode", "")
    return asked if asked in dict(_modes(request)) else OPEN


def cleaned(text: str) -> str:
    """A code without characters that nobody sees, and no longer than any label's."""
    return _UNSEEN.sub("", text).strip()[:LONGEST]


def follow(request: HttpRequest, code: str, mode: str = OPEN) -> Outcome:
    """What a code leads to."""
    if is_address(code):
        found = record_at(request, code)
        if isinstance(found, str):
            return Outcome(code, refusal=found)
        return _led(request, code, found, mode)
    rows = looked_up(request, code)
    if len(rows) == 1:
        return _led(request, code, (registry.of_path(rows[0][0]), rows[0][1]), mode)
    if rows:
        return Outcome(code, groups=grouped(request, code, rows))
    alike = find(request, code, live=True)[0][:ALIKE] if len(code) > 1 else []
    offers = [Offer("Search everywhere", f"{root()}/search/?{urlencode({'q': code})}", "search")]
    offers += [offer for make in _offers if (offer := make(request, code))]
    return Outcome(code, groups=alike, alike=True, offers=offers)


def _led(request: HttpRequest, code: str, found: Record, mode: str) -> Outcome:
    resource, pk = found
    url: str | None = resource.display_url(pk, root())
    if way := _ways.get(mode):
        url = way.lead(request, resource, pk)
        if url is None:
            name = display_of(request, resource, pk)
            return Outcome(code, refusal=f"{title(resource.name)} {name}: {way.nothing}")
    groups = grouped(request, code, [(resource.path, pk, 0, 1)])
    return Outcome(code, url or "", title(resource.name), groups)


def looked_up(request: HttpRequest, code: str) -> list[Row]:
    """The records called exactly this; else those without what makers print before a number."""
    rows = find_exact(request, code)
    if not rows and (prefix := _PREFIX.match(code)):
        rows = find_exact(request, code[prefix.end() :])
    return rows


# addresses


def is_address(code: str) -> bool:
    """Whether a code is an address rather than a number or a name."""
    return bool(_ADDRESS.match(code))


def record_at(request: HttpRequest, address: str) -> Record | str:
    """The record of this server at an address, or a sentence that says why it is not opened."""
    try:
        parts = urlsplit(address)
        host = _host(parts)
    except ValueError:
        return "The code holds an address that cannot be read. It was not opened."
    for base in _bases(request):
        if host == _host(base) and parts.path.startswith(f"{base.path}/"):
            return record_of_path(request, parts.path[len(base.path) :])
    where = parts.hostname or "another place"
    return f"The code leads to {where}, not to this server. It was not opened."


def _bases(request: HttpRequest) -> list[SplitResult]:
    """Where this server is: as it is asked, and as labels name it."""
    here = [f"{request.scheme}://{request.get_host()}{root()}", settings.PUBLIC_URL]
    return [urlsplit(base) for base in here if base]


def _host(parts: SplitResult) -> tuple[str, int | None]:
    if parts.scheme not in _PORTS:
        return "", None
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]


def record_of_path(request: HttpRequest, path: str) -> Record | str:
    """The record at a path of this server that the user may see, or why there is none."""
    path = path.removeprefix(root()) if root() else path
    match = _RECORD.match(path)
    try:
        resource = registry.of_path(match[1]) if match else None
    except LookupError:
        resource = None
    if match is None or resource is None or "detail" in resource.detail_only:
        return "The code leads to a page of this server that is no record. It was not opened."
    pk = int(match[2])
    if not resource.queryset(actor(request)).filter(pk=pk).order_by().exists():
        return f"There is no {resource.name} {pk}, or you may not see it."
    return resource, pk


def _button(request: HttpRequest) -> str:
    return format_html(
        '<a class="button button-quiet button-icon" href="{}/scan/" title="Scan a label">{}'
        '<span class="visually-hidden">Scan a label</span></a>',
        root(),
        icon(ICON),
    )


header.add_item(_button)
commands.add_command("Scan a label", "/scan/", ICON)
