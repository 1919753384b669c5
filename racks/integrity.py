"""What must hold for racks and their reservations."""

from core.integrity import rule
from racks.models import Rack, RackReservation
from racks.models.types import INHERITED

_COPIED = ", ".join(f"t.{column}" for column in INHERITED)
_OF_TYPE = ", ".join(f"k.{column}" for column in INHERITED)

rule(
    Rack,
    "racks_rack_location_site",
    "Its location is in another site.",
    "SELECT t.id, 'location ' || l.id FROM racks_rack t"
    " JOIN facilities_location l ON l.id = t.location_id WHERE l.site_id <> t.site_id",
)
rule(
    Rack,
    "racks_rack_type",
    "Its dimensions are not those of its type.",
    f"SELECT t.id, 'rack type ' || k.id FROM racks_rack t"  # noqa: S608
    f" JOIN racks_racktype k ON k.id = t.rack_type_id"
    f" WHERE ROW({_COPIED}) IS DISTINCT FROM ROW({_OF_TYPE})",
)
rule(
    RackReservation,
    "racks_rackreservation_units_in_rack",
    "It reserves units that the rack does not have.",
    "SELECT t.id, 'unit ' || min(unit) FROM racks_rackreservation t"
    " JOIN racks_rack r ON r.id = t.rack_id, unnest(t.units) unit"
    " WHERE unit < r.starting_unit OR unit >= r.starting_unit + r.u_height GROUP BY t.id",
)
rule(
    RackReservation,
    "racks_rackreservation_no_overlap",
    "Another reservation has some of its units, or it has one twice.",
    "WITH claimed AS (SELECT t.id, t.rack_id, unit, row_number() OVER () AS claim"
    " FROM racks_rackreservation t, unnest(t.units) unit)"
    " SELECT DISTINCT a.id, 'unit ' || a.unit FROM claimed a JOIN claimed b"
    " ON a.rack_id = b.rack_id AND a.unit = b.unit AND a.claim <> b.claim",
)
rule(
    RackReservation,
    "racks_rackreservation_claims",
    "The units claimed for it are not those it lists.",
    "SELECT t.id FROM racks_rackreservation t WHERE"
    " (SELECT array_agg(DISTINCT unit ORDER BY unit) FROM unnest(t.units) unit)::int[]"
    " IS DISTINCT FROM (SELECT array_agg(u.unit ORDER BY u.unit) FROM racks_reservedunit u"
    " WHERE u.reservation_id = t.id AND u.rack_id = t.rack_id)::int[]",
)
