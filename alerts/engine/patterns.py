"""Patterns of silences, routes and event rules, held against texts for a bounded time; pure.

One that would try ways to fit for ever must not hold up the alerts of all others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import regex

SECONDS = 0.1  # of the processor


class Pattern:
    """A pattern as Python's `re` reads it. Raises ValueError where it is none.

    Once it took longer than `SECONDS` it fits nothing any more in this process.
    """

    def __init__(self, source: str) -> None:
        try:
            self._compiled = regex.compile(source)
        except (regex.error, TypeError, RecursionError, OverflowError) as error:
            raise ValueError(str(error)) from None
        self.too_slow = False

    def fits(self, text: str) -> bool | None:
        """Whether it fits the whole text; None when that takes too long."""
        return self._held(lambda: self._compiled.fullmatch(text, timeout=SECONDS))

    def fits_in(self, text: str) -> bool | None:
        """Whether it fits anywhere in the text; None when that takes too long."""
        return self._held(lambda: self._compiled.search(text, timeout=SECONDS))

    def _held(self, test: Callable[[], object]) -> bool | None:
        if self.too_slow:
            return None
        try:
            return test() is not None
        except TimeoutError:
            self.too_slow = True
            return None


@lru_cache(maxsize=1024)
def pattern(source: str) -> Pattern:
    """The pattern of a source, read once."""
    return Pattern(source)
