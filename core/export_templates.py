"""Lists as files by people's templates: over REST by `?export=NAME`, on pages in the menu."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import exceptions

from core import access, registry, sandbox
from core.models import ExportTemplate
from core.read import ReadContext
from core.resource import Resource

MAX_ROWS = 20_000
TEXT = "text/plain; charset=utf-8"
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?charset=[\w-]+)?", re.ASCII)
# A file of one of these, opened in a browser, would run what it holds.
_ACTIVE = ("html", "xml", "svg", "javascript", "ecmascript", "pdf")


def offered(resource: Resource, user: access.Actor) -> QuerySet[ExportTemplate]:
    """The templates for lists of `resource` that `user` may see."""
    kind = registry.content_type(resource)
    return access.visible(ExportTemplate, user).filter(object_types=kind).order_by("name")


def find(resource: Resource, name: str, user: access.Actor) -> ExportTemplate:
    """The template of this name; raises NotFound."""
    found = offered(resource, user).filter(name=name).first()
    if found is None:
        raise exceptions.NotFound(f"There is no export template {name[:100]} for this list.")
    return found


def respond(
    template: ExportTemplate, resource: Resource, rows: QuerySet[Any], context: ReadContext
) -> HttpResponse:
    """The file of these rows; raises ValidationError with what went wrong."""
    if rows.order_by()[: MAX_ROWS + 1].count() > MAX_ROWS:
        sentence = f"A template takes at most {MAX_ROWS:,} rows. Narrow the list by filters."
        raise exceptions.ValidationError({"export": [sentence]})
    data = resource.reader().rows(rows, context)
    try:
        text = sandbox.render(
            template.template_code, {"queryset": data}, template.environment_params
        )
    except sandbox.TemplateFault as error:
        raise exceptions.ValidationError({"export": [f"{template.name}: {error}"]}) from None
    kind = template.mime_type if _MEDIA_TYPE.fullmatch(template.mime_type) else TEXT
    response = HttpResponse(text, content_type=kind)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    if template.as_attachment or any(word in kind for word in _ACTIVE):
        response["Content-Disposition"] = f'attachment; filename="{_name(template, resource)}"'
    return response


def _name(template: ExportTemplate, resource: Resource) -> str:
    day = timezone.localdate().isoformat()
    name = template.file_name or f"{resource.plural.replace(' ', '-')}-{day}"
    ending = template.file_extension.lstrip(".")
    whole = f"{name}.{ending}" if ending else name
    return re.sub(r"[^\w. -]", "_", whole, flags=re.ASCII)
