"""Django application of the watch: what is told to whom when something happens."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Webhooks and the rules that call them."""

    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"
