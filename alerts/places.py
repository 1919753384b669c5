"""Where the objects of figures are, and how rules narrow them down."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from alerts.models import Rule
from capacity.models import DeviceDates, ReservationTerms
from core import filters, registry
from core.models import TaggedItem, User
from facilities.models import Location, Site, Tenant
from power.models import PowerFeed
from racks.models import RackReservation

PLACES: dict[str, type[Model]] = {"site": Site, "location": Location, "tenant": Tenant}
# The row that tells where these are.
CARRIERS: dict[type[Model], str] = {
    PowerFeed: "power_panel",
    RackReservation: "rack",
    DeviceDates: "device",
    ReservationTerms: "reservation__rack",
}


def path(model: type[Model], kind: str) -> str | None:
    """The way from `model` to its site, location, tenant or role; None where there is none."""
    if PLACES.get(kind) is model:
        return "pk"
    for prefix in ("", CARRIERS.get(model, "")):
        here, walked = model, [part for part in prefix.split("__") if part]
        try:
            for part in walked:
                here = here._meta.get_field(part).related_model  # type: ignore[assignment]
            field = here._meta.get_field(kind)
        except FieldDoesNotExist:
            continue
        if field.is_relation and field.concrete:
            return "__".join([*walked, kind])
    return None


def everything() -> User:
    """Who sees all: rules watch for everybody, and what they find is shown to whom may see it."""
    return User(is_superuser=True, is_active=True)


def narrowed(rule: Rule, model: type[Model]) -> QuerySet[Model] | None:
    """The objects of a rule's scope; None where it has none, so that all are.

    Raises ValidationError, by field of the rule, for a scope that these objects cannot have.
    """
    if not scope_key(rule):
        return None
    condition = Q()
    for kind in PLACES:
        pk = getattr(rule, f"{kind}_id")
        if pk is None:
            continue
        way = _required(model, kind, kind)
        if kind == "location":
            branch = Location.objects.filter(path__contains=[pk]).order_by()
            condition &= Q(**{f"{way}__in": branch.values("pk")})
        elif kind == "site" and (room := path(model, "location")):
            # A lease of a room names the room alone.
            inside = Location.objects.filter(site=pk).order_by().values("pk")
            condition &= Q(**{way: pk}) | Q(**{f"{room}__in": inside})
        else:
            condition &= Q(**{way: pk})
    if rule.role:
        condition &= Q(**{f"{_required(model, 'role', 'role')}__slug": rule.role})
    rows: QuerySet[Model] = model._default_manager.filter(condition).order_by()
    if rule.object_tag_id:
        kind_id = registry.content_type(registry.of_model(model)).pk
        items = TaggedItem.objects.filter(content_type=kind_id, tag=rule.object_tag_id)
        rows = rows.filter(pk__in=items.values("object_id"))
    return _filtered(rows, rule.object_filter) if rule.object_filter else rows


def scope_key(rule: Rule) -> str:
    """What tells scopes apart; empty for the scope of all."""
    parts = {
        **{kind: getattr(rule, f"{kind}_id") for kind in PLACES},
        "role": rule.role,
        "tag": rule.object_tag_id,
        "filter": rule.object_filter,
    }
    return urlencode({name: value for name, value in parts.items() if value})


def _required(model: type[Model], kind: str, field: str) -> str:
    way = path(model, kind)
    if way is None:
        plural = registry.of_model(model).plural
        raise ValidationError({field: [f"The figure is one of {plural}, which have no {kind}."]})
    return way


def _filtered(rows: QuerySet[Model], text: str) -> QuerySet[Model]:
    resource = registry.of_model(rows.model)
    try:
        data = QueryDict(text.lstrip("?"))
    except Exception as error:  # more parameters than Django takes
        raise ValidationError({"object_filter": [str(error)]}) from error
    if unknown := sorted(set(data) - set(resource.filters_in_force)):
        sentence = f"The list of {resource.plural} has no filter {', '.join(unknown)[:200]}."
        raise ValidationError({"object_filter": [sentence]})
    try:
        return filters.apply(resource.filterset, rows, data, everything())
    except ValidationError as error:
        sentences = [f"{name}: {' '.join(said)}" for name, said in error.message_dict.items()]
        raise ValidationError({"object_filter": sentences}) from error
