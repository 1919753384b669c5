"""Pages of import and export."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe
from rest_framework import serializers

from core import access, registry
from core import jobs as service
from core.custom_fields.columns import CustomColumn
from core.custom_fields.definitions import Kind
from core.errors import Invalid
from core.fields import Choice, Ref
from core.models import Job
from core.resource import Resource
from core.serializers import ReferenceListField
from core.transfer import exporting, formats, importing, mapping, work
from core.transfer.references import names_of
from core.web.forms import offered
from core.web.jobs import find
from core.web.page import actor, address, page, reading, require
from core.web.table import chosen_columns, filtered, parameters

SHOWN_FAULTS = 500
SAMPLE = 100  # rows in which a value of a column is looked for
WORDS: dict[str, str] = {
    Kind.INTEGER: "whole number",
    Kind.DECIMAL: "number",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "YYYY-MM-DD",
    Kind.DATETIME: "YYYY-MM-DDTHH:MM:SSZ",
    Kind.JSON: "JSON",
    Kind.MULTISELECT: "several, separated by commas",
    **dict.fromkeys((Kind.TEXT, Kind.LONGTEXT, Kind.URL), "text"),
}


class ImportForm(forms.Form):
    """A file or pasted text, and its format."""

    file = forms.FileField(
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.json,.yaml,.yml,.txt"}),
    )
    text = forms.CharField(
        required=False,
        strip=False,
        label="Or paste it",
        widget=forms.Textarea(attrs={"rows": 12, "class": "mono", "spellcheck": "false"}),
    )
    format = forms.ChoiceField(
        required=False,
        choices=[("", "Find out"), ("csv", "CSV"), ("json", "JSON"), ("yaml", "YAML")],
    )

    def clean(self) -> dict[str, Any]:
        """The text, decoded, and its format."""
        found = super().clean() or {}
        upload = found.get("file")
        if upload:
            if upload.size > formats.MAX_BYTES:
                limit = formats.MAX_BYTES // 1024**2
                raise forms.ValidationError(f"The file is larger than {limit} MB.")
            try:
                found["text"] = formats.decode(upload.read())
            except formats.Unreadable as error:
                raise forms.ValidationError(
                    f"Line {error.fault.line}: {error.fault.message}"
                ) from None
        if not (found.get("text") or "").strip():
            raise forms.ValidationError("Choose a file or paste its text.")
        if not found.get("format"):
            found["format"] = formats.guess_format(found["text"])
        return found


@require_http_methods(["GET", "HEAD", "POST"])
@page
def import_rows(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Check a file and say what is wrong with each line; then import it, all or nothing."""
    offered(request, resource, access.ADD, "post")
    if request.method != "POST":
        return _show(request, resource, ImportForm())
    if request.POST.get("_job", "").isdecimal():
        return _import_checked(request, resource, int(request.POST["_job"]))
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, resource, form, status=422)
    text, format = form.cleaned_data["text"], form.cleaned_data["format"]
    dry_run = "_import" not in request.POST
    shown: dict[str, Any] = {"text": text, "format": format}
    try:
        original = formats.parse(text, format)
    except formats.Unreadable as error:
        report = importing.Report(dry_run, faults=[error.fault])
        return _show(request, resource, form, report=report, status=422, **shown)
    chosen = _chosen(request, original)
    table = mapping.apply(original, chosen)
    shown |= {"table": original, "chosen": chosen}
    if len(table.rows) > work.INLINE_IMPORT:
        faults = mapping.unknown(resource, table)
        if not faults:
            stored = work.keep_input(text, format)
            return _queue(request, resource, stored, format, dry_run, chosen)
        report = importing.Report(dry_run, rows=len(table.rows), faults=faults)
        return _show(request, resource, form, report=report, status=422, **shown)
    try:
        report = importing.run(resource, table, actor(request), dry_run=dry_run)
    except Invalid as error:
        form.add_error(None, [m for found in error.items[0].values() for m in found])
        return _show(request, resource, form, status=422, **shown)
    if report.good and not dry_run:
        messages.success(request, summary(resource, report))
        return HttpResponseRedirect(address(resource))
    status = 200 if report.good else 422
    return _show(request, resource, form, report=report, status=status, **shown)


def _chosen(request: HttpRequest, table: formats.Table) -> dict[str, str]:
    """What the person says the file's columns are, as far as it still has them."""
    names, targets = request.POST.getlist("column"), request.POST.getlist("as")
    pairs = dict(zip(names, targets, strict=False))
    return {name: pairs[name] for name in table.columns if name in pairs}


def _mapping(
    resource: Resource, names: list[str], table: formats.Table, chosen: dict[str, str]
) -> list[dict[str, Any]]:
    """The file's columns with a value of each and what they are taken for, of these names."""
    likely = mapping.proposed(resource, table)
    found = []
    for name in table.columns:
        values = (row.values.get(name) for row in table.rows[:SAMPLE])
        found.append(
            {
                "name": name,
                "sample": next(
                    (str(value)[:80] for value in values if value not in ("", None)), ""
                ),
                "chosen": chosen.get(name, likely[name]),
                "options": sorted({*names, "id", likely[name]} - {""}),
            }
        )
    return found


