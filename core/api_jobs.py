"""What REST can do with a job beside reading it."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import ResourceView
from core.models import Job
from core.rest import read_context


class CancelJob(ResourceView):
    """`POST` asks a job to stop; 409 when it is over already."""

    permission_classes = [IsAuthenticated]

    @property
    def allowed_methods(self) -> list[str]:
        """Only `POST`, though jobs themselves are read-only."""
        return ["POST", "OPTIONS"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks; the declaration's methods are about the jobs themselves."""
        APIView.initial(self, request, *args, **kwargs)

    def post(self, request: Request, pk: int) -> Response:
        """The job after it was asked; owners may, and whoever may change jobs."""
        from core import jobs

        record = jobs.visible(self.user).filter(pk=pk).first()
        if record is None:
            raise Http404(f"No {Job.__name__} matches the given query.")
        if not jobs.may_cancel(self.user, record):
            self.permission_denied(request)
        if not jobs.cancel(record, self.user):
            detail = "The job is over already."
            return Response({"detail": detail}, status=status.HTTP_409_CONFLICT)
        context = read_context(request)
        values = list(Job.objects.filter(pk=pk).values_list(*self.resource.reader().columns))
        return Response(self.resource.reader().build(values, context)[0])
