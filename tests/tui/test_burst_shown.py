"""A burst's progress, in the place of the ramp."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import changed, snapshot
from rich.cells import cell_len

from stress.fold.burst_progress import Progress
from stress.fold.snapshot import Plan, Snapshot
from stress.ramp import BurstPlan
from tui.panels.header import Header
from tui.panels.ramp import Ramp

TEXT = "50 requests of 2,000 tokens, all at once"


def burst(progress: Progress, phase: str = "hold") -> Snapshot:
    picture = snapshot(phase=phase)
    plan = Plan(points=((0.0, 50),), duration=0.0, text=TEXT)
    about = msgspec.structs.replace(picture.about, plan=plan, burst=BurstPlan(requests=50, tokens=2000, concurrency=50))
    return msgspec.structs.replace(changed(picture, phase=phase), about=about, progress=progress)


def lines(progress: Progress, width: int = 70, height: int = 6, phase: str = "hold") -> list[str]:
    return [strip.text for strip in Ramp("ramp").draw(burst(progress, phase), width, height)]


def test_it_says_what_was_asked_how_far_it_is_and_how_long_it_will_take():
    title, *bars, words = lines(Progress(share=0.5, ended=12, left_s=75.0))
    assert TEXT in title
    assert len(bars) == 4
    assert bars[0].count("▆") == 34
    assert "12 of 50 requests   50 %   about 1:15 left at this rate" in words


def test_at_first_it_promises_nothing():
    assert "too early to say how long" in lines(Progress(share=0.02, ended=0, left_s=None))[-1]


def test_at_its_end_it_is_done():
    assert "50 of 50 requests   100 %   done" in lines(Progress(share=1.0, ended=50, left_s=0.0), phase="done")[-1]


@given(st.integers(1, 200), st.integers(1, 30), st.floats(0, 1))
def test_every_line_is_as_wide_as_the_panel(width, height, share):
    for strip in Ramp("ramp").draw(burst(Progress(share=share, ended=3, left_s=4.0)), width, height):
        assert sum(cell_len(segment.text) for segment in strip) == width


@pytest.mark.parametrize(("phase", "word"), [("hold", "BURST"), ("drain", "DRAIN")])
def test_the_header_names_the_phase_of_a_burst(phase, word):
    strip = Header("header").draw(burst(Progress(share=0.5, ended=1, left_s=None), phase), 120, 2)[0]
    assert f" {word} " in strip.text
