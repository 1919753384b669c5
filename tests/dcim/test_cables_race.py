"""A cable is plugged into what is deleted at the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from dcim.models import Cable, CableTermination
from tests.core.factories import UserFactory
from tests.dcim import factories as f

ROUNDS = 15


def end(port: Any) -> dict[str, Any]:
    return {"object_type": "dcim.interface", "object_id": port.pk}


@pytest.mark.django_db(transaction=True)
def test_a_device_deleted_meanwhile_leaves_no_dangling_end() -> None:
    user = UserFactory(is_superuser=True)
    start = threading.Barrier(2)

    def send(method: str, address: str, body: Any) -> int:
        client = APIClient()
        client.force_authenticate(user)
        start.wait()
        try:
            return int(getattr(client, method)(address, body, format="json").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            near, far = f.InterfaceFactory(), f.InterfaceFactory()
            body = {"a_terminations": [end(near)], "b_terminations": [end(far)]}
            plugged = pool.submit(send, "post", "/api/dcim/cables/", body)
            deleted = pool.submit(send, "delete", f"/api/dcim/devices/{far.device_id}/", None)
            assert plugged.result() in (201, 400)
            assert deleted.result() == 204
            assert not CableTermination.objects.filter(termination_id=far.pk).exists()
            Cable.objects.all().delete()
