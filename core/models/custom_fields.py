"""Custom fields: what a row may hold beyond its columns, and the choices it may be made from."""

from __future__ import annotations

import pgtrigger
from django.contrib.contenttypes.models import ContentType
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from core.models.base import Record
from core.models.rules import refusal

# Writers of custom data hold it shared, whoever changes a definition holds it alone.
LOCK = 0x4346 << 44

NAME = RegexValidator(
    r"^(?!.*__)[A-Za-z0-9_]+$",
    "Only letters, digits and single underscores are allowed.",
)


def _definition_triggers() -> list[pgtrigger.Trigger]:
    """Whatever changes a definition waits for the writers of data, and shows in the version."""
    writes = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    return [
        pgtrigger.Trigger(
            name="custom_fields_lock",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=writes,
            func=f"PERFORM pg_advisory_xact_lock({LOCK}); RETURN NULL;",
        ),
        pgtrigger.Trigger(
            name="custom_fields_version",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=writes,
            func="""
                DELETE FROM core_customfieldsversion;
                INSERT INTO core_customfieldsversion DEFAULT VALUES;
                RETURN NULL;
            """,
        ),
    ]


class CustomFieldsVersion(models.Model):
    """One row, or none where nothing was ever defined; its id is new after every change.

    Ids come from a sequence, which no rollback turns back, so one version never means two sets
    of definitions.
    """

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class CustomFieldChoiceSet(Record):
    """Choices for custom fields of the types select and multiselect."""

    class Base(models.TextChoices):
        """Standard lists of choices."""

        IATA = "IATA", "IATA (Airport codes)"
        ISO_3166 = "ISO_3166", "ISO 3166 (Country codes)"
        UN_LOCODE = "UN_LOCODE", "UN/LOCODE (Location codes)"

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=200, blank=True)
    base_choices = models.CharField(max_length=50, choices=Base.choices, null=True, blank=True)
    extra_choices = models.JSONField(
        default=list, help_text="Pairs of value and label, in the order they are offered."
    )
    choice_colors = models.JSONField(
        default=dict, blank=True, help_text="Colours by value, each six hexadecimal digits."
    )
    order_alphabetically = models.BooleanField(
        default=False, help_text="Offer the choices in the order of their labels."
    )

    class Meta:
        ordering = ["name"]
        verbose_name = "custom field choice set"
        triggers = _definition_triggers()


