"""Pictures in the forms of records."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.images import FORMATS

HELP = "PNG, JPEG, WebP or GIF, 5 MB at most."


class PictureWidget(forms.ClearableFileInput):
    """The picture there is, a way to remove it, and one to choose another."""

    def __init__(self) -> None:
        super().__init__(attrs={"accept": ",".join(kind for _, kind in FORMATS.values())})

    def is_initial(self, value: Any) -> bool:
        """Whether there is a picture: its address, as responses have it."""
        return isinstance(value, str) and bool(value)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The controls, below the picture where there is one."""
        given = self.build_attrs(self.attrs, {**(attrs or {}), "type": "file", "name": name})
        chooser = forms.FileInput().render(name, None, given, renderer)
        if not self.is_initial(value):
            return chooser
        remove: Any = ""
        if not self.is_required:
            remove = format_html(
                '<label class="check"><input type="checkbox" name="{}"> Remove it</label>',
                self.clear_checkbox_name(name),
            )
        return format_html(
            '<div class="picture-now"><a href="{0}"><img src="{0}" alt="The picture now"></a>'
            "{1}</div>{2}",
            value,
            remove,
            chooser,
        )


class PictureInput(forms.FileField):
    """Cleans to an upload, to the address of the picture there is, or to None for no picture."""

    widget: Any = PictureWidget
    cloned = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "help_text": options.get("help_text") or HELP})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Raise ValidationError for an empty file, or one both chosen and removed."""
        return super().clean(data, initial) or None
