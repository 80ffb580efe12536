"""The whole screen, compared with pictures that a person has looked at."""

import pytest
from pictures import Clock, FakeRun, snapshot

from tui.app import StressApp
from tui.looks import LOOKS

PICTURES = {
    "small-cpu": ((80, 24), {}),
    "standard-cpu": ((120, 40), {}),
    "standard-6-gpus-held-errors": (
        (120, 40),
        {"gpu_number": 6, "held": True, "errors": {"rate_limited": 12, "timeout": 3}},
    ),
    "standard-14-gpus-2000-agents-drain": (
        (120, 40),
        {"gpu_number": 14, "agents": 1700, "target": 2000, "peak": 2000, "phase": "drain", "tok_s": 18234.0},
    ),
    "large-6-gpus": ((200, 60), {"gpu_number": 6, "agents": 200, "target": 200}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_screen_looks_as_it_did(name, snap_compare):
    size, what = PICTURES[name]
    assert snap_compare(StressApp(FakeRun(snapshot(**what)), clock=Clock()), terminal_size=size)


@pytest.mark.parametrize("look", [name for name in LOOKS if name != "dark"])
def test_every_other_look_looks_as_it_did(look, snap_compare):
    shown = snapshot(gpu_number=6, errors={"rate_limited": 12, "timeout": 3})
    assert snap_compare(StressApp(FakeRun(shown), Clock(), LOOKS[look]), terminal_size=(120, 40))
