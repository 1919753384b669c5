"""The question: which devices, where, and how they are wished to stand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from capacity.engine.placement import Aim, Goal, Level, Wishes
from capacity.queries import speeds
from core import access
from core.access import Actor
from dcim.models import DeviceType
from facilities.models import Location, Site, Tenant
from racks.models import Rack, RackRole

SECONDS, SECONDS_MAX = 5, 120
DEVICES_MAX, KINDS_MAX = 2000, 50
ARRANGE = {"pack": Goal.TOGETHER, "spread": Goal.APART}


class DevicesAsked(serializers.Serializer[Any]):
    """Some devices of one type; what is left out is as the type says."""

    device_type = serializers.IntegerField(min_value=1)
    count = serializers.IntegerField(min_value=1, max_value=DEVICES_MAX)
    watts = serializers.FloatField(min_value=0, max_value=10_000_000, required=False)
    weight_kg = serializers.FloatField(min_value=0, max_value=1_000_000, required=False)
    liquid_percent = serializers.FloatField(min_value=0, max_value=100, required=False)
    feeds = serializers.IntegerField(min_value=0, max_value=16, required=False)
    diverse = serializers.BooleanField(required=False)
    face = serializers.ChoiceField(choices=["front", "rear"], default="front")
    at_most = serializers.IntegerField(min_value=1, max_value=1000, required=False)
    ports = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=1000), required=False
    )

    def validate_ports(self, value: dict[str, int]) -> dict[str, int]:
        """Only speeds there are."""
        for name in value:
            if name not in speeds()[0]:
                known = ", ".join(speeds()[0])
                raise serializers.ValidationError(f"{name[:50]} is no speed of ports: {known}.")
        return value


def _ids() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, max_length=5000
    )


class WhereAsked(serializers.Serializer[Any]):
    """Racks that may be used: those that meet all of what is given."""

    sites, locations, racks, roles = _ids(), _ids(), _ids(), _ids()
    tenant = serializers.IntegerField(min_value=1, required=False, allow_null=True)


class WishesAsked(serializers.Serializer[Any]):
    """How the devices are wished to stand."""

    arrange = serializers.ChoiceField(choices=list(ARRANGE), required=False)
    near = serializers.ChoiceField(choices=[each.value for each in Level], required=False)
    apart = serializers.ChoiceField(choices=[each.value for each in Level], required=False)
    at_most = serializers.IntegerField(min_value=1, max_value=1000, required=False)
    keep_percent = serializers.FloatField(min_value=0, max_value=100, default=0)
    date = serializers.DateField(required=False, allow_null=True)
    ports_from = serializers.ChoiceField(choices=["rack", "row"], default="rack")


class PlacementAsked(serializers.Serializer[Any]):
    """A whole question."""

    devices = DevicesAsked(many=True, allow_empty=False)
    where = WhereAsked(required=False)
    wishes = WishesAsked(required=False)
    seconds = serializers.FloatField(min_value=0.5, max_value=SECONDS_MAX, default=SECONDS)
    background = serializers.BooleanField(default=False)

    def validate_devices(self, value: list[Any]) -> list[Any]:
        """Not more than can be handled."""
        if len(value) > KINDS_MAX:
            raise serializers.ValidationError(f"At most {KINDS_MAX} kinds of devices at once.")
        if sum(each["count"] for each in value) > DEVICES_MAX:
            raise serializers.ValidationError(f"At most {DEVICES_MAX:,} devices at once.")
        return value


@dataclass(frozen=True)
class Question:
    """A question that was checked: as it was asked, with the rows it names."""

    given: dict[str, Any]
    types: dict[int, DeviceType]
    racks: list[int]

    @property
    def wishes(self) -> dict[str, Any]:
        """The wishes as they were given."""
        found: dict[str, Any] = self.given.get("wishes") or {}
        return found

    @property
    def where(self) -> dict[str, Any]:
        """Where to look, as it was given."""
        found: dict[str, Any] = self.given.get("where") or {}
        return found

    @property
    def date(self) -> dt.date | None:
        """The day it is asked for; None: today."""
        found: dt.date | None = self.wishes.get("date")
        return found

    def for_solver(self) -> Wishes:
        """The wishes as the solver takes them."""
        wishes, aims = self.wishes, []
        if "near" in wishes:
            aims.append(Aim(Goal.TOGETHER, Level(wishes["near"])))
        if "apart" in wishes:
            aims.append(Aim(Goal.APART, Level(wishes["apart"])))
        arrange = Aim(ARRANGE[wishes.get("arrange", "pack")], Level.RACK)
        if all(aim.level != Level.RACK for aim in aims):
            aims.append(arrange)
        return Wishes(
            aims=tuple(aims),
            at_most=wishes.get("at_most"),
            keep=wishes.get("keep_percent", 0) / 100,
            seconds=self.given["seconds"],
        )


def question(data: Any, user: Actor) -> Question:
    """Check a question. Raises ValidationError by field, also for what the user may not see."""
    asked = PlacementAsked(data=data)
    asked.is_valid(raise_exception=True)
    given = dict(asked.validated_data)
    wanted = {each["device_type"] for each in given["devices"]}
    types = access.visible(DeviceType, user).filter(pk__in=wanted).in_bulk()
    if missing := wanted - set(types):
        raise ValidationError({"devices": [f"There is no device type {min(missing)}."]})
    wishes = given.get("wishes") or {}
    if wishes.get("near") and wishes.get("near") == wishes.get("apart"):
        sentence = "Devices cannot be near each other and apart in the same."
        raise ValidationError({"wishes": [sentence]})
    return Question(given, types, racks(given.get("where") or {}, user))


def racks(where: dict[str, Any], user: Actor) -> list[int]:
    """The racks that may be used, in their order. Raises ValidationError where there is none."""
    rows = access.visible(Rack, user).exclude(status="deprecated")
    for name, model, condition in (
        ("sites", Site, "site__in"),
        ("locations", Location, "location__path__overlap"),
        ("racks", Rack, "pk__in"),
        ("roles", RackRole, "role__in"),
    ):
        ids = where.get(name)
        if ids:
            known = set(access.visible(model, user).filter(pk__in=ids).values_list("pk", flat=True))
            if missing := set(ids) - known:
                sentence = f"There is no {model._meta.verbose_name} {min(missing)}."
                raise ValidationError({"where": {name: [sentence]}})
            rows = rows.filter(**{condition: ids})
    tenant = where.get("tenant")
    if tenant:
        if not access.visible(Tenant, user).filter(pk=tenant).exists():
            raise ValidationError({"where": {"tenant": [f"There is no tenant {tenant}."]}})
        rows = rows.filter(tenant__in=[tenant]) | rows.filter(tenant__isnull=True)
    ordered = rows.order_by("site__name_natural", "location__name_natural", "name_natural", "pk")
    found = list(ordered.values_list("pk", flat=True))
    if not found:
        raise ValidationError({"where": ["No rack that you may see is there."]})
    return found
