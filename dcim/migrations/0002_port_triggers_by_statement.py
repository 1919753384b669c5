import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from core.schema import Together


class Migration(migrations.Migration):
    dependencies = [
        ("dcim", "0001_initial"),
    ]

    operations = [
        Together(
            [
                pgtrigger.migrations.RemoveTrigger(
                    model_name="cabletermination",
                    name="fit",
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name="consoleport",
                    name="unplug",
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name="consoleserverport",
                    name="unplug",
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name="frontport",
                    name="unplug",
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name="interface",
                    name="unplug",
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name="poweroutlet",
                    name="unplug",
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name="powerport",
                    name="unplug",
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name="rearport",
                    name="unplug",
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="cabletermination",
                    trigger=pgtrigger.compiler.Trigger(
                        name="fit_new",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE kind record; bad record; closed text;",
                            func="\n    PERFORM 1 FROM dcim_cable WHERE id IN (SELECT cable_id FROM plugged)\n        ORDER BY id FOR NO KEY UPDATE;\n    FOR kind IN\n        SELECT id, app_label, model FROM django_content_type\n        WHERE id IN (SELECT termination_type_id FROM plugged) ORDER BY id\n    LOOP\n        IF kind.app_label NOT IN ('dcim', 'power') OR kind.model NOT IN ('consoleport', 'consoleserverport', 'frontport', 'interface', 'powerfeed', 'poweroutlet', 'powerport', 'rearport') THEN\n            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_kind', TABLE = TG_TABLE_NAME, MESSAGE = format('A cable cannot be plugged into a %s.', kind.model);\n        END IF;\n        closed := CASE kind.model WHEN 'interface' THEN $q$type IN ('virtual', 'bridge', 'lag', 'ieee802.11a', 'ieee802.11g', 'ieee802.11n', 'ieee802.11ac', 'ieee802.11ad', 'ieee802.11ax', 'ieee802.11ay', 'ieee802.11be', 'ieee802.15.1', 'ieee802.15.4', 'other-wireless', 'gsm', 'cdma', 'lte', '4g', '5g')$q$ ELSE 'false' END;\n        EXECUTE format($q$\n            WITH ports AS MATERIALIZED (\n                SELECT id, mark_connected, %s AS closed FROM %I\n                WHERE id IN (SELECT termination_id FROM plugged WHERE termination_type_id = $1)\n                ORDER BY id FOR SHARE)\n            SELECT p.termination_id AS port, ports.id IS NULL AS missing, ports.mark_connected\n            FROM plugged p LEFT JOIN ports ON ports.id = p.termination_id\n            WHERE p.termination_type_id = $1\n                AND (ports.id IS NULL OR ports.mark_connected OR ports.closed)\n            ORDER BY p.id LIMIT 1$q$, closed, kind.app_label || '_' || kind.model)\n            INTO bad USING kind.id;\n        IF bad.missing THEN\n            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_exists', TABLE = TG_TABLE_NAME, MESSAGE = format('There is no %s with id %s.', kind.model, bad.port);\n        ELSIF bad.mark_connected THEN\n            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_marked', TABLE = TG_TABLE_NAME, MESSAGE = format('The port is marked as connected without a cable.');\n        ELSIF bad.port IS NOT NULL THEN\n            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_interface', TABLE = TG_TABLE_NAME, MESSAGE = format('A cable cannot be plugged into an interface of this type.');\n        END IF;\n    END LOOP;\n    SELECT n.cable_end = o.cable_end AS same_end, near.model AS near, far.model AS far INTO bad\n        FROM plugged n\n        JOIN dcim_cabletermination o ON o.cable_id = n.cable_id AND o.id <> n.id\n        JOIN django_content_type near ON near.id = n.termination_type_id\n        JOIN django_content_type far ON far.id = o.termination_type_id\n        WHERE CASE WHEN n.cable_end = o.cable_end THEN near.id <> far.id\n              ELSE (near.model, far.model) NOT IN (('consoleport', 'consoleserverport'), ('consoleport', 'frontport'), ('consoleport', 'rearport'), ('consoleserverport', 'consoleport'), ('consoleserverport', 'frontport'), ('consoleserverport', 'rearport'), ('frontport', 'consoleport'), ('frontport', 'consoleserverport'), ('frontport', 'frontport'), ('frontport', 'interface'), ('frontport', 'rearport'), ('interface', 'frontport'), ('interface', 'interface'), ('interface', 'rearport'), ('powerfeed', 'powerport'), ('poweroutlet', 'powerport'), ('powerport', 'powerfeed'), ('powerport', 'poweroutlet'), ('rearport', 'consoleport'), ('rearport', 'consoleserverport'), ('rearport', 'frontport'), ('rearport', 'interface'), ('rearport', 'rearport')) END\n        ORDER BY n.id, o.id LIMIT 1;\n    IF bad.same_end THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_same_kind', TABLE = TG_TABLE_NAME, MESSAGE = format('All ports at one end of a cable must be of one kind.');\n    ELSIF bad.near IS NOT NULL THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_compatible', TABLE = TG_TABLE_NAME, MESSAGE = format('A %s cannot be connected to a %s.', bad.near, bad.far);\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM plugged n\n        JOIN django_content_type near ON near.id = n.termination_type_id\n            AND near.model IN ('frontport', 'rearport')\n        JOIN dcim_cabletermination o ON o.cable_id = n.cable_id AND o.cable_end <> n.cable_end\n        JOIN django_content_type far ON far.id = o.termination_type_id\n            AND far.model IN ('frontport', 'rearport') AND far.id <> near.id\n        JOIN dcim_portmapping m\n            ON m.front_port_id =\n                CASE near.model WHEN 'frontport' THEN n.termination_id ELSE o.termination_id END\n            AND m.rear_port_id =\n                CASE near.model WHEN 'rearport' THEN n.termination_id ELSE o.termination_id END)\n    THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_loop', TABLE = TG_TABLE_NAME, MESSAGE = format('A front port cannot be connected to the rear port behind it.');\n    END IF;\n    RETURN NULL;\n",
                            hash="920a681042c52fe36723fa58d4e119e951ae5082",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_fit_new_51c5a",
                            referencing="REFERENCING NEW TABLE AS plugged ",
                            table="dcim_cabletermination",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="cabletermination",
                    trigger=pgtrigger.compiler.Trigger(
                        name="fit_changed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE kind record; bad record; closed text;",
                            func="\n    PERFORM 1 FROM dcim_cable WHERE id IN (SELECT cable_id FROM plugged)\n        ORDER BY id FOR NO KEY UPDATE;\n    FOR kind IN\n        SELECT id, app_label, model FROM django_content_type\n        WHERE id IN (SELECT termination_type_id FROM plugged) ORDER BY id\n    LOOP\n        IF kind.app_label NOT IN ('dcim', 'power') OR kind.model NOT IN ('consoleport', 'consoleserverport', 'frontport', 'interface', 'powerfeed', 'poweroutlet', 'powerport', 'rearport') THEN\n            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_kind', TABLE = TG_TABLE_NAME, MESSAGE = format('A cable cannot be plugged into a %s.', kind.model);\n        END IF;\n        closed := CASE kind.model WHEN 'interface' THEN $q$type IN ('virtual', 'bridge', 'lag', 'ieee802.11a', 'ieee802.11g', 'ieee802.11n', 'ieee802.11ac', 'ieee802.11ad', 'ieee802.11ax', 'ieee802.11ay', 'ieee802.11be', 'ieee802.15.1', 'ieee802.15.4', 'other-wireless', 'gsm', 'cdma', 'lte', '4g', '5g')$q$ ELSE 'false' END;\n        EXECUTE format($q$\n            WITH ports AS MATERIALIZED (\n                SELECT id, mark_connected, %s AS closed FROM %I\n                WHERE id IN (SELECT termination_id FROM plugged WHERE termination_type_id = $1)\n                ORDER BY id FOR SHARE)\n            SELECT p.termination_id AS port, ports.id IS NULL AS missing, ports.mark_connected\n            FROM plugged p LEFT JOIN ports ON ports.id = p.termination_id\n            WHERE p.termination_type_id = $1\n                AND (ports.id IS NULL OR ports.mark_connected OR ports.closed)\n            ORDER BY p.id LIMIT 1$q$, closed, kind.app_label || '_' || kind.model)\n            INTO bad USING kind.id;\n        IF bad.missing THEN\n            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_exists', TABLE = TG_TABLE_NAME, MESSAGE = format('There is no %s with id %s.', kind.model, bad.port);\n        ELSIF bad.mark_connected THEN\n            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_marked', TABLE = TG_TABLE_NAME, MESSAGE = format('The port is marked as connected without a cable.');\n        ELSIF bad.port IS NOT NULL THEN\n            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_interface', TABLE = TG_TABLE_NAME, MESSAGE = format('A cable cannot be plugged into an interface of this type.');\n        END IF;\n    END LOOP;\n    SELECT n.cable_end = o.cable_end AS same_end, near.model AS near, far.model AS far INTO bad\n        FROM plugged n\n        JOIN dcim_cabletermination o ON o.cable_id = n.cable_id AND o.id <> n.id\n        JOIN django_content_type near ON near.id = n.termination_type_id\n        JOIN django_content_type far ON far.id = o.termination_type_id\n        WHERE CASE WHEN n.cable_end = o.cable_end THEN near.id <> far.id\n              ELSE (near.model, far.model) NOT IN (('consoleport', 'consoleserverport'), ('consoleport', 'frontport'), ('consoleport', 'rearport'), ('consoleserverport', 'consoleport'), ('consoleserverport', 'frontport'), ('consoleserverport', 'rearport'), ('frontport', 'consoleport'), ('frontport', 'consoleserverport'), ('frontport', 'frontport'), ('frontport', 'interface'), ('frontport', 'rearport'), ('interface', 'frontport'), ('interface', 'interface'), ('interface', 'rearport'), ('powerfeed', 'powerport'), ('poweroutlet', 'powerport'), ('powerport', 'powerfeed'), ('powerport', 'poweroutlet'), ('rearport', 'consoleport'), ('rearport', 'consoleserverport'), ('rearport', 'frontport'), ('rearport', 'interface'), ('rearport', 'rearport')) END\n        ORDER BY n.id, o.id LIMIT 1;\n    IF bad.same_end THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_same_kind', TABLE = TG_TABLE_NAME, MESSAGE = format('All ports at one end of a cable must be of one kind.');\n    ELSIF bad.near IS NOT NULL THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_compatible', TABLE = TG_TABLE_NAME, MESSAGE = format('A %s cannot be connected to a %s.', bad.near, bad.far);\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM plugged n\n        JOIN django_content_type near ON near.id = n.termination_type_id\n            AND near.model IN ('frontport', 'rearport')\n        JOIN dcim_cabletermination o ON o.cable_id = n.cable_id AND o.cable_end <> n.cable_end\n        JOIN django_content_type far ON far.id = o.termination_type_id\n            AND far.model IN ('frontport', 'rearport') AND far.id <> near.id\n        JOIN dcim_portmapping m\n            ON m.front_port_id =\n                CASE near.model WHEN 'frontport' THEN n.termination_id ELSE o.termination_id END\n            AND m.rear_port_id =\n                CASE near.model WHEN 'rearport' THEN n.termination_id ELSE o.termination_id END)\n    THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dcim_cabletermination_loop', TABLE = TG_TABLE_NAME, MESSAGE = format('A front port cannot be connected to the rear port behind it.');\n    END IF;\n    RETURN NULL;\n",
                            hash="c6ccf24e52d9ded42d4aa71e1d5630b411edf308",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_fit_changed_0711e",
                            referencing="REFERENCING NEW TABLE AS plugged ",
                            table="dcim_cabletermination",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="consoleport",
                    trigger=pgtrigger.compiler.Trigger(
                        name="unplug",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    DELETE FROM dcim_cabletermination\n        WHERE termination_type_id = (SELECT id FROM django_content_type\n             WHERE app_label = 'dcim' AND model = substr(TG_TABLE_NAME, 6)) AND termination_id IN (SELECT id FROM gone);\n    RETURN NULL;\n",
                            hash="ee0885b8a5bdc6da395569340578de55a01280f5",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_unplug_3d447",
                            referencing="REFERENCING OLD TABLE AS gone ",
                            table="dcim_consoleport",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="consoleserverport",
                    trigger=pgtrigger.compiler.Trigger(
                        name="unplug",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    DELETE FROM dcim_cabletermination\n        WHERE termination_type_id = (SELECT id FROM django_content_type\n             WHERE app_label = 'dcim' AND model = substr(TG_TABLE_NAME, 6)) AND termination_id IN (SELECT id FROM gone);\n    RETURN NULL;\n",
                            hash="45975551e6d083857ff76eb365181a1b671ef6c3",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_unplug_0e350",
                            referencing="REFERENCING OLD TABLE AS gone ",
                            table="dcim_consoleserverport",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="frontport",
                    trigger=pgtrigger.compiler.Trigger(
                        name="unplug",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    DELETE FROM dcim_cabletermination\n        WHERE termination_type_id = (SELECT id FROM django_content_type\n             WHERE app_label = 'dcim' AND model = substr(TG_TABLE_NAME, 6)) AND termination_id IN (SELECT id FROM gone);\n    RETURN NULL;\n",
                            hash="256e0cda8afdae8c7f16f3d8b23fb39869695284",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_unplug_c4a0e",
                            referencing="REFERENCING OLD TABLE AS gone ",
                            table="dcim_frontport",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="interface",
                    trigger=pgtrigger.compiler.Trigger(
                        name="unplug",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    DELETE FROM dcim_cabletermination\n        WHERE termination_type_id = (SELECT id FROM django_content_type\n             WHERE app_label = 'dcim' AND model = substr(TG_TABLE_NAME, 6)) AND termination_id IN (SELECT id FROM gone);\n    RETURN NULL;\n",
                            hash="49cadf1991c964b8b37ce5aa58455c73f677a806",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_unplug_201ea",
                            referencing="REFERENCING OLD TABLE AS gone ",
                            table="dcim_interface",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="poweroutlet",
                    trigger=pgtrigger.compiler.Trigger(
                        name="unplug",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    DELETE FROM dcim_cabletermination\n        WHERE termination_type_id = (SELECT id FROM django_content_type\n             WHERE app_label = 'dcim' AND model = substr(TG_TABLE_NAME, 6)) AND termination_id IN (SELECT id FROM gone);\n    RETURN NULL;\n",
                            hash="0342fdd9f500efbc902d20ea74fbbde4e91759c3",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_unplug_c7d6b",
                            referencing="REFERENCING OLD TABLE AS gone ",
                            table="dcim_poweroutlet",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="powerport",
                    trigger=pgtrigger.compiler.Trigger(
                        name="unplug",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    DELETE FROM dcim_cabletermination\n        WHERE termination_type_id = (SELECT id FROM django_content_type\n             WHERE app_label = 'dcim' AND model = substr(TG_TABLE_NAME, 6)) AND termination_id IN (SELECT id FROM gone);\n    RETURN NULL;\n",
                            hash="34b430f5beae0efb23b4f54548de0b1e52d0db5f",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_unplug_fbe95",
                            referencing="REFERENCING OLD TABLE AS gone ",
                            table="dcim_powerport",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="rearport",
                    trigger=pgtrigger.compiler.Trigger(
                        name="unplug",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    DELETE FROM dcim_cabletermination\n        WHERE termination_type_id = (SELECT id FROM django_content_type\n             WHERE app_label = 'dcim' AND model = substr(TG_TABLE_NAME, 6)) AND termination_id IN (SELECT id FROM gone);\n    RETURN NULL;\n",
                            hash="daf17908f3262838477647a0156cc1532848db47",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_unplug_b51af",
                            referencing="REFERENCING OLD TABLE AS gone ",
                            table="dcim_rearport",
                            when="AFTER",
                        ),
                    ),
                ),
            ]
        ),
    ]
