"""What may stand on floor plans. Upper apps register sources of their own things."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from django.db.models import Model, Q, QuerySet

from core import access
from core.access import Actor
from core.read import ReadContext
from core.registry import of_model
from facilities.choices import FloorItemKind
from facilities.models import FloorPlan, FloorPlanItem

UNPLACED_MAX = 2_000
PLACE = ("x", "y", "rotation")


@dataclass(frozen=True)
class Thing:
    """Something that may stand on a plan; sizes in mm before it is turned.

    `symbol` says what is drawn for it, where its kind does not.
    """

    key: str
    kind: str
    label: str
    width: int
    depth: int
    url: str = ""
    title: str = ""
    symbol: str = ""


@dataclass(frozen=True)
class Standing(Thing):
    """A thing in its place: x and y of its centre in mm, rotation in degrees clockwise.

    Clearances are what it wants in front and behind, in mm; None for none.
    """

    x: int = 0
    y: int = 0
    rotation: int = 0
    front_clearance: int | None = None
    rear_clearance: int | None = None


class Shade(Protocol):
    """A colour of six hexadecimal digits, what it means, and what is told of this one thing."""

    @property
    def color(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Colours:
    """The shades of things by key, and the legend: colours and meanings in order."""

    shades: Mapping[str, Shade] = field(default_factory=dict)
    legend: Sequence[tuple[str, str]] = ()


class Source:
    """Where things of one kind come from. A subclass names its parts and how it reads.

    `prefix` begins the keys of its things. `model` holds their places. `owner` is the field of
    `model` that names the thing; without one the row of `model` is the thing itself, and can be
    made new on a plan.
    """

    prefix: ClassVar[str]
    model: ClassVar[type[Model]]
    owner: ClassVar[str] = ""
    fields: ClassVar[Sequence[str]] = PLACE
    exclusive: ClassVar[bool] = False  # whether no two of its things may overlap

    def key(self, number: int) -> str:
        """The key of a thing."""
        return f"{self.prefix}:{number}"

    def standing(self, plan: FloorPlan, context: ReadContext) -> list[Standing]:
        """What stands on a plan and may be seen, in one statement."""
        raise NotImplementedError

    def unplaced(self, plan: FloorPlan, context: ReadContext) -> tuple[list[Thing], int]:
        """What belongs on the plan and stands on none, the first of it, and how many there are."""
        return [], 0

    def defaults(self, owner: Any) -> dict[str, Any]:
        """What a place of `owner` has where nothing is said."""
        return {}

    def size(self, owner: Any) -> tuple[int, int]:
        """Width and depth in mm of `owner`, for things that know their size themselves."""
        raise NotImplementedError

    def colourings(self) -> Sequence[tuple[str, str]]:
        """Name and label of the ways to colour these things."""
        return ()

    def colours(self, name: str, numbers: Collection[int], context: ReadContext) -> Colours:
        """The colours of things by one of `colourings`."""
        return Colours()

    # shared by subclasses

    def owners(self, user: Actor) -> QuerySet[Any]:
        """The things that `user` may see."""
        model: Any = self.model._meta.get_field(self.owner).related_model
        return access.visible(model, user)

    def places(self, plan: FloorPlan, user: Actor) -> QuerySet[Any]:
        """The places on a plan of things that `user` may see."""
        rows = access.visible(self.model, user).filter(plan=plan.pk)
        if not self.owner:
            return rows
        owners: Any = self.model._meta.get_field(self.owner).related_model
        if access.may_all(user, access.VIEW, owners):
            return rows
        return rows.filter(**{f"{self.owner}__in": self.owners(user).values("pk")})

    def belonging(self, plan: FloorPlan, user: Actor) -> QuerySet[Any]:
        """The things of the plan's site and hall that stand on no plan."""
        rows = self.owners(user).filter(site=plan.site_id)
        if plan.location_id is not None:
            rows = rows.filter(location__path__contains=[plan.location_id])
        return rows.filter(~Q(pk__in=self.model._default_manager.values(self.owner)))


_sources: dict[str, Source] = {}


def first(rows: QuerySet[Any], *columns: str) -> tuple[list[Any], int]:
    """Columns of the first `UNPLACED_MAX` rows by name, and how many rows there are."""
    found = list(rows.order_by("name_natural", "pk").values_list(*columns)[: UNPLACED_MAX + 1])
    count = len(found) if len(found) <= UNPLACED_MAX else rows.count()
    return found[:UNPLACED_MAX], count


def add_source(source: Source) -> None:
    """Let things of a source stand on plans. Raises ValueError when its prefix is taken."""
    if source.prefix in _sources:
        raise ValueError(f"there is a source of {source.prefix} already")
    _sources[source.prefix] = source


def sources() -> Iterable[Source]:
    """Every source, the lowest app's first."""
    return _sources.values()


def source_of(prefix: str) -> Source | None:
    """The source whose keys begin so."""
    return _sources.get(prefix)


class ItemSource(Source):
    """What has no record but its place: columns, doors, aisles."""

    prefix = "item"
    model = FloorPlanItem
    fields = (*PLACE, "kind", "label", "width", "depth")

    def standing(self, plan: FloorPlan, context: ReadContext) -> list[Standing]:
        """In the order they were made."""
        names = ("pk", "kind", "label", "x", "y", "width", "depth", "rotation")
        page = of_model(FloorPlanItem)
        labels = dict(FloorItemKind.choices)
        return [
            Standing(
                key=self.key(pk),
                kind=kind,
                label=label,
                width=width,
                depth=depth,
                url=page.display_url(pk, context.base),
                title=f"{label} · {labels[kind]}" if label else str(labels[kind]),
                x=x,
                y=y,
                rotation=rotation,
            )
            for pk, kind, label, x, y, width, depth, rotation in self.places(plan, context.user)
            .order_by("pk")
            .values_list(*names)
        ]


add_source(ItemSource())
