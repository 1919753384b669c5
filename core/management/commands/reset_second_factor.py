"""Take a person's second factor away, whose phone and recovery codes are lost."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import second_factor
from core.models import User


class Command(BaseCommand):
    """`manage.py reset_second_factor USERNAME`."""

    help = "Take a person's second factor away; a password alone lets them in again."

    def add_arguments(self, parser: CommandParser) -> None:
        """The user name."""
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for a name that is not known."""
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']!r}.")
        second_factor.remove(user)
        self.stdout.write(f"{user.username} signs in without a second factor now.")
