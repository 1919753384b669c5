"""Changes of a floor plan as one document: all of them or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from rest_framework import exceptions

from core import access, write
from core.errors import Denied, Invalid, Stale
from core.read import ReadContext
from core.registry import of_model
from core.resource import Resource
from facilities.engine.shapes import Rect, overlapping
from facilities.floor.document import SHEET, load
from facilities.floor.sources import PLACE, Source, Standing, source_of
from facilities.models import FloorPlan
from facilities.models.floor_plans import SHEET_MAX

PLAN = "plan"
NEW = "new"
CHANGES_MAX = 5_000
UNKNOWN = "There is no such thing here."
Json = dict[str, Any]


class Refused(Exception):
    """Nothing was changed; `errors` has the sentences by key."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass
class Batch:
    """What is to be done with the things of one source: bodies by key."""

    create: dict[str, Json] = field(default_factory=dict)
    update: dict[str, tuple[int, Json]] = field(default_factory=dict)
    remove: dict[str, int] = field(default_factory=dict)


def change(plan_id: int, asked: Json, context: ReadContext) -> tuple[FloorPlan, dict[str, str]]:
    """Change a plan that the user sees and may change; returns it and the keys of new things.

    `asked` has the body of a request: version, plan, put, remove. Raises Refused, and Stale for a
    version that is no longer the present one.
    """

    def work() -> tuple[FloorPlan, dict[str, str]]:
        with transaction.atomic():
            plan = (
                access.visible(FloorPlan, context.user)
                .select_for_update(of=("self",), no_key=True)
                .get(pk=plan_id)
            )
            if (version := asked.get("version")) is not None:
                current = load(plan, context).version
                if version != current:
                    raise Stale(current)
            made = _Change(plan, context.user).run(asked)
            plan.refresh_from_db()
            return plan, made

    return write.retrying(work)


