"""How rack audits stand, and what they say of a device."""

from __future__ import annotations

from django.db import models


class AuditStatus(models.TextChoices):
    """Whether somebody still walks the rack."""

    OPEN = "open", "Open"
    FINISHED = "finished", "Finished"


class AuditResult(models.TextChoices):
    """What was seen of a device in a rack."""

    FOUND = "found", "Found"
    MISSING = "missing", "Not there"
    MOVED = "moved", "Wrong position"
    EXTRA = "extra", "Found here"
    UNKNOWN = "unknown", "Unknown device"
    UNCHECKED = "unchecked", "Not checked"
