"""Every panel, at every size and with everything that a run can be."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import Clock, changed, gpus, messages, snapshot
from rich.cells import cell_len

from stress.events import Trouble
from stress.fold.milestones import Milestone
from stress.fold.snapshot import Plan
from stress.readings import ClientReading, EngineReading, GpuReading, Percentiles
from tui.panels.agents import Agents
from tui.panels.conversation import Conversation
from tui.panels.curve import Curve
from tui.panels.errors import Errors
from tui.panels.header import Header
from tui.panels.help import Help
from tui.panels.keys import Keys
from tui.panels.latency import Latency
from tui.panels.limit import Limit
from tui.panels.load import Load
from tui.panels.ramp import Ramp
from tui.panels.throughput import Throughput
from tui.panels.vitals import Vitals

PANELS = [Agents, Curve, Errors, Header, Help, Keys, Latency, Limit, Load, Ramp, Throughput, Vitals]
HOSTILE = "[/b][red]\x1b[2J\x1b]0;own\x07\u202eevil\u200b\n\n" + "x" * 3000


def made(kind):
    return Conversation("talk", Clock()) if kind is Conversation else kind("panel")


def lines(kind, picture, width=100, height=20) -> list[str]:
    return [strip.text for strip in made(kind).draw(picture, width, height)]


@pytest.mark.parametrize("kind", PANELS)
@given(
    width=st.integers(1, 220),
    height=st.integers(1, 60),
    agents=st.sampled_from([1, 6, 200, 2000]),
    gpu_number=st.sampled_from([0, 1, 6, 14]),
    t=st.sampled_from([1.0, 83.0, 90000.0]),
    held=st.booleans(),
)
def test_every_line_is_as_wide_as_the_panel(kind, width, height, agents, gpu_number, t, held):
    picture = snapshot(agents=agents, peak=agents, gpu_number=gpu_number, held=held, errors={"timeout": 2})
    picture = msgspec.structs.replace(picture, ramp_elapsed=t)
    for strip in made(kind).draw(picture, width, height):
        assert sum(cell_len(segment.text) for segment in strip) == width == strip.cell_length


@pytest.mark.parametrize("kind", PANELS)
def test_a_run_that_has_only_just_begun_can_be_drawn(kind):
    picture = snapshot(agents=1, t=0.0, tok_s=0.0, talk=(), notices=())
    nothing = msgspec.structs.replace(
        picture,
        about=msgspec.structs.replace(picture.about, plan=Plan(points=(), duration=0.0, text="")),
        sample=msgspec.structs.replace(
            picture.sample,
            agents=0,
            ttft_ms=Percentiles(),
            itl_ms=Percentiles(),
            engine=EngineReading(),
            client=ClientReading(),
        ),
        cells=b"",
        curve=(),
        host=None,
        host_history=(),
        ramp_elapsed=0.0,
    )
    assert lines(kind, nothing)


@pytest.mark.parametrize("kind", [*PANELS, Conversation])
def test_hostile_text_from_anywhere_is_drawn_as_plain_text(kind):
    picture = snapshot(engine=HOSTILE, model=HOSTILE, scenario=HOSTILE, notices=(HOSTILE,), errors={HOSTILE: 3})
    plan = msgspec.structs.replace(picture.about.plan, text=HOSTILE)
    sample = msgspec.structs.replace(picture.sample, gpus=(GpuReading(index=0, name=HOSTILE),))
    picture = msgspec.structs.replace(
        picture,
        about=msgspec.structs.replace(picture.about, plan=plan, command=HOSTILE),
        sample=sample,
        talk=messages(4, text=HOSTILE),
    )
    panel = made(kind)
    panel.show(picture)
    for strip in panel.draw(picture, 100, 20):
        assert strip.text.isprintable()
        assert strip.cell_length == 100


def test_what_could_not_be_read_is_not_zero():
    picture = snapshot()
    sample = msgspec.structs.replace(
        picture.sample,
        ttft_ms=Percentiles(),
        engine=EngineReading(),
        client=ClientReading(),
        gpus=(GpuReading(index=0, name="card"),),
    )
    picture = msgspec.structs.replace(picture, sample=sample)
    assert lines(Latency, picture, width=40, height=5)[2].split() == ["TTFT", "n/a", "n/a", "n/a"]
    vitals = lines(Vitals, picture, width=120)[0]
    assert vitals.count("n/a") == 2  # the client's own; what an engine never says is left out
    assert not any(label in vitals for label in ("running", "waiting", "KV cache", "prefix", "tok/s"))
    assert lines(Load, picture)[2].split()[2:] == ["n/a", "n/a", "/", "n/a", "n/a", "/", "n/a", "n/a"]


def test_an_engine_that_counts_tokens_only_at_a_replys_end_does_not_contradict_the_screen():
    late, idle = (changed(snapshot(tok_s=tok_s), engine=EngineReading(gen_tok_s=0.0)) for tok_s in (190.0, 0.0))
    assert "tok/s" not in lines(Vitals, late, width=120)[0]
    assert "tok/s 0" in lines(Vitals, idle, width=120)[0]


def test_without_a_gpu_the_cpu_is_shown_and_labelled_as_such():
    text = "\n".join(lines(Load, snapshot()))
    assert "no GPU here: this machine's CPU" in text
    assert "core 0" in text
    assert "71 %" in text
    assert "5.0 / 16.0 GiB" in text


def test_many_cores_share_a_line():
    picture = snapshot()
    host = msgspec.structs.replace(picture.host, cores=tuple(float(core) for core in range(64)))
    text = "\n".join(lines(Load, msgspec.structs.replace(picture, host=host)))
    assert "core 0" not in text
    assert "64" in text


@pytest.mark.parametrize(("width", "height"), [(45, 5), (71, 9), (61, 17)])
@pytest.mark.parametrize("number", [1, 6, 14])
def test_every_gpu_is_there_with_its_utilisation(width, height, number):
    text = "\n".join(lines(Load, snapshot(gpu_number=number), width, height)[1:])
    for gpu in gpus(number):
        assert f"{gpu.util:.0f} %" in text


def test_gpus_have_memory_power_and_temperature():
    row = lines(Load, snapshot(gpu_number=6), 71, 9)[2]
    assert "120 / 141" in row
    assert "640 / 700" in row
    assert row.rstrip().endswith("61")


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("client", "the client limits this run"),
        ("engine", "client late: the engine takes the CPU"),
        ("others", "client late: other programs"),
        (None, "the client is late"),
    ],
)
def test_a_busy_or_late_client_says_who_takes_the_cpu(user, said):
    picture = snapshot()
    client = ClientReading(cpu=0.97, loop_lag_ms=40.0, limited=True, cpu_user=user)
    busy = msgspec.structs.replace(picture.sample, client=client)
    for width in (80, 120, 200):
        text = lines(Vitals, msgspec.structs.replace(picture, sample=busy), width)[0]
        assert "!cpu 97 %" in text
        assert text.rstrip().endswith(said)
        assert said not in lines(Vitals, picture, width)[0]


def test_errors_are_named_the_most_frequent_first_with_the_newest_in_the_servers_words():
    drawn = lines(Errors, snapshot(errors={"timeout": 3, "rate_limited": 12}), 60, 4)
    assert drawn[0].rstrip().endswith("15")
    assert drawn[1].split() == ["×", "rate_limited", "12", "×", "timeout", "3"]
    assert "the server said no" in drawn[2]
    assert lines(Errors, snapshot(), 60, 4)[1].strip() == "none"


def troubled(*names, errors=None):
    troubles = tuple(Trouble(t=1.0, name=name, detail=f"the log of {name}") for name in names)
    return msgspec.structs.replace(snapshot(errors=errors), troubles=troubles)


def test_the_engines_troubles_stand_above_the_failures_the_newest_first():
    drawn = lines(Errors, troubled("nccl", "engine_dead", errors={"timeout": 3}), 60, 6)
    assert drawn[2].strip() == "! engine: engine_dead: the log of engine_dead"
    assert drawn[3].strip() == "! engine: nccl: the log of nccl"
    assert "the server said no" in drawn[4]


def test_on_a_single_line_the_newest_trouble_is_named():
    (line,) = lines(Errors, troubled("nccl", "engine_dead"), 60, 1)
    assert line.split() == "ERRORS ! engine: engine_dead none".split()


@pytest.mark.parametrize("height", [1, 2, 3, 4, 8])
def test_hostile_troubles_are_plain_text_within_the_panel(height):
    drawn = lines(Errors, troubled(*[HOSTILE] * 20, errors={"timeout": 1}), 60, height)
    assert len(drawn) <= height
    assert all(line.isprintable() and cell_len(line) == 60 for line in drawn)


def header(picture, width=120) -> list[str]:
    return lines(Header, picture, width, 2)


def named(picture, **changes):
    return msgspec.structs.replace(picture, about=msgspec.structs.replace(picture.about, **changes))


def test_the_first_lines_say_what_is_under_test():
    first, second = header(snapshot(t=2.0))
    assert "llama.cpp on this machine's CPU, a toy model" in first
    assert "babble-5m" in first
    assert "tavern" in first
    assert first.split()[-2:] == ["RAMP", "0:02"]
    assert second.strip().startswith("! The engine runs on this machine's CPU")


@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_run_with_a_name_is_called_by_it_and_by_nothing_else(width):
    first = header(named(snapshot(), name="vLLM · Llama-3.1-8B · tp=2 · 2×H200"), width)[0]
    assert "STRESS  vLLM · Llama-3.1-8B · tp=2 · 2×H200" in first
    assert "llama.cpp" not in first
    assert "babble" not in first
    assert first.split()[-2:] == ["RAMP", "1:23"]


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_header_keeps_phase_and_clock_whatever_the_name_is(width):
    for name in ("", "long " * 40):
        first = header(named(snapshot(engine="engine " * 40), name=name), width)[0]
        assert first.split()[-2:] == ["RAMP", "1:23"]


def test_each_notice_has_its_turn_as_the_ramp_begins():
    shown = [header(snapshot(t=t, notices=("one", "two")))[1].strip() for t in (0.0, 5.9, 6.0, 11.9, 12.0)]
    assert shown == ["! one", "! one", "! two", "! two", ""]
    late = msgspec.structs.replace(snapshot(t=83.0, notices=("one",)), ramp_started=80.0)
    assert header(late)[1].strip() == "! one"


def test_news_stays_for_a_few_seconds_in_place_of_the_notices():
    news = (Milestone(1.0, "50 agents"), Milestone(2.0, "100 agents · 2,000 tok/s"))
    picture = msgspec.structs.replace(snapshot(t=3.0), milestones=news)
    assert header(picture)[1].strip() == "★ 100 agents · 2,000 tok/s"
    assert header(changed(picture, t=5.5))[1].strip() == "★ 100 agents · 2,000 tok/s"
    assert header(changed(picture, t=60.0))[1].strip() == ""


def test_a_round_number_gives_way_to_a_larger_one_of_its_unit_and_to_nothing_else():
    news = (Milestone(1.0, "500 tok/s · +10 agents"), Milestone(2.0, "1,000 tok/s"), Milestone(2.9, "+5 agents"))
    picture = msgspec.structs.replace(snapshot(t=3.0), milestones=news)
    assert header(picture)[1].strip() == "★ +10 agents · 1,000 tok/s · +5 agents"


def test_random_weights_are_said_so_that_gibberish_is_not_taken_for_a_bug():
    picture = named(snapshot(), random_weights=True)
    assert header(picture)[1].strip() == "RANDOM WEIGHTS: the text is gibberish, the speed is real"
    assert header(picture, 60)[1].strip() == "RANDOM WEIGHTS: the text is gibberish, the speed is real"
    news = msgspec.structs.replace(
        picture, milestones=(Milestone(83.0, "knee at 62 agents: more agents no longer help"),)
    )
    assert header(news, 80)[1].split() == "★ knee at 62 agents: more agents no longer help RANDOM WEIGHTS".split()
    assert "RANDOM" not in header(snapshot())[1]


def test_a_held_ramp_says_so_in_the_header_and_on_the_ramp():
    assert "HELD" in lines(Header, snapshot(held=True), 120, 2)[0]
    assert "held: space resumes" in lines(Ramp, snapshot(held=True), 71, 6)[-1]


def test_a_draining_run_says_how_many_replies_it_waits_for():
    assert "draining: 99 replies in flight" in lines(Ramp, snapshot(phase="drain"), 71, 6)[-1]


@pytest.mark.parametrize("phase", ["ramp", "drain"])
@pytest.mark.parametrize("held", [False, True])
def test_in_a_narrow_place_the_ramps_words_are_whole(phase, held):
    words = lines(Ramp, snapshot(agents=1200, target=1200, peak=2000, phase=phase, held=held), 44, 4)[-1]
    said = "draining: 900 left" if phase == "drain" else "held: space resumes" if held else "1,200 of 1,200 agents"
    assert words.rstrip().endswith(said)


def test_throughput_says_its_unit_and_window():
    drawn = lines(Throughput, snapshot(), 48, 16)
    assert "tok/s, last 2 s" in drawn[0]
    assert sum("tok/s" in line for line in drawn[1:]) >= 2


def test_a_growing_number_keeps_its_last_digit_in_place():
    small, large = (lines(Throughput, snapshot(tok_s=value), 48, 16)[2:7] for value in (9.0, 99999.0))
    assert [len(line.split("  tok/s")[0].rstrip()) for line in small][2] == [
        len(line.split("  tok/s")[0].rstrip()) for line in large
    ][2]


def test_past_sixteen_gpus_each_is_a_cell_and_what_has_no_room_is_counted():
    drawn = lines(Load, snapshot(gpu_number=20), 71, 9)
    cells = [line for line in drawn[1:-1] if line.strip()]
    assert len(cells) == 3
    assert cells[0].split()[:2] == ["0█98", "1▇91"]
    assert sum(line.count("▇") + line.count("▆") + line.count("█") for line in cells) == 20
    few = lines(Load, snapshot(gpu_number=100), 71, 5)
    assert any("more GPUs" in line for line in few)


def test_below_all_gpus_stands_how_evenly_they_work_and_what_they_take_together():
    last = lines(Load, snapshot(gpu_number=6), 90, 20)[-1]
    assert "70 % (GPU 4) to 98 % (GPU 0)" in last
    assert "3,705 of 4,200 W" in last


def test_one_gpu_has_no_line_for_all():
    assert not any(line.strip().startswith("all ") for line in lines(Load, snapshot(gpu_number=1), 90, 20))


def test_a_lost_gpu_among_many_is_named_in_its_cell():
    picture = snapshot(gpu_number=18)
    lost = msgspec.structs.replace(picture.sample.gpus[3], lost="gone", util=None)
    readings = tuple(lost if gpu.index == 3 else gpu for gpu in picture.sample.gpus)
    assert any("3×lost" in line for line in lines(Load, changed(picture, gpus=readings), 90, 20))
