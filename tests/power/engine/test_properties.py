"""What must hold of the reckoning for any plant."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from power.engine import NodeKind, Rows, build, flow, n_minus_1
from power.engine.worst import single_failures
from tests.examples import examples
from tests.power.engine.oracle import Oracle
from tests.power.engine.plants import demand, plants

EXACT = {"rtol": 1e-9, "atol": 1e-6}


def failing(data: st.DataObject, rows: Rows) -> list[int]:
    return data.draw(st.lists(st.integers(0, rows.nodes - 1), max_size=3, unique=True))


@settings(max_examples=examples(40))
@given(plants(), st.booleans(), st.data())
def test_it_finds_what_a_naive_reckoning_finds(plant, storage, data):
    rows, drawn = plant
    failed = failing(data, rows)
    found = flow(build(rows), drawn, failed, storage=storage)
    oracle = Oracle(rows, drawn.watts, set(failed), storage=storage)
    assert found.up.tolist() == oracle.up
    kept = rows.kind != NodeKind.OUTLET  # outlets of supplies alone are folded into what is above
    assert found.live[kept].tolist() == [oracle.live(n) for n in range(rows.nodes) if kept[n]]
    np.testing.assert_allclose(found.watts[kept], np.array(oracle.given)[kept], **EXACT)


@settings(max_examples=examples(20))
@given(plants(), st.data())
def test_energy_is_conserved(plant, data):
    rows, drawn = plant
    graph = build(rows)
    found = flow(graph, drawn, failing(data, rows))
    given_up = found.share.sum() if len(found.share) else 0
    fed = np.zeros(rows.nodes)
    np.add.at(fed, rows.edge_down, found.share)
    # What draws is fed wholly, or is a source.
    drawing = found.watts > 1e-9
    assert np.all(np.isclose(fed[drawing], 1) | np.isclose(fed[drawing], 0))
    sources = drawing & np.isclose(fed, 0)
    assert np.all(graph.root[graph.inner][sources])
    served = drawn.watts[found.up].sum()
    if given_up or served:
        taken = (found.watts + found.losses)[sources].sum()
        attached = graph.attach >= 0
        has = np.zeros(rows.devices, dtype=bool)
        has[rows.supply_device[attached]] = True
        np.testing.assert_allclose(taken - found.losses.sum(), served, **EXACT)
        assert np.all(has[found.up])
    assert np.all(found.losses >= -1e-9)
    np.testing.assert_allclose(found.legs.sum(axis=1), found.watts, **EXACT)
    np.testing.assert_allclose(found.unserved.sum() + served, drawn.watts.sum(), **EXACT)


@settings(max_examples=examples(20))
@given(plants(), st.data())
def test_failing_more_never_brings_anything_up(plant, data):
    rows, drawn = plant
    graph, failed = build(rows), failing(data, rows)
    fewer, more = flow(graph, drawn, failed[:1]), flow(graph, drawn, failed)
    assert not np.any(more.up & ~fewer.up)
    assert not np.any(more.live & ~fewer.live)


@settings(max_examples=examples(20))
@given(plants(), st.data())
def test_more_demand_never_lowers_a_load(plant, data):
    """With a curve too: output ÷ efficiency grows with output unless efficiency leaps."""
    rows, drawn = plant
    graph = build(rows)
    more = drawn.watts + data.draw(
        st.lists(st.floats(0, 500), min_size=rows.devices, max_size=rows.devices).map(
            lambda values: np.array(values, dtype=float)
        )
    )
    before, after = flow(graph, drawn), flow(graph, demand(more))
    assert np.all(after.watts >= before.watts - 1e-6)


@settings(max_examples=examples(20))
@given(plants(), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(plant, random):
    rows, drawn = plant
    nodes = list(range(rows.nodes))
    random.shuffle(nodes)
    edges = list(range(len(rows.edge_up)))
    random.shuffle(edges)
    supplies = list(range(len(rows.supply_device)))
    random.shuffle(supplies)
    place = np.argsort(nodes)
    changed = {}
    for each in dataclasses.fields(rows):
        value = getattr(rows, each.name)
        if each.name.startswith("edge_"):
            value = value[edges]
        elif each.name.startswith("supply_"):
            value = value[supplies]
        elif each.name not in ("curves", "required"):
            value = value[nodes]
        if each.name in ("edge_up", "edge_down"):
            value = place[value]
        if each.name == "supply_node":
            value = np.where(value < 0, -1, place[value])
        changed[each.name] = value
    shuffled = Rows(**changed)
    before, after = flow(build(rows), drawn), flow(build(shuffled), drawn)
    np.testing.assert_allclose(after.watts, before.watts[nodes], **EXACT)
    assert after.up.tolist() == before.up.tolist()


def brute_force(rows, drawn, sets):
    """The worst of `flow` for each failure in turn."""
    graph = build(rows)
    base = flow(graph, drawn)
    va, cause = base.va.copy(), np.full(rows.nodes, -1)
    down, lost = [], []
    for index, failed in enumerate(sets):
        found = flow(graph, drawn, failed)
        worse = found.va > va * (1 + 1e-12) + 1e-9
        va[worse], cause[worse] = found.va[worse], index
        gone = base.up & ~found.up
        down.append(int(gone.sum()))
        lost.append(float(drawn.watts[gone].sum()))
    return va, cause, down, lost


@settings(max_examples=examples(40))
@given(plants(), st.data())
def test_all_failures_at_once_are_as_each_in_turn(plant, data):
    rows, drawn = plant
    graph = build(rows)
    sets = single_failures(graph)
    may_fail = [n for n in range(rows.nodes) if rows.kind[n] != NodeKind.OUTLET]
    groups = data.draw(
        st.lists(
            st.lists(st.sampled_from(may_fail), min_size=1, max_size=4, unique=True), max_size=3
        )
    )
    sets = [*sets, *groups]
    found = n_minus_1(graph, drawn, sets)
    va, _, down, lost = brute_force(rows, drawn, sets)
    np.testing.assert_allclose(found.va, va, **EXACT)
    assert found.devices_down.tolist() == down
    np.testing.assert_allclose(found.watts_down, lost, **EXACT)
    # The cause is a failure that gives that load.
    for node in np.flatnonzero(found.cause >= 0):
        again = flow(graph, drawn, sets[found.cause[node]])
        np.testing.assert_allclose(again.va[node], va[node], **EXACT)
    for device in range(rows.devices):
        by = found.taken_down_by[device]
        if by >= 0:
            assert not flow(graph, drawn, sets[by]).up[device]
        elif flow(graph, drawn).up[device]:
            assert all(flow(graph, drawn, each).up[device] for each in sets)
