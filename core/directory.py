"""Logging in with the name and password of an LDAP directory; needs requirements/ldap.txt."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django_auth_ldap.backend import LDAPBackend

from core.models import Group


class Backend(LDAPBackend):  # type: ignore[misc]
    """The library's backend, with Headroom's own groups."""

    def authenticate_ldap_user(self, ldap_user: Any, password: str) -> Any:
        """The account, its groups as the directory has them; None for a wrong password.

        A group of the directory counts where Headroom has one of the same name. An account with
        a password of its own is not taken over by a person of the same name in the directory.
        """
        known = self.get_user_model().objects.filter(username=ldap_user._username).first()
        if known is not None and known.has_usable_password():
            return None
        user = super().authenticate_ldap_user(ldap_user, password)
        if user is not None and settings.LDAP_GROUP_BASE:
            user.groups.set(Group.objects.filter(name__in=ldap_user.group_names))
        return user
