"""Figures of the reckoning as pages show them: with units, and `unknown` where nothing is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.read import ReadContext
from core.web.parts import use_level
from power.reckoning import Json, Names, Reckoning, causes, figures
from power.web.units import ampere, kilo, percent


def level(value: float | None, *, live: bool = True) -> str:
    """The step of the scale that a percentage is on, as a CSS class's end."""
    if not live:
        return "dead"
    if value is None:
        return "unknown"
    return str(use_level(value))


@dataclass(frozen=True)
class Line:
    """A node in a table."""

    node: str
    kind: str
    name: str
    url: str
    live: bool
    now: str
    amperes: str
    usable: str
    percent: str
    worst: str
    worst_percent: str
    worst_amperes: str
    worst_level: str
    cause: str
    cause_url: str
    headroom: str
    short: bool
    legs: list[tuple[str, str, str]]
    imbalance: str
    losses: str


def line(told: Json) -> Line:
    """A node of REST's answer as a line of a table."""
    worst, cause = told["worst"], told["worst"]["cause"]
    usable = told["usable"]
    margin = told["headroom"]
    by_watts = usable["va"] is None and usable["w"] is not None
    unit, key = ("W", "w") if by_watts else ("VA", "va")
    legs = [
        (leg["leg"], ampere(leg["a"]), ampere(after["a"]))
        for leg, after in zip(told["legs"] or [], worst["legs"] or [], strict=False)
    ]
    return Line(
        node=told.get("node", ""),
        kind=told["kind"],
        name=called(told),
        url=page_of(told),
        live=told["live"],
        now=kilo(told["load"][key], unit),
        amperes=ampere(told["load"]["a"]),
        usable=kilo(usable[key], unit),
        percent=percent(told["percent"]),
        worst=kilo(worst[key], unit),
        worst_percent=percent(worst["percent"]),
        worst_amperes=ampere(worst["a"]),
        worst_level=level(worst["percent"], live=told["live"]),
        cause=called(cause) if cause else "",
        cause_url=page_of(cause) if cause else "",
        headroom=kilo(margin[key], unit),
        short=margin[key] is not None and margin[key] < 0,
        legs=legs,
        imbalance=percent(told["imbalance"]),
        losses=kilo(told["losses_w"], "W") if told["losses_w"] else "",
    )


def called(told: Json) -> str:
    """What a node is called, also one that may not be named."""
    return told.get("display") or f"a {told['kind']} you may not see"


def page_of(told: Json) -> str:
    """The page of a node; nothing for one that may not be seen."""
    url = (told.get("object") or {}).get("url", "")
    return str(url).replace("/api/", "/", 1)


def lines(found: Reckoning, nodes: list[int], context: ReadContext) -> list[Line]:
    """Some nodes as lines; a statement a kind for their names."""
    names = Names(found.plant, context).want([*nodes, *causes(found, nodes)])
    return [line(figures(found, node, names)) for node in nodes]


def facts(found: Reckoning, context: ReadContext) -> dict[str, Any]:
    """What the demand rests on, for the foot of a page."""
    by_basis = found.demand.by_basis()
    told = [
        (basis.name.lower(), count, kilo(watts, "W"))
        for basis, (count, watts) in by_basis.items()
        if count and basis.name != "UNKNOWN"
    ]
    unknown = next(count for basis, (count, _) in by_basis.items() if basis.name == "UNKNOWN")
    return {
        "basis": found.basis.name.lower(),
        "rests_on": told,
        "unknown": unknown,
        "partial": int(found.demand.partial.sum()),
        "total": kilo(float(found.demand.watts.sum()), "W"),
    }
