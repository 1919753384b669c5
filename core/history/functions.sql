-- Change history, written by the database itself. Replaced whole by every `migrate`.

-- The id of a content type, which is made when it is not there yet.
CREATE OR REPLACE FUNCTION core_history_kind(app text, name text) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    found integer;
BEGIN
    SELECT id INTO found FROM django_content_type WHERE app_label = app AND model = name;
    IF found IS NULL AND name <> '' THEN
        INSERT INTO django_content_type (app_label, model) VALUES (app, name)
            ON CONFLICT DO NOTHING;
        SELECT id INTO found FROM django_content_type WHERE app_label = app AND model = name;
    END IF;
    RETURN found;
END $$;

-- What a row is called: its first columns that say so, else its kind and id.
CREATE OR REPLACE FUNCTION core_history_name(data jsonb, names text[], label text, pk bigint)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT left(coalesce(nullif(concat_ws(' ', nullif(data ->> names[1], ''),
        nullif(data ->> names[2], ''), nullif(data ->> names[3], '')), ''), label || ' ' || pk), 200)
$$;

-- When the running write began. One transaction may hold several, each of which says so.
CREATE OR REPLACE FUNCTION core_write_began() RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('headroom.began', true), '')::timestamptz, now())
$$;

-- SQL for the data of a row called `alias`: its columns without those that are ignored or null.
-- Naming the columns takes half as long as making JSON of the whole row and taking some out, and
-- in the order in which JSON keeps them they need not be sorted for every row.
CREATE OR REPLACE FUNCTION core_history_data(relation regclass, alias text, ignored text[])
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN current_setting('server_version_num')::integer < 160000
        THEN format('jsonb_strip_nulls(to_jsonb(%I) - %L::text[])', alias, ignored)
        ELSE format('JSON_OBJECT(%s ABSENT ON NULL RETURNING jsonb)', string_agg(format(
            CASE WHEN a.atttypid = 'jsonb'::regtype
                THEN '%L : nullif(jsonb_strip_nulls(%I.%I), ''null'')' ELSE '%L : %I.%I' END,
            a.attname, alias, a.attname), ', ' ORDER BY octet_length(a.attname), a.attname)) END
    FROM pg_attribute a
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attname <> ALL (ignored)
$$;

-- Statement trigger of every recorded table: one row of history for each row that was changed.
-- Few rows are written by statements whose plans are kept; for many, one is made for the table.
-- Nested loops are off because a plan is kept, and one made for a single row would never end with
-- ten thousand.
CREATE OR REPLACE FUNCTION core_record_change() RETURNS trigger
LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
    about core_history_subject%ROWTYPE;
    kind integer;
    above integer[];
    taken jsonb;
    secret boolean;
    changed integer;
    many CONSTANT integer := 100;  -- from here on, planning takes less than it saves
    actor bigint := nullif(current_setting('headroom.user_id', true), '')::bigint;
    actor_name text := coalesce(current_setting('headroom.user_name', true), '');
    request uuid := nullif(current_setting('headroom.request_id', true), '')::uuid;
    note text := coalesce(current_setting('headroom.message', true), '');
