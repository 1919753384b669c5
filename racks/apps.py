"""Django application of racks."""

from django.apps import AppConfig


class RacksConfig(AppConfig):
    """Racks, their types and what is reserved in them."""

    name = "racks"
    default_auto_field = "django.db.models.BigAutoField"
