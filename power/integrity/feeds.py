"""What must hold for panels and feeds."""

from core.integrity import rule
from power.models import PowerFeed, PowerPanel

rule(
    PowerPanel,
    "power_powerpanel_location_site",
    "Its location is in another site.",
    "SELECT t.id, 'location ' || l.id FROM power_powerpanel t"
    " JOIN facilities_location l ON l.id = t.location_id WHERE l.site_id <> t.site_id",
)
rule(
    PowerFeed,
    "power_powerfeed_rack_site",
    "Its rack is in another site than its panel.",
    "SELECT t.id, 'rack ' || r.id FROM power_powerfeed t JOIN racks_rack r ON r.id = t.rack_id"
    " JOIN power_powerpanel p ON p.id = t.power_panel_id WHERE p.site_id <> r.site_id",
)
rule(
    PowerFeed,
    "power_powerfeed_mark_connected",
    "It is marked as connected without a cable and has one.",
    "SELECT t.id, 'cable ' || x.cable_id FROM power_powerfeed t"
    " JOIN dcim_cabletermination x ON x.termination_id = t.id"
    " JOIN django_content_type k ON k.id = x.termination_type_id"
    " AND k.app_label = 'power' AND k.model = 'powerfeed' WHERE t.mark_connected",
)
