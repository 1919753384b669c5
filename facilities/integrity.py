"""What must hold between places."""

from core.integrity import rule
from facilities.models import Location

rule(
    Location,
    "facilities_location_parent_site",
    "Its parent is in another site.",
    "SELECT t.id, 'parent ' || p.id FROM facilities_location t"
    " JOIN facilities_location p ON p.id = t.parent_id WHERE p.site_id <> t.site_id",
)
