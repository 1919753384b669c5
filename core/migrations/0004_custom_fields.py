import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import core.schema

HOLD = """
CREATE FUNCTION core_custom_fields_hold() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(302972628056932352);
    RETURN (SELECT max(id) FROM core_customfieldsversion);
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("core", "0003_object_permissions"),
    ]

    operations = [
        core.schema.Together(
            [
                migrations.CreateModel(
                    name="CustomFieldChoiceSet",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("created", models.DateTimeField(auto_now_add=True)),
                        ("last_updated", models.DateTimeField(auto_now=True)),
                        (
                            "custom_field_data",
                            models.JSONField(blank=True, default=dict, editable=False),
                        ),
                        ("name", models.CharField(max_length=100, unique=True)),
                        ("description", models.CharField(blank=True, max_length=200)),
                        (
                            "base_choices",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("IATA", "IATA (Airport codes)"),
                                    ("ISO_3166", "ISO 3166 (Country codes)"),
                                    ("UN_LOCODE", "UN/LOCODE (Location codes)"),
                                ],
                                max_length=50,
                                null=True,
                            ),
                        ),
                        (
                            "extra_choices",
                            models.JSONField(
                                default=list,
                                help_text="Pairs of value and label, in the order they are offered.",
                            ),
                        ),
                        (
                            "choice_colors",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="Colours by value, each six hexadecimal digits.",
                            ),
                        ),
                        (
                            "order_alphabetically",
                            models.BooleanField(
                                default=False,
                                help_text="Offer the choices in the order of their labels.",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "custom field choice set",
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="CustomFieldObjectType",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="CustomFieldsVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                    ],
                    options={
                        "default_permissions": (),
                    },
                ),
                migrations.CreateModel(
                    name="CustomField",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("created", models.DateTimeField(auto_now_add=True)),
                        ("last_updated", models.DateTimeField(auto_now=True)),
                        (
                            "custom_field_data",
                            models.JSONField(blank=True, default=dict, editable=False),
                        ),
                        (
                            "type",
                            models.CharField(
                                choices=[
                                    ("text", "Text"),
                                    ("longtext", "Text (long)"),
                                    ("integer", "Integer"),
                                    ("decimal", "Decimal"),
                                    ("boolean", "Boolean (true/false)"),
                                    ("date", "Date"),
                                    ("datetime", "Date & time"),
                                    ("url", "URL"),
                                    ("json", "JSON"),
                                    ("select", "Selection"),
                                    ("multiselect", "Multiple selection"),
                                    ("object", "Object"),
                                    ("multiobject", "Multiple objects"),
                                ],
                                default="text",
                                help_text="What kind of value it holds. It cannot be changed later.",
                                max_length=50,
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                help_text="As programs know it.",
                                max_length=50,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^(?!.*__)[A-Za-z0-9_]+$",
                                        "Only letters, digits and single underscores are allowed.",
                                    )
                                ],
                            ),
                        ),
                        (
                            "label",
                            models.CharField(
                                blank=True,
                                help_text="As people read it; by default the name.",
                                max_length=50,
                            ),
                        ),
                        (
                            "group_name",
                            models.CharField(
                                blank=True,
                                help_text="Fields of a group are shown together.",
                                max_length=50,
                            ),
                        ),
                        ("description", models.CharField(blank=True, max_length=200)),
                        (
                            "required",
                            models.BooleanField(
                                default=False, help_text="New rows must have a value."
                            ),
                        ),
                        (
                            "unique",
                            models.BooleanField(
                                default=False,
                                help_text="No two rows of an object type may have the same value.",
                            ),
                        ),
                        (
                            "search_weight",
                            models.PositiveSmallIntegerField(
                                default=1000,
                                help_text="Lower is found first; 0 keeps it out of searches.",
                            ),
                        ),
                        (
                            "filter_logic",
                            models.CharField(
                                choices=[
                                    ("disabled", "Disabled"),
                                    ("loose", "Loose"),
                                    ("exact", "Exact"),
                                ],
                                default="loose",
                                help_text="Loose finds parts of a text, exact only the whole of it.",
                                max_length=50,
                            ),
                        ),
                        (
                            "default",
                            models.JSONField(
                                blank=True,
                                help_text='As JSON; a text stands in double quotes: "text".',
                                null=True,
                            ),
                        ),
                        (
                            "related_object_filter",
                            models.JSONField(
                                blank=True,
                                help_text='Query parameters that narrow what may be chosen, such as {"status": "active"}.',
                                null=True,
                            ),
                        ),
                        (
                            "weight",
                            models.PositiveSmallIntegerField(
                                default=100,
                                help_text="Fields with a higher weight come later in forms.",
                            ),
                        ),
                        (
                            "validation_minimum",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="For numbers.",
                                max_digits=16,
                                null=True,
                            ),
                        ),
                        (
                            "validation_maximum",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="For numbers.",
                                max_digits=16,
                                null=True,
                            ),
                        ),
                        (
                            "validation_regex",
                            models.CharField(
                                blank=True,
                                help_text="Regular expression for texts; ^ and $ tie it to the beginning and the end.",
                                max_length=500,
                            ),
                        ),
                        (
                            "validation_schema",
                            models.JSONField(
                                blank=True,
                                help_text="JSON schema for values of type JSON.",
                                null=True,
                            ),
                        ),
                        (
                            "ui_visible",
                            models.CharField(
                                choices=[
                                    ("always", "Always"),
                                    ("if-set", "If set"),
                                    ("hidden", "Hidden"),
                                ],
                                default="always",
                                help_text="Whether pages show it.",
                                max_length=50,
                            ),
                        ),
                        (
                            "ui_editable",
                            models.CharField(
                                choices=[("yes", "Yes"), ("no", "No"), ("hidden", "Hidden")],
                                default="yes",
                                help_text="Whether forms let people change it.",
                                max_length=50,
                            ),
                        ),
                        (
                            "is_cloneable",
                            models.BooleanField(
                                default=False, help_text="The value is kept when a row is cloned."
                            ),
                        ),
                        ("comments", models.TextField(blank=True)),
                        (
                            "related_object_type",
                            models.ForeignKey(
                                blank=True,
                                help_text="Object type a field of type object or multiobject refers to.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contenttypes.contenttype",
                            ),
                        ),
                        (
                            "choice_set",
                            models.ForeignKey(
                                blank=True,
                                help_text="For selections.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="choices_for",
                                to="core.customfieldchoiceset",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["group_name", "weight", "name"],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="customfieldchoiceset",
                    trigger=pgtrigger.compiler.Trigger(
                        name="custom_fields_lock",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="PERFORM pg_advisory_xact_lock(302972628056932352); RETURN NULL;",
                            hash="f43ba53b259bbed2fd440cde481f1704871396f3",
                            level="STATEMENT",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_custom_fields_lock_441f2",
                            table="core_customfieldchoiceset",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="customfieldchoiceset",
                    trigger=pgtrigger.compiler.Trigger(
                        name="custom_fields_version",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                DELETE FROM core_customfieldsversion;\n                INSERT INTO core_customfieldsversion DEFAULT VALUES;\n                RETURN NULL;\n            ",
                            hash="d223fad9fe5de7b88c40a48fbf4fe4d30d8422ed",
                            level="STATEMENT",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_custom_fields_version_07e6f",
                            table="core_customfieldchoiceset",
                            when="AFTER",
                        ),
                    ),
                ),
            ]
        ),
        migrations.AddField(
            model_name="customfieldobjecttype",
            name="content_type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="contenttypes.contenttype",
            ),
        ),
        migrations.AddField(
            model_name="customfieldobjecttype",
            name="custom_field",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="core.customfield"
            ),
        ),
        migrations.AddField(
            model_name="customfield",
            name="object_types",
            field=models.ManyToManyField(
                help_text="Object types whose rows have this field.",
                related_name="+",
                through="core.CustomFieldObjectType",
                to="contenttypes.contenttype",
            ),
        ),
        migrations.AddConstraint(
            model_name="customfieldobjecttype",
            constraint=models.UniqueConstraint(
                fields=("custom_field", "content_type"), name="core_customfieldobjecttype_once"
            ),
        ),
        core.schema.Together(
            [
                pgtrigger.migrations.AddTrigger(
                    model_name="customfieldobjecttype",
                    trigger=pgtrigger.compiler.Trigger(
                        name="custom_fields_lock",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="PERFORM pg_advisory_xact_lock(302972628056932352); RETURN NULL;",
                            hash="919988e1d5bb6ca9b236afbd983af4a439f8f853",
                            level="STATEMENT",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_custom_fields_lock_a8386",
                            table="core_customfieldobjecttype",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="customfieldobjecttype",
                    trigger=pgtrigger.compiler.Trigger(
                        name="custom_fields_version",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                DELETE FROM core_customfieldsversion;\n                INSERT INTO core_customfieldsversion DEFAULT VALUES;\n                RETURN NULL;\n            ",
                            hash="cf284524e53d9f04a42b037b524a0b2d23cdf8db",
                            level="STATEMENT",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_custom_fields_version_86b7e",
                            table="core_customfieldobjecttype",
                            when="AFTER",
                        ),
                    ),
                ),
            ]
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("choice_set__isnull", False), ("type__in", ["select", "multiselect"])
                    ),
                    models.Q(
                        models.Q(("type__in", ["select", "multiselect"]), _negated=True),
                        ("choice_set__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="core_customfield_choice_set",
                violation_error_message="A selection needs a choice set, other types have none.",
            ),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("related_object_type__isnull", False),
                        ("type__in", ["object", "multiobject"]),
                    ),
                    models.Q(
                        models.Q(("type__in", ["object", "multiobject"]), _negated=True),
                        ("related_object_type__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="core_customfield_related_object_type",
                violation_error_message="A field that refers to objects needs their type, other types have none.",
            ),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("validation_minimum__isnull", True),
                    ("validation_maximum__isnull", True),
                    ("validation_maximum__gte", models.F("validation_minimum")),
                    _connector="OR",
                ),
                name="core_customfield_validation_maximum",
                violation_error_message="The maximum is below the minimum.",
            ),
        ),
        core.schema.Together(
            [
                pgtrigger.migrations.AddTrigger(
                    model_name="customfield",
                    trigger=pgtrigger.compiler.Trigger(
                        name="custom_fields_lock",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="PERFORM pg_advisory_xact_lock(302972628056932352); RETURN NULL;",
                            hash="fe8d1b87f80293c798da9044e1aa98f3b81e7c16",
                            level="STATEMENT",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_custom_fields_lock_12137",
                            table="core_customfield",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="customfield",
                    trigger=pgtrigger.compiler.Trigger(
                        name="custom_fields_version",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                DELETE FROM core_customfieldsversion;\n                INSERT INTO core_customfieldsversion DEFAULT VALUES;\n                RETURN NULL;\n            ",
                            hash="a007a4d25093b66e8cff8664b427299eeb74e666",
                            level="STATEMENT",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_custom_fields_version_b41fb",
                            table="core_customfield",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="customfield",
                    trigger=pgtrigger.compiler.Trigger(
                        name="custom_field_type",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NEW.type <> OLD.type THEN\n                        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'core_customfield_type', TABLE = TG_TABLE_NAME, MESSAGE = 'The type cannot be changed.';\n                    END IF;\n                    IF NEW.related_object_type_id <> OLD.related_object_type_id THEN\n                        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'core_customfield_related_object_type_fixed', TABLE = TG_TABLE_NAME, MESSAGE = 'What it refers to cannot be changed.';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="379f17d513532830d35ee77af7c1a00a0a14513b",
                            operation="UPDATE",
                            pgid="pgtrigger_custom_field_type_1bbee",
                            table="core_customfield",
                            when="BEFORE",
                        ),
                    ),
                ),
            ]
        ),
        migrations.RunSQL(HOLD, "DROP FUNCTION core_custom_fields_hold()"),
    ]
