from django.db import migrations

FUNCTION = """
CREATE FUNCTION core_trigrams(VARIADIC texts text[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    found text[] := '{}';
    given text;
BEGIN
    FOREACH given IN ARRAY texts LOOP
        given := coalesce(upper(given), '');
        FOR start IN 1 .. length(given) - 2 LOOP
            found := found || substr(given, start, 3);
        END LOOP;
    END LOOP;
    RETURN found;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0007_extras")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION core_trigrams(VARIADIC text[])"),
    ]
