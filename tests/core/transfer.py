"""Files sent to the pages of import and got from those of export, for tests."""

from __future__ import annotations

from typing import Any

from django.test import Client

from core.transfer import importing


def bring(browser: Client, path: str, text: str, **more: Any) -> Any:
    """Import text for real."""
    return browser.post(f"/{path}/import/", {"text": text, "_import": "1", **more})


def check(browser: Client, path: str, text: str, **more: Any) -> importing.Report:
    """The report of a dry run."""
    report: importing.Report = browser.post(f"/{path}/import/", {"text": text, **more}).context[
        "report"
    ]
    return report


def export(browser: Client, address: str) -> bytes:
    answer = browser.get(address)
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content)


def faults(report: importing.Report) -> list[tuple[int, str]]:
    return [(fault.line, fault.column) for fault in report.faults]
