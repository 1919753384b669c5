"""Regular expressions that people write, held against a text for a bounded time.

Python's own `re` tries every way a pattern might fit, which takes for ever with some, and cannot be
stopped. `regex` reads the same syntax and can.
"""

from __future__ import annotations

from functools import lru_cache

import regex

SECONDS = 0.1  # of the processor
TOO_SLOW = "This regular expression takes too long."


class PatternFault(ValueError):
    """What is wrong with a pattern, in a sentence."""


@lru_cache(maxsize=256)
def compiled(source: str, *, ignore_case: bool = False) -> regex.Pattern[str]:
    """The pattern. Raises PatternFault where it is none."""
    try:
        return regex.compile(source, regex.IGNORECASE if ignore_case else 0)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise PatternFault(f"Invalid regular expression: {error}.") from None


def found_in(source: str, text: str, *, ignore_case: bool = False, start: bool = False) -> bool:
    """Whether the pattern fits somewhere in `text`, or at its `start`.

    Raises PatternFault for one that is none or that takes longer than `SECONDS`.
    """
    pattern = compiled(source, ignore_case=ignore_case)
    try:
        found = (pattern.match if start else pattern.search)(text, timeout=SECONDS)
    except TimeoutError:
        raise PatternFault(TOO_SLOW) from None
    return found is not None
