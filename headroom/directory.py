"""Settings of django-auth-ldap from the environment."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from headroom import env


def directory_settings() -> dict[str, Any]:
    """What `LDAP_URL` and its companions say; raises ImproperlyConfigured for what is missing."""
    try:
        import ldap
        from django_auth_ldap.config import (
            GroupOfNamesType,
            LDAPSearch,
            NestedGroupOfNamesType,
        )
    except ImportError as error:
        raise ImproperlyConfigured(
            "LDAP_URL is set, so requirements/ldap.txt must be installed."
        ) from error
    people = env.text("LDAP_USER_BASE")
    if not people:
        raise ImproperlyConfigured("LDAP_URL needs LDAP_USER_BASE, where people are found.")
    found: dict[str, Any] = {
        "AUTH_LDAP_SERVER_URI": env.text("LDAP_URL"),
        "AUTH_LDAP_START_TLS": env.flag("LDAP_START_TLS", False),
        "AUTH_LDAP_BIND_DN": env.text("LDAP_BIND_DN"),
        "AUTH_LDAP_BIND_PASSWORD": env.secret("LDAP_BIND_PASSWORD"),
        "AUTH_LDAP_CONNECTION_OPTIONS": {ldap.OPT_REFERRALS: 0, ldap.OPT_NETWORK_TIMEOUT: 10},
        "AUTH_LDAP_USER_SEARCH": LDAPSearch(
            people, ldap.SCOPE_SUBTREE, env.text("LDAP_USER_FILTER", "(uid=%(user)s)")
        ),
        "AUTH_LDAP_USER_ATTR_MAP": {
            "first_name": "givenName",
            "last_name": "sn",
            "email": "mail",
        },
    }
    groups = env.text("LDAP_GROUP_BASE")
    if groups:
        nested = env.flag("LDAP_NESTED_GROUPS", False)
        found["AUTH_LDAP_GROUP_TYPE"] = (NestedGroupOfNamesType if nested else GroupOfNamesType)()
        found["AUTH_LDAP_GROUP_SEARCH"] = LDAPSearch(
            groups, ldap.SCOPE_SUBTREE, "(objectClass=groupOfNames)"
        )
        if env.text("LDAP_REQUIRED_GROUP"):
            found["AUTH_LDAP_REQUIRE_GROUP"] = env.text("LDAP_REQUIRED_GROUP")
        if env.text("LDAP_ADMINISTRATORS"):
            found["AUTH_LDAP_USER_FLAGS_BY_GROUP"] = {
                "is_superuser": env.text("LDAP_ADMINISTRATORS")
            }
    return found
