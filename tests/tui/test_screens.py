"""The whole screen, compared with pictures that a person has looked at."""

import msgspec
import pytest
from pictures import Clock, FakeRun, changed, snapshot

from stress.events import Trouble
from tui.app import StressApp, Viewing
from tui.layouts import FILLING
from tui.theme import ALL_THEMES

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
    "small-14-gpus": ((80, 24), {"gpu_number": 14}),
    "standard-1-gpu-6-agents": ((120, 40), {"gpu_number": 1, "agents": 6, "target": 6, "peak": 6, "tok_s": 412.0}),
    "standard-20-gpus": ((120, 40), {"gpu_number": 20}),
    "large-8-gpus-10000-agents": (
        (200, 60),
        {"gpu_number": 8, "agents": 10_000, "target": 10_000, "peak": 10_000, "tok_s": 45_678.0},
    ),
    "large-14-gpus": ((200, 60), {"gpu_number": 14, "agents": 200, "target": 200}),
    "large-cpu": ((200, 60), {}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_screen_looks_as_it_did(name, snap_compare):
    size, what = PICTURES[name]
    assert snap_compare(StressApp(FakeRun(snapshot(**what)), Viewing(clock=Clock())), terminal_size=size)


def test_an_engine_that_died_looks_as_it_did(snap_compare):
    shown = snapshot(gpu_number=2, tok_s=0.0, held=True, errors={"connection_lost": 132})
    lost = tuple(msgspec.structs.replace(gpu, lost="GPU is lost", util=None) for gpu in shown.sample.gpus)
    shown = changed(shown, gpus=lost, stale={"engine": 7.0}, roofline=None, verdict=None)
    trouble = Trouble(t=80.0, name="out_of_memory", detail="torch.OutOfMemoryError: CUDA out of memory")
    shown = msgspec.structs.replace(shown, troubles=(trouble,))
    assert snap_compare(StressApp(FakeRun(shown), Viewing(clock=Clock())), terminal_size=(120, 40))


@pytest.mark.parametrize(("number", "name"), enumerate(FILLING, 1))
def test_a_panel_alone_looks_as_it_did(number, name, snap_compare):
    shown = snapshot(gpu_number=6)
    assert snap_compare(StressApp(FakeRun(shown), Viewing(clock=Clock())), press=[str(number)], terminal_size=(120, 40))


@pytest.mark.parametrize("theme", [name for name in ALL_THEMES if name != "dark"])
def test_every_other_theme_looks_as_it_did(theme, snap_compare):
    shown = snapshot(gpu_number=6, errors={"rate_limited": 12, "timeout": 3})
    assert snap_compare(StressApp(FakeRun(shown), Viewing(ALL_THEMES[theme], clock=Clock())), terminal_size=(120, 40))
