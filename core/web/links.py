"""Custom links on the pages of records."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from core import registry, sandbox
from core.gather import Fetch, Steps, compiled
from core.models import CustomLink
from core.read import ReadContext
from core.resource import Resource

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


# What `made` and `groups` need of a link.
_NAMES = ("name", "group_name", "link_text", "link_url", "new_window", "button_class")


@cache
def _fetch(resource: Resource) -> Fetch:
    kind = registry.content_type(resource)
    links = CustomLink.objects.filter(object_types=kind, enabled=True)
    return compiled(links.values_list(*_NAMES))


def groups(resource: Resource, pk: int, context: ReadContext) -> Steps:
    """A step that makes the record's links by their group."""
    found_links = yield _fetch(resource)
    links = [CustomLink(**dict(zip(_NAMES, values, strict=True))) for values in found_links]
    if not links:
        return []
    row = (yield resource.reader().among([pk], context)).get(pk)
    if row is None:
        return []
    found = []
    for name, members in groupby(links, key=lambda link: link.group_name):
        shown = [each for link in members if (each := made(link, row))]
        if shown:
            found.append((name, shown))
    return found
