"""Which position leads to which port at the other side: as rows of a form, and as a panel."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Model
from django.forms import Script
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.read import ReadContext
from core.registry import of_model
from core.resource import Resource
from core.transfer.references import scopes
from core.web import form_fields
from core.web.page import reading
from dcim.resources.mappings import Mappings

PARTS = ("position", "port", "there")
SPARE_ROWS = 2


class MappingRows(form_fields.FormWidget):
    """A row of inputs for each position: it, the other port, and the position there."""

    use_fieldset = True
    field_class = "field-block"

    class Media:
        js = [Script("dcim/mapping-form.js", type="module")]
        css = {"all": ["dcim/mapping-form.css"]}

    def __init__(self, target: Resource, narrowed: dict[str, str]) -> None:
        super().__init__()
        self.target = target
        self.narrowed = narrowed

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        """The rows in which a port is chosen, as texts."""
        pattern = re.compile(rf"{re.escape(name)}-(\d{{1,4}})-port")
        numbers = sorted(int(found[1]) for key in data if (found := pattern.fullmatch(key)))
        rows = [{part: data.get(f"{name}-{n}-{part}", "") for part in PARTS} for n in numbers]
        return [row for row in rows if row["port"]]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The rows that there are and some to fill in."""
        rows = list(value or ())
        ids = {int(row["port"]) for row in rows if str(row["port"]).isdecimal()}
        context = ReadContext(user=self.form.user)
        names = context.load(self.target, ("id", "display"), ids)
        shown = [(row, names.get(int(row["port"]), {}).get("display", "")) for row in rows]
        taken = {str(row["position"]) for row in rows}
        spare = (str(n) for n in range(1, 10_000) if str(n) not in taken)
        blank = {"port": "", "there": "1"}
        shown += [({**blank, "position": next(spare)}, "") for _ in range(SPARE_ROWS)]
        return render_to_string(
            "dcim/mapping_rows.html",
            {
                "name": name,
                "rows": shown,
                "target": self.target,
                "params": json.dumps(self.narrowed),
                "described_by": (attrs or {}).get("aria-describedby", ""),
            },
        )


class MappingInput(forms.Field):
    """Cleans to the entries that the serializer takes."""

    def __init__(self, field: Mappings, **options: Any) -> None:
        target = of_model(field.far_model)
        narrowed = {f"{name}_id": name for name in scopes(field.resource, target)}
        super().__init__(widget=MappingRows(target, narrowed), **options)
        self.keys = {"position": "position", "port": field.far, "there": f"{field.far}_position"}

    def prepare_value(self, value: Any) -> list[dict[str, Any]]:
        return [
            {part: row.get(key, row.get(part, "")) for part, key in self.keys.items()}
            for row in value or ()
        ]

    def to_python(self, value: Any) -> list[dict[str, int]]:
        return [
            {self.keys[part]: self._number(part, row[part]) for part in PARTS}
            for row in self.prepare_value(value)
        ]

    def _number(self, part: str, value: Any) -> int:
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            what = "Choose a port of the list" if part == "port" else "A position is a number"
            raise forms.ValidationError(f"{what}, not {text or 'nothing'}.")
        return int(text)

    def has_changed(self, initial: Any, data: Any) -> bool:
        def texts(rows: Any) -> list[tuple[str, ...]]:
            return sorted(tuple(str(row[p]) for p in PARTS) for row in self.prepare_value(rows))

        return texts(initial) != texts(data)


def make(field: Mappings, options: dict[str, Any]) -> forms.Field:
    """The form field of the mappings of a port."""
    options["help_text"] = (
        options["help_text"] or "Leave the port empty where nothing is behind it."
    )
    return MappingInput(field, **options)


form_fields.add_maker(Mappings, make)


def panel(model: type[Model], name: str) -> Callable[[HttpRequest, int, dict[str, Any]], str]:
    """The panel of a kind of port with the ports behind its positions."""

    def render(request: HttpRequest, pk: int, context: dict[str, Any]) -> str:
        field: Any = of_model(model).field(name)
        rows = context["row"][name]
        target = of_model(field.far_model)
        names = ("id", "url", "display")
        ports = reading(request).load(target, names, {row[field.far] for row in rows})
        shown = [
            (row["position"], ports.get(row[field.far]), row[f"{field.far}_position"])
            for row in rows
        ]
        return render_to_string("dcim/mapping_panel.html", {"target": target, "rows": shown})

    return render
