"""The commands in README and docs parse, and its replays run; `test_doc_runs.py` runs the others that can run here."""

import functools
import gzip
import shlex
import shutil

import pytest
from pages import COMMANDS, LOCAL, PAGES, commands, is_demo

import stress.cli.play
from stress.cli.screen import ScreenOptions
from stress.engines.spec import parse_engine
from stress.runs.find import DEMOS
from stress.runs.replay import WaitedClock
from stress.session.options import BurstOptions, DuelOptions, RampOptions, SweepOptions

KINDS = {"ramp": RampOptions, "burst": BurstOptions, "duel": DuelOptions, "sweep": SweepOptions}
ENGINES = ("engine", "left", "right")
ALL = [(page, words) for page in PAGES for words in commands(page)]
REPLAYS = sorted(
    {tuple(word for word in words if word == "replay" or "demo:" in word) for _, words in LOCAL if is_demo(words)}
)
"""Each recorded run once: `test_it_parses` has the options."""


@pytest.fixture
def somewhere(tmp_path, monkeypatch):
    """A directory in which a reader has what the examples speak of: prompts, a conversation, a recorded run."""
    (tmp_path / "prompts.txt").write_text("Why is the sky blue?\n")
    shutil.copy(DEMOS.parent / "scenario" / "template.yaml", tmp_path / "mine.yaml")
    run = tmp_path / "runs" / "20261123T120000Z-ramp-one-slot"
    run.mkdir(parents=True)
    shutil.copy(DEMOS / "h200-llama-np50" / "run.json", run)
    (run / "events.jsonl").write_bytes(gzip.decompress((DEMOS / "h200-llama-np50" / "events.jsonl.gz").read_bytes()))
    monkeypatch.chdir(tmp_path)


def test_some_commands_run_anywhere_and_some_need_more():
    assert len(LOCAL) > 20
    assert len(ALL) - len(LOCAL) > 15


@pytest.mark.parametrize(("page", "words"), ALL, ids=[f"{page.name}: {shlex.join(words)}" for page, words in ALL])
def test_it_parses(page, words, somewhere):
    context = COMMANDS.make_context("stress", list(words))
    name, command, rest = COMMANDS.resolve_command(context, list(words))
    given = command.make_context(name, rest, parent=context).params
    for kind in (KINDS[name], ScreenOptions) if name in KINDS else ():
        kind(**{field: given[field] for field in kind.declared() if field in given})
    for engine in filter(None, (given.get(field) for field in ENGINES)):
        if "://" not in engine:
            parse_engine(engine)


@pytest.mark.parametrize("words", REPLAYS, ids=shlex.join)
def test_a_recorded_run_is_replayed(words, monkeypatch, capfd):
    """At full speed, in this process: its clock does not wait."""
    monkeypatch.setattr(stress.cli.play, "WaitedClock", functools.partial(WaitedClock, lambda _seconds: None))
    COMMANDS.main(list(words), standalone_mode=False)
    assert capfd.readouterr().out