class CustomField(Record):
    """A field that rows of some object types have besides their columns."""

    class Type(models.TextChoices):
        """What kind of value it holds."""

        TEXT = "text", "Text"
        LONGTEXT = "longtext", "Text (long)"
        INTEGER = "integer", "Integer"
        DECIMAL = "decimal", "Decimal"
        BOOLEAN = "boolean", "Boolean (true/false)"
        DATE = "date", "Date"
        DATETIME = "datetime", "Date & time"
        URL = "url", "URL"
        JSON = "json", "JSON"
        SELECT = "select", "Selection"
        MULTISELECT = "multiselect", "Multiple selection"
        OBJECT = "object", "Object"
        MULTIOBJECT = "multiobject", "Multiple objects"

    class FilterLogic(models.TextChoices):
        """How a filter compares."""

        DISABLED = "disabled", "Disabled"
        LOOSE = "loose", "Loose"
        EXACT = "exact", "Exact"

    class Visible(models.TextChoices):
        """When pages show it."""

        ALWAYS = "always", "Always"
        IF_SET = "if-set", "If set"
        HIDDEN = "hidden", "Hidden"

    class Editable(models.TextChoices):
        """Whether forms let people change it."""

        YES = "yes", "Yes"
        NO = "no", "No"
        HIDDEN = "hidden", "Hidden"

    object_types = models.ManyToManyField(
        ContentType,
        through="core.CustomFieldObjectType",
        related_name="+",
        help_text="Object types whose rows have this field.",
    )
    type = models.CharField(
        max_length=50,
        choices=Type.choices,
        default=Type.TEXT,
        help_text="What kind of value it holds. It cannot be changed later.",
    )
    related_object_type = models.ForeignKey(
        ContentType,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text="Object type a field of type object or multiobject refers to.",
    )
    name = models.CharField(
        max_length=50, unique=True, validators=[NAME], help_text="As programs know it."
    )
    label = models.CharField(
        max_length=50, blank=True, help_text="As people read it; by default the name."
    )
    group_name = models.CharField(
        max_length=50, blank=True, help_text="Fields of a group are shown together."
    )
    description = models.CharField(max_length=200, blank=True)
    required = models.BooleanField(default=False, help_text="New rows must have a value.")
    unique = models.BooleanField(
        default=False, help_text="No two rows of an object type may have the same value."
    )
    search_weight = models.PositiveSmallIntegerField(
        default=1000, help_text="Lower is found first; 0 keeps it out of searches."
    )
    filter_logic = models.CharField(
        max_length=50,
        choices=FilterLogic.choices,
        default=FilterLogic.LOOSE,
        help_text="Loose finds parts of a text, exact only the whole of it.",
    )
    default = models.JSONField(
        null=True, blank=True, help_text='As JSON; a text stands in double quotes: "text".'
    )
    related_object_filter = models.JSONField(
        null=True,
        blank=True,
        help_text='Query parameters that narrow what may be chosen, such as {"status": "active"}.',
    )
    weight = models.PositiveSmallIntegerField(
        default=100, help_text="Fields with a higher weight come later in forms."
    )
    validation_minimum = models.DecimalField(
        max_digits=16, decimal_places=4, null=True, blank=True, help_text="For numbers."
    )
    validation_maximum = models.DecimalField(
        max_digits=16, decimal_places=4, null=True, blank=True, help_text="For numbers."
    )
    validation_regex = models.CharField(
        max_length=500,
        blank=True,
        help_text="Regular expression for texts; ^ and $ tie it to the beginning and the end.",
    )
    validation_schema = models.JSONField(
        null=True, blank=True, help_text="JSON schema for values of type JSON."
    )
    choice_set = models.ForeignKey(
        CustomFieldChoiceSet,
        on_delete=models.PROTECT,
        related_name="choices_for",
        null=True,
        blank=True,
        help_text="For selections.",
    )
    ui_visible = models.CharField(
        max_length=50,
        choices=Visible.choices,
        default=Visible.ALWAYS,
        help_text="Whether pages show it.",
    )
    ui_editable = models.CharField(
        max_length=50,
        choices=Editable.choices,
        default=Editable.YES,
        help_text="Whether forms let people change it.",
    )
    is_cloneable = models.BooleanField(
        default=False, help_text="The value is kept when a row is cloned."
    )
    comments = models.TextField(blank=True)

    class Meta:
        ordering = ["group_name", "weight", "name"]
        constraints = [
            models.CheckConstraint(
                name="core_customfield_choice_set",
                condition=Q(type__in=["select", "multiselect"], choice_set__isnull=False)
                | (~Q(type__in=["select", "multiselect"]) & Q(choice_set__isnull=True)),
                violation_error_message="A selection needs a choice set, other types have none.",
            ),
            models.CheckConstraint(
                name="core_customfield_related_object_type",
                condition=Q(type__in=["object", "multiobject"], related_object_type__isnull=False)
                | (~Q(type__in=["object", "multiobject"]) & Q(related_object_type__isnull=True)),
                violation_error_message="A field that refers to objects needs their type, "
                "other types have none.",
            ),
            models.CheckConstraint(
                name="core_customfield_validation_maximum",
                condition=Q(validation_minimum__isnull=True)
                | Q(validation_maximum__isnull=True)
                | Q(validation_maximum__gte=F("validation_minimum")),
                violation_error_message="The maximum is below the minimum.",
            ),
        ]
        triggers = [
            *_definition_triggers(),
            pgtrigger.Trigger(
                name="custom_field_type",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF NEW.type <> OLD.type THEN
                        {refusal("core_customfield_type", "The type cannot be changed.")}
                    END IF;
                    IF NEW.related_object_type_id <> OLD.related_object_type_id THEN
                        {
                    refusal(
                        "core_customfield_related_object_type_fixed",
                        "What it refers to cannot be changed.",
                    )
                }
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]


class CustomFieldObjectType(models.Model):
    """One object type that has a custom field."""

    custom_field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="+")
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["custom_field", "content_type"], name="core_customfieldobjecttype_once"
            )
        ]
        triggers = _definition_triggers()

    def __str__(self) -> str:
        return f"{self.custom_field} on {self.content_type}"
