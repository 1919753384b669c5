"""Journal and pictures on the pages of records."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string

from core import access, registry, write
from core.errors import Invalid
from core.gather import Lookup, Steps
from core.images import UploadedImage
from core.models import ImageAttachment, JournalEntry
from core.models.attached import JournalKind
from core.read import ReadContext
from core.resource import Resource
from core.web.cells import moment
from core.web.page import actor, address, may, reading
from core.web.panels import add_panel, add_tab
from core.web.readers import page_reader

SHOWN = 200  # entries on a journal's page; the list has the others
TONES = {"info": "plan", "success": "good", "warning": "warn", "danger": "bad"}


class EntryForm(forms.Form):
    """A new journal entry."""

    kind = forms.ChoiceField(choices=JournalKind.choices)
    comments = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), label="Note")


def journal(
    request: HttpRequest, resource: Resource, pk: int, context: dict[str, Any]
) -> HttpResponse:
    """The tab with what was noted about a record, and a form for one more."""
    entries = registry.of_model(JournalEntry)
    may_add = may(request, entries, "add")
    form = EntryForm(request.POST if may_add and request.method == "POST" else None)
    kind = registry.content_type(resource)
    if form.is_valid():
        try:
            write.create(
                entries,
                [{**form.cleaned_data, "assigned_object_type": kind, "assigned_object_id": pk}],
                actor(request),
            )
        except Invalid as error:
            for texts in error.items[0].values():
                form.add_error(None, texts)
        else:
            return HttpResponseRedirect(request.path)
    names = ("id", "created", "created_by", "kind", "comments", "tags")
    found = access.visible(JournalEntry, actor(request)).filter(
        assigned_object_type=kind, assigned_object_id=pk
    )
    rows = page_reader(entries, names).rows(
        found.order_by("-created", "-pk")[:SHOWN], reading(request)
    )
    authors = dict(found.values_list("pk", "created_by__username")[: SHOWN + 1])
    context |= {
        "entries": [
            {
                **row,
                "when": moment(row["created"]),
                "author": authors.get(row["id"]),
                "tone": TONES[row["kind"]["value"]],
                "address": address(entries, row["id"]),
            }
            for row in rows
        ],
        "form": form if may_add else None,
        "all": f"{address(entries)}?assigned_object_type={resource.object_type}"
        f"&assigned_object_id={pk}",
        "more": len(rows) == SHOWN,
        "may_change_entries": may(request, entries, "change"),
    }
    return render(request, "core/journal.html", context, status=400 if form.errors else 200)


class PictureForm(forms.Form):
    """A new picture."""

    image = forms.FileField(
        label="Picture",
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text="PNG, JPEG, WebP or GIF, 5 MB at most.",
    )
    name = forms.CharField(max_length=50, required=False)

    def clean_image(self) -> Any:
        """The picture, decoded and encoded anew."""
        try:
            return UploadedImage().run_validation(self.cleaned_data["image"])
        except Exception as error:
            raise forms.ValidationError(
                getattr(error, "detail", ["This is no picture."])
            ) from error


def pictures(
    request: HttpRequest, resource: Resource, pk: int, context: dict[str, Any]
) -> HttpResponse:
    """The tab with the pictures of a record, and a form for one more."""
    images = registry.of_model(ImageAttachment)
    may_add = may(request, images, "add")
    posted = may_add and request.method == "POST"
    form = PictureForm(request.POST, request.FILES) if posted else PictureForm()
    kind = registry.content_type(resource)
    if posted and form.is_valid():
        try:
            values = {**form.cleaned_data, "object_type": kind, "object_id": pk}
            write.create(images, [values], actor(request))
        except Invalid as error:
            for texts in error.items[0].values():
                form.add_error(None, texts)
        else:
            messages.success(request, "The picture has been added.")
            return HttpResponseRedirect(request.path)
    reads = reading(request)
    context |= {
        "pictures": reads.run(_pictures(resource, pk, reads)),
        "form": form if may_add else None,
        "may_change_pictures": may(request, images, "change"),
        "may_delete_pictures": may(request, images, "delete"),
    }
    return render(request, "core/pictures.html", context, status=400 if form.errors else 200)


@cache
def _of_kind(kind: int) -> Lookup:
    """The pictures of a record of a kind, by name."""
    return Lookup(
        lambda given, user: (
            access.visible(ImageAttachment, user)
            .filter(given("object_id"), object_type=kind)
            .order_by("name", "pk")
            .values_list("pk")
        )
    )


def _pictures(resource: Resource, pk: int, context: ReadContext) -> Steps:
    images = registry.of_model(ImageAttachment)
    names = ("id", "display", "name", "image", "description", "image_width", "image_height")
    kind = registry.content_type(resource).pk
    ids = [image for (image,) in (yield _of_kind(kind).fetch([pk], context.user))]
    rows = yield page_reader(images, names).among(ids, context)
    return [{**rows[each], "address": address(images, each)} for each in ids if each in rows]


def thumbnails(request: HttpRequest, pk: int, context: dict[str, Any]) -> Steps:
    """The panel with a record's pictures; None where it has none."""
    found = yield _pictures(context["resource"], pk, reading(request))
    if not found:
        return None
    return render_to_string("core/_thumbnails.html", {**context, "pictures": found}, request)


def register() -> None:
    """Give every kind of record that may have them a journal and pictures."""
    for resource in registry.resources():
        if hasattr(resource.model, "journal_entries"):
            add_tab(resource.model, "journal", "Journal", journal, order=80)
        if hasattr(resource.model, "images"):
            add_tab(resource.model, "pictures", "Pictures", pictures, order=85)
            add_panel(resource.model, 90, thumbnails)
