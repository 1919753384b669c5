"""What happens when something fails, over REST; nothing is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core import access, registry
from core.rest import read_context
from dcim.models import Device, DeviceRole
from facilities.models import Location, Tenant
from power.api.asked import Asked, PowerView, asked
from power.api.describe import PowerSchema
from power.api.views import devices_told
from power.engine import Simulation, Stage, simulate
from power.models import RedundancyGroup
from power.plant import NODES
from power.reckoning import (
    MODELS,
    Names,
    Reckoning,
    load,
    number,
    share_of,
    visible,
)

Json = dict[str, Any]
SHOWN = 1000  # devices named a stage
MOST_FAILED = 1000
CHANGED = 0.5  # VA; smaller changes are not told
GROUPS = ("group", "location")


def failed_nodes(found: Reckoning, words: Iterable[Any], user: access.Actor) -> list[int]:
    """The nodes that references such as `equipment:12` mean; raises ValidationError."""
    chosen: list[int] = []
    for word in words:
        kind, colon, text = str(word).partition(":")
        number_ = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
        nodes = _nodes(found, kind, number_, user) if colon else []
        if not nodes:
            sentence = f"There is no node {str(word)[:100]} in these sites."
            raise ValidationError({"fail": [sentence]})
        chosen += nodes
    return sorted(set(chosen))


def _nodes(found: Reckoning, kind: str, pk: int, user: access.Actor) -> list[int]:
    plant = found.plant
    if kind in NODES:
        if not access.visible(MODELS[kind], user).filter(pk=pk).exists():
            return []
        return plant.find(kind, pk)
    if kind == "inlet":
        here = plant.nodes("pdu")
        nodes = here.start + np.flatnonzero(plant.pk[here] == pk)
        return [int(node) for node in visible(plant, nodes, user)]
    if kind == "group":
        if not access.visible(RedundancyGroup, user).filter(pk=pk).exists():
            return []
        return [int(n) for n in np.flatnonzero(plant.tables["equipment"]["group"] == pk)]
    if kind == "location":
        if not access.visible(Location, user).filter(pk=pk).exists():
            return []
        below = Location.objects.filter(path__contains=[pk]).order_by()
        ids = np.fromiter(below.values_list("pk", flat=True), dtype=np.int64)
        room = np.isin(plant.location, ids)
        room[plant.nodes("link")] = False
        room[plant.start["bank"] :] = False
        return [int(node) for node in np.flatnonzero(room)]
    return []


def added(found: Reckoning, given: Any, user: access.Actor) -> np.ndarray | None:
    """Extra W at each node; raises ValidationError."""
    if not given:
        return None
    extra = np.zeros(len(found.plant.pk))
    if not isinstance(given, list):
        raise ValidationError({"extra": ['Give a list of {"node": "feed:3", "watts": 5000}.']})
    for each in given[:MOST_FAILED]:
        watts: Any = each.get("watts") if isinstance(each, dict) else None
        good = isinstance(watts, int | float) and not isinstance(watts, bool)
        if not good or not 0 <= watts < 1e12 or "node" not in each:
            raise ValidationError({"extra": ['Each is {"node": "feed:3", "watts": 5000}.']})
        nodes = failed_nodes(found, [each["node"]], user)
        extra[nodes] += watts / len(nodes)
    return extra


def told(
    query: Asked, words: Iterable[Any], extra: Any, context: Any, *, full: bool = True
) -> Json:
    """What happens when some nodes fail: stage by stage, and what carries more or less."""
    found = query.reckoning()
    nodes = failed_nodes(found, words, context.user)
    simulation = simulate(found.plant.graph, found.demand, nodes, added(found, extra, context.user))
    names = Names(found.plant, context)
    return {
        "basis": found.basis.name.lower(),
        "failed": [names.want([node]).of(node) for node in nodes[:SHOWN]],
        "stages": [_stage(found, each, simulation, context) for each in simulation.stages],
        "changed": _changed(found, simulation, context) if full else [],
    }


def _stage(found: Reckoning, stage: Stage, simulation: Simulation, context: Any) -> Json:
    gone = np.flatnonzero(simulation.now.up & ~stage.flow.up)
    plant = found.plant
    upper = np.arange(plant.start["outlet"])
    percent = share_of(stage.flow.watts, stage.flow.va, plant)
    over = visible(plant, upper[np.nan_to_num(percent[upper]) > 100.0001], context.user)
    stored = [each.node for each in stage.stored]
    seen = set(map(int, visible(plant, np.array(stored, dtype=np.int64), context.user)))
    names = Names(plant, context).want([*map(int, over), *stored])
    rows = plant.rows
    return {
        "stage": stage.name,
        "after_s": number(stage.after, 0),
        "down": _down(found, gone, context),
        "overloaded": [
            {
                **names.of(int(node)),
                "load": load(
                    stage.flow.watts[node], stage.flow.var[node], stage.flow.amperes[node]
                ),
                "usable": {
                    "w": number(rows.usable_w[node]),
                    "va": number(rows.usable_va[node]),
                },
                "percent": number(percent[node]),
                "over_va": number(max(stage.flow.va[node] - rows.usable_va[node], 0)),
            }
            for node in over[np.argsort(-percent[over], kind="stable")]
        ],
        "storage": [
            {
                **names.of(each.node),
                "carried_kw": number(each.watts / 1000, 2),
                "minutes": number(each.seconds / 60),
                "over_discharge_kw": number(each.excess / 1000, 2),
            }
            for each in stage.stored
            if each.node in seen
        ],
    }


def _down(found: Reckoning, gone: np.ndarray, context: Any) -> Json:
    """Who goes down: how many and how much in all, by tenant and role, and by name."""
    table = found.plant.tables["device"]
    ids = set(map(int, table["id"][gone]))
    rows = access.visible(Device, context.user).filter(pk__in=ids).order_by()
    seen = np.fromiter(rows.values_list("pk", flat=True), dtype=np.int64)
    shown = gone[np.isin(table["id"][gone], seen)]
    return {
        "count": len(gone),
        "hidden": int(len(gone) - len(shown)),
        "watts": number(found.demand.watts[gone].sum()),
        "by_tenant": _by(found, shown, "tenant", Tenant, context),
        "by_role": _by(found, shown, "role", DeviceRole, context),
        "devices": devices_told(found, shown[:SHOWN], context),
    }


def _by(found: Reckoning, places: np.ndarray, column: str, model: Any, context: Any) -> list[Json]:
    table = found.plant.tables["device"]
    ids = [int(pk) for pk in table[column][places]]
    watts: dict[int, float] = defaultdict(float)
    for pk, place in zip(ids, places, strict=True):
        watts[pk] += float(found.demand.watts[place])
    resource = registry.of_model(model)
    names = context.load(resource, tuple(resource.nested), [pk for pk in set(ids) if pk])
    return [
        {column: names.get(pk), "count": count, "watts": number(watts[pk])}
        for pk, count in Counter(ids).most_common()
    ]


def _changed(found: Reckoning, simulation: Simulation, context: Any) -> list[Json]:
    """Nodes whose figures differ in the state that lasts, for the diagram."""
    plant = found.plant
    now, after = simulation.now, simulation.stages[-1].flow
    upper = np.arange(plant.start["bank"])
    moved = np.abs(after.va[upper] - now.va[upper]) > CHANGED
    moved |= after.live[upper] != now.live[upper]
    nodes = visible(plant, upper[moved], context.user)
    percent = share_of(after.watts, after.va, plant)
    inlets = plant.start["pdu"]
    return [
        {
            "id": f"{'inlet' if node >= inlets else plant.kind_of(int(node))}:{plant.pk[node]}",
            "live": bool(after.live[node]),
            "stored": bool(simulation.stages[0].flow.stored[node]),
            "w": number(after.watts[node], 0),
            "va": number(after.va[node], 0),
            "percent": number(percent[node]),
        }
        for node in nodes
    ]


class SimulateView(PowerView):
    """What happens when nodes fail at once: who goes down, what is overloaded, what batteries do.

    `fail` names equipment, links, panels, feeds, PDUs, a redundancy group or a whole room:
    `equipment:12`, `link:3`, `panel:1`, `feed:7`, `pdu:DEVICE`, `group:2`, `location:5`. `extra` is
    load to add: `{"node": "feed:3", "watts": 5000}`. Stages are what happens at once (batteries
    carry), once generators run, and what lasts. Nothing is written.
    """

    only_asks = True
    schema = PowerSchema()
    parameters: ClassVar[list[Json]] = []
    body: ClassVar[Json] = {
        "type": "object",
        "properties": {
            "site": {"description": "Id or slug, or a list of them."},
            "location": {"description": "Id or slug, or a list of them."},
            "basis": {"type": "string"},
            "fail": {"type": "array", "items": {"type": "string"}},
            "extra": {"type": "array", "items": {"type": "object"}},
        },
    }

    def post(self, request: Request) -> Response:
        """The stages and the changes."""
        given = request.data
        if not isinstance(given, dict):
            raise ValidationError({"non_field_errors": ["Send an object with fail."]})
        query = asked(
            _listed(given.get("site")),
            _listed(given.get("location")),
            given.get("basis"),
            self.user,
        )
        words = given.get("fail") or []
        if not isinstance(words, list) or len(words) > MOST_FAILED:
            raise ValidationError({"fail": [f"Give a list of at most {MOST_FAILED:,} nodes."]})
        return Response(told(query, words, given.get("extra"), read_context(request)))


def _listed(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        raise ValidationError({"site": ["Give an id or a slug."]})
    return list(value) if isinstance(value, list) else [value]