BEGIN
    IF TG_OP = 'DELETE' THEN
        SELECT count(*) INTO changed FROM (SELECT FROM old_rows LIMIT many) found;
    ELSE
        SELECT count(*) INTO changed FROM (SELECT FROM new_rows LIMIT many) found;
    END IF;
    IF changed = 0 THEN RETURN NULL; END IF;
    SELECT * INTO STRICT about FROM core_history_subject WHERE table_name = TG_TABLE_NAME;
    kind := core_history_kind(about.app_label, about.model);
    secret := about.secrets <> '{}';
    IF cardinality(about.parents) > 0 THEN
        SELECT array_agg(core_history_kind(split_part(p, '.', 1), split_part(p, '.', 2)) ORDER BY n)
            INTO above FROM unnest(about.parent_models) WITH ORDINALITY AS t(p, n);
    END IF;
    IF TG_OP = 'DELETE' AND about.links <> '{}'
        AND current_setting('headroom.links', true) = '1' THEN
        -- What was taken away just before belongs to the delete.
        WITH gone AS (
            DELETE FROM core_objectchange c
            WHERE c.transaction = pg_current_xact_id() AND c.time >= core_write_began()
                AND c.changed_object_type_id = kind
                AND c.changed_object_id = ANY (ARRAY(SELECT o.id FROM old_rows o))
                AND c.action = 'update' AND c.before - about.links = c.after - about.links
            RETURNING c.changed_object_id AS pk, c.before
        )
        SELECT jsonb_object_agg(g.pk, g.before) INTO taken FROM gone g;
    END IF;
    IF changed = many AND taken IS NULL AND NOT secret THEN
        EXECUTE format($sql$
            INSERT INTO core_objectchange (time, user_id, user_name, request_id, message, action,
                changed_object_type_id, changed_object_id, related_object_type_id,
                related_object_id, object_repr, before, after)
            SELECT statement_timestamp(), $1, $2, $3, $4, $5, $6, r.id,
                CASE WHEN r.data ? $7[1] THEN $8[1] WHEN r.data ? $7[2] THEN $8[2] END,
                coalesce(r.data ->> $7[1], r.data ->> $7[2])::bigint,
                core_history_name(r.data, $9, $10, r.id), %s
            FROM (SELECT %s AS data, %s OFFSET 0) r WHERE %s $sql$,
            CASE TG_OP WHEN 'INSERT' THEN 'NULL::jsonb, r.data' WHEN 'UPDATE' THEN 'r.was, r.data'
                ELSE 'r.data, NULL::jsonb' END,
            core_history_data(TG_RELID, CASE TG_OP WHEN 'DELETE' THEN 'o' ELSE 'n' END,
                about.ignored),
            CASE TG_OP WHEN 'INSERT' THEN 'n.id FROM new_rows n'
                WHEN 'DELETE' THEN 'o.id FROM old_rows o'
                ELSE format('n.id, %s AS was FROM old_rows o JOIN new_rows n ON n.id = o.id',
                    core_history_data(TG_RELID, 'o', about.ignored)) END,
            CASE TG_OP WHEN 'UPDATE' THEN 'r.was <> r.data' ELSE 'true' END)
        USING actor, actor_name, request, note,
            CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE lower(TG_OP) END, kind,
            about.parents, above, about.names, about.label;
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO core_objectchange (time, user_id, user_name, request_id, message, action,
            changed_object_type_id, changed_object_id, related_object_type_id, related_object_id,
            object_repr, after)
        SELECT statement_timestamp(), actor, actor_name, request, note, 'create', kind, r.id,
            CASE WHEN r.data ? about.parents[1] THEN above[1]
                WHEN r.data ? about.parents[2] THEN above[2] END,
            coalesce(r.data ->> about.parents[1], r.data ->> about.parents[2])::bigint,
            core_history_name(r.data, about.names, about.label, r.id),
            CASE WHEN secret THEN r.data - about.secrets ELSE r.data END
        FROM (SELECT n.id, jsonb_strip_nulls(to_jsonb(n) - about.ignored) AS data
              FROM new_rows n OFFSET 0) r;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO core_objectchange (time, user_id, user_name, request_id, message, action,
            changed_object_type_id, changed_object_id, related_object_type_id, related_object_id,
            object_repr, before, after)
        SELECT statement_timestamp(), actor, actor_name, request, note, 'update', kind, r.id,
            CASE WHEN r.data ? about.parents[1] THEN above[1]
                WHEN r.data ? about.parents[2] THEN above[2] END,
            coalesce(r.data ->> about.parents[1], r.data ->> about.parents[2])::bigint,
            core_history_name(r.data, about.names, about.label, r.id),
            CASE WHEN secret THEN r.was - about.secrets ELSE r.was END,
            CASE WHEN secret THEN r.data - about.secrets ELSE r.data END
        FROM (SELECT n.id, jsonb_strip_nulls(to_jsonb(o) - about.ignored) AS was,
                  jsonb_strip_nulls(to_jsonb(n) - about.ignored) AS data
              FROM old_rows o JOIN new_rows n ON n.id = o.id OFFSET 0) r
        WHERE r.was <> r.data;
    ELSE
        INSERT INTO core_objectchange (time, user_id, user_name, request_id, message, action,
            changed_object_type_id, changed_object_id, related_object_type_id, related_object_id,
            object_repr, before)
        SELECT statement_timestamp(), actor, actor_name, request, note, 'delete', kind, r.id,
            CASE WHEN r.data ? about.parents[1] THEN above[1]
                WHEN r.data ? about.parents[2] THEN above[2] END,
            coalesce(r.data ->> about.parents[1], r.data ->> about.parents[2])::bigint,
            core_history_name(r.data, about.names, about.label, r.id),
            CASE WHEN secret OR taken IS NOT NULL
                THEN coalesce(taken -> r.id::text, '{}') || (r.data - about.secrets)
                ELSE r.data END
        FROM (SELECT o.id, jsonb_strip_nulls(to_jsonb(o) - about.ignored) AS data
              FROM old_rows o OFFSET 0) r;
    END IF;
    RETURN NULL;
