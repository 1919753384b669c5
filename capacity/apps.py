"""Django application of the reckoning: how full every place is, and until when."""

from django.apps import AppConfig


class CapacityConfig(AppConfig):
    """Limits of places, their utilisation, forecast and placement."""

    name = "capacity"
    default_auto_field = "django.db.models.BigAutoField"
