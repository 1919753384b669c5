"""Kinds of fields that the watch declares beside the framework's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from rest_framework import serializers

from alerts import figures
from core.fields import Scalar


class Chosen(Scalar):
    """Several of a list's choices, one at least."""

    def form_field(self, options: dict[str, Any]) -> forms.Field:
        """A box for each choice."""
        widget = forms.CheckboxSelectMultiple
        kind = type(self.choices[0][0])
        return forms.TypedMultipleChoiceField(
            choices=self.choices, widget=widget, coerce=lambda value: kind(value), **options
        )

    @property
    def choices(self) -> list[tuple[Any, str]]:
        """Values and labels."""
        column = self.model_field
        assert isinstance(column, ArrayField)
        return list(column.base_field.choices or ())

    def write_field(self) -> Any:
        child = serializers.ChoiceField(choices=self.choices)
        required = not self.model_field.has_default()
        return serializers.ListField(child=child, allow_empty=False, required=required)


class FigureName(Scalar):
    """The name of a figure, chosen from those there are."""

    def form_field(self, options: dict[str, Any]) -> forms.Field:
        """A list of figures by what they are figures of."""
        by_kind: dict[str, list[tuple[str, str]]] = {}
        for name, figure in figures.figures().items():
            plural = str(figure.model._meta.verbose_name_plural).capitalize()
            unit = f" ({figure.unit})" if figure.unit else ""
            by_kind.setdefault(plural, []).append((name, f"{figure.label}{unit}"))
        choices = [("", "Choose a figure"), *sorted(by_kind.items())]
        return forms.ChoiceField(choices=choices, **options)


def refuse(field: str, fault: str) -> None:
    """Raise ValidationError for a fault, if there is one."""
    if fault:
        raise ValidationError({field: [fault]})
