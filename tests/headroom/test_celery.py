"""Background work goes through the real broker to a real worker."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model

from headroom.celery import app

DONE: list[tuple[str, int]] = []
User = get_user_model()


@app.task(name="tests.count_users")  # type: ignore[misc]
def count_users(word: str) -> None:
    DONE.append((word, User.objects.count()))


def test_a_task_runs_on_what_was_committed(
    worker: threading.Thread, eventually: Callable[..., None], client: Any
) -> None:
    DONE.clear()
    User.objects.create_user("ada")
    count_users.delay("hello")
    eventually(lambda: DONE)
    assert DONE == [("hello", 1)]
    text = client.get("/metrics").content.decode()
    assert 'headroom_tasks_total{state="success",task="tests.count_users"}' in text


def test_settings_know_the_broker_of_the_environment() -> None:
    url = os.environ.get("BROKER_URL", "filesystem://localhost//")
    assert app.conf.broker_url == url
