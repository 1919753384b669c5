"""What a definition and a choice set must be like. They raise ValidationError by field."""

from __future__ import annotations

from collections import Counter
from typing import Any

import jsonschema
import jsonschema.exceptions
from django.core.exceptions import ValidationError
from rest_framework import serializers

from core import patterns, registry
from core.custom_fields.choices import BASES, Choices
from core.custom_fields.definitions import (
    LISTS,
    NUMBERS,
    REFERENCES,
    TEXTS,
    Definition,
    Kind,
    definition,
)
from core.custom_fields.values import clean, sentences, target_of
from core.models.custom_fields import CustomField, CustomFieldChoiceSet
from core.validators import COLOR


def check_field(field: CustomField) -> None:
    """A definition whose columns are set."""
    faults: dict[str, str] = {}
    kind = field.type
    if field.unique and kind == Kind.BOOLEAN:
        faults["unique"] = "Values that are true or false cannot be unique."
    for name in ("validation_minimum", "validation_maximum"):
        if getattr(field, name) is not None and kind not in NUMBERS:
            faults[name] = "Only numbers have bounds."
    if field.validation_regex:
        faults.update(_regex(field))
    if field.validation_schema is not None:
        faults.update(_schema(field))
    if field.related_object_filter is not None:
        if kind not in REFERENCES:
            faults["related_object_filter"] = "Only fields that refer to objects have a filter."
        elif not isinstance(field.related_object_filter, dict):
            faults["related_object_filter"] = "Give an object of query parameters and values."
    related = field.related_object_type_id
    if related is not None and registry.of_content_type(related) is None:
        faults["related_object_type"] = "Such objects cannot be referred to."
    if field.default is not None and not faults:
        faults.update(_default(field))
    if faults:
        raise ValidationError({name: [text] for name, text in faults.items()})


def _regex(field: CustomField) -> dict[str, str]:
    if field.type not in TEXTS:
        return {"validation_regex": "Only texts and URLs have a pattern."}
    try:
        patterns.compiled(field.validation_regex)
    except patterns.PatternFault as fault:
        return {"validation_regex": str(fault)}
    return {}


def _schema(field: CustomField) -> dict[str, str]:
    if field.type != Kind.JSON:
        return {"validation_schema": "Only JSON has a schema."}
    try:
        jsonschema.Draft202012Validator.check_schema(field.validation_schema)
    except jsonschema.exceptions.SchemaError as error:
        return {"validation_schema": f"This is no JSON schema: {error.message[:300]}"}
    return {}


def _default(field: CustomField) -> dict[str, str]:
    made = of_instance(field)
    try:
        if field.type in REFERENCES:
            field.default = _default_reference(made, field.default)
        else:
            field.default = clean(made, field.default, {})
    except (ValueError, ValidationError, serializers.ValidationError) as error:
        found = getattr(error, "messages", None) or getattr(error, "detail", None) or str(error)
        return {"default": " ".join(sentences(found))}
    return {}


def _default_reference(made: Definition, value: Any) -> Any:
    ids = value if made.type in LISTS else [value]
    if not isinstance(ids, list) or not all(type(pk) is int for pk in ids):
        raise ValueError("Give the id." if made.type == Kind.OBJECT else "Give a list of ids.")
    rows = target_of(made).model._default_manager.filter(pk__in=ids)
    missing = set(ids) - set(rows.values_list("pk", flat=True))
    if missing:
        raise ValueError(f"There is no object with id {min(missing)}.")
    return value


def of_instance(field: CustomField) -> Definition:
    """The definition a row stands for; it may be not stored yet."""
    chosen = field.choice_set
    columns = {column.attname: getattr(field, column.attname) for column in field._meta.fields}
    return definition(
        {
            **columns,
            "pk": field.pk,
            "required": False,
            "choice_set__base_choices": chosen and chosen.base_choices,
            "choice_set__extra_choices": chosen and chosen.extra_choices,
            "choice_set__choice_colors": chosen and chosen.choice_colors,
            "choice_set__order_alphabetically": chosen and chosen.order_alphabetically,
            "_types": (),
        }
    )


def check_choice_set(choice_set: CustomFieldChoiceSet) -> None:
    """A choice set whose columns are set."""
    faults: dict[str, list[str]] = {}
    base = choice_set.base_choices
    if base and base not in BASES:
        faults["base_choices"] = ["Headroom does not have this list. Give its choices yourself."]
    values = [value for value, _ in choice_set.extra_choices]
    if base in BASES:
        values += [value for value, _ in BASES[base]()]
    if not values and not base:
        faults["extra_choices"] = ["Give at least one choice."]
    repeated = sorted(value for value, count in Counter(values).items() if count > 1)
    if repeated:
        faults["extra_choices"] = [f"Given more than once: {', '.join(repeated[:5])}."]
    colors = choice_set.choice_colors
    if not isinstance(colors, dict):
        faults["choice_colors"] = ["Give an object of values and colours."]
    elif not faults:
        faults.update(_colors(choice_set, colors))
    if faults:
        raise ValidationError(faults)


def _colors(choice_set: CustomFieldChoiceSet, colors: dict[str, Any]) -> dict[str, list[str]]:
    known = Choices.of(choice_set.base_choices, choice_set.extra_choices, {}).labels
    messages = []
    for value, color in colors.items():
        if value not in known:
            messages.append(f'There is no choice "{value[:100]}".')
        try:
            COLOR(color)
        except ValidationError as error:
            messages += [f"{value[:100]}: {message}" for message in error.messages]
    return {"choice_colors": messages} if messages else {}
