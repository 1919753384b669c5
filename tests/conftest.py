"""Fixtures every test may use."""

from __future__ import annotations

import shutil

import pytest
from django.conf import settings

from headroom.embedded import EmbeddedError


def pytest_configure(config: pytest.Config) -> None:
    """Have the embedded PostgreSQL run; its data is worth nothing, so a broken one is replaced."""
    cluster = settings.EMBEDDED
    if cluster is None:
        return
    try:
        cluster.ensure()
    except EmbeddedError:
        shutil.rmtree(cluster.folder, ignore_errors=True)
        try:
            cluster.ensure()
        except EmbeddedError as error:
            raise pytest.UsageError(str(error)) from error
