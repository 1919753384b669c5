"""What audits do beyond storing single rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from rest_framework import exceptions

from core import access, write
from core.access import Actor
from core.errors import Invalid
from core.models import User
from core.registry import of_model
from core.rows import insert_rows
from dcim.choices import AuditResult, AuditStatus
from dcim.models import Device, RackAudit, RackAuditLine
from dcim.models.audits import SEEN_ELSEWHERE

Values = dict[str, Any]


def note_unchecked(audits: Sequence[RackAudit], user: User | None) -> None:
    """Give every device of the racks that `user` may see and nobody judged a line that says so.

    The caller holds the transaction.
    """
    if user is None:
        return
    of_rack = {audit.rack_id: audit for audit in audits}
    devices = access.visible(Device, user).filter(rack__in=of_rack)
    judged = RackAuditLine.objects.filter(audit__in=audits, device__isnull=False)
    rows = devices.exclude(pk__in=judged.values("device")).values_list("pk", "rack_id")
    now = timezone.now()
    insert_rows(
        [
            RackAuditLine(
                audit=of_rack[rack],
                device_id=device,
                result=AuditResult.UNCHECKED,
                user=user,
                checked=now,
            )
            for device, rack in rows
        ]
    )


def begin(rack: int, user: Actor) -> int:
    """The id of the rack's open audit; a new one where there is none.

    Raises Invalid or Denied where it cannot be started.
    """
    opened = RackAudit.objects.filter(rack=rack, status=AuditStatus.OPEN)
    if (found := opened.values_list("pk", flat=True).first()) is not None:
        return found
    try:
        return int(_create(RackAudit, {"rack": rack}, user))
    except Invalid:
        # Somebody else began in the same moment.
        found = opened.values_list("pk", flat=True).first()
        if found is None:
            raise
        return found


def judge(audit: int, about: Values, values: Values, user: Actor) -> int:
    """Note a judgement in the line of a device, or of what an unknown one is labelled.

    `about` is {"device": id} or {"label": text}. The last judgement counts: whoever else judged the
    same in the meantime stands in the history. Returns the line's id. Raises Invalid with messages
    by field, Denied without permission.
    """
    if values["result"] not in SEEN_ELSEWHERE:
        values = {**values, "position": None, "face": None}
    for _ in range(2):
        pk = _line(audit, about, user)
        if pk is not None:
            return _update(pk, values, user)
        try:
            return _create(RackAuditLine, {"audit": audit, **about, **values}, user)
        except Invalid:
            if _line(audit, about, user) is None:
                raise
    raise AssertionError("unreachable")


def _line(audit: int, about: Values, user: Actor) -> int | None:
    which = Q(device=about.get("device"))
    if "label" in about:
        which = Q(label__iexact=about["label"], result=AuditResult.UNKNOWN)
    rows = access.visible(RackAuditLine, user).filter(which, audit=audit)
    return rows.values_list("pk", flat=True).first()


def _create(model: Any, values: Values, user: Actor) -> int:
    [made] = write.create(of_model(model), [_checked(model, values, user, partial=False)], user)
    return int(made.pk)


def _update(pk: int, values: Values, user: Actor) -> int:
    resource = of_model(RackAuditLine)
    write.update(resource, [(pk, _checked(RackAuditLine, values, user, partial=True))], user)
    return pk


def _checked(model: Any, values: Values, user: Actor, *, partial: bool) -> Values:
    """The values as the resource's serializer lets them through; raises Invalid."""
    context: Values = {"user": user, "references": {}}
    serializer = of_model(model).serializer_class(data={}, partial=partial, context=context)
    try:
        return dict(serializer.run_validation(values))
    except exceptions.ValidationError as error:
        detail: Any = error.detail
        raise Invalid([{name: [*map(str, texts)] for name, texts in detail.items()}]) from None


def sentences(error: Invalid) -> str:
    """What is wrong, as one text."""
    texts = [str(text) for item in error.items for found in item.values() for text in found]
    return " ".join(dict.fromkeys(texts))
