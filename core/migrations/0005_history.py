import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = """
CREATE TABLE core_objectchange (
    id bigserial NOT NULL,
    time timestamptz NOT NULL,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    user_id bigint,
    user_name varchar(150) NOT NULL DEFAULT '',
    request_id uuid,
    action varchar(10) NOT NULL CHECK (action IN ('create', 'update', 'delete')),
    changed_object_type_id integer,
    changed_object_id bigint NOT NULL,
    related_object_type_id integer,
    related_object_id bigint,
    object_repr varchar(200) NOT NULL,
    message varchar(200) NOT NULL DEFAULT '',
    before jsonb,
    after jsonb,
    PRIMARY KEY (id, time)
) PARTITION BY RANGE (time);
CREATE INDEX core_change_newest ON core_objectchange (time DESC, id DESC);
CREATE INDEX core_change_object ON core_objectchange (changed_object_type_id, changed_object_id);
CREATE INDEX core_change_related ON core_objectchange (related_object_type_id, related_object_id)
    WHERE related_object_id IS NOT NULL;
CREATE INDEX core_change_request ON core_objectchange (request_id);
CREATE INDEX core_change_user ON core_objectchange (user_id, time DESC);
CREATE TABLE core_objectchange_rest PARTITION OF core_objectchange DEFAULT;
CREATE TABLE core_history_subject (
    table_name text PRIMARY KEY,
    app_label text NOT NULL,
    model text NOT NULL,
    label text NOT NULL,
    names text[] NOT NULL,
    ignored text[] NOT NULL,
    secrets text[] NOT NULL,
    parents text[] NOT NULL,
    parent_models text[] NOT NULL,
    links text[] NOT NULL
);
"""

DROP = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT tgrelid::regclass AS tab, tgname FROM pg_trigger
            WHERE NOT tgisinternal AND tgname LIKE 'history\\_%' LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.tab);
    END LOOP;
END $$;
DROP FUNCTION IF EXISTS core_record_change(), core_record_link(), core_write_began(),
    core_history_kind(text, text),
    core_history_name(jsonb, text[], text, bigint);
DROP TABLE core_objectchange, core_history_subject;
"""


def loose(to):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("core", "0004_custom_fields"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="ObjectChange",
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
                        ("time", models.DateTimeField(editable=False)),
                        ("user", loose(settings.AUTH_USER_MODEL)),
                        ("user_name", models.CharField(editable=False, max_length=150)),
                        (
                            "request_id",
                            models.UUIDField(editable=False, null=True, verbose_name="request ID"),
                        ),
                        (
                            "action",
                            models.CharField(
                                choices=[
                                    ("create", "Created"),
                                    ("update", "Updated"),
                                    ("delete", "Deleted"),
                                ],
                                editable=False,
                                max_length=10,
                            ),
                        ),
                        ("changed_object_type", loose("contenttypes.contenttype")),
                        (
                            "changed_object_id",
                            models.PositiveBigIntegerField(verbose_name="object ID"),
                        ),
                        ("related_object_type", loose("contenttypes.contenttype")),
                        (
                            "related_object_id",
                            models.PositiveBigIntegerField(editable=False, null=True),
                        ),
                        (
                            "object_repr",
                            models.CharField(editable=False, max_length=200, verbose_name="object"),
                        ),
                        ("message", models.CharField(editable=False, max_length=200)),
                        ("before", models.JSONField(editable=False, null=True)),
                        ("after", models.JSONField(editable=False, null=True)),
                    ],
                    options={
                        "verbose_name": "change",
                        "ordering": ["-time", "-id"],
                        "indexes": [
                            models.Index(fields=["-time", "-id"], name="core_change_newest"),
                            models.Index(
                                fields=["changed_object_type", "changed_object_id"],
                                name="core_change_object",
                            ),
                            models.Index(
                                condition=models.Q(("related_object_id__isnull", False)),
                                fields=["related_object_type", "related_object_id"],
                                name="core_change_related",
                            ),
                            models.Index(fields=["request_id"], name="core_change_request"),
                            models.Index(fields=["user", "-time"], name="core_change_user"),
                        ],
                    },
                ),
            ],
            database_operations=[migrations.RunSQL(TABLES, DROP)],
        ),
        migrations.CreateModel(
            name="OutboxReader",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "position",
                    models.BigIntegerField(
                        default=0, help_text="id of the last change it has done"
                    ),
                ),
                (
                    "settled",
                    models.BigIntegerField(
                        default=0, help_text="changes up to this id are complete"
                    ),
                ),
                (
                    "fence",
                    models.BigIntegerField(
                        default=0, help_text="id up to which the transaction may be"
                    ),
                ),
                ("fence_transaction", models.BigIntegerField(default=0)),
            ],
        ),
    ]
