"""The order of the apps, as foreign keys see it.

import-linter sees imports only; a relation named by a string would escape it.
"""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.conf import settings

ORDER = ["core", "facilities", "racks", "dcim", "power", "capacity", "alerts"]


def test_every_app_of_ours_has_its_place_in_the_order() -> None:
    ours = {
        config.label
        for config in apps.get_app_configs()
        if Path(config.path).parent == settings.BASE_DIR
    }
    assert ours <= {*ORDER, "tests"}
    assert {"core", "facilities", "racks", "dcim", "power"} <= ours


def test_no_model_refers_to_an_app_above_its_own() -> None:
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.app_label
        if label not in ORDER:
            continue
        for field in model._meta.get_fields(include_hidden=True):
            target = field.related_model
            if field.auto_created or target is None or target == "self":
                continue
            upper = target._meta.app_label
            if upper in ORDER and ORDER.index(upper) > ORDER.index(label):
                wrong.append(f"{model._meta.label}.{field.name} refers to {target}")
    assert wrong == []


def test_no_parent_of_a_model_is_in_an_app_above_its_own() -> None:
    wrong = [
        f"{model._meta.label} inherits from {parent._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        for parent in model._meta.get_parent_list()
        if model._meta.app_label in ORDER
        and parent._meta.app_label in ORDER
        and ORDER.index(parent._meta.app_label) > ORDER.index(model._meta.app_label)
    ]
    assert wrong == []
