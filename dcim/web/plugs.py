"""Which ports may be chosen for an end of a cable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.http import QueryDict

from core import access, registry
from core.access import Actor
from core.read import ReadContext
from core.resource import Resource
from dcim.cabling.places import path_to
from dcim.choices import VIRTUAL_INTERFACE_TYPES, WIRELESS_INTERFACE_TYPES
from dcim.models import CableTermination
from dcim.models.cables import COMPATIBLE

PLACES = ("site", "location", "rack", "device")
SHOWN_PORTS = 500
# By place the path to it of ports that belong to devices, the narrowest first.
OF_DEVICE = {
    "module": "module",
    "device": "device",
    "rack": "device__rack",
    "location": "device__location",
    "site": "device__site",
}
UNCABLED = (*VIRTUAL_INTERFACE_TYPES, *WIRELESS_INTERFACE_TYPES)
# In the order in which they are offered.
KINDS = (
    "interface",
    "powerport",
    "poweroutlet",
    "powerfeed",
    "frontport",
    "rearport",
    "consoleport",
    "consoleserverport",
)


def resource_of(kind: str) -> Resource:
    """The resource of a kind of port."""
    return registry.of_type(f"dcim.{kind}")


def token(kind: str, pk: int) -> str:
    """A port as the value of an option: `dcim.interface:5`."""
    return f"dcim.{kind}:{pk}"


def split(text: str) -> tuple[str, int] | None:
    """Kind and id of a token; None for what is none."""
    name, _, number = str(text).partition(":")
    kind = name.removeprefix("dcim.")
    if kind not in KINDS or not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return kind, int(number)


@dataclass(frozen=True)
class Option:
    """A port of the list: its value, what it is called, and whether it is chosen."""

    value: str
    label: str
    chosen: bool = False


@dataclass
class Plug:
    """What one end of a cable offers: kinds of ports with how many are free, and ports."""

    end: str
    kinds: list[tuple[str, str, int]] = field(default_factory=list)
    kind: str = ""
    options: list[Option] = field(default_factory=list)
    device_known: bool = False
    complete: bool = True

    @property
    def name(self) -> str:
        """The name of the form's field."""
        return f"{self.end}_terminations"

    @property
    def kind_name(self) -> str:
        """What several ports of the chosen kind are called."""
        return resource_of(self.kind).plural if self.kind else "ports"


def free(kind: str, user: Actor, cable: int | None, place: Mapping[str, int]) -> QuerySet[Any]:
    """The ports of a kind at a place that take a cable, or are an end of `cable` already."""
    resource = resource_of(kind)
    rows = access.restrict(resource.model._default_manager.all(), user)
    if hasattr(resource.model, "device"):
        path, name = next((p, n) for n, p in OF_DEVICE.items() if n in place)
        # Whoever may see a port may see that it is the device's, but not where that stands.
        way = access.along(resource.model, path, user) if "__" in path else Q()
        rows = rows.filter(way, **{path: place[name]})
    else:
        paths = {path_to(name, kind): pk for name, pk in place.items()}
        rows = rows.filter(**{path: pk for path, pk in paths.items() if path})
    taken = CableTermination.objects.filter(
        termination_type=ContentType.objects.get_for_model(resource.model),
        termination_id=OuterRef("pk"),
    )
    if cable is not None:
        taken = taken.exclude(cable=cable)
    rows = rows.filter(~Exists(taken), mark_connected=False)
    if kind == "interface":
        rows = rows.exclude(type__in=UNCABLED)
    return rows


def _kinds_at(place: Mapping[str, int]) -> list[str]:
    """The kinds of ports that can be looked for at a place."""
    if "device" in place:
        return [kind for kind in KINDS if hasattr(resource_of(kind).model, "device")]
    if not place:
        return []
    return [
        kind
        for kind in KINDS
        if not hasattr(resource_of(kind).model, "device")
        and any(path_to(name, kind) for name in place)
    ]


def counts(kinds: Sequence[str], *arguments: Any) -> dict[str, int]:
    """How many free ports of each kind there are; one statement."""
    parts = [
        free(kind, *arguments)
        .order_by()
        .values(_kind=Value(kind))
        .annotate(_n=Count("pk"))
        .values_list("_kind", "_n")
        for kind in kinds
    ]
    return dict(parts[0].union(*parts[1:], all=True)) if parts else {}


