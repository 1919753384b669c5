"""REST views of a resource: list, detail, bulk; everything follows from its declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from rest_framework import exceptions, serializers, status
from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import access, export_templates, filters, instances, write
from core.auth import METHOD_ACTIONS, ResourcePermission
from core.custom_fields.writing import CustomDataField
from core.errors import Invalid, Missing
from core.fields import Choice
from core.history.actor import explain
from core.openapi import ResourceSchema
from core.rest import base_url, invalid_response, read_context
from core.serializers import ReferenceField, ReferenceListField
from core.sql import MAX_ID
from core.versions import Check, fetch_of, tags_in, version_check

if TYPE_CHECKING:
    from core.resource import Resource

DEFAULT_LIMIT, MAX_LIMIT = 50, 1000
NOT_A_LIST = "Expected a list of objects with an id."


class ResourceMetadata(BaseMetadata):
    """`OPTIONS`: what may be written, field by field."""

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        """Name, description and, with permission to write, `actions`."""
        resource: Resource = view.resource
        found: dict[str, Any] = {
            "name": f"{resource.plural.capitalize()}",
            "description": "",
            "renders": ["application/json"],
            "parses": ["application/json", "multipart/form-data"],
        }
        method = "PUT" if isinstance(view, DetailView) else "POST"
        if method.lower() in resource.methods and access.may(
            access.as_actor(request.user), METHOD_ACTIONS[method], resource.model
        ):
            found["actions"] = {method: describe_fields(resource)}
        return found


def describe_fields(resource: Resource) -> dict[str, Any]:
    """Type, label, bounds and choices of every field."""
    return {field.name: _describe(field) for field in resource.all_fields}


def _describe(field: Any) -> dict[str, Any]:
    serializer = field.write_field() if not field.read_only else None
    found: dict[str, Any] = {
        "type": _type_name(field, serializer),
        "required": bool(serializer is not None and serializer.required),
        "read_only": serializer is None,
        "label": field.label,
    }
    if field.help_text:
        found["help_text"] = field.help_text
    for bound in ("min_length", "max_length", "min_value", "max_value"):
        if getattr(serializer, bound, None) is not None:
            found[bound] = getattr(serializer, bound)
    if isinstance(field, Choice):
        found["choices"] = [
            {"value": value, "display_name": label} for value, label in field.choices
        ]
    return found


def _type_name(field: Any, serializer: Any) -> str:
    if isinstance(field, Choice):
        return "choice"
    if isinstance(serializer, ReferenceListField):
        return "list"
    if isinstance(serializer, ReferenceField):
        return "field"
    kind = field.schema().get("type", "field")
    names = {"number": "decimal", "array": "list", "object": "nested object"}
    return names.get(kind, kind if kind != "string" or field.model_field else "field")


def page_bounds(request: Request) -> tuple[int, int]:
    """`limit` and `offset` of a request; nonsense means the default."""

    def number(name: str, default: int) -> int:
        text = request.query_params.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 16 else default

    limit = number("limit", DEFAULT_LIMIT)
    return (MAX_LIMIT if limit == 0 or limit > MAX_LIMIT else limit), number("offset", 0)


class ResourceView(APIView):
    """Shared by the views of one resource."""

    resource: Resource = None  # type: ignore[assignment]
    permission_classes = [ResourcePermission]
    metadata_class = ResourceMetadata
    schema = ResourceSchema()

    @property
    def allowed_methods(self) -> list[str]:
        """Methods the declaration allows."""
        handlers = [m.upper() for m in self.resource.methods if hasattr(self, m)]
        return [*handlers, "HEAD", "OPTIONS"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        method = (request.method or "").lower()
        if method not in (*self.resource.methods, "head", "options"):
            raise exceptions.MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)
        if kwargs.get("pk", 0) > MAX_ID:
            raise self.missing()
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            explain(_message(request.data))

    def missing(self) -> Http404:
        """The error for a row that does not exist, or not for this user."""
        return Http404(f"No {self.resource.model.__name__} matches the given query.")

    @property
    def user(self) -> access.Actor:
        """Who asks."""
        return access.as_actor(self.request.user)

    def field_names(self, *, many: bool = False) -> Sequence[str]:
        """The fields this request asks for: `fields` before `omit` before `brief`."""
        query, resource = self.request.query_params, self.resource
        names: Sequence[str] = resource.field_names
        if query.get("fields"):
            wanted = set(query["fields"].split(","))
            names = [name for name in names if name in wanted]
        elif query.get("omit"):
            unwanted = set(query["omit"].split(","))
            names = [name for name in names if name not in unwanted]
        elif query.get("brief", "").lower() not in ("", "false", "0"):
            names = resource.brief
        hidden = set(query.getlist("exclude"))
        return [name for name in names if name not in hidden] if hidden else names

    def serialize(self, ids: Sequence[int], *, own: bool = False) -> list[dict[str, Any]]:
        """The rows with these ids as this request wants them, in order.

        With `own` also those that may not be seen: who wrote a row is told what became of it.
        """
        reader = self.resource.reader(tuple(self.field_names()))
        found = reader.by_id(ids, read_context(self.request), own=own)
        return [found[pk] for pk in ids if pk in found]

    def one(self, pk: int, code: int = status.HTTP_200_OK, *, own: bool = False) -> Response:
        """An answer with one object and its version; `own` as for `serialize`."""
        # By the statement that reads the row: a newer version would let a client overwrite what it
        # has not seen.
        context = read_context(self.request)
        reader = self.resource.reader(tuple(self.field_names()))
        row = reader.among([pk], context, own=own)
        tags, rows = context.run([fetch_of(self.resource).of([pk]), row])
        if pk not in rows:
            raise self.missing()
        headers = {"ETag": tags_in(tags)[pk]}
        return Response(rows[pk], status=code, headers=headers)

    def version_check(self) -> Check | None:
        """A check of `If-Match`, where it was sent; on many rows it names the version of each."""
        return version_check(self.request.META.get("HTTP_IF_MATCH"))

    def body(self) -> Any:
        """What was sent; the parts of a form as the object they would be in JSON."""
        data = self.request.data
        if not isinstance(data, QueryDict):
            return data
        lists = {
            field.name
            for field in self.resource.writable_fields
            if isinstance(field.write_field(), serializers.ListField)
        }
        return {
            name: values if name in lists else values[-1] for name, values in data.lists() if values
        }

    def validate(self, items: Sequence[Any], *, partial: bool) -> list[dict[str, Any]]:
        """Validated values of each item; raises Invalid with messages by position."""
        context: dict[str, Any] = {"user": self.user, "request": self.request}
        values: list[dict[str, Any]] = []
        faults: list[dict[str, Any]] = []
        with self.resource.validator(context, partial=partial) as serializer:
            context["references"] = self.referred(serializer.fields, items)
            for item in items:
                try:
                    found = serializer.run_validation(item)
                except exceptions.ValidationError as error:
                    faults.append(_messages(error.detail))
                else:
                    faults.append({})
                    values.append(found)
        if any(faults):
            raise Invalid(faults)
        return values

    def referred(
        self, fields: Mapping[str, Any], items: Sequence[Any]
    ) -> dict[tuple[str, int], Any]:
        """Rows referred to by plain id anywhere in `items`, one statement a resource."""
        wanted: dict[Any, set[int]] = {}
        for item in items:
            for name in item if isinstance(item, dict) else ():
                for target, pk in _referred(fields.get(name), item[name]):
                    wanted.setdefault(target, set()).add(pk)
        return {
            (target.path, row.pk): row
            for target, ids in wanted.items()
            for row in instances.find(target.model, ids, self.user)
        }


def _referred(serializer: Any, value: Any) -> Iterable[tuple[Resource, int]]:
    """The rows that a field's input names plainly by id."""
    if value is None:
        return []
    if isinstance(serializer, CustomDataField):
        return serializer.refers_to(value)
    refers = getattr(getattr(serializer, "child", serializer), "refers_to", None)
    if refers is None:
        return []
    given = value if isinstance(value, list) else [value]
    return [found for one in given if (found := refers(one))]


