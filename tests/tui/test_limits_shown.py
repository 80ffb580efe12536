"""What the screen says of limits, of GPUs that are lost, and of readings that are out of date."""

import msgspec
import pytest
from pictures import changed, snapshot

from stress.events import Host
from stress.fold.gpu_strip import FineLoad
from stress.readings import Bottleneck, EnergyReading, EngineReading, GpuReading
from tui.panels.limit import Limit
from tui.panels.load import Load
from tui.panels.vitals import Vitals


def lines(kind, picture, width=120, height=20) -> list[str]:
    return [strip.text for strip in kind("panel").draw(picture, width, height)]


def test_the_limit_is_a_sentence_with_its_evidence_and_the_share_of_what_is_possible():
    (line,) = lines(Limit, snapshot(gpu_number=2), width=160)
    said = "The GPUs' memory bandwidth limits this run: 51 % in use."
    assert f" LIMIT  {said} · GPU util 84 % · SM 62 % · tensor 17 % " in line
    assert line.rstrip().endswith("23 % of the 5,310 tok/s roofline  92 kJ  0.34 tok/J")


def test_half_a_screen_has_a_shorter_sentence_and_no_half_of_one():
    (line,) = lines(Limit, snapshot(gpu_number=2), width=59)
    assert line.startswith(" LIMIT  The GPUs' memory bandwidth limits this run. ")


def test_a_sentence_that_has_no_shorter_form_gives_way_to_the_limits_name():
    said = "The power limit slows the GPU down to 87 % of full clock."
    verdict = msgspec.structs.replace(snapshot(gpu_number=2).sample.verdict, name="power_cap", sentence=said)
    shown = changed(snapshot(gpu_number=2), verdict=verdict)
    assert lines(Limit, shown, width=66)[0].startswith(f" LIMIT  {said}")
    assert lines(Limit, shown, width=59)[0].startswith(" LIMIT  The GPUs' power cap. ")


@pytest.mark.parametrize("width", [20, 80, 120])
def test_in_a_narrow_place_the_sentence_comes_first_and_figures_are_left_out_whole(width):
    (line,) = lines(Limit, snapshot(gpu_number=2), width=width)
    assert len(line) == width
    assert line.startswith(
        " LIMIT  The GPUs' m" if width == 20 else " LIMIT  The GPUs' memory bandwidth limits this run: 51 %"
    )
    assert not line.rstrip().endswith("·")


def test_a_verdict_of_an_older_record_has_its_name():
    verdict = Bottleneck(name="slots", evidence=("1 running in 1 slot",))
    assert (
        "What limits this run: the engine's slots. · 1 running" in lines(Limit, changed(snapshot(), verdict=verdict))[0]
    )


def test_before_the_first_verdict_it_says_what_that_needs():
    line = lines(Limit, changed(snapshot(), verdict=None))[0]
    assert line.strip() == "LIMIT  Not judged yet: the first verdict needs 3 s of load."


def test_a_price_shows_what_a_million_tokens_cost():
    energy = EnergyReading(joules=500.0, tokens_per_joule=22.4, cost_per_million_tokens=0.0537)
    (line,) = lines(Limit, changed(snapshot(), energy=energy))
    assert "500 J  22 tok/J  0.0537 per M tok" in line


def test_evidence_is_drawn_as_plain_text():
    verdict = Bottleneck(name="unknown", evidence=("\x1b[2J[red]x",))
    assert "\x1b" not in lines(Limit, changed(snapshot(), verdict=verdict))[0]


def test_each_gpu_says_how_much_of_it_was_busy_and_what_slows_it_down():
    text = "\n".join(lines(Load, snapshot(gpu_number=3)))
    assert "SM 64 %  tensor 15 %  DRAM 51 %  NVLink 6.5 GiB/s  MHz 1,755/1,980  PCIe 120 MiB/s  memory °C 70" in text
    assert "▼ power cap  SM 62 %" in text


def test_where_there_is_no_room_for_a_second_line_each_the_title_has_the_means():
    title, *rest = lines(Load, snapshot(gpu_number=6), width=100, height=9)
    assert "util 86 % · SM 62 % · tensor 18 % · DRAM 51 % · 3,705 W" in title
    assert not any("MHz" in line for line in rest)


def test_a_lost_gpu_says_why_in_its_line():
    gpus = (GpuReading(index=0, name="H", util=50.0), GpuReading(index=1, name="H", lost="GPU is lost"))
    picture = changed(snapshot(gpu_number=2), gpus=gpus)
    assert any("1  lost: GPU is lost" in line for line in lines(Load, picture))
    assert any(line.startswith(" 1 lost") for line in lines(Load, picture, width=40))


