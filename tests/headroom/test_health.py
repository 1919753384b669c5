"""Probes and metrics."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

pytestmark = pytest.mark.django_db


def test_healthz_answers_without_the_database(
    client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz", HTTP_HOST="10.1.2.3:8000")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_readyz_names_each_check(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200, response.content
    expected = {"database": "ok", "migrations": "ok", "broker": "ok"}
    assert response.json() == {"status": "ok", "checks": expected}


def test_readyz_tells_of_missing_migrations(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied("axes", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] == "1 to apply"


def test_readyz_tells_of_a_silent_broker(client: Client, settings: LazySettings) -> None:
    from headroom.celery import app

    before = app.conf.broker_url
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    app.conf.broker_url = settings.CELERY_BROKER_URL
    try:
        response = client.get("/readyz")
    finally:
        app.conf.broker_url = before
    assert response.status_code == 503
    assert response.json()["checks"]["broker"] == "does not answer"


def test_metrics_count_requests_by_view(client: Client) -> None:
    client.get("/no/such/page")
    text = client.get("/metrics").content.decode()
    assert 'headroom_http_requests_total{method="GET",status="404",view="unmatched"}' in text
    assert "headroom_database_up 1.0" in text
    assert 'headroom_jobs{status="running"} 0.0' in text
    assert "/no/such/page" not in text


def test_metrics_are_not_for_strangers(client: Client, settings: LazySettings) -> None:
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 403
    settings.METRICS_TOKEN = "scrape me"
    assert client.get("/metrics").status_code == 403
    token = {"HTTP_AUTHORIZATION": "Bearer scrape me"}
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9", **token).status_code == 200


def test_metrics_are_not_for_clients_of_an_undeclared_proxy(client: Client) -> None:
    assert client.get("/metrics", **{"headroom.forwarded": True}).status_code == 403
