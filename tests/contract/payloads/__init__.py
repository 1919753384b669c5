"""A valid body to create one row of each resource with, and rows of what it refers to.

A resource that can be written needs one entry: a function that makes what the row refers to and
returns the body. `filled` adds a value for every field left out, so that the contract tests meet
every field.
"""

from tests.contract.payloads import (
    capacity,
    devices,
    extras,
    places,
    power,
    types,
    watch,
)
from tests.contract.payloads.making import EXAMPLES, Body, Example, filled, minimal, rows

__all__ = [
    "EXAMPLES",
    "Body",
    "Example",
    "capacity",
    "devices",
    "extras",
    "filled",
    "minimal",
    "places",
    "power",
    "rows",
    "types",
    "watch",
]
