"""An answer as REST and pages tell it, for somebody who may not see everything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from capacity.engine.placement import Answer, Binding, Item, Rule, Shortage
from capacity.finder.asking import Question
from capacity.finder.check import Overload
from capacity.finder.room import Found
from capacity.models import CoolingLoop
from capacity.store import PLACES
from core import registry
from core.read import ReadContext
from dcim.models import DeviceType, PowerOutlet
from power.reckoning import MODELS, Json
from racks.models import Rack

LABELS = {
    Rule.SPACE: "rack units",
    Rule.RESERVATION: "reservations",
    Rule.WEIGHT: "weight of racks",
    Rule.FLOOR_LOAD: "floor load",
    Rule.POINT_LOAD: "point load",
    Rule.AIR_COOLING: "air cooling",
    Rule.LIQUID_COOLING: "liquid cooling",
    Rule.POWER: "contracted power",
    Rule.OUTLET: "free outlets",
    Rule.DIVERSITY: "A/B feeds",
    Rule.FEED: "feeds, PDUs and banks",
    Rule.UPSTREAM: "power above the panels",
    Rule.PORT: "switch ports",
    Rule.AT_MOST: "the most to a rack",
    Rule.KEEP: "the share to keep free",
}
UNITS = {
    Rule.SPACE: "U",
    Rule.RESERVATION: "U",
    Rule.WEIGHT: "kg",
    Rule.FLOOR_LOAD: "kg",
    Rule.POINT_LOAD: "kg",
    Rule.OUTLET: "outlets",
    Rule.PORT: "ports",
    Rule.AT_MOST: "devices",
    Rule.DIVERSITY: "devices",
}
_HALVES = (Rule.SPACE, Rule.RESERVATION)
_HIDDEN = {"hidden": True}


class Teller:
    """Loads what an answer names, one statement a kind of thing, and tells it."""

    def __init__(self, asked: Question, found: Found, context: ReadContext) -> None:
        self.asked, self.found, self.context = asked, found, context
        self.known: dict[str, dict[int, Json]] = {}

    def names(self, kind: str, model: Any, ids: Iterable[int]) -> None:
        """Load the brief forms of some rows."""
        resource = registry.of_model(model)
        table = self.known.setdefault(kind, {})
        wanted = set(map(int, ids)) - set(table)
        if wanted:
            loaded = self.context.load(resource, tuple(resource.nested), wanted)
            table.update({pk: loaded.get(pk, _HIDDEN) for pk in wanted})

    def of(self, kind: str, pk: int) -> Json:
        """The brief form of a row; `hidden` where it may not be seen."""
        return self.known.get(kind, {}).get(int(pk), _HIDDEN)

    def tell(self, answer: Answer, items: Sequence[Item], over: Sequence[Overload]) -> Json:
        """Everything about an answer."""
        self._load(answer, over)
        given = self.asked.given["devices"]
        return {
            "status": answer.status.value,
            "asked": answer.asked,
            "fits": answer.fits,
            "most": answer.most,
            "seconds": round(answer.seconds, 2),
            "gap": round(answer.gap, 4),
            "aims": [
                {
                    "goal": each.aim.goal.value,
                    "level": each.aim.level.value,
                    "value": each.value,
                    "bound": each.bound,
                    "gap": round(each.gap, 4),
                }
                for each in answer.aims
            ],
            "items": [self._item(each, item) for each, item in zip(given, items, strict=True)],
            "positions": [
                {
                    "item": each.item,
                    "device_type": self.of("type", given[each.item]["device_type"]),
                    "rack": self.of("rack", each.rack),
                    "rack_id": each.rack,
                    "position": None if each.low is None else each.low / 2,
                    "u_height": items[each.item].height / 2,
                    "face": None if each.low is None else each.face.value,
                    "outlets": [self.of("outlet", pk) for pk in each.outlets],
                    "outlet_ids": list(each.outlets),
                    "feeds": [self._feed(side) for side in each.sides],
                }
                for each in answer.positions
            ],
            "assumptions": [
                {
                    "rule": each.rule.value,
                    "count": each.count,
                    "sentence": _assumed(each.rule, each.count, each.of_items),
                }
                for each in answer.assumptions
            ],
            "binding": [self._binding(each, answer) for each in answer.binding],
            "together": [each.value for each in answer.together],
            "verified": not over,
            "overloads": [
                {
                    "node": self._node((each.site, each.node)),
                    "percent": round(each.after, 1),
                    "percent_now": round(each.before, 1),
                }
                for each in over
            ],
        }

    def _load(self, answer: Answer, over: Sequence[Overload]) -> None:
        self.names("type", DeviceType, self.asked.types)
        racks = {each.rack for each in answer.positions}
        nodes = [(each.site, each.node) for each in over]
        nodes += [self._feed_node(s) for each in answer.positions for s in each.sides]
        for each in answer.binding:
            for short in each.shortages:
                if short.of == "rack":
                    racks.add(short.index)
                elif short.of == "node":
                    nodes.append(self.found.nodes_of[short.index])
                elif short.of == "group":
                    kind, pk = self.found.groups[short.budget][short.index]
                    self.names(kind, CoolingLoop if kind == "loop" else PLACES[kind], [pk])
        self.names("rack", Rack, racks)
        outlets = {pk for each in answer.positions for pk in each.outlets}
        self.names("outlet", PowerOutlet, outlets)
        wanted: dict[str, set[int]] = {}
        for node in set(nodes):
            kind, pk = self._reference(node)
            wanted.setdefault(kind, set()).add(pk)
        for kind, ids in wanted.items():
            self.names(kind, MODELS[kind], ids)

    def _feed_node(self, side: int) -> tuple[int, int]:
        return self.found.nodes_of[int(self.found.nodes.feed[side])]

    def _feed(self, side: int) -> Json:
        return self._node(self._feed_node(side))

    def _reference(self, node: tuple[int, int]) -> tuple[str, int]:
        name = self.found.reckonings[node[0]].up.name(node[1])
        kind, _, pk = name.partition(":")
        return kind, int(pk)

    def _node(self, node: tuple[int, int]) -> Json:
        return self.of(*self._reference(node))

    def _item(self, given: Json, item: Item) -> Json:
        unknown = item.watts != item.watts
        return {
            "device_type": self.of("type", given["device_type"]),
            "count": item.count,
            "u_height": item.height / 2,
            "watts": None if unknown else round(item.watts, 1),
            "weight_kg": None if item.weight != item.weight else round(item.weight, 2),
            "feeds": item.inputs,
            "feeds_required": item.required if item.inputs else 0,
            "diverse": item.diverse,
        }

    def _binding(self, binding: Binding, answer: Answer) -> Json:
        label = LABELS[binding.rule]
        fits = "all would fit" if binding.enough else f"{binding.fits} of {answer.asked} would fit"
        return {
            "rule": binding.rule.value,
            "label": label,
            "fits": binding.fits,
            "enough": binding.enough,
            "proved": binding.proved,
            "sentence": f"Without the limits of {label}, {fits}.",
            "shortages": [self._shortage(each) for each in binding.shortages],
        }

    def _shortage(self, short: Shortage) -> Json:
        place: Json = {}
        if short.of == "rack":
            place = self.of("rack", short.index)
        elif short.of == "node":
            place = self._node(self.found.nodes_of[short.index])
        elif short.of == "group":
            place = self.of(*self.found.groups[short.budget][short.index])
        unit = UNITS.get(short.rule, "W")
        amount = short.amount / 2 if short.rule in _HALVES else short.amount
        name = place.get("display", "something that you may not see" if place else "the row")
        return {
            "rule": short.rule.value,
            "place": place,
            "amount": round(amount, 1),
            "unit": unit,
            "sentence": f"{amount:,.10g} {unit} more at {name}"
            if amount
            else f"What stands in {name} would have to be moved together.",
        }


def _assumed(rule: Rule, count: int, of_items: bool) -> str:
    if count == 1:
        what = "one kind of devices" if of_items else "one limit"
        return f"Of {LABELS[rule]} {what} is not recorded; it was taken not to matter."
    what = "kinds of devices" if of_items else "limits"
    return f"Of {LABELS[rule]} {count} {what} are not recorded; they were taken not to matter."
