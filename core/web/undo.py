"""The button of a message that takes back what it tells of."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from core import access, registry, undo
from core.errors import Denied, Invalid, Stale
from core.history.actor import explain
from core.models import ObjectChange
from core.resource import Resource
from core.web.page import actor, address, back_to, may, page, root

TAG = "undo"


@dataclass(frozen=True)
class Offer:
    """What the button of a message posts."""

    path: str
    request: str


def tell(request: HttpRequest, resource: Resource, text: str) -> None:
    """Say that rows were changed, and offer to take that back where it can be."""
    identifier = undo.this_request()
    possible = undo.find(resource, identifier, actor(request)) is not None
    tag = f"{TAG} {resource.path} {identifier}" if possible else ""
    messages.success(request, text, extra_tags=tag)


def offered(message: Message) -> Offer | None:
    """What a message offers to take back."""
    parts = (message.extra_tags or "").split(" ")
    return Offer(*parts[1:]) if parts[0] == TAG and len(parts) == 3 else None


def of_change(
    request: HttpRequest, resource: Resource | None, record: ObjectChange
) -> Offer | None:
    """What the page of a change offers to take back: all that its request did."""
    if resource is None or not record.request_id:
        return None
    found = undo.find(resource, str(record.request_id), actor(request))
    if found is None or not undo.stands(found):
        return None
    return Offer(resource.path, str(record.request_id))


@require_POST
@page
def take_back(request: HttpRequest) -> HttpResponse:
    """Put rows back as they were before a request of this person's own."""
    try:
        resource = registry.of_path(request.POST.get("path", ""))
    except LookupError:
        return HttpResponseRedirect(back_to(request, f"{root()}/"))
    back = back_to(request, address(resource))
    found = None
    if may(request, resource, access.CHANGE):
        found = undo.find(resource, request.POST.get("request", ""), actor(request))
    if found is None:
        messages.error(request, "That cannot be taken back any more.")
        return HttpResponseRedirect(back)
    explain("Taken back")
    try:
        count = undo.take_back(found, actor(request))
    except Stale:
        messages.error(request, "Not taken back: it has been changed since.")
    except Denied:
        messages.error(request, "Not taken back: you may not change it to that.")
    except Invalid as error:
        texts = [text for item in error.items for texts_ in item.values() for text in texts_]
        why = " ".join(dict.fromkeys(texts)) or "it can no longer be as it was."
        messages.error(request, f"Not taken back: {why}")
    else:
        what = resource.name if count == 1 else resource.plural
        messages.success(request, f"{count} {what} as before.")
    return HttpResponseRedirect(back)
