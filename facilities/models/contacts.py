"""People to call, and for what."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models

from core.models import DescribedRecord, OrganizationalRecord, TaggedRecord, TreeRecord
from facilities.choices import ContactPriority
from facilities.models.unique import unique_within


def contacts_relation() -> GenericRelation:
    """The `contacts` attribute of a model whose rows take contacts."""
    return GenericRelation(
        "facilities.ContactAssignment",
        content_type_field="object_type",
        object_id_field="object_id",
        related_query_name="+",
    )


class ContactGroup(TreeRecord):
    """A branch of the directory of contacts."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )

    class Meta(TreeRecord.Meta):
        constraints = unique_within(
            "facilities_contactgroup", "name", "parent", "by another group at the top"
        )


class ContactRole(OrganizationalRecord):
    """What somebody is called for."""


class Contact(DescribedRecord):
    """A person or a desk that can be reached."""

    groups = models.ManyToManyField(ContactGroup, related_name="contacts", blank=True)
    name = models.CharField(max_length=100)
    title = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=200, blank=True)
    link = models.URLField(blank=True)

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["name", "id"], name="facilities_contact_order")]


class ContactAssignment(TaggedRecord):
    """One contact for one row of any kind that takes contacts."""

    object_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    object = GenericForeignKey("object_type", "object_id")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="assignments")
    role = models.ForeignKey(
        ContactRole, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    priority = models.CharField(max_length=50, choices=ContactPriority, null=True, blank=True)

    class Meta:
        ordering = ["contact", "priority", "role", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["object_type", "object_id", "contact", "role"],
                name="facilities_contactassignment_once",
                violation_error_message="This contact already has this role for the object.",
            ),
            models.UniqueConstraint(
                fields=["object_type", "object_id", "contact"],
                condition=models.Q(role__isnull=True),
                name="facilities_contactassignment_once_no_role",
                violation_error_message="This contact is already assigned without a role.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} ({self.role})" if self.role else str(self.contact)

    def clean(self) -> None:
        """Raise ValidationError when the object's kind takes no contacts."""
        super().clean()
        if self.object_type_id is None:
            return
        model = self.object_type.model_class()
        if model is None or not hasattr(model, "contacts"):
            raise ValidationError({"object_type": "Objects of this type take no contacts."})