def summary(resource: Resource, report: importing.Report) -> str:
    """What an import did, in one sentence."""
    parts = [f"{report.created:,} {resource.plural} created"]
    if report.changed or report.unchanged:
        parts += [f"{report.changed:,} changed", f"{report.unchanged:,} left as they were"]
    return ", ".join(parts) + "."


def _queue(
    request: HttpRequest,
    resource: Resource,
    stored: str,
    format: str,
    dry_run: bool,
    chosen: dict[str, str],
) -> HttpResponse:
    arguments: dict[str, Any] = {"path": resource.path, "format": format, "dry_run": dry_run}
    arguments |= {"input": stored, "mapping": chosen}
    what = "Check an import of" if dry_run else "Import"
    record = service.enqueue(
        "core.import", arguments, actor(request), name=f"{what} {resource.plural}"
    )
    return HttpResponseRedirect(address(registry.of_model(Job), record.pk))


def _import_checked(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """Import for real what a job has checked."""
    record = find(request, pk)
    arguments = record.arguments
    if record.kind != "core.import" or arguments.get("path") != resource.path:
        raise Http404
    chosen = arguments.get("mapping") or {}
    return _queue(request, resource, arguments["input"], arguments["format"], False, chosen)


def _show(
    request: HttpRequest,
    resource: Resource,
    form: ImportForm,
    *,
    report: importing.Report | None = None,
    text: str = "",
    format: str = "",
    table: formats.Table | None = None,
    chosen: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    if text:
        form = _with_text(form, text, format)
    columns = columns_of(resource)
    names = [column["name"] for column in columns]
    context = {
        "resource": resource,
        "form": form,
        "report": report,
        "faults": report.faults[:SHOWN_FAULTS] if report else [],
        "more_faults": max(0, len(report.faults) - SHOWN_FAULTS) if report else 0,
        "columns": columns,
        "mapping": _mapping(resource, names, table, chosen or {}) if table else [],
        "max_megabytes": formats.MAX_BYTES // 1024**2,
        "inline_rows": work.INLINE_IMPORT,
    }
    return render(request, "core/import.html", context, status=status)


def _with_text(form: ImportForm, text: str, format: str) -> ImportForm:
    """The form as it was sent, an uploaded file now in its text field."""
    kept = ImportForm(initial={"text": text, "format": format})
    kept._errors = form.errors  # type: ignore[attr-defined]
    return kept


def columns_of(resource: Resource) -> list[dict[str, Any]]:
    """What a file's columns may be, for people who prepare one."""
    found = []
    for field in (*resource.writable_fields, *resource.custom_columns.values()):
        accepts = field.write_field()
        if accepts is not None and field.name != "custom_fields":
            what, needed = _what(field, accepts), bool(accepts.required)
            if isinstance(field, CustomColumn):
                needed = field.definition.required
            found.append({"name": field.name, "needed": needed, "what": what, "field": field})
    return sorted(found, key=lambda item: not item["needed"])


def _what(field: Any, accepts: Any) -> str:
    if isinstance(field, CustomColumn) and (words := WORDS.get(field.definition.type)):
        return words
    if isinstance(accepts, ReferenceListField):
        return "names or ids, separated by commas"
    if isinstance(field, Ref):
        key = next(iter(names_of(field.target)), "id")
        return f"{field.target.name}: {key} or id; or columns such as {field.name}.{key}"
    if isinstance(field, Choice):
        return ", ".join(str(value) for value, _ in field.choices)
    if isinstance(accepts, serializers.BooleanField):
        return "true or false"
    if isinstance(accepts, serializers.ListField):
        return "several, separated by commas"
    if isinstance(accepts, serializers.IntegerField):
        return "whole number"
    if isinstance(accepts, serializers.DecimalField | serializers.FloatField):
        return "number"
    if isinstance(accepts, serializers.JSONField):
        return "JSON"
    return "text"


@require_safe
@page
def export_rows(request: HttpRequest, resource: Resource) -> HttpResponse:
    """The list as it is filtered, with its columns, as a file; a job makes a long one."""
    require(request, access.VIEW, resource)
    format = request.GET.get("format", "csv")
    if format not in formats.FORMATS:
        raise Http404(f"There is no format {format}.")
    try:
        rows = filtered(request, resource)
    except ValidationError:
        query = request.GET.copy()
        query.pop("format", None)
        return HttpResponseRedirect(f"{address(resource)}?{query.urlencode()}")
    chosen = chosen_columns(request, resource) if request.GET.get("columns") else ()
    columns = exporting.columns_of(resource, chosen)
    if rows.order_by().count() > work.INLINE_EXPORT:
        arguments = {
            "path": resource.path,
            "format": format,
            "columns": columns,
            "query": parameters(request).urlencode(),
            "sort": request.GET.get("sort", ""),
        }
        name = f"Export {resource.plural}"
        record = service.enqueue("core.export", arguments, actor(request), name=name)
        return HttpResponseRedirect(address(registry.of_model(Job), record.pk))
    parts = exporting.stream(resource, rows, columns, format, reading(request))
    response: Any = StreamingHttpResponse(parts, content_type=formats.CONTENT_TYPES[format])
    name = work.filename(resource, format)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    answer: HttpResponse = response
    return answer
