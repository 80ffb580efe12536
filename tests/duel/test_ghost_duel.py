from pathlib import Path

import msgspec
import pytest
from happenings import ABOUT, small_run

from stress.duel.ghost_duel import GhostDuel
from stress.events import to_line
from stress.fold.fold import Fold
from stress.runs.recording import Recording


class Live:
    """A run that stands at one second of its life, its record in this place."""

    def __init__(self, until: float, place: Path, name: str = "a server") -> None:
        fold = Fold(msgspec.structs.replace(ABOUT, name=name, short_name=name))
        for event in small_run():
            if event.t <= until:
                fold.apply(event)
        self.shown = fold.snapshot()
        self.pictures = place / "screenshots"

    def snapshot(self):
        return self.shown


@pytest.fixture
def ghost(tmp_path) -> Recording:
    (tmp_path / "ghost").mkdir()
    (tmp_path / "ghost" / "events.jsonl").write_bytes(b"".join(map(to_line, small_run())))
    return Recording(tmp_path / "ghost")


def test_the_ghost_stands_at_the_live_runs_time_of_the_ramp(tmp_path, ghost):
    picture = GhostDuel(Live(5.0, tmp_path), ghost).picture()
    assert (picture.live, picture.left.note) == ("right", "ghost")
    assert picture.left.snapshot.ramp_elapsed == pytest.approx(picture.right.snapshot.ramp_elapsed, abs=0.2)
    assert picture.lead.ratio == pytest.approx(1.0, rel=0.05)
    assert picture.verdict is None


def test_the_ghost_and_the_live_run_have_names_of_their_own(tmp_path, ghost):
    picture = GhostDuel(Live(5.0, tmp_path), ghost).picture()
    assert {picture.left.name, picture.right.name} == {"ghost", "a server"}


def test_a_ghost_of_the_same_target_is_told_apart(tmp_path, ghost):
    ghost.about = msgspec.structs.replace(ghost.about, name="vLLM", short_name="vLLM")
    picture = GhostDuel(Live(5.0, tmp_path, name="vLLM"), ghost).picture()
    assert (picture.left.name, picture.right.name) == ("vLLM A", "vLLM B")


def test_while_the_live_run_drains_the_ghost_does_too(tmp_path, ghost):
    picture = GhostDuel(Live(12.0, tmp_path), ghost).picture()
    assert picture.left.snapshot.sample.t == picture.right.snapshot.sample.t
    assert picture.left.over
    assert picture.right.over
