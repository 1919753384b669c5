"""Pages that create, edit, copy and delete one record."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from core import access, registry, versions, write
from core.errors import Invalid, Protected, Stale
from core.models import TaggedItem
from core.read import ReadContext
from core.resource import Resource
from core.web import conflicts, undo
from core.web.navigation import title
from core.web.page import actor, address, back_to, page, require
from core.web.record_form import RecordForm, form_class, initial_of, unique_columns

PATTERNED = ("name", "label")
SHOWN_BLOCKING = 50


def offered(request: HttpRequest, resource: Resource, action: str, method: str) -> None:
    """Raise Http404 where the resource has no such page, PermissionDenied without permission."""
    if method not in resource.methods:
        raise Http404
    if not access.may(actor(request), access.VIEW, resource.model):
        raise Http404
    require(request, action, resource)


def existing(request: HttpRequest, resource: Resource, pk: int, action: str) -> Any:
    """The row; Http404 where the user may not see it, PermissionDenied for the action alone."""
    user = actor(request)
    row = resource.queryset(user).filter(pk=pk).first()
    if row is None:
        raise Http404(f"There is no {resource.name} {pk}.")
    if not resource.queryset(user, action).filter(pk=pk).exists():
        raise PermissionDenied
    return row


def display_of(request: HttpRequest, resource: Resource, pk: int) -> str:
    """What people call a row."""
    reader = resource.reader(("display",))
    rows = reader.by_id([pk], ReadContext(user=actor(request)))
    return str(rows[pk]["display"]) if pk in rows else f"{resource.name} {pk}"


def prefill(request: HttpRequest, resource: Resource) -> dict[str, Any]:
    """Values of a record's fields that the address names."""
    fields = form_class(resource).base_fields
    found: dict[str, Any] = {}
    for name in request.GET:
        made = fields.get(name)
        if made is None or name in resource.write_only:
            continue
        many = getattr(made, "multiple", False)
        found[name] = request.GET.getlist(name) if many else request.GET[name]
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page
def add(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Create a record, or several whose names follow a pattern."""
    offered(request, resource, access.ADD, "post")
    user = actor(request)
    if request.method != "POST":
        form = form_class(resource)(initial=prefill(request, resource), user=user)
        return show_form(request, resource, form)
    form = form_class(resource)(request.POST, request.FILES, user=user)
    if "_again" in request.POST:
        form.forgive()
        return show_form(request, resource, form)
    several = "_several" in request.POST and can_several(resource)
    patterned = [name for name in PATTERNED if name in form.fields]
    created = form.save_several(patterned) if several else form.save()
    if not created:
        return show_form(request, resource, form, status=422)
    announce(request, resource, created)
    if "_another" in request.POST:
        return HttpResponseRedirect(f"{address(resource, None, 'add')}{carried(form)}")
    if len(created) > 1:
        return HttpResponseRedirect(back_to(request, address(resource)))
    return HttpResponseRedirect(back_to(request, address(resource, created[0].pk)))


def can_several(resource: Resource) -> bool:
    """Whether several records can be told apart by name alone."""
    return resource.has_field("name") and "slug" not in form_class(resource).base_fields


def announce(request: HttpRequest, resource: Resource, created: list[Any]) -> None:
    """Say what was created, and show what is shown only once."""
    if len(created) > 1:
        messages.success(request, f"{len(created)} {resource.plural} created.")
        return
    [instance] = created
    name = display_of(request, resource, instance.pk)
    messages.success(request, f"{title(resource.name)} {name} created.")
    for key, value in resource.reveal(instance).items():
        sentence = "The {} is {}. It is shown only now; keep it in a safe place."
        messages.warning(request, format_html(sentence, key, value))


def carried(form: RecordForm) -> str:
    """A query string with the references and choices of a saved form, for the next one."""
    from urllib.parse import urlencode

    unique = unique_columns(form.resource)
    pairs: list[tuple[str, Any]] = []
    for name, value in form.cleaned_data.items():
        column = form.resource.field(name).model_field
        relation = bool(getattr(column, "is_relation", False) or getattr(column, "choices", None))
        if not relation or name in unique or value in (None, "", []):
            continue
        pairs += [(name, item) for item in (value if isinstance(value, list) else [value])]
    return f"?{urlencode(pairs)}" if pairs else ""


@require_http_methods(["GET", "HEAD", "POST"])
@page
def edit(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """Change a record; a version older than the stored one is refused."""
    offered(request, resource, access.CHANGE, "patch")
    existing(request, resource, pk, access.CHANGE)
    user, version = actor(request), versions.version(resource, pk)
    current = initial_of(resource, pk, user)
    if request.method != "POST":
        # What the address proposes is shown as if it were written already.
        proposed = {**current, **prefill(request, resource)}
        form = form_class(resource)(initial=proposed, user=user, pk=pk)
        return show_form(request, resource, form, version=version, current=current)
    carried_along = conflicts.opened(request.POST.get("_original"))
    initial = current
    if carried_along:
        initial = conflicts.original(form_class(resource), carried_along, current)
    form = form_class(resource)(request.POST, request.FILES, initial=initial, user=user, pk=pk)
    form.theirs = frozenset(request.POST.getlist("_theirs"))
    opened = request.POST.get("_overwrite") or request.POST.get("_version") or "none"
    if "_again" in request.POST:
        form.forgive()
        return show_form(request, resource, form, version=opened, current=current)
    name = display_of(request, resource, pk)
    if form.is_valid() and not form.changed_data and opened == version:
        messages.info(request, f"{title(resource.name)} {name} was left as it is.")
        return HttpResponseRedirect(back_to(request, address(resource, pk)))
    if form.save(opened):
        name = display_of(request, resource, pk)
        undo.tell(request, resource, f"{title(resource.name)} {name} saved.")
        return HttpResponseRedirect(back_to(request, address(resource, pk)))
    if form.stale:
        return _show_conflict(request, form, carried_along, current, (opened, version))
    return show_form(request, resource, form, status=422, version=opened, current=current)


def _show_conflict(
    request: HttpRequest,
    form: RecordForm,
    found: conflicts.Opened | None,
    current: dict[str, Any],
    versions_: tuple[str, str],
) -> HttpResponse:
    """The form again, with who changed what; what the user left alone is shown as it is now."""
    opened, newer = versions_
    resource, pk = form.resource, form.pk or 0
    told: dict[str, Any] = {"newer": newer}
    if found:
        differences = conflicts.compare(form, found, current)
        told["differences"] = differences
        told["authors"] = conflicts.authors(request, resource, pk, found)
        left = [each.name for each in differences if not each.clash]
        form.data = conflicts.filled(form, request.POST, current, left)
    return show_form(
        request, resource, form, status=409, version=opened, current=current, conflict=told
    )


@require_http_methods(["GET", "HEAD"])
@page
def clone(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """A new record that starts as a copy, without what must be unique."""
    offered(request, resource, access.ADD, "post")
    existing(request, resource, pk, access.VIEW)
    left_out = unique_columns(resource)
    copied = initial_of(resource, pk, actor(request))
    fields = form_class(resource).base_fields
    left_out |= {name for name, made in fields.items() if not getattr(made, "cloned", True)}
    left_out |= {
        name
        for name, column in resource.custom_columns.items()
        if column.definition.unique or not column.definition.cloneable
    }
    initial = {name: value for name, value in copied.items() if name not in left_out}
    form = form_class(resource)(initial=initial, user=actor(request))
    return show_form(request, resource, form, source=display_of(request, resource, pk))


def show_form(
    request: HttpRequest,
    resource: Resource,
    form: RecordForm,
    *,
    status: int = 200,
    version: str = "",
    source: str = "",
    current: dict[str, Any] | None = None,
    conflict: dict[str, Any] | None = None,
) -> HttpResponse:
    """The form, with the record's name where there is one."""
    new = form.pk is None
    context = {
        "resource": resource,
        "form": form,
        "pk": form.pk,
        "display": "" if new else display_of(request, resource, form.pk or 0),
        "source": source,
        "version": version,
        "original": request.POST.get("_original")
        or (conflicts.carry(resource, form.pk or 0, current) if current is not None else ""),
        "newer": "",
        **(conflict or {}),
        "action": address(resource, None, "add") if new else address(resource, form.pk, "edit"),
        "cancel": back_to(request, address(resource, form.pk)),
        "return_to": back_to(request, ""),
        "can_several": new and can_several(resource),
        "several": "_several" in request.POST,
    }
    return render(request, "core/form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def delete(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """Say what else would go, or what is in the way; POST deletes."""
    offered(request, resource, access.DELETE, "delete")
    existing(request, resource, pk, access.DELETE)
    name, refusal, status = display_of(request, resource, pk), "", 200
    version = versions.version(resource, pk)
    if request.method == "POST":
        opened = request.POST.get("_version")
        try:
            write.delete(resource, [pk], actor(request), check=versions.version_check(opened))
        except Protected as error:
            refusal, status = error.sentence, 409
        except Stale:
            refusal, status = "Somebody changed this after you opened the page. Look again.", 409
        except Invalid:
            raise Http404 from None
        else:
            messages.success(request, f"{title(resource.name)} {name} deleted.")
            return HttpResponseRedirect(back_to(request, address(resource)))
    context = {
        "resource": resource,
        "pk": pk,
        "display": name,
        "version": version,
        "refusal": refusal,
        "return_to": back_to(request, ""),
        "cancel": address(resource, pk),
        **consequences(request, resource, [pk]),
    }
    return render(request, "core/delete.html", context, status=status)


def consequences(request: HttpRequest, resource: Resource, ids: list[int]) -> dict[str, Any]:
    """What else a delete takes along, counted by kind, and what prevents it, with links."""
    found = write.dependents(resource.model, ids, actor(request))
    blocking, also = found.blocking, []
    for model, count in found.gone.items():
        if model is resource.model:
            count -= len(ids)
        elif model is TaggedItem and resource.has_field("tags"):
            continue  # its own tags
        if count > 0 and registry.has_model(model):
            kind = registry.of_model(model)
            also.append((count, kind.name if count == 1 else kind.plural))
    return {
        "also": sorted(also, key=lambda pair: pair[1]),
        "also_hidden": found.hidden,
        "blocking": [_link(request, *row) for row in blocking[:SHOWN_BLOCKING]],
        "blocking_total": len(blocking),
    }


def _link(request: HttpRequest, kind: type[Model], pk: int) -> dict[str, str]:
    """A row in the way; unnamed to those who may not see it."""
    if not registry.has_model(kind):
        return {"kind": str(kind._meta.verbose_name), "name": "", "url": ""}
    resource = registry.of_model(kind)
    if not resource.queryset(actor(request)).filter(pk=pk).exists():
        return {"kind": resource.name, "name": "", "url": ""}
    return {
        "kind": resource.name,
        "name": display_of(request, resource, pk),
        "url": address(resource, pk),
    }
