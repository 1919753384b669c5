"""Django application of the resource framework."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    """The resource framework; it knows nothing of racks or power."""

    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register every app's resources, additions to pages, and checks of declarations."""
        from core import checks  # noqa: F401
        from core.history.install import install
        from core.web import (
            access_pages,
            design,
            history,
            jobs,
            people,
            permission_pages,
        )

        autodiscover_modules("resources")
        autodiscover_modules("web")
        history.add_to_pages()
        design.register()
        access_pages.add_to_pages()
        jobs.add_to_pages()
        people.add_to_pages()
        permission_pages.add_to_pages()
        post_migrate.connect(install, sender=self, dispatch_uid="core.history")
