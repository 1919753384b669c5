"""What must hold for racks and their reservations."""

from core.integrity import rule
from racks.models import Rack, RackPlacement, RackReservation
from racks.models.placements import DEPTH_MM, FITS, WIDTH_MM, length_sql
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

_STANDING = (
    " FROM racks_rackplacement t JOIN racks_rack r ON r.id = t.rack_id"
    " JOIN facilities_floorplan f ON f.id = t.plan_id"
)
rule(
    RackPlacement,
    "racks_rackplacement_place",
    "The rack is not in the site, hall or room of the plan.",
    f"SELECT t.id, 'plan ' || f.id{_STANDING} WHERE NOT {FITS}",
)
rule(
    RackPlacement,
    "racks_rackplacement_size",
    "Its size is not that of the rack.",
    f"SELECT t.id, 'rack ' || r.id{_STANDING}"  # noqa: S608
    " WHERE ROW(t.width, t.depth) IS DISTINCT FROM"
    f" ROW({length_sql('outer_width', WIDTH_MM)}, {length_sql('outer_depth', DEPTH_MM)})",
)
rule(
    RackPlacement,
    "racks_rackplacement_no_overlap",
    "Another rack stands there.",
    "WITH standing AS (SELECT id, plan_id, 2 * x AS x, 2 * y AS y,"
    " CASE WHEN rotation IN (90, 270) THEN depth ELSE width END AS w,"
    " CASE WHEN rotation IN (90, 270) THEN width ELSE depth END AS d FROM racks_rackplacement)"
    " SELECT a.id, 'placement ' || b.id FROM standing a JOIN standing b ON a.plan_id = b.plan_id"
    " AND a.id < b.id AND abs(a.x - b.x) < a.w + b.w AND abs(a.y - b.y) < a.d + b.d",
)
