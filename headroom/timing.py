"""What a request cost, in the standard header `Server-Timing`; for measuring only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse


class ServerTiming:
    """Adds statements and their milliseconds, processor time and time, of each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        count, waited = 0, 0.0

        def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal count, waited
            began = time.perf_counter()
            try:
                return run(sql, params, many, context)
            finally:
                count += 1
                waited += time.perf_counter() - began

        began, worked = time.perf_counter(), time.thread_time()
        with connection.execute_wrapper(execute):
            response = self.get_response(request)
        parts = (
            f'sql;desc="{count}";dur={waited * 1000:.2f}',
            f"cpu;dur={(time.thread_time() - worked) * 1000:.2f}",
            f"total;dur={(time.perf_counter() - began) * 1000:.2f}",
        )
        response["Server-Timing"] = ", ".join(parts)
        return response
