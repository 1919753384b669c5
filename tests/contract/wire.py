"""The wire format as listed, and what is not asked of Headroom."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ENDPOINTS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "api_endpoints.json").read_text()
)

SERVED = (
    *(p for p in ENDPOINTS if p.startswith(("/api/dcim/", "/api/tenancy/"))),
    "/api/extras/tags/",
    "/api/extras/tagged-objects/",
    "/api/extras/journal-entries/",
    "/api/extras/image-attachments/",
    "/api/extras/custom-fields/",
    "/api/extras/custom-field-choice-sets/",
    "/api/extras/custom-links/",
    "/api/extras/export-templates/",
    "/api/extras/saved-filters/",
    "/api/extras/table-configs/",
    "/api/extras/config-contexts/",
    "/api/extras/webhooks/",
    "/api/extras/event-rules/",
    "/api/users/users/",
    "/api/users/groups/",
    "/api/users/permissions/",
    "/api/users/tokens/",
    "/api/core/jobs/",
    "/api/core/object-changes/",
    "/api/core/object-types/",
)

# References to records that Headroom does not have: null in responses, not writable.
ABSENT = re.compile(
    r"(list<)?ref:(users\.owner|ipam\.|virtualization\.|vpn\.|wireless\."
    r"|circuits\.|extras\.config(template|contextprofile)|core\.data(source|file))"
)


def is_absent(spec: dict[str, Any]) -> bool:
    """Whether a listed field refers to something Headroom does not have."""
    return bool(ABSENT.match(spec["type"]))
