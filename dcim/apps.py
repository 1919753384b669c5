"""Django application: what stands in the racks."""

from django.apps import AppConfig


class DcimConfig(AppConfig):
    """Device types, devices, components and cables."""

    name = "dcim"
    default_auto_field = "django.db.models.BigAutoField"
