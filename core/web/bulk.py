"""Pages that change, rename or delete many records at once."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from core import access, filters, jobs, registry, write
from core import bulk as service
from core.custom_fields import PREFIX
from core.errors import Invalid, Protected
from core.fields import Choice, Ref, Refs, Scalar
from core.models import Job, Tag
from core.read import ReadContext
from core.resource import Resource
from core.web import custom_fields, form_fields, undo
from core.web.forms import consequences, offered
from core.web.page import actor, address, back_to, page
from core.web.record_form import form_class, unique_columns
from core.web.table import parameters

SHOWN_NAMES = 12
SHOWN_RENAMINGS = 500
PREVIEWED_ROWS = 5000  # of more rows than these it is not worked out what else goes with them
NO_CHANGE = "No change"


@dataclass(frozen=True)
class Selection:
    """The rows an action is for: those ticked, or all that match the list's filters."""

    ids: list[int]
    everything: bool
    names: list[str]
    moved: bool = False

    @property
    def more(self) -> int:
        """How many rows are not named."""
        return len(self.ids) - len(self.names)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Names and values of the hidden inputs that carry the selection along."""
        if self.everything:
            return [("all", "1"), ("_count", str(len(self.ids)))]
        return [("pks", ",".join(map(str, self.ids)))]


def picked(given: QueryDict) -> list[int]:
    """The ids that are named one by one (`pk`) or together (`pks`); what is no id is left out."""
    texts = [*given.getlist("pk"), *given.get("pks", "").split(",")]
    return [int(text) for text in texts if text.isdecimal() and len(text) < 19]


def selection(request: HttpRequest, resource: Resource, action: str) -> Selection:
    """The rows the request names, as far as the user may do `action` on them."""
    user = actor(request)
    rows = resource.queryset(user, action)
    everything = request.POST.get("all") == "1"
    if everything:
        try:
            rows = filters.apply(resource.filterset, rows, parameters(request), user)
        except ValidationError:
            rows = rows.none()
    else:
        rows = rows.filter(pk__in=picked(request.POST))
    ids = list(rows.values_list("pk", flat=True))
    shown = ids[:SHOWN_NAMES]
    table = resource.reader(("display",)).by_id(shown, ReadContext(user=user))
    names = [str(table[pk]["display"]) for pk in shown if pk in table]
    expected = request.POST.get("_count", "")
    moved = everything and expected.isdecimal() and int(expected) != len(ids)
    return Selection(ids, everything, names, moved)


def _begin(
    request: HttpRequest, resource: Resource, action: str, method: str
) -> Selection | HttpResponse:
    """The selection, or the way back to the list when there is none."""
    offered(request, resource, action, method)
    if request.method != "POST":
        return HttpResponseRedirect(address(resource))
    chosen = selection(request, resource, action)
    if not chosen.ids:
        messages.warning(request, f"No {resource.plural} were chosen.")
        return HttpResponseRedirect(back_to(request, address(resource)))
    if chosen.moved:
        messages.warning(
            request, "Other records match the filters now than before. Look at the list again."
        )
        return HttpResponseRedirect(f"{address(resource)}?{request.GET.urlencode()}")
    return chosen


def _context(request: HttpRequest, resource: Resource, chosen: Selection) -> dict[str, Any]:
    return {
        "resource": resource,
        "chosen": chosen,
        "count": service.label(resource, len(chosen.ids)),
        "return_to": back_to(request, ""),
        "cancel": back_to(request, address(resource)),
        "many": len(chosen.ids) > 1,
    }


def _queue(
    request: HttpRequest, resource: Resource, kind: str, name: str, arguments: dict[str, Any]
) -> HttpResponse:
    arguments = {"path": resource.path, **arguments}
    record = jobs.enqueue(kind, arguments, actor(request), name=name)
    return HttpResponseRedirect(address(registry.of_model(Job), record.pk))


# edit


class BulkForm(forms.Form):
    """Base of every bulk form: empty fields change nothing."""

    resource: Resource
    clearable: list[str]

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, made in custom_fields.made_fields(self.resource).items():
            field = self.resource.custom_columns[name].definition
            if not field.unique and not made.disabled:
                self.fields[name] = _unset(made)
                if not field.required:
                    self.clearable = [*self.clearable, name]
        given: Any = self.data
        self.cleared = set(given.getlist("_clear")) if self.is_bound else set()
        for name, made in self.fields.items():
            made.widget.attrs["aria-describedby"] = f"id_{name}_notes"
            if isinstance(made.widget, form_fields.ReferenceSelect):
                made.widget.user = user

    def lines(self) -> list[tuple[forms.BoundField, bool, bool]]:
        """Each field, whether it can be cleared, whether it is to be."""
        return [(self[n], n in self.clearable, n in self.cleared) for n in self.fields]

    def faulty(self) -> list[forms.BoundField]:
        """The fields with errors."""
        return [bound for bound in self if bound.errors]

    def wire_values(self) -> dict[str, Any]:
        """What to set on every row, as JSON."""
        found: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            if name in self.cleared and name in self.clearable:
                if value not in (None, "", []):
                    self.add_error(name, "Either set it or clear it.")
                found[name] = _empty(self.resource, name)
            elif value not in (None, "", []):
                found[name] = value
        found = custom_fields.gather(found)
        wire: dict[str, Any] = json.loads(json.dumps(found, default=str))
        return wire


def _empty(resource: Resource, name: str) -> Any:
    accepts: Any = resource.field(name).write_field()
    if name.startswith(PREFIX):
        return None
    if getattr(accepts, "allow_null", False):
        return None
    return "" if getattr(accepts, "allow_blank", False) else []


@cache
def bulk_form_class(resource: Resource) -> type[BulkForm]:
    """The bulk form of a resource: what several rows may share."""
    unique = unique_columns(resource) | {"name", "slug", *resource.write_only}
    made: dict[str, Any] = {}
    clearable: list[str] = []
    for name, base in form_class(resource).base_fields.items():
        field = resource.field(name)
        if name in unique or not isinstance(field, Scalar | Choice | Ref | Refs):
            continue
        if isinstance(base, forms.FileField):
            continue
        accepts: Any = field.write_field()
        made[name] = _unset(base)
        optional = not accepts.required
        if (
            optional and (accepts.allow_null or getattr(accepts, "allow_blank", False))
        ) or isinstance(field, Refs):
            clearable.append(name)
    if resource.has_field("tags"):
        tags = registry.of_model(Tag)
        for name, label in (("add_tags", "Add tags"), ("remove_tags", "Remove tags")):
            made[name] = form_fields.ReferenceInput(
                tags, multiple=True, label=label, required=False
            )
    found: Any = type(f"{resource.model.__name__}BulkForm", (BulkForm,), made)
    found.resource, found.clearable = resource, clearable
    form: type[BulkForm] = found
    return form


def _unset(base: forms.Field) -> forms.Field:
    """A copy of a form field that may be left alone."""
    if isinstance(base, forms.BooleanField):
        yes_no = [("", NO_CHANGE), ("true", "Yes"), ("false", "No")]
        return forms.TypedChoiceField(
            choices=yes_no,
            coerce=lambda text: text == "true",
            empty_value=None,
            required=False,
            label=base.label,
            help_text=base.help_text,
        )
    found = copy.deepcopy(base)
    found.required, found.initial = False, None
    if isinstance(found, forms.ChoiceField):
        choices: Any = found.choices
        found.choices = [("", NO_CHANGE), *(choice for choice in choices if choice[0] != "")]
    if isinstance(found, form_fields.ReferenceInput):
        found.widget.attrs["data-null"] = "1"
        found.widget.empty_label = NO_CHANGE
    if isinstance(found, form_fields.ColorInput):
        found.widget = form_fields.ColorText()
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page
def edit(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Set or clear fields of all chosen rows at once."""
    chosen = _begin(request, resource, access.CHANGE, "patch")
    if isinstance(chosen, HttpResponse):
        return chosen
    made = bulk_form_class(resource)
    context = _context(request, resource, chosen)
    if "_apply" not in request.POST:
        context["form"] = made(user=actor(request))
        return render(request, "core/bulk_edit.html", context)
    form = made(request.POST, user=actor(request))
    context["form"] = form
    wire = form.wire_values() if form.is_valid() else {}
    if form.is_valid() and not wire:
        form.add_error(None, "Nothing is set and nothing is cleared.")
    if not form.is_valid():
        return render(request, "core/bulk_edit.html", context, status=422)
    if len(chosen.ids) > service.INLINE_ROWS:
        name = f"Edit {context['count']}"
        arguments = {"ids": chosen.ids, "values": wire}
        return _queue(request, resource, "core.bulk_edit", name, arguments)
    try:
        service.edit(resource, chosen.ids, wire, actor(request))
    except Invalid as error:
        for name, found in error.items[0].items():
            field = name if name in form.fields else None
            form.add_error(
                field,
                found if field or name == NON_FIELD_ERRORS else [f"{name}: {m}" for m in found],
            )
        return render(request, "core/bulk_edit.html", context, status=422)
    except service.RowFaults as faults:
        context["faults"] = faults
        return render(request, "core/bulk_edit.html", context, status=422)
    undo.tell(request, resource, f"{context['count']} changed.")
    return HttpResponseRedirect(back_to(request, address(resource)))


