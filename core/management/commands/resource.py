"""`manage.py resource dcim.rack`: what a declaration amounts to."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import registry
from core.resource import Resource
from core.serializers import AnySerializerField


class Command(BaseCommand):
    """Prints addresses, fields, filters, SQL and permissions of a resource."""

    help = "Explain a resource: its addresses, fields, filters, the SQL of its list."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "object_type", nargs="?", help="such as dcim.rack; without it, all are listed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it; CommandError for an unknown object type."""
        if not options["object_type"]:
            for resource in sorted(registry.resources(), key=lambda r: r.path):
                self.stdout.write(f"{resource.object_type:34} /api/{resource.path}/")
            return
        try:
            resource = registry.of_type(options["object_type"])
        except LookupError as error:
            raise CommandError(f"{error}. Run without an argument for a list.") from None
        self.stdout.write(explain(resource))


def explain(resource: Resource) -> str:
    """The whole explanation as Markdown."""
    parts = [
        f"# {resource.object_type}",
        f"{(resource.__doc__ or '').strip()}\n",
        "## Addresses",
        f"- REST: `{resource.list_url()}`, `/api/{resource.path}/<id>/`",
        f"- pages: `{resource.page_url()}`, `/{resource.path}/<id>/`",
        *(f"- `/api/{resource.path}/{action.route}`" for action in resource.actions),
        f"- methods: {', '.join(m.upper() for m in resource.methods)}\n",
        "## Fields",
        *(f"- `{field.name}`: {_kind(field)}" for field in resource.all_fields),
        f"\nBrief: {', '.join(f'`{name}`' for name in resource.brief)}\n",
        "## Filters",
        ", ".join(f"`{name}`" for name in sorted(resource.all_filters)),
        "\n## SQL of a list",
        "```sql",
        str(sql(resource)),
        "```",
        "\n## Permissions",
        ", ".join(f"`{action}`" for action in ("view", "add", "change", "delete"))
        + f" on `{resource.object_type}`",
    ]
    return "\n".join(parts)


def _kind(field: Any) -> str:
    serializer: AnySerializerField | None = field.write_field() if field.writable else None
    words = [type(field).__name__.lower()]
    if serializer is None:
        words.append("read-only")
    elif serializer.required:
        words.append("required")
    if field.help_text:
        words.append(field.help_text)
    return ", ".join(words)


def sql(resource: Resource) -> str:
    """The main statement of a list of all fields; references are loaded by id after it."""
    rows = resource.model._default_manager.order_by(*resource.order_columns, "pk")
    return str(rows.values_list(*resource.reader().columns)[:50].query)
