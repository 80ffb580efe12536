import io
import itertools
import json

import pytest
from happenings import ABOUT, failure, pulse, small_run

from stress.cli.screen import ScreenOptions, parse_layout
from stress.errors import UsageError
from stress.events import Gpu, Host, Phase, Trouble
from stress.fold.fold import Fold
from stress.fold.snapshot import Snapshot
from stress.readings import GpuReading
from stress.view.jsonlines import write_json
from stress.view.plain import plain_line, write_plain


class Film:
    """A run that is over after its last picture; each wait shows the next one."""

    def __init__(self, *pictures: Snapshot) -> None:
        self.pictures = list(pictures)
        self.drained = False

    def snapshot(self) -> Snapshot:
        return self.pictures[0]

    def wait(self, seconds: float | None) -> bool:
        self.pictures = self.pictures[-1:] if seconds is None else self.pictures[1:] or self.pictures
        return len(self.pictures) == 1

    def control(self, control):
        self.drained = control.name == "drain"


def film(events=None) -> Film:
    fold, pictures = Fold(ABOUT), []
    for event in small_run() if events is None else events:
        fold.apply(event)
        pictures.append(fold.snapshot())
    return Film(*pictures)


def test_plain_prints_what_is_tested_then_a_line_every_two_seconds_and_a_line_a_phase():
    stream = io.StringIO()
    write_plain(film(), stream)
    name, work, *lines = stream.getvalue().splitlines()
    assert (name, work) == ("a server", "A test · 1 → 5 agents over 0:10")
    assert [line.split()[1] for line in lines] == ["ramp", "★", *["ramp"] * 4, "drain", "done"]
    assert lines[1].endswith("★ 100 tok/s")
    assert "100 tok/s" in lines[3]


def test_where_nobody_reads_the_lines_any_more_the_run_drains():
    class Closed(io.StringIO):
        def write(self, _line):
            raise BrokenPipeError

    shown = film()
    write_plain(shown, Closed())
    assert shown.drained


def test_plain_prints_the_news_of_one_second_in_one_line():
    events = [Phase(t=0, name="ramp")]
    events += [pulse(step / 10, 30_000 if step < 20 else 100, agents=min(20, step)) for step in range(1, 60)]
    stream = io.StringIO()
    write_plain(film(events), stream)
    told = [line for line in stream.getvalue().splitlines() if "★" in line]
    assert len({line.split()[0] for line in told}) == len(told)
    assert any("agents" in line and "tok/s" in line and "tokens" in line for line in told)


def test_a_plain_line_has_gpus_where_there_are_any_and_says_when_there_are_none():
    fold = Fold(ABOUT)
    fold.apply(Phase(t=0, name="ramp"))
    fold.apply(Host(t=1, cores=(12.0, 99.0), mem_used=3 << 30, mem_total=8 << 30))
    assert "no GPU, CPU 12% 99% mem 3.0 GiB" in plain_line(fold.snapshot())
    fold.apply(Gpu(t=1, gpus=(GpuReading(index=0, name="X", util=97.0), GpuReading(index=1, name="X"))))
    assert "GPU 97% n/a" in plain_line(fold.snapshot())


def test_a_plain_line_names_errors_and_says_na_for_what_is_unknown():
    fold = Fold(ABOUT)
    for event in (pulse(1), failure(1), failure(1), failure(1, "timeout")):
        fold.apply(event)
    line = plain_line(fold.snapshot())
    assert "errors connection_lost 2, timeout 1" in line
    assert "TTFT p50 n/a" in line


def test_plain_tells_each_of_the_engines_troubles_once_and_at_once():
    stream = io.StringIO()
    trouble = Trouble(t=1, name="nccl", detail="NCCL\x1b[31m error")
    write_plain(film([pulse(0), trouble, pulse(1.1), pulse(1.2)]), stream)
    assert [line for line in stream.getvalue().splitlines() if "ENGINE" in line] == [" 0:01 ENGINE nccl: NCCL error"]


def test_plain_says_whose_a_trouble_is():
    stream = io.StringIO()
    write_plain(film([Trouble(t=1, name=name, detail="so it is") for name in ("gpu_lost", "slow_disk")]), stream)
    assert stream.getvalue().splitlines()[2:4] == [" 0:01 GPUS gpu_lost: so it is", " 0:01 DISK slow_disk: so it is"]


def test_plain_tells_the_troubles_that_come_after_many_others():
    stream = io.StringIO()
    write_plain(film([Trouble(t=number, name="nccl", detail=f"number {number}") for number in range(30)]), stream)
    assert stream.getvalue().count("ENGINE") == 30


def test_json_writes_samples_half_a_second_apart_and_the_last_one():
    stream = io.BytesIO()
    run = film()
    write_json(run, stream)
    samples = [json.loads(line) for line in stream.getvalue().splitlines()]
    times = [sample["t"] for sample in samples]
    assert all(sample["type"] == "sample" for sample in samples)
    assert all(later - earlier >= 0.499 for earlier, later in itertools.pairwise(times[:-1]))
    assert samples[-1]["phase"] == "done"


CONTRACT = """
    t phase agents target_agents in_flight tok_s prompt_tok_s output_tokens requests messages errors ttft_ms itl_ms gpus
    engine client
""".split()


def test_a_json_line_has_every_field_of_the_contract_and_null_for_what_cannot_be_read():
    stream = io.BytesIO()
    reading = Gpu(t=1, gpus=(GpuReading(index=0, name="X"),))
    write_json(film([Phase(t=0, name="ramp"), reading]), stream)
    sample = json.loads(stream.getvalue().splitlines()[-1])
    assert set(CONTRACT) <= set(sample)
    assert {"index", "name", "util", "mem_used", "mem_total", "power_w", "power_limit_w", "temp_c"} <= set(
        sample["gpus"][0]
    )
    assert {"running", "waiting", "kv_usage", "prefix_hit_rate", "gen_tok_s"} <= set(sample["engine"])
    assert {"cpu", "loop_lag_ms"} <= set(sample["client"])
    assert sample["client"]["loop_lag_ms"] is None
    assert sample["ttft_ms"] == {"p50": None, "p95": None, "p99": None}


class BrokenPipe(io.BytesIO):
    def write(self, _data):
        raise BrokenPipeError


def test_when_nobody_reads_the_json_any_more_the_run_drains():
    run = film()
    write_json(run, BrokenPipe())
    assert run.drained


@pytest.mark.parametrize("ui", ["none", "plain"])
def test_viewers_return_when_the_run_is_finished(ui):
    run = film()
    ScreenOptions(ui=ui).show(run, redactor=None)
    assert len(run.pictures) == 1


def test_a_layout_that_is_not_known_is_refused_with_those_that_are():
    assert (parse_layout("auto"), parse_layout("stage")) == ("auto", "stage")
    with pytest.raises(UsageError, match="'poster' is not known; use auto or stage"):
        parse_layout("poster")
