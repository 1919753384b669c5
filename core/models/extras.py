"""What people make of lists and pages: saved filters, views, links, export templates."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.models.base import Record
from core.models.users import User


class SavedFilter(Record):
    """Query parameters of lists under a name, for oneself or for all."""

    object_types = models.ManyToManyField(ContentType, related_name="+")
    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    description = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    weight = models.PositiveSmallIntegerField(
        default=100, help_text="Those with a higher weight come later."
    )
    enabled = models.BooleanField(default=True)
    shared = models.BooleanField(default=True, help_text="Others may use it too.")
    parameters = models.JSONField(help_text='Values by parameter, such as {"status": ["active"]}.')

    class Meta:
        ordering = ["weight", "name"]


class TableConfig(Record):
    """A view of a list: its columns, order and filters under a name, for oneself or for all."""

    object_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    table = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    weight = models.PositiveSmallIntegerField(
        default=1000, help_text="Those with a higher weight come later."
    )
    enabled = models.BooleanField(default=True)
    shared = models.BooleanField(default=True, help_text="Others may use it too.")
    columns = ArrayField(models.CharField(max_length=100), help_text="Fields, from the left.")
    ordering = ArrayField(
        models.CharField(max_length=100),
        null=True,
        blank=True,
        help_text="Fields, the first one first; a minus turns the order round.",
    )
    parameters = models.JSONField(
        default=dict,
        blank=True,
        help_text='Filters: values by parameter, such as {"status": ["active"]}.',
    )

    class Meta:
        ordering = ["weight", "name"]
        verbose_name = "view"


class DefaultView(models.Model):
    """The view in which a person wants to see a list at first."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    object_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    view = models.ForeignKey(TableConfig, on_delete=models.CASCADE, related_name="default_for")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "object_type"], name="core_defaultview_once")
        ]

    def __str__(self) -> str:
        return f"{self.view} for {self.user}"


class CustomLink(Record):
    """A link on the pages of records, made by templates from the record."""

    class Button(models.TextChoices):
        """How it looks."""

        DEFAULT = "default", "Default"
        BLUE = "blue", "Blue"
        INDIGO = "indigo", "Indigo"
        PURPLE = "purple", "Purple"
        PINK = "pink", "Pink"
        RED = "red", "Red"
        ORANGE = "orange", "Orange"
        YELLOW = "yellow", "Yellow"
        GREEN = "green", "Green"
        TEAL = "teal", "Teal"
        CYAN = "cyan", "Cyan"
        GRAY = "gray", "Gray"
        BLACK = "black", "Black"
        WHITE = "white", "White"
        GHOST = "ghost-dark", "Link"

    object_types = models.ManyToManyField(ContentType, related_name="+")
    name = models.CharField(max_length=100, unique=True)
    enabled = models.BooleanField(default=True)
    link_text = models.TextField(
        help_text="Template of the text, such as Graphs of {{ object.name }}; empty shows no link."
    )
    link_url = models.TextField(
        help_text="Template of the address; http, https and mailto are allowed."
    )
    weight = models.PositiveSmallIntegerField(
        default=100, help_text="Those with a higher weight come later."
    )
    group_name = models.CharField(
        max_length=50, blank=True, help_text="Links of a group are in one menu."
    )
    button_class = models.CharField(
        max_length=30, choices=Button.choices, default=Button.DEFAULT, verbose_name="colour"
    )
    new_window = models.BooleanField(default=False, help_text="Open in a new tab.")

    class Meta:
        ordering = ["group_name", "weight", "name"]


class ExportTemplate(Record):
    """A template that turns rows of a list into a file."""

    object_types = models.ManyToManyField(ContentType, related_name="+")
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=200, blank=True)
    template_code = models.TextField(
        help_text="The rows are the variable queryset: {% for row in queryset %}…{% endfor %}."
    )
    environment_params = models.JSONField(
        default=dict,
        null=True,
        blank=True,
        help_text='Settings of the template language, such as {"trim_blocks": true}.',
    )
    mime_type = models.CharField(
        max_length=50, blank=True, help_text="By default text/plain; charset=utf-8."
    )
    file_name = models.CharField(
        max_length=200, blank=True, help_text="Without its ending; by default that of the list."
    )
    file_extension = models.CharField(max_length=15, blank=True)
    as_attachment = models.BooleanField(default=True, help_text="Offer it for download.")

    class Meta:
        ordering = ["name"]