END $$;

-- Statement trigger of tables whose rows are part of another row's data: tags, many-to-many
-- relations, port mappings. The change is put into the owner's row of history of the same
-- write, or into one of its own where there is none.
-- Arguments: the name in the owner's data; the owner's table (empty for tags); the column that
-- points to it; the column that is the member (empty for the whole row).
CREATE OR REPLACE FUNCTION core_record_link() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    name text := TG_ARGV[0];
    about core_history_subject%ROWTYPE;
    linked boolean := coalesce(current_setting('headroom.links', true), '') = '1';
    of_tags boolean := TG_ARGV[1] = '';
    kinds integer[];
    kind integer;
    source text;
    pk text;
    member text;
    made integer;
BEGIN
    source := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT 1 AS sign, * FROM new_rows'
        WHEN 'DELETE' THEN 'SELECT -1 AS sign, * FROM old_rows'
        ELSE 'SELECT -1 AS sign, * FROM old_rows UNION ALL SELECT 1, * FROM new_rows' END;
    IF of_tags THEN
        pk := 'r.object_id';
        member := 'coalesce((SELECT to_jsonb(t.name) FROM core_tag t WHERE t.id = r.tag_id),'
            ' to_jsonb(r.tag_id))';
        EXECUTE format('SELECT array_agg(DISTINCT content_type_id) FROM (%s) r', source) INTO kinds;
    ELSE
        pk := format('r.%I', TG_ARGV[2]);
        member := CASE WHEN TG_ARGV[3] = ''
            THEN format('to_jsonb(r) - %L::text[]', ARRAY['id', 'sign', TG_ARGV[2]])
            ELSE format('to_jsonb(r.%I)', TG_ARGV[3]) END;
        SELECT * INTO STRICT about FROM core_history_subject WHERE table_name = TG_ARGV[1];
        kinds := ARRAY[core_history_kind(about.app_label, about.model)];
    END IF;
    FOREACH kind IN ARRAY coalesce(kinds, '{}') LOOP
        SELECT s.* INTO about FROM core_history_subject s
            JOIN django_content_type t ON t.app_label = s.app_label AND t.model = s.model
            WHERE t.id = kind;
        CONTINUE WHEN NOT FOUND;
        EXECUTE format($sql$
            WITH delta AS (
                SELECT %1$s AS pk,
                    coalesce(jsonb_agg(%2$s) FILTER (WHERE r.sign = 1), '[]') AS added,
                    coalesce(jsonb_agg(%2$s) FILTER (WHERE r.sign = -1), '[]') AS removed
                FROM (%3$s) r WHERE %4$s GROUP BY 1
            ), present AS (
                SELECT %1$s AS pk, jsonb_agg(%2$s ORDER BY %2$s) AS members
                FROM %5$I r WHERE %4$s AND %1$s IN (SELECT d.pk FROM delta d) GROUP BY 1
            ), state AS MATERIALIZED (
                SELECT d.pk, coalesce(p.members, '[]') AS now, (
                    SELECT coalesce(jsonb_agg(m ORDER BY m), '[]') FROM (
                        SELECT jsonb_array_elements(coalesce(p.members, '[]'))
                        EXCEPT SELECT jsonb_array_elements(d.added)
                        UNION SELECT jsonb_array_elements(d.removed)) AS was(m)) AS was
                FROM delta d LEFT JOIN present p ON p.pk = d.pk
            ), latest AS MATERIALIZED (
                -- Row by row: a partition believed to be empty would be read for every one.
                SELECT s.*, found.id, found.time
                FROM state s CROSS JOIN LATERAL (
                    SELECT c.id, c.time FROM core_objectchange c
                    WHERE c.changed_object_type_id = $1 AND c.changed_object_id = s.pk
                        AND c.transaction = pg_current_xact_id() AND c.time >= core_write_began()
                    ORDER BY c.id + 0 DESC LIMIT 1) found
            ), merged AS (
                UPDATE core_objectchange c SET
                    before = CASE WHEN c.before ? $2 THEN c.before
                        ELSE c.before || jsonb_build_object($2, l.was) END,
                    after = c.after || jsonb_build_object($2, l.now)
                FROM latest l WHERE c.id = l.id AND c.time = l.time
            )
            INSERT INTO core_objectchange (time, user_id, user_name, request_id, message, action,
                changed_object_type_id, changed_object_id, related_object_type_id,
                related_object_id, object_repr, before, after)
            SELECT statement_timestamp(),
                nullif(current_setting('headroom.user_id', true), '')::bigint,
                coalesce(current_setting('headroom.user_name', true), ''),
                nullif(current_setting('headroom.request_id', true), '')::uuid,
                coalesce(current_setting('headroom.message', true), ''),
                'update', $1, o.pk,
                CASE WHEN o.data ? $3[1] THEN core_history_kind(split_part($4[1], '.', 1),
                        split_part($4[1], '.', 2))
                    WHEN o.data ? $3[2] THEN core_history_kind(split_part($4[2], '.', 1),
                        split_part($4[2], '.', 2)) END,
                coalesce(o.data ->> $3[1], o.data ->> $3[2])::bigint,
                core_history_name(o.data, $5, $6, o.pk),
                (o.data - $8) || jsonb_build_object($2, o.was),
                (o.data - $8) || jsonb_build_object($2, o.now)
            FROM (SELECT s.*, jsonb_strip_nulls(to_jsonb(t) - $7) AS data
                  FROM state s JOIN %6$I t ON t.id = s.pk
                  WHERE s.was <> s.now AND NOT EXISTS (SELECT FROM latest l WHERE l.pk = s.pk)
                  OFFSET 0) o
            $sql$, pk, member, source,
            CASE WHEN of_tags THEN 'r.content_type_id = ' || kind ELSE 'true' END,
            TG_TABLE_NAME, about.table_name)
        USING kind, name, about.parents, about.parent_models, about.names, about.label,
            about.ignored, about.secrets;
        GET DIAGNOSTICS made = ROW_COUNT;
        IF made > 0 THEN
            PERFORM set_config('headroom.links', '1', true);
        ELSIF linked THEN
            -- Taken away and given back in one transaction is no change.
            EXECUTE format('DELETE FROM core_objectchange c WHERE c.time >= core_write_began()'
                ' AND c.transaction = pg_current_xact_id() AND c.changed_object_type_id = $1'
                ' AND c.changed_object_id IN (SELECT %s FROM (%s) r) AND c.action = ''update'''
                ' AND c.before = c.after', pk, source) USING kind;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- TRUNCATE tells no rows, so the history would not know what is gone.
CREATE OR REPLACE FUNCTION core_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('headroom.truncate', true), '') <> 'on' THEN
        RAISE EXCEPTION 'TRUNCATE of % would leave no history: use DELETE', TG_TABLE_NAME
            USING HINT = 'SET headroom.truncate = on permits it in this session.';
    END IF;
    RETURN NULL;
END $$;
