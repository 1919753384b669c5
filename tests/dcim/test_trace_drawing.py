"""The drawing of a path: what stands beside what, and where the cables run."""

import re
from itertools import pairwise

from dcim.cabling import layout
from dcim.cabling.trace import Port, Step
from tests.core.pages import admin_client, database, text
from tests.dcim.factories import (
    CableFactory,
    CableTerminationFactory,
    DeviceFactory,
    FrontPortFactory,
    InterfaceFactory,
    PortMappingFactory,
    RearPortFactory,
    connect,
)


def drawn(*walks):
    """The drawing of walks of ports that are numbered by their device and place, as in 12."""
    steps = [step for walk in walks for step in walk]
    return layout.draw(steps, lambda port: port.id // 10, lambda box: 150, lambda port: 20)


def step(depth, port, came_from=None, cable=None, split=False):
    source = Port(1, came_from) if came_from else None
    return Step(depth, Port(1, port), bool(cable), cable, True, source, split)


def test_devices_stand_in_columns_and_a_panel_has_both_sides_in_one_box():
    made = drawn([step(0, 11), step(1, 21, 11, 7), step(2, 22, 21), step(3, 31, 22, 8)])
    assert [(box.column, box.entered, box.left) for box in made.boxes] == [
        (0, [], [Port(1, 11)]),
        (1, [Port(1, 21)], [Port(1, 22)]),
        (2, [Port(1, 31)], []),
    ]
    assert len({stroke.y1 for stroke in made.strokes} | {s.y2 for s in made.strokes}) == 1
    assert [stroke.cable for stroke in made.strokes] == [7, None, 8]
    left = [box.x for box in made.boxes]
    assert left == sorted(left) and made.boxes[0].x + 150 + layout.GAP_X == left[1]


def test_a_breakout_fans_out_to_boxes_that_do_not_overlap():
    made = drawn([step(0, 11), *(step(1, 10 * n + 1, 11, 7) for n in (2, 3, 4, 5))])
    boxes = sorted(made.boxes[1:], key=lambda box: box.y)
    assert all(a.y + a.height < b.y for a, b in pairwise(boxes))
    assert [each.cable for each in made.captions] == [7]
    assert made.height >= boxes[-1].y + boxes[-1].height


def test_what_is_split_is_not_drawn_beyond_the_panel():
    made = drawn([step(0, 11), step(1, 21, 11, 7), step(2, 22, 21, split=True)])
    assert made.boxes[-1].left == []


def test_only_walks_that_come_over_a_cable_from_one_side_share_a_drawing():
    one = [step(0, 11), step(1, 21, 11, 7)]
    other = [step(0, 12), step(1, 22, 12, 7)]
    back = [step(0, 23), step(1, 13, 23, 7)]
    grouped = layout.together([one, other, back], lambda port: port.id // 10)
    assert grouped == [[one, other], [back]]


@database
def test_the_page_of_a_trunk_draws_all_its_paths_in_one_drawing():
    cable = CableFactory(
        profile="trunk-2c1p", color="ffc107", label="T-1", length=7, length_unit="m"
    )
    panels = {end: DeviceFactory(name=f"panel {end}") for end in "AB"}
    for number in (1, 2):
        for end, panel in panels.items():
            front = FrontPortFactory(device=panel, name=f"front {number}")
            rear = RearPortFactory(device=panel, name=f"rear {number}")
            PortMappingFactory(front_port=front, rear_port=rear)
            connect(InterfaceFactory(name=f"eth{end}{number}"), front)
            CableTerminationFactory(
                cable=cable, cable_end=end, port=rear, connector=number, positions=[1]
            )
    page = text(admin_client().get(f"/dcim/cables/{cable.pk}/"))
    [drawing] = re.findall(r'<svg class="trace-drawing".*?</svg>', page, re.S)
    assert len(re.findall('class="trace-box"', drawing)) == 6
    assert drawing.count('stroke="#ffc107"') == 2
    assert "7 m" in drawing and "2 paths" in page
    for name in ("panel A", "panel B", "front 2", "rear 1", "ethB2", "T-1"):
        assert f">{name}</text>" in drawing
    assert f'<a class="trace-tag is-here" href="/dcim/cables/{cable.pk}/">' in drawing
