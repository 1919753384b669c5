"""The rules of tenants and contacts."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from facilities.models import ContactAssignment, Region, Tenant
from tests.facilities.factories import (
    ContactAssignmentFactory,
    ContactGroupFactory,
    SiteFactory,
    TenantFactory,
    TenantGroupFactory,
)
from tests.races import refused

pytestmark = pytest.mark.django_db


def test_tenant_names_are_unique_in_a_group_and_without_one() -> None:
    group = TenantGroupFactory()
    TenantFactory(name="Acme")
    TenantFactory(name="Acme", group=group)
    with refused("facilities_tenant_name"):
        TenantFactory(name="Acme", slug="acme-2")
    with refused("facilities_tenant_group_name"):
        TenantFactory(name="Acme", slug="acme-2", group=group)


def test_a_tenant_that_is_used_stays() -> None:
    site = SiteFactory(tenant=TenantFactory())
    with pytest.raises(ProtectedError):
        site.tenant.delete()


def test_a_group_that_goes_leaves_its_tenants() -> None:
    tenant = TenantFactory(group=TenantGroupFactory())
    tenant.group.delete()
    tenant.refresh_from_db()
    assert tenant.group is None


def test_contact_group_names_are_unique_under_a_parent() -> None:
    top = ContactGroupFactory(name="Staff")
    ContactGroupFactory(name="Staff", parent=top)
    with refused("facilities_contactgroup_parent_name"):
        ContactGroupFactory(name="Staff", parent=top)
    with refused("facilities_contactgroup_name"):
        ContactGroupFactory(name="Staff")


def test_a_contact_has_a_role_for_an_object_once() -> None:
    first = ContactAssignmentFactory()
    again = {"row": first.object, "contact": first.contact}
    with refused("facilities_contactassignment_once"):
        ContactAssignmentFactory(role=first.role, **again)
    ContactAssignmentFactory(role=None, **again)
    with refused("facilities_contactassignment_once_no_role"):
        ContactAssignmentFactory(role=None, **again)


def test_assignments_go_with_their_object() -> None:
    site = ContactAssignmentFactory().object
    ContactAssignmentFactory(row=TenantFactory())
    assert site.contacts.count() == 1
    site.delete()
    assert [each.object for each in ContactAssignment.objects.all()] == list(Tenant.objects.all())


def test_only_some_kinds_of_object_take_contacts() -> None:
    assignment = ContactAssignmentFactory()
    assignment.object_type = ContentType.objects.get_for_model(Region)
    assignment.full_clean()
    assignment.object_type = ContentType.objects.get_for_model(ContactAssignment)
    with pytest.raises(ValidationError) as caught:
        assignment.full_clean()
    assert set(caught.value.message_dict) == {"object_type"}
