"""What a request asks of the reckoning: sites, a place, a basis, a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Model, Q
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from core import access
from core.access import Actor
from facilities.models import Location, Site
from power.engine import Basis
from power.reckoning import MODELS, Reckoning, reckon

BASES = {basis.name.lower(): basis for basis in Basis if basis != Basis.UNKNOWN}


@dataclass(frozen=True)
class Asked:
    """Sites to reckon with (ids), locations to show (ids, None for all), and the basis."""

    sites: tuple[int, ...]
    locations: frozenset[int] | None
    basis: Basis

    def reckoning(self) -> Reckoning:
        """The reckoning of the sites."""
        return reckon(self.sites, self.basis)

    def within(self, found: Reckoning, nodes: np.ndarray) -> np.ndarray:
        """Those of some nodes that stand in the locations."""
        if self.locations is None:
            return nodes
        wanted = np.fromiter(self.locations, dtype=np.int64)
        return nodes[np.isin(found.plant.location[nodes], wanted)]


def chosen(model: type[Model], words: Iterable[Any], user: Actor, name: str) -> list[int]:
    """Ids of rows named by id or slug; raises ValidationError for one that is not seen."""
    found = []
    for word in words:
        text = str(word)
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
        match = Q(slug=text) if number is None else Q(pk=number)
        pk = access.visible(model, user).filter(match).order_by("pk").values_list("pk", flat=True)
        first = pk.first() if "\0" not in text else None
        if first is None:
            raise ValidationError({name: [f"There is no {model._meta.verbose_name} {text[:100]}."]})
        found.append(first)
    return found


def basis_of(word: Any) -> Basis:
    """The basis a word stands for, allocated by default; raises ValidationError."""
    if not word:
        return Basis.ALLOCATED
    if not isinstance(word, str) or word not in BASES:
        raise ValidationError({"basis": [f"Choose one of {', '.join(BASES)}."]})
    return BASES[word]


def asked(sites: Sequence[Any], locations: Sequence[Any], basis: Any, user: Actor) -> Asked:
    """What was asked; without sites those of the locations, else all that the user may see."""
    site_ids = chosen(Site, sites, user, "site")
    roots = chosen(Location, locations, user, "location")
    if roots and not site_ids:
        rows = Location.objects.filter(pk__in=roots).order_by()
        site_ids = list(rows.values_list("site_id", flat=True))
    if not site_ids:
        site_ids = list(access.visible(Site, user).order_by("pk").values_list("pk", flat=True))
    places = None
    if roots:
        below = Location.objects.filter(path__overlap=roots).order_by()
        places = frozenset(below.values_list("pk", flat=True))
    return Asked(tuple(sorted(set(site_ids))), places, basis_of(basis))


class PowerView(APIView):
    """Shared by the views of the reckoning. Nothing is written, so a token that reads may ask."""

    permission_classes = [IsAuthenticated]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse those who may see no part of any chain: sums would tell them of it."""
        super().initial(request, *args, **kwargs)
        if not any(access.may(self.user, access.VIEW, model) for model in MODELS.values()):
            self.permission_denied(request)

    @property
    def user(self) -> Actor:
        """Who asks."""
        return access.as_actor(self.request.user)

    def query(self, request: Request) -> Asked:
        """What the query parameters ask."""
        given = request.query_params
        return asked(
            given.getlist("site"), given.getlist("location"), given.get("basis"), self.user
        )
