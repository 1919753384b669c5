from django.db import migrations


def quicken(apps, schema_editor):
    """Let a quicker expression make the sort key of new names; those that are stored stay true.

    PostgreSQL before 17 cannot exchange an expression, and goes on with the one it has.
    """
    if schema_editor.connection.pg_version < 170000:
        return
    model = apps.get_model("dcim", "Interface")
    key = model._meta.get_field("name_natural")
    sql, _ = key.generated_sql(schema_editor.connection)
    table, column = map(schema_editor.quote_name, (model._meta.db_table, key.column))
    schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET EXPRESSION AS ({sql})")


class Migration(migrations.Migration):
    dependencies = [
        ("dcim", "0007_part_templates_lock_first"),
    ]

    operations = [migrations.RunPython(quicken, migrations.RunPython.noop)]