# delete


@require_http_methods(["GET", "HEAD", "POST"])
@page
def delete(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Delete all chosen rows, or none; says first what else would go."""
    chosen = _begin(request, resource, access.DELETE, "delete")
    if isinstance(chosen, HttpResponse):
        return chosen
    context = _context(request, resource, chosen)
    status = 200
    if "_apply" in request.POST:
        if len(chosen.ids) > service.INLINE_ROWS:
            name = f"Delete {context['count']}"
            return _queue(request, resource, "core.bulk_delete", name, {"ids": chosen.ids})
        try:
            write.delete(resource, chosen.ids, actor(request))
        except Protected as error:
            context["refusal"], status = error.sentence, 409
        except Invalid:
            context["refusal"], status = "Some of these are gone already. Look again.", 409
        else:
            messages.success(request, f"{context['count']} deleted.")
            return HttpResponseRedirect(back_to(request, address(resource)))
    context["by_job"] = len(chosen.ids) > service.INLINE_ROWS
    if len(chosen.ids) <= PREVIEWED_ROWS:
        context.update(consequences(request, resource, chosen.ids))
    else:
        context["unknown"] = True
    return render(request, "core/bulk_delete.html", context, status=status)


# rename


class RenameForm(forms.Form):
    """What to look for in the names and what to put there."""

    find = forms.CharField(max_length=200, strip=False, label="Find")
    replace = forms.CharField(max_length=200, strip=False, required=False, label="Replace by")
    regex = forms.BooleanField(
        required=False,
        label="Regular expression",
        help_text="Groups in brackets are put in by \\1, \\2, …",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page
def rename(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Replace a text in the names of all chosen rows; shows the new names first."""
    if not resource.has_field("name") or not resource.field("name").writable:
        raise Http404
    chosen = _begin(request, resource, access.CHANGE, "patch")
    if isinstance(chosen, HttpResponse):
        return chosen
    context = _context(request, resource, chosen)
    if not ({"_preview", "_apply"} & set(request.POST)):
        context["form"] = RenameForm()
        return render(request, "core/bulk_rename.html", context)
    form = RenameForm(request.POST)
    context["form"] = form
    found: list[service.Renaming] = []
    if form.is_valid():
        given = form.cleaned_data
        try:
            found = service.renamings(
                resource,
                chosen.ids,
                actor(request),
                given["find"],
                given["replace"],
                regex=given["regex"],
            )
        except ValueError as error:
            form.add_error("find", str(error))
    if not form.is_valid():
        return render(request, "core/bulk_rename.html", context, status=422)
    context["renamings"], context["renamed"] = found[:SHOWN_RENAMINGS], len(found)
    context["previewed"] = True
    if "_apply" not in request.POST or not found:
        return render(request, "core/bulk_rename.html", context)
    if len(found) > service.INLINE_ROWS:
        names = [(item.pk, item.old, item.new) for item in found]
        title = f"Rename {service.label(resource, len(found))}"
        return _queue(request, resource, "core.bulk_rename", title, {"names": names})
    try:
        service.rename(resource, found, actor(request))
    except service.RowFaults as faults:
        context["faults"] = faults
        return render(request, "core/bulk_rename.html", context, status=422)
    undo.tell(request, resource, f"{service.label(resource, len(found))} renamed.")
    return HttpResponseRedirect(back_to(request, address(resource)))
