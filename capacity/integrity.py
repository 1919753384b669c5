"""What must hold for the reckoning's records."""

from capacity.models import RackLimit
from core.integrity import rule

rule(
    RackLimit,
    "capacity_racklimit_loop_site",
    "Its cooling loop is in another site than the rack.",
    "SELECT t.id, 'cooling loop ' || c.id FROM capacity_racklimit t"
    " JOIN racks_rack r ON r.id = t.rack_id JOIN capacity_coolingloop c ON c.id = t.cooling_loop_id"
    " WHERE c.site_id <> r.site_id",
)
