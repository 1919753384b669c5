"""Django application of places, tenants and contacts."""

from django.apps import AppConfig


class FacilitiesConfig(AppConfig):
    """Where things stand and whose they are."""

    name = "facilities"
    default_auto_field = "django.db.models.BigAutoField"