def test_the_title_says_that_only_some_gpus_are_the_engines():
    gpus = tuple(GpuReading(index=index, name="H", engine=index < 2) for index in range(6))
    title, *rest = lines(Load, changed(snapshot(gpu_number=6), gpus=gpus))
    assert "6 × H, engine uses 2, not ·" in title
    numbers = [line[:6].strip() for line in rest if "n/a" in line]
    assert numbers == ["0", "1", "2·", "3·", "4·", "5·"]


def test_gpus_that_nobody_reads_any_more_are_shown_as_such():
    picture = changed(snapshot(gpu_number=2), gpus=(GpuReading(index=0, name="H"),), stale={"gpus": 4.2})
    title, *rest = lines(Load, picture)
    assert "no reading for 4 s" in title
    assert any("n/a" in line for line in rest)


def test_a_driver_that_hangs_from_the_start_is_not_taken_for_a_machine_without_gpus():
    title = lines(Load, changed(snapshot(), stale={"gpus": 4.2}))[0]
    assert "GPUs: no reading for 4 s" in title
    assert "no GPU here" not in title


def test_without_a_gpu_the_engines_share_of_the_cpu_is_shown():
    assert "no GPU here: this machine's CPU, engine 1.2 cores" in lines(Load, snapshot())[0]


def test_the_engines_own_view_is_beside_what_its_processes_use():
    picture = changed(snapshot(), engine=EngineReading(running=96, waiting=3, gen_tok_s=1200.0, preemptions=7))
    (line,) = lines(Vitals, picture, width=200)
    for part in ("engine  cpu 107 %", "running 96", "waiting 3", "preempted 7", "tok/s 1,200"):
        assert part in line
    gone = msgspec.structs.replace(picture, host=Host(t=1, cores=(1.0,), mem_used=1, mem_total=2))
    assert "engine  running 96" in lines(Vitals, gone, width=200)[0]


def test_an_engine_whose_page_does_not_come_any_more_is_shown_as_such():
    assert "engine  metrics none for 5 s" in lines(Vitals, changed(snapshot(), stale={"engine": 5.0}))[0]


def turns(picture, *loads: float):
    """Each GPU's load as it stood for a minute."""
    return msgspec.structs.replace(picture, gpu_history=tuple((load,) * 120 for load in loads))


def test_how_many_gpus_were_busy_together_is_a_mean_of_the_last_seconds():
    last = lines(Load, turns(snapshot(gpu_number=2), 23.0, 21.0), width=71, height=9)[-1]
    assert last.startswith(" all  0.44 of 2 GPUs busy · ")
    assert lines(Load, turns(snapshot(gpu_number=2), 23.0, 21.0), width=44, height=5)[-1].startswith(
        " all  0.44 of 2 GPUs"
    )


def test_only_the_engines_gpus_count_as_busy_and_one_alone_needs_no_sum():
    gpus = tuple(GpuReading(index=index, name="H", util=50.0, engine=index < 2) for index in range(3))
    picture = turns(changed(snapshot(gpu_number=3), gpus=gpus), 50.0, 50.0, 99.0)
    assert "1.00 of 2 GPUs busy" in lines(Load, picture, width=71, height=12)[-1]
    one = tuple(GpuReading(index=index, name="H", util=50.0, engine=index < 1) for index in range(3))
    assert "busy" not in lines(Load, changed(picture, gpus=one), width=71, height=12)[-1]


def test_the_strip_of_a_gpu_is_as_fine_as_its_driver_samples_it():
    picture = turns(snapshot(gpu_number=1), 50.0)
    fine = (FineLoad(loads=(0.0, 100.0) * 120, column_s=0.05),)
    coarse, sampled = (
        lines(Load, msgspec.structs.replace(picture, gpu_fine=loads), width=71, height=9) for loads in ((), fine)
    )
    assert "utilisation, last 32 s" in coarse[1]
    assert "utilisation, last 3 s" in sampled[1]
    assert "█ █ █" in sampled[4]
    assert "█ █ █" not in coarse[4]


@pytest.mark.parametrize("number", [2, 3, 6])
def test_the_sum_of_all_gpus_is_there_whatever_else_has_room(number):
    for height in range(number + 3, 24):
        assert lines(Load, snapshot(gpu_number=number), width=71, height=height)[-1].startswith(" all ")
