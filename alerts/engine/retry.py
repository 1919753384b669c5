"""When a failed delivery is tried again; pure."""

from __future__ import annotations

FIRST, FACTOR, LONGEST = 10.0, 3.0, 3600.0  # seconds
ATTEMPTS = 9  # about three and a half hours in all
JITTER = 0.2

# Answers that another attempt may change: RFC 9110 (408), RFC 8470 (425), RFC 6585 (429).
PASSING = frozenset({408, 425, 429})


def is_permanent(status: int) -> bool:
    """Whether an answer says that the same request would fail again."""
    return 300 <= status < 500 and status not in PASSING


def delay(attempts: int, chance: float, wanted: float | None = None) -> float | None:
    """Seconds until the next attempt after `attempts` failed ones; None to give up.

    They grow threefold up to an hour. `chance`, from 0 to 1, spreads them by a fifth either way, so
    that what failed together does not come back together. `wanted` is what the receiver asked for
    (`Retry-After`), of which at most an hour is granted.
    """
    if attempts >= ATTEMPTS:
        return None
    seconds = min(FIRST * FACTOR ** max(attempts - 1, 0), LONGEST)
    seconds *= 1 + JITTER * (2 * chance - 1)
    return max(seconds, min(wanted, LONGEST)) if wanted else seconds
