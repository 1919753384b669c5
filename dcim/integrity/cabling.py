"""What must hold for cables. That their ports exist is checked for every generic reference."""

from django.apps import apps

from core.integrity import rule
from dcim.choices import VIRTUAL_INTERFACE_TYPES, WIRELESS_INTERFACE_TYPES
from dcim.models import Cable, CableTermination
from dcim.models.cables import COMPATIBLE
from dcim.models.components import CabledComponent

_KINDS = ", ".join(f"'{kind}'" for kind in sorted(COMPATIBLE))
_PAIRS = ", ".join(
    f"('{near}', '{far}')" for near in sorted(COMPATIBLE) for far in sorted(COMPATIBLE[near])
)
_NOT_CABLED = ", ".join(f"'{name}'" for name in VIRTUAL_INTERFACE_TYPES + WIRELESS_INTERFACE_TYPES)
_ENDS = (
    "dcim_cabletermination n JOIN dcim_cabletermination o ON o.cable_id = n.cable_id"
    " JOIN django_content_type near ON near.id = n.termination_type_id"
    " JOIN django_content_type far ON far.id = o.termination_type_id"
)

rule(
    CableTermination,
    "dcim_cabletermination_kind",
    "A cable cannot be plugged into such an object.",
    "SELECT t.id, k.model FROM dcim_cabletermination t"  # noqa: S608
    " JOIN django_content_type k ON k.id = t.termination_type_id"
    f" WHERE k.app_label NOT IN ('dcim', 'power') OR k.model NOT IN ({_KINDS})",
)
rule(
    CableTermination,
    "dcim_cabletermination_port_once",
    "Another cable end is in the same port.",
    "SELECT a.id, 'end ' || b.id FROM dcim_cabletermination a JOIN dcim_cabletermination b"
    " USING (termination_type_id, termination_id) WHERE a.id < b.id",
)
rule(
    CableTermination,
    "dcim_cabletermination_interface",
    "It is plugged into an interface that takes no cable.",
    "SELECT t.id, i.type FROM dcim_cabletermination t"  # noqa: S608
    " JOIN django_content_type k ON k.id = t.termination_type_id AND k.model = 'interface'"
    f" JOIN dcim_interface i ON i.id = t.termination_id WHERE i.type IN ({_NOT_CABLED})",
)
rule(
    CableTermination,
    "dcim_cabletermination_same_kind",
    "The ports at its end of the cable are of several kinds.",
    f"SELECT n.id, near.model || ', ' || far.model FROM {_ENDS}"  # noqa: S608
    " WHERE n.id < o.id AND n.cable_end = o.cable_end AND near.id <> far.id",
)
rule(
    CableTermination,
    "dcim_cabletermination_compatible",
    "The kinds of the ports at both ends do not fit.",
    f"SELECT n.id, near.model || ', ' || far.model FROM {_ENDS}"  # noqa: S608
    f" WHERE n.cable_end < o.cable_end AND (near.model, far.model) NOT IN ({_PAIRS})",
)
rule(
    Cable,
    "dcim_cabletermination_loop",
    "It connects a front port to the rear port behind it.",
    f"SELECT DISTINCT n.cable_id, 'mapping ' || m.id FROM {_ENDS} JOIN dcim_portmapping m"  # noqa: S608
    " ON m.front_port_id = n.termination_id AND m.rear_port_id = o.termination_id"
    " WHERE n.cable_end <> o.cable_end AND near.model = 'frontport' AND far.model = 'rearport'",
)
for _model in apps.get_app_config("dcim").get_models():
    if issubclass(_model, CabledComponent):
        _table = _model._meta.db_table
        rule(
            _model,
            f"{_table}_mark_connected",
            "It is marked as connected without a cable and has one.",
            f"SELECT t.id, 'cable ' || x.cable_id FROM {_table} t"  # noqa: S608
            " JOIN dcim_cabletermination x ON x.termination_id = t.id"
            " JOIN django_content_type k ON k.id = x.termination_type_id"
            f" AND k.app_label = 'dcim' AND k.model = '{_model._meta.model_name}'"
            " WHERE t.mark_connected",
        )
