"""From a change of a record to the requests that tell of it.

1. `take` reads the outbox in order and writes a `Delivery`, or the job of a task, for each rule
   that a change meets, in the transaction in which it advances: a change is told once, however
   often or by how many this runs.
2. `deliver` claims one delivery by a conditional update, sends it and notes the answer. Whoever
   comes second finds nothing to claim.
3. `sweep` queues what is due, and what was claimed by a process that died: it may have been sent,
   so it may come twice, with the same `X-Headroom-Delivery`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import logging
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from alerts import event_tasks, outbound
from alerts.engine import conditions, retry
from alerts.models import Delivery, EventRule, EventTask, Webhook
from core import outbox, registry, sandbox
from core.history.data import held
from core.models import ObjectChange, User
from core.read import ReadContext
from core.resource import Resource

log = logging.getLogger(__name__)

READER = "event-rules"
BATCH = 200
DEAD_AFTER = dt.timedelta(minutes=2)  # far longer than an attempt can take
KEEP = dt.timedelta(days=30)
LOST = "The process that sent this is gone; whether it arrived is not known."
TEST = "test"
EVENTS = {
    ObjectChange.Action.CREATE: EventRule.Event.CREATED,
    ObjectChange.Action.UPDATE: EventRule.Event.UPDATED,
    ObjectChange.Action.DELETE: EventRule.Event.DELETED,
}
WORDS = {"object_created": "created", "object_updated": "updated", "object_deleted": "deleted"}


@dataclass(frozen=True)
class Rule:
    """An enabled rule and what it calls."""

    pk: int
    created: dt.datetime
    events: frozenset[str]
    types: frozenset[int]
    conditions: Any
    name: str
    action: Webhook | EventTask


def enabled_rules() -> list[Rule]:
    """The rules in force; three statements."""
    rows = list(
        EventRule.objects.filter(enabled=True)
        .order_by("pk")
        .values_list(
            "pk",
            "created",
            "event_types",
            "conditions",
            "name",
            "action_object_type_id",
            "action_object_id",
            ArrayAgg("object_types", default=[]),
        )
    )
    actions: dict[tuple[int, int], Webhook | EventTask] = {}
    for model in (Webhook, EventTask):
        kind = ContentType.objects.get_for_model(model).pk
        wanted = {row[6] for row in rows if row[5] == kind}
        called: dict[int, Any] = model._default_manager.in_bulk(wanted - {None})
        actions |= {(kind, pk): action for pk, action in called.items()}
    return [
        Rule(pk, created, frozenset(events), frozenset(types), given, name, actions[kind, target])
        for pk, created, events, given, name, kind, target, types in rows
        if (kind, target) in actions
    ]


def _webhook_type() -> ContentType:
    return ContentType.objects.get_for_model(Webhook)


def take() -> int:
    """Write the deliveries of the next changes that a rule is for; how many changes these were."""
    outbox.add_reader(READER)
    rules = enabled_rules()
    wanted = Q(changed_object_type__in={kind for rule in rules for kind in rule.types})
    with outbox.claim(READER, BATCH, wanted) as changes:
        made = _deliveries(changes, rules, timezone.now())
        Delivery.objects.bulk_create(made, ignore_conflicts=True)
        ids = list(
            Delivery.objects.filter(
                change_id__in=[each.change_id for each in made], status=Delivery.Status.PENDING
            ).values_list("pk", flat=True)
        )
        transaction.on_commit(lambda: queue(ids))
    return len(changes)


def _deliveries(
    changes: Sequence[ObjectChange], rules: Sequence[Rule], now: dt.datetime
) -> list[Delivery]:
    """What is to be sent; tasks are started."""
    pairs = [
        (change, rule)
        for change in changes
        for rule in rules
        if change.changed_object_type_id in rule.types
        and EVENTS[ObjectChange.Action(change.action)] in rule.events
        and change.time >= rule.created
    ]
    payloads = _payloads({change.pk: change for change, _ in pairs}.values())
    made = []
    for change, rule in pairs:
        payload = payloads.get(change.pk)
        if payload is None or not conditions.holds(rule.conditions, _conditioned(payload)):
            continue
        if isinstance(rule.action, EventTask):
            event_tasks.start(rule.action.pk, payload, f"{rule.name}: {change.object_repr}")
        else:
            made.append(_made(rule.action, payload, now, rule=rule, change=change))
    return made


def _conditioned(payload: dict[str, Any]) -> dict[str, Any]:
    """What conditions look at: the record, and the record before and after."""
    shots = payload["snapshots"]
    return {**payload["data"], "before": shots["prechange"], "after": shots["postchange"]}


def _payloads(changes: Iterable[ObjectChange]) -> dict[int, dict[str, Any]]:
    """What is told of each change by its id, under NetBox's keys; a statement or two a kind.

    `data` is the record as REST shows it when the change is told. Of a record that is gone by
    then, and of a deleted one, it is what was recorded.
    """
    of_kind: dict[int | None, list[ObjectChange]] = defaultdict(list)
    for change in changes:
        of_kind[change.changed_object_type_id].append(change)
    # A rule is told everything: whoever may write rules and webhooks reads all through them.
    context = ReadContext(user=User(is_superuser=True), base=settings.PUBLIC_URL)
    found = {}
    for kind, group in of_kind.items():
        resource = registry.of_content_type(kind) if kind else None
        if resource is None:
            continue
        alive = [c.changed_object_id for c in group if c.action != ObjectChange.Action.DELETE]
        rows = resource.reader().by_id(alive, context) if alive else {}
        for change in group:
            before, after = (_shown(resource, each) for each in (change.before, change.after))
            recorded = {"id": change.changed_object_id, **(after or before or {})}
            deleted = change.action == ObjectChange.Action.DELETE
            data = recorded if deleted else rows.get(change.changed_object_id, recorded)
            found[change.pk] = _payload(resource, change, data, before, after)
    return found


def _payload(
    resource: Resource, change: ObjectChange, data: Any, before: Any, after: Any
) -> dict[str, Any]:
    return {
        "event": WORDS[EVENTS[ObjectChange.Action(change.action)]],
        "timestamp": change.time.isoformat(),
        "object_type": resource.object_type,
        "model": resource.object_type.split(".")[1],
        "username": change.user_name,
        "request_id": str(change.request_id) if change.request_id else None,
        "data": json.loads(json.dumps(data, default=str)),
        "snapshots": {"prechange": before, "postchange": after},
    }


def _shown(resource: Resource, data: dict[str, Any] | None) -> dict[str, Any] | None:
    """A recorded row under the names that REST has."""
    if data is None:
        return None
    return {each.name: data.get(each.key) for each in held(resource) if each.key in data}


def _made(
    webhook: Webhook,
    payload: dict[str, Any],
    now: dt.datetime,
    *,
    rule: Rule | None = None,
    change: ObjectChange | None = None,
) -> Delivery:
    """A delivery with what is to be sent; a failed one where a template fails."""
    kind = change.changed_object_type_id if change else None
    made = Delivery(
        webhook=webhook,
        event_rule_id=rule.pk if rule else None,
        change_id=change.pk if change else None,
        event=f"object_{payload['event']}" if change else TEST,
        object_type_id=kind or _webhook_type().pk,
        object_id=change.changed_object_id if change else webhook.pk,
        object_repr=change.object_repr if change else webhook.name,
        url_sent=webhook.payload_url,
        method=webhook.http_method,
        created=now,
        due=now,
    )
    try:
        made.url_sent = sandbox.render(webhook.payload_url, payload).strip()
        made.headers = _headers(webhook, payload)
        made.body = (
            sandbox.render(webhook.body_template, payload)
            if webhook.body_template
            else json.dumps(payload, ensure_ascii=False)
        ).replace("\0", "")
        fault = (
            outbound.fault(made.url_sent)
            if len(made.url_sent) <= 2000
            else "The address is too long."
        )
    except (sandbox.TemplateFault, ValueError) as error:
        fault = str(error)
    if fault:
        made.url_sent = made.url_sent[:2000]
        made.status, made.error, made.permanent = Delivery.Status.FAILED, fault[:600], True
        made.due, made.completed = None, now
    return made


def _headers(webhook: Webhook, payload: dict[str, Any]) -> dict[str, str]:
    """The headers of a request; raises ValueError for a line that is none."""
    found = {"Content-Type": webhook.http_content_type}
    for line in sandbox.render(webhook.additional_headers, payload).splitlines():
        if line.strip():
            name, colon, value = line.partition(":")
            if not colon or not name.strip():
                raise ValueError(f"{line[:100]} is no header: write Name: value.")
            found[name.strip()] = value.strip()
    return found


def queue(ids: Iterable[int]) -> None:
    """Put deliveries into the queue; what the broker does not take is swept up later."""
    from alerts.tasks import deliver as task

    try:
        for pk in ids:
            task.delay(pk)
    except Exception:
        log.exception("Deliveries could not be queued and wait for the sweep")


def deliver(pk: int) -> bool:
    """Send a delivery that is due; False when there is none to be sent (any more)."""
    now = timezone.now()
    pending = Delivery.objects.filter(pk=pk, status=Delivery.Status.PENDING, due__lte=now)
    if not pending.update(status=Delivery.Status.RUNNING, claimed=now, attempts=F("attempts") + 1):
        return False
    sent = Delivery.objects.select_related("webhook").get(pk=pk)
    outcome = _attempt(sent, sent.webhook)
    mine = Delivery.objects.filter(pk=pk, status=Delivery.Status.RUNNING, claimed=now)
    return bool(mine.update(**outcome))


def _attempt(sent: Delivery, webhook: Webhook) -> dict[str, Any]:
    """What became of one attempt, as columns."""
    body = sent.body.encode()
    headers = {
        **sent.headers,
        "User-Agent": "Headroom",
        "X-Headroom-Delivery": str(sent.replay_of_id or sent.pk),
    }
    if webhook.secret:
        headers["X-Hook-Signature"] = sign(webhook.secret, body)
    try:
        answer = outbound.call(
            sent.method,
            sent.url_sent,
            headers,
            b"" if sent.method == Webhook.Method.GET else body,
            verify=webhook.ssl_verification,
            authorities=webhook.ca_file_path or "",
        )
    except outbound.Refused as error:
        return _failed(sent, str(error), permanent=True)
    except outbound.Unreachable as error:
        return _failed(sent, str(error))
    told = {
        "status_code": answer.status,
        "answer": answer.text,
        "milliseconds": answer.milliseconds,
    }
    if 200 <= answer.status < 300:
        done = {"status": Delivery.Status.COMPLETED, "completed": timezone.now(), "due": None}
        return {**told, **done, "error": "", "permanent": False}
    permanent = retry.is_permanent(answer.status)
    sentence = f"The receiver answered {answer.status}."
    if 300 <= answer.status < 400:
        sentence = f"The receiver answered {answer.status}: redirects are not followed."
    return {**told, **_failed(sent, sentence, permanent=permanent, wanted=answer.retry_after)}


def _failed(
    sent: Delivery, error: str, *, permanent: bool = False, wanted: float | None = None
) -> dict[str, Any]:
    """The columns of a failed attempt: tried again later, or given up."""
    now = timezone.now()
    again = None if permanent else retry.delay(sent.attempts, random.random(), wanted)  # noqa: S311
    found: dict[str, Any] = {"error": error[:600], "permanent": permanent}
    if again is None:
        return {**found, "status": Delivery.Status.FAILED, "due": None, "completed": now}
    due = now + dt.timedelta(seconds=again)
    return {**found, "status": Delivery.Status.PENDING, "due": due, "completed": None}


def sign(secret: str, body: bytes) -> str:
    """The HMAC-SHA512 of a body in hex, as NetBox sends it in `X-Hook-Signature`."""
    return hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()


def test(webhook: Webhook, username: str) -> Delivery:
    """Send a webhook a made-up event now; what came of it. It is not tried again."""
    now = timezone.now()
    payload = {
        "event": TEST,
        "timestamp": now.isoformat(),
        "object_type": "extras.webhook",
        "model": "webhook",
        "username": username,
        "request_id": None,
        "data": {"id": webhook.pk, "name": webhook.name},
        "snapshots": {"prechange": None, "postchange": None},
    }
    made = _made(webhook, payload, now)
    made.attempts = retry.ATTEMPTS - 1
    made.save()
    deliver(made.pk)
    made.refresh_from_db()
    return made


def replay(old: Delivery) -> Delivery:
    """Send once more what a delivery that is over sent, as a delivery of its own."""
    now = timezone.now()
    copied = ("webhook_id", "event_rule_id", "change_id", "event", "object_type_id", "object_id")
    told = ("object_repr", "url_sent", "method", "headers", "body")
    made = Delivery(**{name: getattr(old, name) for name in (*copied, *told)})
    made.replay_of_id, made.created, made.due = old.replay_of_id or old.pk, now, now
    with transaction.atomic():
        made.save()
        transaction.on_commit(lambda: queue([made.pk]))
    return made


def sweep(now: dt.datetime) -> int:
    """Queue what is due, take back what dead processes had, forget what is old; how many due."""
    Delivery.objects.filter(status=Delivery.Status.RUNNING, claimed__lt=now - DEAD_AFTER).update(
        status=Delivery.Status.PENDING, due=now, error=LOST
    )
    due = Delivery.objects.filter(status=Delivery.Status.PENDING, due__lte=now)
    ids = list(due.order_by("due").values_list("pk", flat=True)[:1000])
    queue(ids)
    over = [Delivery.Status.COMPLETED, Delivery.Status.FAILED]
    Delivery.objects.filter(status__in=over, created__lt=now - KEEP).delete()
    return len(ids)
