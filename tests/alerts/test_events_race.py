"""Several processes take and send the same at once."""

from __future__ import annotations

import ipaddress
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from alerts import events
from alerts.models import Delivery
from tests.alerts.factories import EventRuleFactory, WebhookFactory
from tests.alerts.receiver import listening
from tests.facilities.factories import SiteFactory

WORKERS, SITES = 4, 12


@pytest.mark.django_db(transaction=True)
def test_what_many_processes_take_and_send_is_sent_once(settings) -> None:
    settings.OUTBOUND_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
    start = threading.Barrier(WORKERS)

    def work() -> None:
        start.wait()
        try:
            for _ in range(2400):  # until other tests' transactions have ended
                events.take()
                time.sleep(0.025)
                for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True):
                    events.deliver(pk)
                if Delivery.objects.filter(status="completed").count() == SITES:
                    break
        finally:
            connection.close()

    with listening() as receiver:
        events.take()
        EventRuleFactory(action_object_id=WebhookFactory(payload_url=receiver.address).pk)
        for _ in range(SITES):
            SiteFactory()
        with ThreadPoolExecutor(WORKERS) as pool:
            for each in [pool.submit(work) for _ in range(WORKERS)]:
                each.result()
        told = [headers["X-Headroom-Delivery"] for _, _, headers, _ in receiver.requests]
    assert len(told) == len(set(told)) == SITES
