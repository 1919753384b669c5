"""Views of what can be done with one row over REST beside reading and writing it."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import access, registry
from core.api import ResourceView
from core.resource import Resource
from core.rest import read_context


class Order(ResourceView):
    """A `POST` on one row, which the user must see and may change."""

    permission_classes = [IsAuthenticated]
    component_of: ClassVar[type[Any]]  # what the answer shows
    code = "200"

    @classmethod
    def describe(cls, resource: Resource) -> dict[str, Any]:
        """The OpenAPI description."""
        component = registry.of_model(cls.component_of).component
        shown = {"schema": {"$ref": f"#/components/schemas/{component}"}}
        content = {"application/json": shown}
        return {"responses": {cls.code: {"description": cls.__doc__ or "", "content": content}}}

    @property
    def allowed_methods(self) -> list[str]:
        """Only `POST`."""
        return ["POST", "OPTIONS"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks; the declaration's methods are about the rows themselves."""
        APIView.initial(self, request, *args, **kwargs)

    def guarded_by(self, row: Any) -> tuple[type[Any], int]:
        """Model and id of the row that the user must be allowed to change: by default itself."""
        return type(row), row.pk

    def find(self, model: type[Any], pk: int) -> Any:
        """The row; 404 where the user may not see it, 403 where only looking is permitted."""
        row = access.visible(model, self.user).filter(pk=pk).first()
        if row is None:
            raise self.missing()
        changed, number = self.guarded_by(row)
        if not access.visible(changed, self.user, access.CHANGE).filter(pk=number).exists():
            self.permission_denied(self.request)
        return row

    def shown(self, row: Any, code: int = status.HTTP_200_OK) -> Response:
        """A row as REST shows it."""
        rows = registry.of_model(type(row)).reader().by_id([row.pk], read_context(self.request))
        return Response(rows[row.pk], status=code)
