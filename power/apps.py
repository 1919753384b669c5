"""Django application of power distribution."""

from django.apps import AppConfig


class PowerConfig(AppConfig):
    """Panels and feeds, and later the chain above them."""

    name = "power"
    default_auto_field = "django.db.models.BigAutoField"