def _messages(errors: Any) -> dict[str, Any]:
    if isinstance(errors, dict):
        return {("__all__" if k == "non_field_errors" else k): v for k, v in errors.items()}
    return {"__all__": errors}


def _message(data: Any) -> str:
    """Why a client writes: `changelog_message` of the object, or what the items of a list say."""
    items = data if isinstance(data, list) else [data]
    found = [item.get("changelog_message") for item in items if hasattr(item, "get")]
    return "; ".join(dict.fromkeys(text for text in found if isinstance(text, str) and text))


class ListView(ResourceView):
    """`GET` a page, `POST` one or many, `PATCH`/`PUT`/`DELETE` many."""

    def get(self, request: Request) -> HttpResponseBase:
        """A page of rows that match the filters; all of them as a file by `export`."""
        rows = filters.apply(
            self.resource.filterset,
            self.resource.queryset(self.user),
            request.query_params,
            self.user,
        )
        if "start" in request.query_params:
            return self.cursor_page(rows)
        ordering = [n for n in request.query_params.get("ordering", "").split(",") if n]
        columns = self.resource.order_by(ordering, self.user)
        if columns:
            rows = rows.order_by(*columns, "pk")
        if "export" in request.query_params:
            return self.exported(rows, request.query_params["export"])
        limit, offset = page_bounds(request)
        reader = self.resource.reader(tuple(self.field_names(many=True)))
        found, count = reader.page(rows, offset, limit, read_context(request))
        return Response(
            {
                "count": count,
                "next": self.link(offset + limit, limit) if offset + limit < count else None,
                "previous": self.link(max(0, offset - limit), limit) if offset > 0 else None,
                "results": found,
            }
        )

    def exported(self, rows: Any, name: str) -> HttpResponse:
        """The rows as the export template of this name makes them."""
        template = export_templates.find(self.resource, name, self.user)
        return export_templates.respond(template, self.resource, rows, read_context(self.request))

    def cursor_page(self, rows: Any) -> Response:
        """A page by id, from `start`, without a count."""
        query = self.request.query_params
        if "offset" in query or "ordering" in query:
            raise exceptions.ValidationError(
                {"start": ["start cannot be used together with offset or ordering."]}
            )
        if not query["start"].isdecimal() or len(query["start"]) > 18:
            raise exceptions.ValidationError({"start": ["Enter a whole number."]})
        limit, _ = page_bounds(self.request)
        names = tuple(self.field_names(many=True))
        page = rows.order_by("pk").filter(pk__gte=int(query["start"]))[:limit]
        keys = list(page.values_list("pk", flat=True))
        found = self.resource.reader(names).rows(page, read_context(self.request))
        following = None
        if len(keys) == limit:
            following = self.link_with(start=keys[-1] + 1, limit=limit)
        return Response({"count": None, "next": following, "previous": None, "results": found})

    def link(self, offset: int, limit: int) -> str:
        """The address of another page with the same parameters."""
        return self.link_with(limit=limit, offset=offset or None)

    def link_with(self, **changes: Any) -> str:
        """This list's address with some parameters changed; None takes one out."""
        query = {k: v for k, v in self.request.query_params.lists() if k not in changes}
        query.update({k: [str(v)] for k, v in changes.items() if v is not None})
        return f"{base_url(self.request)}/api/{self.resource.path}/?{urlencode(query, doseq=True)}"

    def post(self, request: Request) -> Response:
        """Create one object or a list of them."""
        data = self.body()
        many = isinstance(data, list)
        items: list[Any] = list(data) if many else [data]
        try:
            values = self.validate(items, partial=False)
            instances = write.create(self.resource, values, self.user)
        except Invalid as error:
            return invalid_response(error, many=many)
        ids = [instance.pk for instance in instances]
        if many:
            rows = self.serialize(ids, own=True)
            for row, instance in zip(rows, instances, strict=True):
                row.update(self.resource.reveal(instance))
            return Response(rows, status=status.HTTP_201_CREATED)
        response = self.one(ids[0], status.HTTP_201_CREATED, own=True)
        response.data.update(self.resource.reveal(instances[0]))
        response["Location"] = self.resource.url(ids[0], base_url(request))
        return response

    def patch(self, request: Request, *, partial: bool = True) -> Response:
        """Change many objects, each named by its id."""
        items = self.items_with_ids()
        try:
            values = self.validate(items, partial=partial)
            changes = list(zip([int(item["id"]) for item in items], values, strict=True))
            instances = write.update(self.resource, changes, self.user, check=self.version_check())
        except Invalid as error:
            return invalid_response(error, many=True)
        return Response(self.serialize([instance.pk for instance in instances], own=True))

    def put(self, request: Request) -> Response:
        """Replace many objects, each named by its id."""
        return self.patch(request, partial=False)

    def delete(self, request: Request) -> Response:
        """Delete many objects, each named by its id."""
        ids = [int(item["id"]) for item in self.items_with_ids()]
        try:
            write.delete(self.resource, ids, self.user, check=self.version_check())
        except Invalid as error:
            return invalid_response(error, many=True)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def items_with_ids(self) -> list[dict[str, Any]]:
        """The request's list; raises ValidationError where an item has no usable id."""
        data = self.request.data
        if not isinstance(data, list) or not data:
            raise exceptions.ValidationError({"detail": NOT_A_LIST})
        faults: list[dict[str, Any]] = []
        for item in data:
            pk = item.get("id") if isinstance(item, dict) else None
            good = str(pk).isdecimal() and not isinstance(pk, bool) and len(str(pk)) < 19
            faults.append({} if good else {"id": ["A valid id is needed."]})
        seen: set[int] = set()
        for item, fault in zip(data, faults, strict=True):
            if not fault and int(item["id"]) in seen:
                fault["id"] = ["The same id is named twice."]
            elif not fault:
                seen.add(int(item["id"]))
        if any(faults):
            raise exceptions.ValidationError(faults)
        return data


