"""Tables of the framework itself."""

from core.models.attached import ImageAttachment, JournalEntry
from core.models.base import (
    COLOR_DEFAULT,
    DescribedRecord,
    NaturalKey,
    OrganizationalRecord,
    Record,
    TaggedRecord,
    natural_key,
)
from core.models.custom_fields import (
    CustomField,
    CustomFieldChoiceSet,
    CustomFieldObjectType,
    CustomFieldsVersion,
)
from core.models.extras import (
    CustomLink,
    DefaultView,
    ExportTemplate,
    SavedFilter,
    TableConfig,
)
from core.models.history import ObjectChange, OutboxReader
from core.models.jobs import Job
from core.models.permissions import ObjectPermission
from core.models.sessions import Session
from core.models.tags import Tag, TaggedItem
from core.models.tree import TreeQuerySet, TreeRecord, tree_lock
from core.models.users import TOKEN_PREFIX, ExternalIdentity, Group, Token, User

__all__ = [
    "COLOR_DEFAULT",
    "TOKEN_PREFIX",
    "CustomField",
    "CustomFieldChoiceSet",
    "CustomFieldObjectType",
    "CustomFieldsVersion",
    "CustomLink",
    "DefaultView",
    "DescribedRecord",
    "ExportTemplate",
    "ExternalIdentity",
    "Group",
    "ImageAttachment",
    "Job",
    "JournalEntry",
    "NaturalKey",
    "ObjectChange",
    "ObjectPermission",
    "OrganizationalRecord",
    "OutboxReader",
    "Record",
    "SavedFilter",
    "Session",
    "TableConfig",
    "Tag",
    "TaggedItem",
    "TaggedRecord",
    "Token",
    "TreeQuerySet",
    "TreeRecord",
    "User",
    "natural_key",
    "tree_lock",
]
