"""Records that form a tree, kept true by triggers."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.models.base import DescribedRecord

# One lock a table serialises its writes, so that two moves at once cannot close a ring. It is taken
# before the statement locks any row, otherwise two moves could wait for each other.
_LOCK = """
    PERFORM pg_advisory_xact_lock(TG_RELID::bigint);
    RETURN NULL;
"""

_PLACE = """
    IF TG_OP = 'UPDATE' AND NEW.parent_id IS NOT DISTINCT FROM OLD.parent_id
       AND NEW.name IS NOT DISTINCT FROM OLD.name
       AND cardinality(NEW.path) > 0 AND pg_trigger_depth() < 2 THEN
        NEW.path := OLD.path;
        NEW.sort_path := OLD.sort_path;
        RETURN NEW;
    END IF;
    IF NEW.parent_id IS NULL THEN
        NEW.path := ARRAY[NEW.id];
        NEW.sort_path := ARRAY[lower(NEW.name)];
    ELSE
        EXECUTE format('SELECT path || $1, sort_path || $2 FROM %I WHERE id = $3', TG_TABLE_NAME)
            INTO NEW.path, NEW.sort_path USING NEW.id, lower(NEW.name), NEW.parent_id;
        IF NEW.path IS NULL THEN
            NEW.path := ARRAY[NEW.id];
            NEW.sort_path := ARRAY[lower(NEW.name)];
        END IF;
        IF NEW.id = ANY(NEW.path[1:cardinality(NEW.path) - 1]) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation',
                CONSTRAINT = 'tree_no_cycle', TABLE = TG_TABLE_NAME,
                MESSAGE = 'A record cannot be placed below itself.';
        END IF;
    END IF;
    RETURN NEW;
"""

_CARRY = """
    IF NEW.path IS DISTINCT FROM OLD.path OR NEW.sort_path IS DISTINCT FROM OLD.sort_path THEN
        EXECUTE format('UPDATE %I SET path = $1 || id, sort_path = $2 || lower(name)
                        WHERE parent_id = $3', TG_TABLE_NAME)
            USING NEW.path, NEW.sort_path, NEW.id;
    END IF;
    RETURN NULL;
"""


def tree_lock() -> pgtrigger.Trigger:
    """The trigger that lets one statement at a time write a tree's table."""
    return pgtrigger.Trigger(
        name="tree_lock",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=_LOCK,
    )


def tree_triggers() -> list[pgtrigger.Trigger]:
    """The triggers of a tree table: one locks it, one places a row, one carries its branch."""
    return [
        tree_lock(),
        pgtrigger.Trigger(
            name="tree_place",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update,
            func=_PLACE,
        ),
        pgtrigger.Trigger(
            name="tree_carry",
            level=pgtrigger.Row,
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            func=_CARRY,
        ),
    ]


class TreeQuerySet(models.QuerySet[Any]):
    """Queries by branch."""

    def branch(self, *roots: int) -> TreeQuerySet:
        """The rows of the given ids and everything below them."""
        return self.filter(path__overlap=list(roots))


class TreeRecord(DescribedRecord):
    """A described record with a parent of its own kind.

    `path` holds the ids from the root down to the row itself and `sort_path` the lower-cased names
    along it. Triggers keep both true, also under bulk SQL, and refuse a cycle (`tree_no_cycle`).
    A concrete model declares `parent` and inherits `Meta` for the triggers.
    """

    path = ArrayField(models.BigIntegerField(), editable=False, default=list)
    sort_path = ArrayField(models.TextField(), editable=False, default=list)

    objects = TreeQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["sort_path"]
        triggers = tree_triggers()
