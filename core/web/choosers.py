"""Selects of rows on pages that are no form of a record."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.safestring import SafeString

from core import registry
from core.access import Actor
from core.web.form_fields import ReferenceInput


@dataclass(frozen=True)
class Chooser:
    """A select, named `name`, of the rows of a model that the user may see."""

    model: type[models.Model]
    name: str
    user: Actor
    multiple: bool = False

    def _field(self) -> ReferenceInput:
        target = registry.of_model(self.model)
        field = ReferenceInput(target, multiple=self.multiple, required=False)
        field.widget.user = self.user
        return field

    def read(self, sent: QueryDict) -> Any:
        """The id that was chosen, or None; a list of ids where several may be.

        Raises ValidationError (of forms) where a name was typed that is not that of one row.
        """
        field = self._field()
        return field.clean(field.widget.value_from_datadict(sent, None, self.name))

    def html(self, sent: QueryDict, **attrs: Any) -> SafeString:
        """The select as it was sent."""
        field = self._field()
        value = field.widget.value_from_datadict(sent, None, self.name)
        with contextlib.suppress(ValidationError):
            value = field.clean(value)
        given = {"id": f"id_{self.name}", **attrs}
        text: SafeString = field.widget.render(self.name, value, given)
        return text
