"""When an event rule's condition holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.engine import conditions, retry

DATA = {
    "name": "AUS1",
    "status": {"value": "active", "label": "Active"},
    "u_height": 42,
    "is_full": True,
    "tenant": None,
    "tags": [{"slug": "dense"}, {"slug": "ai"}],
    "before": {"status": "planned"},
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"attr": "status.value", "value": "active"}, True),
        ({"attr": "status.value", "value": "active", "negate": True}, False),
        ({"attr": "before.status", "value": "active"}, False),
        ({"attr": "u_height", "op": "gte", "value": 42}, True),
        ({"attr": "u_height", "op": "lt", "value": 42}, False),
        ({"attr": "u_height", "op": "gt", "value": "a"}, False),
        ({"attr": "u_height", "value": 42.0}, True),
        ({"attr": "is_full", "value": 1}, False),
        ({"attr": "is_full", "value": True}, True),
        ({"attr": "tenant", "value": None}, True),
        ({"attr": "tenant.slug", "value": None}, True),
        ({"attr": "tags.slug", "op": "contains", "value": "ai"}, True),
        ({"attr": "tags.slug", "op": "contains", "value": "edge"}, False),
        ({"attr": "name", "op": "in", "value": ["SAC1", "AUS1"]}, True),
        ({"attr": "name", "op": "regex", "value": "^AUS"}, True),
        ({"attr": "u_height", "op": "regex", "value": "4"}, False),
        ({"and": [{"attr": "name", "value": "AUS1"}, {"attr": "u_height", "value": 1}]}, False),
        ({"or": [{"attr": "name", "value": "AUS1"}, {"attr": "u_height", "value": 1}]}, True),
        (None, True),
        ({}, True),
    ],
)
def test_a_condition_holds(condition, expected):
    assert not condition or conditions.fault(condition) == ""
    assert conditions.holds(condition, DATA) is expected


@pytest.mark.parametrize(
    ("condition", "word"),
    [
        ("active", "object"),
        ({"attr": "name"}, '"value"'),
        ({"value": 1}, '"attr"'),
        ({"attr": "name", "value": 1, "op": "like"}, '"op"'),
        ({"attr": "name", "value": "(", "op": "regex"}, "pattern"),
        ({"attr": "name", "value": "x", "op": "in"}, "list"),
        ({"attr": "name", "value": "x", "negate": 1}, '"negate"'),
        ({"attr": "name", "value": "x", "site": 1}, "site"),
        ({"and": []}, "list"),
        ({"and": [{"attr": "name", "value": 1}], "or": []}, "alone"),
        ({"or": [{"attr": ""}]}, '"attr"'),
    ],
)
def test_a_fault_is_told_in_a_sentence(condition, word):
    assert word in conditions.fault(condition)


def test_conditions_nested_without_end_are_refused():
    deep: dict = {"attr": "name", "value": 1}
    for _ in range(2000):
        deep = {"and": [deep]}
    assert "deep" in conditions.fault(deep)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
one = st.fixed_dictionaries(
    {"attr": st.sampled_from(["a", "a.b", "b.0"]), "value": plain},
    optional={"op": st.sampled_from(list(conditions.OPERATORS)), "negate": st.booleans()},
)
anything = st.recursive(
    one | plain,
    lambda inner: (
        st.fixed_dictionaries({"and": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"or": st.lists(inner, min_size=1, max_size=3)})
    ),
    max_leaves=6,
)


@given(anything, plain)
def test_what_has_no_fault_can_be_asked_of_anything(condition, data):
    if conditions.fault(condition) == "":
        assert conditions.holds(condition, data) in (True, False)
        assert conditions.holds({"and": [condition]}, data) == conditions.holds(condition, data)


@given(st.integers(1, 20), st.floats(0, 1), st.none() | st.floats(0, 1e6))
def test_attempts_come_ever_later_and_end(attempts, chance, wanted):
    found = retry.delay(attempts, chance, wanted)
    assert (found is None) == (attempts >= retry.ATTEMPTS)
    if found is not None:
        assert 8 <= found <= 3600 * 1.2
        assert wanted is None or found >= min(wanted, 3600)
        later = retry.delay(attempts + 1, chance, wanted)
        assert later is None or later >= found


@pytest.mark.parametrize(("status", "expected"), [(400, True), (404, True), (302, True)])
@pytest.mark.parametrize("passing", [408, 425, 429, 500, 502, 503])
def test_only_what_cannot_change_is_permanent(status, expected, passing):
    assert retry.is_permanent(status) is expected
    assert not retry.is_permanent(passing)
