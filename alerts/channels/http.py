"""What the channels that speak HTTP share."""

from __future__ import annotations

import json
from typing import Any

from alerts import outbound
from alerts.channels.message import Failed
from alerts.engine import retry


def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """Send JSON; raises Failed unless it is taken."""
    told = {"Content-Type": "application/json", "User-Agent": "Headroom", **headers}
    try:
        answer = outbound.call("POST", url, told, body)
    except outbound.Refused as error:
        raise Failed(str(error), permanent=True) from error
    except outbound.Unreachable as error:
        raise Failed(str(error)) from error
    if not 200 <= answer.status < 300:
        sentence = f"The receiver answered {answer.status}."
        raise Failed(sentence, permanent=retry.is_permanent(answer.status))


def encoded(value: Any) -> bytes:
    """JSON as bytes."""
    return json.dumps(value, ensure_ascii=False).encode()


def address_fault(url: str) -> dict[str, list[str]]:
    """What is wrong with an address, by field."""
    found = outbound.fault(url)
    return {"address": [found]} if found else {}
