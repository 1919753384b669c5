"""Tasks that event rules run, as jobs."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from rest_framework.test import APIClient

from alerts import events
from alerts.models import Delivery, EventRule, EventTask
from core import jobs
from core.models import Job, Tag
from tests.alerts.factories import EventRuleFactory, EventTaskFactory
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, text
from tests.core.permits import rest, somebody
from tests.facilities.factories import SiteFactory
from tests.outboxes import read_all

pytestmark = pytest.mark.django_db
OWN = "tests.alerts.test_event_tasks:tag"
RULES = "/api/extras/event-rules/"
TASKS = "/api/extras/event-tasks/"


def tag(event: dict[str, Any], arguments: dict[str, Any], run: jobs.Run) -> dict[str, Any]:
    """An operator's function: a tag for each event."""
    run.log("tagging")
    name = f"{arguments['prefix']}-{event['data']['name']}".lower()
    Tag.objects.create(name=name, slug=name)
    return {"tag": name}


@pytest.fixture(autouse=True)
def known(settings: Any) -> None:
    settings.EVENT_TASKS = [OWN, "no.such:thing"]


@pytest.fixture
def client() -> APIClient:
    return rest(UserFactory(is_superuser=True))


def rule_for(task: EventTask, **values: Any) -> EventRule:
    return EventRuleFactory(
        action_type="script",
        action_object_type=ContentType.objects.get_for_model(EventTask),
        action_object_id=task.pk,
        **values,
    )


@pytest.mark.django_db(transaction=True)
def test_a_change_runs_the_operators_function_once_and_the_job_tells_of_it() -> None:
    read_all(events.READER, events.take)
    rule_for(
        EventTaskFactory(function=OWN, arguments={"prefix": "new"}),
        name="Tag sites",
        event_types=["object_created"],
        conditions={"attr": "status.value", "value": "planned"},
    )
    SiteFactory(name="AUS8")
    SiteFactory(name="AUS9", status="planned")
    read_all(events.READER, events.take)
    [job] = Job.objects.all()
    assert (job.name, job.status) == ("Tag sites: AUS9", "pending")
    assert not Delivery.objects.exists()
    assert jobs.run(job.pk) and not jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.data) == ("completed", {"tag": "new-aus9"})
    assert [entry["message"] for entry in job.log_entries] == ["tagging"]
    assert Tag.objects.get().name == "new-aus9"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("function", "status", "error"),
    [
        ("check-integrity", "completed", ""),
        ("recompute-capacity", "completed", ""),
        ("no.such:thing", "failed", "cannot be imported"),
        ("gone", "failed", "There is no function gone"),
    ],
)
def test_what_can_be_run_runs_and_the_rest_says_why_not(
    client: APIClient, function: str, status: str, error: str
) -> None:
    task = EventTaskFactory(function=function)
    answer = client.post(f"{TASKS}{task.pk}/test/")
    assert answer.status_code == 202, answer.content
    assert answer.json()["name"] == f"{task.name}: test"
    assert jobs.run(answer.json()["id"])
    job = Job.objects.get()
    assert (job.status, error in job.error) == (status, True), job.error


def test_rules_and_tasks_say_what_they_cannot_call(client: APIClient) -> None:
    task = client.post(TASKS, {"name": "T", "function": "reboot"}, format="json")
    assert task.status_code == 400 and OWN in str(task.json()["function"])
    task = client.post(
        TASKS, {"name": "T", "function": OWN, "arguments": ["prefix"]}, format="json"
    )
    assert task.status_code == 400 and "arguments" in task.json()
    made = client.post(TASKS, {"name": "T", "function": OWN}, format="json").json()
    rule = {
        "name": "R",
        "object_types": ["dcim.site"],
        "event_types": ["object_created"],
        "action_type": "script",
        "action_object_type": "extras.webhook",
        "action_object_id": made["id"],
    }
    refused = client.post(RULES, rule, format="json")
    assert refused.status_code == 400 and "extras.eventtask" in str(refused.json())
    rule["action_object_type"] = "extras.eventtask"
    shown = client.post(RULES, rule, format="json")
    assert shown.status_code == 201, shown.content
    assert shown.json()["action_object"]["name"] == "T"
    missing = client.post(RULES, {**rule, "name": "S", "action_object_id": 0}, format="json")
    assert missing.status_code == 400


def test_running_one_takes_the_permission_to_change_it() -> None:
    task = EventTaskFactory()
    assert rest(somebody()).post(f"{TASKS}{task.pk}/test/").status_code == 404
    looker = somebody("extras.eventtask", "view")
    assert rest(looker).post(f"{TASKS}{task.pk}/test/").status_code == 403
    assert not Job.objects.exists()
    pages = admin_client()
    assert "Run it now" in text(pages.get(f"/extras/event-tasks/{task.pk}/"))
    started = pages.post(f"/extras/event-tasks/{task.pk}/test/")
    assert started.status_code == 302
    assert started["Location"] == f"/core/jobs/{Job.objects.get().pk}/"
