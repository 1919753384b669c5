import django.db.models.deletion
from django.db import migrations, models

from core.schema import Together

# A check at the end of the statement costs half of one that may be deferred, and deleting a hundred
# switches makes twenty thousand of them.
_REFERENCES = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT c.conname AS name, c.conrelid::regclass AS owner, a.attname AS column_name
        FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.confrelid = 'dcim_interface'::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.owner, found.name);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (%I)
            REFERENCES dcim_interface (id) {rule}', found.owner, found.name, found.column_name);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dcim", "0002_port_triggers_by_statement"),
    ]

    operations = [
        Together(
            [
                migrations.AlterField(
                    model_name="consoleport",
                    name="device",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.device",
                    ),
                ),
                migrations.AlterField(
                    model_name="consoleport",
                    name="module",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.module",
                    ),
                ),
                migrations.AlterField(
                    model_name="consoleserverport",
                    name="device",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.device",
                    ),
                ),
                migrations.AlterField(
                    model_name="consoleserverport",
                    name="module",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.module",
                    ),
                ),
                migrations.AlterField(
                    model_name="devicebay",
                    name="device",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.device",
                    ),
                ),
                migrations.AlterField(
                    model_name="frontport",
                    name="device",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.device",
                    ),
                ),
                migrations.AlterField(
                    model_name="frontport",
                    name="module",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.module",
                    ),
                ),
                migrations.AlterField(
                    model_name="interface",
                    name="bridge",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="bridge_interfaces",
                        to="dcim.interface",
                    ),
                ),
                migrations.AlterField(
                    model_name="interface",
                    name="device",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.device",
                    ),
                ),
                migrations.AlterField(
                    model_name="interface",
                    name="lag",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="member_interfaces",
                        to="dcim.interface",
                        verbose_name="LAG",
                    ),
                ),
                migrations.AlterField(
                    model_name="interface",
                    name="module",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.module",
                    ),
                ),
                migrations.AlterField(
                    model_name="interface",
                    name="parent",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="child_interfaces",
                        to="dcim.interface",
                    ),
                ),
                migrations.AlterField(
                    model_name="modulebay",
                    name="device",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.device",
                    ),
                ),
                migrations.AlterField(
                    model_name="modulebay",
                    name="module",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.module",
                    ),
                ),
                migrations.AlterField(
                    model_name="poweroutlet",
                    name="device",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.device",
                    ),
                ),
                migrations.AlterField(
                    model_name="poweroutlet",
                    name="module",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.module",
                    ),
                ),
                migrations.AlterField(
                    model_name="powerport",
                    name="device",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.device",
                    ),
                ),
                migrations.AlterField(
                    model_name="powerport",
                    name="module",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.module",
                    ),
                ),
                migrations.AlterField(
                    model_name="rearport",
                    name="device",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.device",
                    ),
                ),
                migrations.AlterField(
                    model_name="rearport",
                    name="module",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="dcim.module",
                    ),
                ),
                migrations.AddIndex(
                    model_name="consoleport",
                    index=models.Index(
                        condition=models.Q(("module__isnull", False)),
                        fields=["module"],
                        name="dcim_consoleport_module",
                    ),
                ),
                migrations.AddIndex(
                    model_name="consoleserverport",
                    index=models.Index(
                        condition=models.Q(("module__isnull", False)),
                        fields=["module"],
                        name="dcim_consoleserverport_module",
                    ),
                ),
                migrations.AddIndex(
                    model_name="frontport",
                    index=models.Index(
                        condition=models.Q(("module__isnull", False)),
                        fields=["module"],
                        name="dcim_frontport_module",
                    ),
                ),
                migrations.AddIndex(
                    model_name="interface",
                    index=models.Index(
                        condition=models.Q(("module__isnull", False)),
                        fields=["module"],
                        name="dcim_interface_module",
                    ),
                ),
                migrations.AddIndex(
                    model_name="interface",
                    index=models.Index(
                        condition=models.Q(("parent__isnull", False)),
                        fields=["parent"],
                        name="dcim_interface_parent",
                    ),
                ),
                migrations.AddIndex(
                    model_name="interface",
                    index=models.Index(
                        condition=models.Q(("bridge__isnull", False)),
                        fields=["bridge"],
                        name="dcim_interface_bridge",
                    ),
                ),
                migrations.AddIndex(
                    model_name="interface",
                    index=models.Index(
                        condition=models.Q(("lag__isnull", False)),
                        fields=["lag"],
                        name="dcim_interface_lag",
                    ),
                ),
                migrations.AddIndex(
                    model_name="modulebay",
                    index=models.Index(
                        condition=models.Q(("module__isnull", False)),
                        fields=["module"],
                        name="dcim_modulebay_module",
                    ),
                ),
                migrations.AddIndex(
                    model_name="poweroutlet",
                    index=models.Index(
                        condition=models.Q(("module__isnull", False)),
                        fields=["module"],
                        name="dcim_poweroutlet_module",
                    ),
                ),
                migrations.AddIndex(
                    model_name="powerport",
                    index=models.Index(
                        condition=models.Q(("module__isnull", False)),
                        fields=["module"],
                        name="dcim_powerport_module",
                    ),
                ),
                migrations.AddIndex(
                    model_name="rearport",
                    index=models.Index(
                        condition=models.Q(("module__isnull", False)),
                        fields=["module"],
                        name="dcim_rearport_module",
                    ),
                ),
            ]
        ),
        migrations.RunSQL(
            _REFERENCES.format(rule="ON DELETE RESTRICT"),
            _REFERENCES.format(rule="DEFERRABLE INITIALLY DEFERRED"),
        ),
    ]