class _Change:
    """One change of one plan, within its transaction."""

    def __init__(self, plan: FloorPlan, user: access.Actor) -> None:
        self.plan = plan
        self.user = user
        self.errors: dict[str, list[str]] = {}

    def run(self, asked: Json) -> dict[str, str]:
        """Do everything: take off before things move, move before new ones come."""
        batches = self.sorted(asked)
        self.stop()
        if asked.get(PLAN):
            self.change_plan(asked[PLAN])
        made: dict[str, str] = {}
        for source, batch in batches.items():
            self.remove(source, batch)
            if source.exclusive:
                self.check_room(source, batch)
        for source, batch in batches.items():
            self.update(source, batch)
        for source, batch in batches.items():
            made |= self.create(source, batch)
        return made

    def stop(self) -> None:
        """Raise Refused when something is wrong."""
        if self.errors:
            raise Refused(self.errors)

    # what is asked

    def sorted(self, asked: Json) -> dict[Source, Batch]:
        """What is asked by source; faults are noted."""
        put, remove = asked.get("put") or [], asked.get("remove") or []
        if not isinstance(put, list) or not isinstance(remove, list):
            raise Refused({"__all__": ["Give `put` and `remove` as lists."]})
        if len(put) + len(remove) > CHANGES_MAX:
            raise Refused({"__all__": [f"At most {CHANGES_MAX:,} things can be changed at once."]})
        numbers: dict[Source, dict[int, tuple[str, Json | None]]] = defaultdict(dict)
        found: dict[Source, Batch] = defaultdict(Batch)
        for each in (*put, *({"key": key, "remove": True} for key in remove)):
            key = each.get("key") if isinstance(each, dict) else None
            prefix, _, rest = str(key).partition(":")
            if isinstance(key, str) and prefix == NEW and not each.get("remove"):
                item = source_of("item")
                assert item is not None
                found[item].create[key] = self.body(item, each)
                continue
            source = source_of(prefix)
            if not isinstance(key, str) or source is None or not _is_id(rest):
                self.errors[str(key)[:100]] = [UNKNOWN]
                continue
            body = None if each.get("remove") is True else self.body(source, each)
            numbers[source][int(rest)] = (key, body)
        for source, wanted in numbers.items():
            self.place(source, wanted, found[source])
        return found

    def body(self, source: Source, each: Json) -> Json:
        """Those of the values that a place of this source has."""
        return {name: each[name] for name in source.fields if name in each}

    def place(
        self, source: Source, wanted: Mapping[int, tuple[str, Json | None]], batch: Batch
    ) -> None:
        """Which of the things have a place already."""
        rows = access.visible(source.model, self.user)
        if not source.owner:
            known = set(rows.filter(plan=self.plan.pk, pk__in=wanted).values_list("pk", flat=True))
            places = {pk: pk for pk in known}
            owners: dict[int, Any] = {}
        else:
            found = rows.filter(**{f"{source.owner}__in": list(wanted)})
            places = dict(found.values_list(source.owner, "pk"))
            owners = {row.pk: row for row in source.owners(self.user).filter(pk__in=wanted)}
            known = set(owners)
        for number, (key, body) in wanted.items():
            if number not in known or (body is None and number not in places):
                self.errors[key] = [UNKNOWN]
            elif body is None:
                batch.remove[key] = places[number]
            elif number in places:
                moved = {PLAN: self.plan, **body} if source.owner else body
                batch.update[key] = (places[number], moved)
            else:
                given = source.defaults(owners[number])
                batch.create[key] = {**given, **body, source.owner: owners[number]}

    def check_room(self, source: Source, batch: Batch) -> None:
        """Name what would be overlapped; the database refuses it too, but names nothing."""
        changed = {**batch.create, **{key: body for key, (_, body) in batch.update.items()}}
        context = ReadContext(user=self.user)
        things = {each.key: each for each in source.standing(self.plan, context)}
        names = {key: thing.label for key, thing in things.items()}
        rects = {key: _rect(body, things.get(key), source) for key, body in changed.items()} | {
            key: _rect({}, thing, source) for key, thing in things.items() if key not in changed
        }
        known = {key: rect for key, rect in rects.items() if rect is not None}
        keys = list(known)
        for pair in overlapping(list(known.values())):
            for one, other in (pair, pair[::-1]):
                if keys[one] in changed:
                    owner = changed.get(keys[other], {}).get(source.owner)
                    name = names.get(keys[other]) or str(owner)
                    self.errors.setdefault(keys[one], []).append(f"Overlaps {name}.")
        self.stop()

    # doing it

    def change_plan(self, values: Any) -> None:
        """Change the sheet itself."""
        if not isinstance(values, dict):
            raise Refused({PLAN: ["Give an object of values."]})
        resource = of_model(FloorPlan)
        body = {name: values[name] for name in SHEET if name in values}
        found = self.validated(resource, {PLAN: body}, partial=True)
        with self.telling(resource, [PLAN]):
            write.update(resource, [(self.plan.pk, found[PLAN])], self.user)

    def remove(self, source: Source, batch: Batch) -> None:
        """Take things off the plan; what is only there is deleted."""
        if batch.remove:
            resource = of_model(source.model)
            with self.telling(resource, list(batch.remove)):
                write.delete(resource, list(batch.remove.values()), self.user)

    def update(self, source: Source, batch: Batch) -> None:
        """Move what stands somewhere."""
        if not batch.update:
            return
        resource = of_model(source.model)
        bodies = {key: body for key, (_, body) in batch.update.items()}
        values = self.validated(resource, bodies, partial=True)
        changes = [(pk, values[key]) for key, (pk, _) in batch.update.items()]
        with self.telling(resource, list(batch.update)):
            write.update(resource, changes, self.user)

    def create(self, source: Source, batch: Batch) -> dict[str, str]:
        """Put what stood nowhere; the keys of what is new."""
        if not batch.create:
            return {}
        resource = of_model(source.model)
        bodies = {key: {**body, PLAN: self.plan} for key, body in batch.create.items()}
        values = self.validated(resource, bodies, partial=False)
        with self.telling(resource, list(batch.create)):
            rows = write.create(resource, list(values.values()), self.user)
        return {
            key: source.key(row.pk)
            for key, row in zip(batch.create, rows, strict=True)
            if not source.owner
        }

    def validated(
        self, resource: Resource, bodies: Mapping[str, Json], *, partial: bool
    ) -> dict[str, Json]:
        """The values of each body; raises Refused."""
        serializer = resource.serializer_class(
            data={}, partial=partial, context={"user": self.user, "references": {}}
        )
        found = {}
        for key, body in bodies.items():
            try:
                found[key] = serializer.run_validation(body)
            except exceptions.ValidationError as error:
                detail: Any = error.detail
                self.errors[key] = sentences(resource, detail)
        self.stop()
        return found

    def telling(self, resource: Resource, keys: Sequence[str]) -> _Telling:
        """Turns messages by position into messages by key."""
        return _Telling(resource, keys)


class _Telling:
    """Turns Invalid into Refused, and lets Denied through."""

    def __init__(self, resource: Resource, keys: Sequence[str]) -> None:
        self.resource = resource
        self.keys = keys

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Invalid) and not isinstance(error, Denied):
            told = {
                key: sentences(self.resource, messages)
                for key, messages in zip(self.keys, error.items, strict=False)
                if messages
            }
            raise Refused(told) from error


def sentences(resource: Resource, messages: Mapping[str, Any]) -> list[str]:
    """Messages by field as sentences that name the field where it is not plain."""
    found = []
    for name, told in messages.items():
        plain = name in ("__all__", "non_field_errors", "rack", "equipment", PLAN)
        label = "" if plain or not resource.has_field(name) else resource.field(name).label
        for text in told if isinstance(told, list) else [told]:
            found.append(f"{label}: {text}" if label else str(text))
    return found


def _rect(body: Json, thing: Standing | None, source: Source) -> Rect | None:
    """Where a thing would stand; None where what is asked is no place, which is told later."""
    x, y, rotation = (body.get(name, getattr(thing, name, 0)) for name in PLACE)
    if not all(isinstance(each, int) and 0 <= each <= SHEET_MAX for each in (x, y, rotation)):
        return None
    width, depth = (thing.width, thing.depth) if thing else source.size(body[source.owner])
    return Rect(x, y, width, depth, rotation)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
