"""Where devices can go: positions that break no rule, or what makes it impossible.

`solve(room, nodes, items, wishes)` is the door; docs/decisions/placement.md tells of the model.
"""

from capacity.engine.placement.answer import (
    Answer,
    Assumption,
    Binding,
    Position,
    Progress,
    Reached,
    Shortage,
    Status,
)
from capacity.engine.placement.finder import solve
from capacity.engine.placement.given import (
    Aim,
    Budget,
    Face,
    Goal,
    Item,
    Level,
    Nodes,
    Outlets,
    Ports,
    Room,
    Rule,
    Sparse,
    Wishes,
)

__all__ = [
    "Aim",
    "Answer",
    "Assumption",
    "Binding",
    "Budget",
    "Face",
    "Goal",
    "Item",
    "Level",
    "Nodes",
    "Outlets",
    "Ports",
    "Position",
    "Progress",
    "Reached",
    "Room",
    "Rule",
    "Shortage",
    "Sparse",
    "Status",
    "Wishes",
    "solve",
]