def described(row: dict[str, Any]) -> str:
    """A port with its type and label."""
    type_ = row.get("type") or {}
    words = [
        row["display"],
        type_.get("label") if isinstance(type_, dict) else "",
        row.get("label"),
    ]
    return " · ".join(str(word) for word in words if word)


def port_rows(
    kind: str, queryset: QuerySet[Any], user: Actor, *names: str, limit: int | None = None
) -> list[dict[str, Any]]:
    resource = resource_of(kind)
    wanted = ("id", "display", "type", "label", *names)
    # A feed's type is no type of plug.
    known = [n for n in wanted if resource.has_field(n) and (n != "type" or kind != "powerfeed")]
    columns = access.ordering(resource.model, resource.order_columns, user)
    ordered = queryset.order_by(*columns, "pk")[:limit]
    return list(resource.reader(tuple(known)).rows(ordered, ReadContext(user=user)))


def _chosen(kind: str, ids: Sequence[int], user: Actor, here: int | None) -> dict[int, str]:
    """Labels of chosen ports, with the device where it is not the one that is looked at."""
    resource = resource_of(kind)
    rows = access.restrict(resource.model._default_manager.filter(pk__in=ids), user)
    found = {}
    for row in port_rows(kind, rows, user, "device"):
        device = row.get("device")
        prefix = f"{device['display']} " if device and device["id"] != here else ""
        found[row["id"]] = prefix + described(row)
    return found


def plug(end: str, given: QueryDict, user: Actor, cable: int | None) -> Plug:
    """What end `a` or `b` offers for what is chosen so far at both ends.

    `given` has the ports of both ends as tokens, and of this end the place (`a_device`, …) and the
    kind. Only kinds that fit the ports at the other end are offered. A fixed number of statements.
    """
    place = {
        name: int(value)
        for name in PLACES
        if (value := given.get(f"{end}_{name}", "")).isdecimal() and len(value) < 19
    }
    near, far = _ports(given, end), _ports(given, "b" if end == "a" else "a")
    fitting = COMPATIBLE[far[0][0]] if far else set(KINDS)
    numbers = counts([kind for kind in _kinds_at(place) if kind in fitting], user, cable, place)
    kind = given.get(f"{end}_kind", "")
    if kind not in numbers:
        kind = near[0][0] if near else ""
    offered = [each for each in KINDS if numbers.get(each) or each == kind]
    found = Plug(end, kind=kind or (offered[0] if offered else ""), device_known="device" in place)
    found.kinds = [
        (each, resource_of(each).name.capitalize(), numbers.get(each, 0)) for each in offered
    ]
    if found.kind:
        ids = [pk for kind, pk in near if kind == found.kind]
        _offer(found, ids, user, cable, place if found.kind in numbers else None)
    return found


def _ports(given: QueryDict, end: str) -> list[tuple[str, int]]:
    texts = given.getlist(f"{end}_terminations")
    return [found for text in texts if (found := split(text))]


def _offer(
    found: Plug,
    chosen: Sequence[int],
    user: Actor,
    cable: int | None,
    place: Mapping[str, int] | None,
) -> None:
    """Fill in the chosen ports, then those that are free at the place."""
    here = (place or {}).get("device")
    labels = _chosen(found.kind, chosen, user, here) if chosen else {}
    found.options = [
        Option(token(found.kind, pk), labels[pk], True) for pk in chosen if pk in labels
    ]
    if place is None:
        return
    rows = free(found.kind, user, cable, place).exclude(pk__in=labels)
    shown = port_rows(found.kind, rows, user, limit=SHOWN_PORTS + 1)
    found.complete = len(shown) <= SHOWN_PORTS
    found.options += [
        Option(token(found.kind, row["id"]), described(row)) for row in shown[:SHOWN_PORTS]
    ]


def place_of(tokens: Sequence[str], user: Actor) -> dict[str, int]:
    """Where the first of these ports is, as far as the user may see it."""
    first = next((found for text in tokens if (found := split(text))), None)
    if first is None:
        return {}
    kind, pk = first
    resource = resource_of(kind)
    rows = access.restrict(resource.model._default_manager.filter(pk=pk), user).order_by()
    if hasattr(resource.model, "device"):
        paths = {
            "site": "device__site",
            "location": "device__location",
            "rack": "device__rack",
            "device": "device",
        }
    else:
        paths = {name: path for name in PLACES if (path := path_to(name, kind))}
    values = rows.values_list(*paths.values()).first() or ()
    return {name: value for name, value in zip(paths, values, strict=False) if value is not None}
