"""How many examples hypothesis makes up."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("EXAMPLES", "1"))


def examples(few: int) -> int:
    """A few for a quick run; `EXAMPLES` times as many where there is time, as .ci/run asks."""
    return few * TIMES
