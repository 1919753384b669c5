"""The declarations hold what the wire format lists, field by field and filter by filter."""

from __future__ import annotations

from typing import Any

import pytest

from core import registry
from tests.contract.wire import ENDPOINTS, SERVED, is_absent

NOT_RESOURCES = {"/api/dcim/connected-device/"}
PATHS = [path for path in SERVED if path not in NOT_RESOURCES]


def resource_at(path: str) -> Any:
    return registry.of_path(path.removeprefix("/api/").strip("/"))


@pytest.mark.parametrize("path", PATHS)
def test_every_listed_field_is_in_responses_in_order(path: str) -> None:
    listed = ENDPOINTS[path]["fields"]
    resource = resource_at(path)
    shown = [n for n in resource.field_names if n in listed]
    wanted = [n for n, spec in listed.items() if not spec.get("write_only")]
    missing = [n for n in wanted if n not in resource.field_names and n not in resource.write_only]
    assert missing == []
    assert shown == [n for n in wanted if n in shown]


@pytest.mark.parametrize("path", PATHS)
def test_writable_fields_are_the_listed_ones(path: str) -> None:
    endpoint, resource = ENDPOINTS[path], resource_at(path)
    if endpoint["methods"] == "read-only":
        assert "post" not in resource.methods
        return
    writable = {f.name for f in resource.writable_fields}
    wanted = {
        n for n, spec in endpoint["fields"].items() if not spec["read_only"] and not is_absent(spec)
    }
    assert writable & set(endpoint["fields"]) == wanted


@pytest.mark.parametrize("path", PATHS)
def test_bounds_and_requirements_are_the_listed_ones(path: str) -> None:
    endpoint, resource = ENDPOINTS[path], resource_at(path)
    if endpoint["methods"] == "read-only":
        return
    wrong = []
    for name, spec in endpoint["fields"].items():
        if spec["read_only"] or is_absent(spec) or not resource.has_field(name):
            continue
        serializer = resource.field(name).write_field()
        if serializer is None:
            continue
        if bool(serializer.required) != spec["required"]:
            wrong.append((name, "required", serializer.required, spec["required"]))
        if spec.get("nullable") and not serializer.allow_null:
            wrong.append((name, "nullable", serializer.allow_null, True))
        if "max_length" in spec and getattr(serializer, "max_length", None) != spec["max_length"]:
            wrong.append((name, "max_length", getattr(serializer, "max_length", None)))
        for bound in ("min_value", "max_value"):
            have = getattr(serializer, bound, None)
            if bound in spec and (have is None or float(have) != float(spec[bound])):
                wrong.append((name, bound, have, spec[bound]))
    assert wrong == []


@pytest.mark.parametrize("path", PATHS)
def test_choices_are_the_listed_ones(path: str) -> None:
    endpoint, resource = ENDPOINTS[path], resource_at(path)
    for name, spec in endpoint["fields"].items():
        if "choices" in spec and resource.has_field(name):
            field = resource.field(name)
            assert hasattr(field, "choices"), name
            assert [value for value, _ in field.choices if value != ""] == [
                value for value in spec["choices"] if value != ""
            ], name


@pytest.mark.parametrize("path", PATHS)
def test_defaults_are_the_listed_ones(path: str) -> None:
    endpoint, resource = ENDPOINTS[path], resource_at(path)
    wrong = []
    for name, spec in endpoint["fields"].items():
        if "default" not in spec or name in ("custom_fields", "date_joined"):
            continue
        column = resource.field(name).model_field
        if column is not None and str(column.get_default()) != str(spec["default"]):
            wrong.append((name, column.get_default(), spec["default"]))
    assert wrong == []


@pytest.mark.parametrize("path", PATHS)
def test_brief_and_nested_fields_are_the_listed_ones(path: str) -> None:
    endpoint, resource = ENDPOINTS[path], resource_at(path)
    if endpoint["brief_fields"]:
        assert list(resource.brief) == endpoint["brief_fields"]
    wrong = []
    for name, spec in endpoint["fields"].items():
        if is_absent(spec) or not resource.has_field(name):
            continue
        field: Any = resource.field(name)
        for key in ("nested_fields", "item_fields"):
            target = getattr(field, "target", None)
            if key in spec and target is not None:
                shown = list(field.nested or target.nested)
                if shown != spec[key]:
                    wrong.append((name, shown, spec[key]))
    assert wrong == []


@pytest.mark.parametrize("path", PATHS)
def test_every_listed_filter_exists(path: str) -> None:
    resource = resource_at(path)
    listed, have = set(ENDPOINTS[path]["filters"]), set(resource.all_filters)
    assert sorted(listed - have) == []


@pytest.mark.parametrize("path", PATHS)
def test_no_filter_beyond_the_listed_ones(path: str) -> None:
    resource = resource_at(path)
    listed, have = set(ENDPOINTS[path]["filters"]), set(resource.all_filters)
    own = {"devicetype_id", "moduletype_id", "devicetype_id__n", "moduletype_id__n"}
    own |= {"time_after", "time_before", "time__gte", "time__lte"}  # a range of changes
    own |= {name for name in have if name.split("__")[0] in resource.derived}
    assert sorted(have - listed - own) == []
