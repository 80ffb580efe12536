from pathlib import Path

import msgspec
import pytest
from happenings import ABOUT, small_run

from stress.duel.ghost_duel import GhostDuel
from stress.events import to_line
from stress.fold.fold import Fold
from stress.fold.whole import picture
from stress.runs.recording import Recording
from tui.duel.side import side_inks
from tui.panels.curve import Curve
from tui.theme import DARK


class Live:
    """A run that stands at one second of its life, its record in this place."""

    def __init__(self, until: float, place: Path, name: str = "a server") -> None:
        fold = Fold(msgspec.structs.replace(ABOUT, name=name, short_name=name))
        for event in small_run():
            if event.t <= until:
                fold.apply(event)
        self.shown = picture(fold)
        self.pictures = place / "screenshots"

    def snapshot(self):
        return self.shown


@pytest.fixture
def ghost(tmp_path) -> Recording:
    (tmp_path / "ghost").mkdir()
    (tmp_path / "ghost" / "events.jsonl").write_bytes(b"".join(map(to_line, small_run())))
    return Recording(tmp_path / "ghost")


def test_the_live_run_is_on_the_left_whose_colour_it_has_on_its_own_screen(tmp_path, ghost):
    run = Live(5.0, tmp_path)
    shown = GhostDuel(run, ghost).picture()
    assert shown.left.snapshot is run.shown
    assert side_inks(DARK, "left").tokens == Curve("curve").inks.tokens


def test_the_ghost_stands_at_the_live_runs_time_of_the_ramp(tmp_path, ghost):
    shown = GhostDuel(Live(5.0, tmp_path), ghost).picture()
    assert (shown.live, shown.left.note, shown.right.note) == ("left", "", "ghost")
    assert shown.left.snapshot.ramp_elapsed == pytest.approx(shown.right.snapshot.ramp_elapsed, abs=0.2)
    assert shown.lead.ratio == pytest.approx(1.0, rel=0.05)
    assert shown.verdict is None


def test_the_ghost_and_the_live_run_have_names_of_their_own(tmp_path, ghost):
    shown = GhostDuel(Live(5.0, tmp_path), ghost).picture()
    assert (shown.left.name, shown.right.name) == ("a server", "ghost")


def test_a_ghost_of_the_same_target_is_told_apart(tmp_path, ghost):
    ghost.about = msgspec.structs.replace(ghost.about, name="vLLM", short_name="vLLM")
    shown = GhostDuel(Live(5.0, tmp_path, name="vLLM"), ghost).picture()
    assert (shown.left.name, shown.right.name) == ("vLLM A", "vLLM B")


def test_while_the_live_run_drains_the_ghost_does_too(tmp_path, ghost):
    shown = GhostDuel(Live(12.0, tmp_path), ghost).picture()
    assert shown.left.snapshot.sample.t == shown.right.snapshot.sample.t
    assert shown.left.over
    assert shown.right.over
