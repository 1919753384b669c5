"""How each rule of the reckoning's records is broken behind the triggers' back."""

from __future__ import annotations

from collections.abc import Callable

from tests.capacity.factories import CoolingLoopFactory, RackLimitFactory
from tests.core.behind import Statements, put


def loop_elsewhere() -> Statements:
    return put("capacity_racklimit", RackLimitFactory().pk, cooling_loop_id=CoolingLoopFactory().pk)


CAPACITY: dict[str, Callable[[], Statements]] = {"capacity_racklimit_loop_site": loop_elsewhere}
