"""Custom links on the pages of records."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest

from core import registry, sandbox
from core.models import CustomLink
from core.resource import Resource
from core.web.page import reading

SCHEMES = ("http", "https", "mailto")
BOUNDS: dict[str, Any] = {"steps": 10_000, "seconds": 0.5, "text": 5_000}


@dataclass(frozen=True)
class Link:
    """A link as it is shown; `fault` says why it leads nowhere."""

    text: str
    url: str
    new_window: bool
    tone: str
    fault: str = ""


def made(link: CustomLink, row: dict[str, Any]) -> Link | None:
    """The link of a record; None where its text is empty."""
    try:
        text = sandbox.render(link.link_text, {"object": row}, **BOUNDS).strip()
        if not text:
            return None
        url = sandbox.render(link.link_url, {"object": row}, **BOUNDS).strip()
        parts = urlsplit(url)
    except (sandbox.TemplateFault, ValueError) as error:
        return Link(link.name, "", False, "", str(error)[:300])
    bare = parts.scheme == "mailto" or parts.netloc
    if parts.scheme not in SCHEMES or not bare or any(ord(sign) < 33 for sign in url):
        return Link(link.name, "", False, "", "The address is no http, https or mailto address.")
    return Link(text[:200], url, link.new_window, link.button_class)


def groups(request: HttpRequest, resource: Resource, pk: int) -> list[tuple[str, list[Link]]]:
    """The record's links by their group; one statement where there are none."""
    kind = registry.content_type(resource)
    links = list(CustomLink.objects.filter(object_types=kind, enabled=True))
    if not links:
        return []
    row = resource.reader().by_id([pk], reading(request)).get(pk)
    if row is None:
        return []
    found = []
    for name, members in groupby(links, key=lambda link: link.group_name):
        shown = [each for link in members if (each := made(link, row))]
        if shown:
            found.append((name, shown))
    return found