class DetailView(ResourceView):
    """`GET`, `PUT`, `PATCH` and `DELETE` of one row."""

    def get(self, request: Request, pk: int) -> Response:
        """The row, with its version as ETag."""
        return self.one(pk)

    def head_exists(self, pk: int, action: str) -> None:
        """Raise Http404 unless the user may see the row, PermissionDenied unless do `action`."""
        model, user = self.resource.model, self.user
        if not access.visible(model, user).filter(pk=pk).exists():
            raise self.missing()
        if access.outside(model, [pk], user, action):
            raise exceptions.PermissionDenied(f"You may not {action} this {self.resource.name}.")

    def patch(self, request: Request, pk: int, *, partial: bool = True) -> Response:
        """Change the row; `If-Match` refuses a stale version."""
        try:
            [values] = self.validate([self.body()], partial=partial)
            write.update(self.resource, [(pk, values)], self.user, check=self.version_check())
        except Missing:
            raise self.missing() from None
        except Invalid as error:
            self.head_exists(pk, access.CHANGE)  # of a row that is not there nothing is wrong
            return invalid_response(error, many=False)
        return self.one(pk, own=True)

    def put(self, request: Request, pk: int) -> Response:
        """Replace the row."""
        return self.patch(request, pk, partial=False)

    def delete(self, request: Request, pk: int) -> Response:
        """Delete the row and what depends on it."""
        try:
            write.delete(self.resource, [pk], self.user, check=self.version_check())
        except Missing:
            raise self.missing() from None
        return Response(status=status.HTTP_204_NO_CONTENT)
